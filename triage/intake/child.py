"""Work on a stranger's bytes in a child process that can be killed, within limits of its own."""

import os
import sys
import time
from collections.abc import Callable
from typing import NoReturn

from triage.intake.kill import (
    CPU_SECONDS,
    LENGTH_BYTES,
    MEMORY_BYTES,
    WALL_SECONDS,
    _drop_inheritance,
    _end,
    _fork,
    _limit,
    _receive,
    _send,
)


def within_limits(
    work: Callable[[], bytes],
    *,
    cpu_seconds: int = CPU_SECONDS,
    wall_seconds: float = WALL_SECONDS,
    memory_bytes: int = MEMORY_BYTES,
) -> bytes | None:
    """What `work` returns; None when it raised, or was killed for taking too much."""
    if sys.platform == "win32":  # no limits and no fork there
        return None
    reading_end, writing_end = os.pipe()
    child = _fork()
    if child == 0:
        _live(work, writing_end, cpu_seconds, memory_bytes)
    os.close(writing_end)
    try:
        answer = _receive(reading_end, time.monotonic() + wall_seconds)
    finally:
        os.close(reading_end)
        _end(child)
    length, result = int.from_bytes(answer[:LENGTH_BYTES]), answer[LENGTH_BYTES:]
    whole = len(answer) >= LENGTH_BYTES and len(result) == length
    return result if whole else None


def _live(
    work: Callable[[], bytes], writing_end: int, cpu_seconds: int, memory_bytes: int
) -> NoReturn:
    """The child's whole life."""
    try:
        _drop_inheritance(writing_end)
        _limit(cpu_seconds, memory_bytes)
        result = work()
        _send(writing_end, len(result).to_bytes(LENGTH_BYTES) + result)
        os._exit(0)
    except BaseException:
        os._exit(1)
