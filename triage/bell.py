"""The doorbell: tells the workers that something waits in the database; carries nothing else."""

import logging
import threading
import time

from flask import current_app
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

log = logging.getLogger("triage.bell")

QUEUE = "default"
WORK = "triage.background.work"

ENOUGH_BELLS = 2
LONGEST_TURN = 300
"""Seconds: grouping a huge day on a slow machine must come to its end."""
SILENCE = 5.0
"""Seconds for which nobody tries Redis again after it did not answer."""


class Bell:
    """Rings for the workers; when Redis is away it keeps quiet for a while, so nobody waits."""

    def __init__(self, url: str | None, timeout: float) -> None:
        self._silent_until = 0.0
        self._lock = threading.Lock()
        self.connection = (
            Redis.from_url(url, socket_connect_timeout=timeout, socket_timeout=timeout)
            if url
            else None
        )

    def queue(self) -> Queue:
        assert self.connection is not None
        return Queue(QUEUE, connection=self.connection, serializer=JSONSerializer)

    def ring(self) -> bool:
        """True when a worker has been or is being called."""
        if self.connection is None or time.monotonic() < self._silent_until:
            return False
        try:
            queue = self.queue()
            if queue.count < ENOUGH_BELLS:
                queue.enqueue(WORK, job_timeout=LONGEST_TURN, result_ttl=0, failure_ttl=86_400)
        except RedisError:
            with self._lock:
                self._silent_until = time.monotonic() + SILENCE
            log.warning("Redis does not answer: work waits in the database until the relay rings")
            return False
        return True

    def answers(self) -> bool:
        try:
            return self.connection is not None and bool(self.connection.ping())
        except RedisError:
            return False


def bell() -> Bell:
    """The bell of this process's application."""
    hung: Bell = current_app.extensions["bell"]
    return hung
