"""How often a token may come in a minute, counted in Redis for all processes together.

While Redis is away each process counts for itself, so that the limit holds for each of them alone.
"""

import math
import secrets
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from triage.bell import bell

MINUTE = 60
_TAKE = """
local told = redis.call('TIME')
local now = told[1] + told[2] / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.6f', now - ARGV[2]))
local seen = redis.call('ZCARD', KEYS[1])
local taken = 0
if seen < tonumber(ARGV[1]) then
    redis.call('ZADD', KEYS[1], string.format('%.6f', now), ARGV[3])
    redis.call('EXPIRE', KEYS[1], ARGV[2] + 1)
    seen, taken = seen + 1, 1
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] or now
return {taken, seen, string.format('%.6f', oldest + ARGV[2] - now)}
"""
"""Looked and noted in one step: of many at once no more than the limit get through."""


@dataclass(frozen=True)
class Turn:
    """Whether one request may go on, how many more may follow it, and when there is one more."""

    limit: int
    left: int
    seconds: int
    """Whole and rounded up: who waits so long is not sent away once more."""
    refused: bool

    @property
    def headers(self) -> dict[str, str]:
        """As the draft of the IETF names them."""
        said = {
            "RateLimit-Policy": f'"minute";q={self.limit};w={MINUTE}',
            "RateLimit": f'"minute";r={self.left};t={self.seconds}',
        }
        return said | ({"Retry-After": str(self.seconds)} if self.refused else {})


def take_turn(prefix: str, limit: int) -> Turn:
    """One request of the token with that prefix."""
    connection = bell().connection
    if connection is None or _pace.redis_is_away():
        return _pace.take(prefix, limit)
    try:
        said: Any = connection.eval(
            _TAKE, 1, f"api-pace:{prefix}", limit, MINUTE, secrets.token_hex(8)
        )
    except RedisError:
        _pace.leave_redis_alone()
        return _pace.take(prefix, limit)
    taken, seen, wait = said
    return turn(limit, int(seen), float(wait), refused=not taken)


def turn(limit: int, seen: int, wait: float, *, refused: bool) -> Turn:
    return Turn(limit, max(0, limit - seen), max(1, math.ceil(wait)), refused)


class Pace:
    """How often each token came to this process within the last minute."""

    silence = 5.0
    """Seconds for which Redis is not asked again after it did not answer."""

    def __init__(self) -> None:
        self._seen: dict[str, deque[float]] = {}
        self._lock = threading.Lock()
        self._alone_until = 0.0

    def redis_is_away(self) -> bool:
        return time.monotonic() < self._alone_until

    def leave_redis_alone(self) -> None:
        self._alone_until = time.monotonic() + self.silence

    def take(self, prefix: str, limit: int) -> Turn:
        moment = time.monotonic()
        with self._lock:
            seen = self._seen.setdefault(prefix, deque())
            while seen and seen[0] <= moment - MINUTE:
                seen.popleft()
            refused = len(seen) >= limit
            if not refused:
                seen.append(moment)
            oldest = seen[0] if seen else moment
            return turn(limit, len(seen), oldest + MINUTE - moment, refused=refused)


_pace = Pace()
