"""The door for other programs: a token instead of a session, JSON of a bounded size, and plain
problems (RFC 9457) in place of pages.
"""

import json
import logging
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from apiflask.exceptions import HTTPError
from flask import Blueprint, Response, current_app, g, jsonify, request
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from models.api_token import ApiToken, Scope
from models.base import db, now
from models.ticket import Stale
from triage.api.pace import take_turn
from triage.config import Settings

log = logging.getLogger("triage.api")

LARGEST_BODY = 1024 * 1024
DEEPEST = 32
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""NUL as JSON writes it, and no backslash that was itself written out."""


class Problem(Exception):
    """A request that is not answered as asked; `more` stands beside title and status."""

    def __init__(
        self,
        status: int,
        title: str,
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(title)
        self.status, self.title, self.headers, self.more = status, title, headers or {}, more


def guard(pages: Blueprint) -> None:
    """Let every refusal of these pages be a problem."""
    pages.before_request(demand_address)
    pages.after_request(tell_pace)
    pages.register_error_handler(Problem, refused)
    pages.register_error_handler(HTTPError, misfit)
    pages.register_error_handler(HTTPException, in_other_words)
    pages.register_error_handler(DataError, beyond_measure)
    pages.register_error_handler(Stale, changed_meanwhile)
    pages.register_error_handler(StaleDataError, changed_meanwhile)
    pages.register_error_handler(OperationalError, no_database)
    pages.register_error_handler(PoolTimeout, no_database)
    pages.register_error_handler(Exception, broken)


# --- who asks -------------------------------------------------------------------------------


def demand_token(scope: Scope | None) -> ApiToken:
    """The token with which a program comes; a cookie opens nothing here. None: any scope.

    401 in the same words for what is unknown, expired or revoked; 403 for another scope; 429 for
    too many at once.
    """
    kind, _, shown = request.headers.get("Authorization", "").partition(" ")
    at = now()
    token = ApiToken.presented(shown.strip(), at) if kind.lower() == "bearer" else None
    if token is None:
        raise Problem(
            401, "No valid token.", headers={"WWW-Authenticate": 'Bearer realm="passerelle"'}
        )
    if scope is not None and not token.may(scope):
        raise Problem(403, "This token may not do that.", scope=scope.value)
    settings: Settings = current_app.extensions["settings"]
    g.turn = take_turn(token.prefix, settings.api_limit)
    if g.turn.refused:
        raise Problem(429, "Too many requests.")
    token.used(at)
    return token


def tell_pace(response: Response) -> Response:
    """How many more requests may come, on every answer to a token."""
    if "turn" in g:
        response.headers.update(g.turn.headers)
    return response


# --- what is said ---------------------------------------------------------------------------


def said() -> Any:
    """The JSON of a request: at most 1 MB, at most 32 levels deep."""
    if request.mimetype != "application/json":
        raise Problem(415, "Send JSON (application/json).")
    largest: int = g.get("largest_body", LARGEST_BODY)
    request.max_content_length = largest
    if (request.content_length or 0) > largest:
        raise Problem(413, "This is too large.", at_most=largest)
    try:
        written = request.get_data(cache=True).decode("utf-8")
        told = json.loads(written, parse_constant=_refuse)
        if "\\u" in written:
            demand_signs(told)
    except RecursionError:
        raise Problem(400, "This is nested too deeply.", at_most=DEEPEST) from None
    except ValueError:
        raise Problem(400, "This is not JSON in UTF-8.") from None
    if deeper_than(told, DEEPEST):
        raise Problem(400, "This is nested too deeply.", at_most=DEEPEST)
    return told


def demand_plain(told: Any) -> None:
    """400 for what no text can hold."""
    try:
        demand_signs(told)
    except ValueError:
        raise Problem(400, "No text holds NUL.") from None


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def demand_signs(told: Any) -> None:
    """Raises ValueError for what no text can hold: NUL, and halves of a sign."""
    written = json.dumps(told, ensure_ascii=False)
    written.encode("utf-8")
    if _NUL.search(written):
        raise ValueError("NUL")


def deeper_than(told: Any, levels: int) -> bool:
    layer = [told]
    for _level in range(levels + 1):
        layer = [
            inner
            for one in layer
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not layer:
            return False
    return True


# --- what is answered -----------------------------------------------------------------------


def demand_address() -> None:
    """No text holds NUL: it is no part of an address."""
    told = (part for pair in request.args.items(multi=True) for part in pair)
    if "\0" in request.path or any("\0" in part for part in told):
        raise Problem(400, "An address holds no NUL.")


def refused(problem: Problem) -> Response:
    db.session.rollback()
    return written(problem)


def written(problem: Problem) -> Response:
    """A problem as RFC 9457 writes it."""
    answer = jsonify(
        {
            "type": "about:blank",
            "title": problem.title,
            "status": problem.status,
            "request_id": g.get("request_id", ""),
            **problem.more,
        }
    )
    answer.status_code, answer.mimetype = problem.status, "application/problem+json"
    answer.headers.update(problem.headers)
    return answer


def in_other_words(error: HTTPException) -> Response:
    """What Flask itself refuses: 404, 405, 413 and the like."""
    status = error.code or 500
    headers = {
        name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")
    }
    return refused(Problem(status, HTTPStatus(status).phrase, headers=headers))


def misfit(error: HTTPError) -> Response:
    return refused(field_by_field(error))


def field_by_field(error: HTTPError) -> Problem:
    """What does not fit the description: each fault with its place."""
    faults = [
        {("parameter" if place == "query" else "pointer"): where, "detail": words}
        for place, found in dict(error.detail).items()
        for where, words in faults_in(found, "" if place == "query" else "/")
    ]
    return Problem(422, "This cannot be taken as it is.", errors=faults)


def faults_in(found: Any, before: str) -> list[tuple[str, str]]:
    """(place, words) of nested messages."""
    if isinstance(found, dict):
        return [
            fault
            for name, inner in found.items()
            for fault in faults_in(
                inner, f"{before}{name}" if isinstance(inner, list) else f"{before}{name}/"
            )
        ]
    words = found if isinstance(found, list) else [found]
    return [(before.rstrip("/"), str(one)) for one in words]


def beyond_measure(_error: DataError) -> Response:
    """A number that no row can have."""
    return refused(Problem(404, "Not Found"))


def changed_meanwhile(_error: Exception) -> Response:
    return refused(Problem(409, "Somebody else has changed this meanwhile: ask again."))


def no_database(error: Exception) -> Response:
    log.warning("database not reachable: %s", type(error).__name__)
    g.no_database = True
    return refused(Problem(503, "Not available for a moment.", headers={"Retry-After": "5"}))


def broken(error: Exception) -> Response:
    log.exception("request failed: %s %s", request.method, request.endpoint)
    return refused(Problem(500, "Something broke on our side."))
