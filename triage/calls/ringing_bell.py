"""The bell of the calls: rung after a change, heard in every process, carrying nothing."""

import logging

from flask import Response, after_this_request, current_app, has_request_context
from redis.exceptions import RedisError

from triage.bell import Bell

log = logging.getLogger("triage.stream")

CHANNEL = "passerelle-calls"


def announce() -> None:
    """Tell every process, once this request is kept, that something about calls has changed."""
    if not has_request_context():
        return

    @after_this_request
    def ring(response: Response) -> Response:
        if response.status_code < 400:
            tell(current_app.extensions["bell"])
        return response


def tell(bell: Bell) -> None:
    """Ring in every process; one that is not reached looks into the database by itself."""
    if bell.connection is None:
        return
    try:
        bell.connection.publish(CHANNEL, b"")
    except RedisError:
        log.info("Redis does not answer: calls are seen when the database is looked at")
