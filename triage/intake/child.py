"""Work on a stranger's bytes in a child process that can be killed, within limits of its own."""

import gc
import os
import select
import signal
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

try:
    import resource
except ImportError:  # Windows has no limits and no fork
    resource = None  # type: ignore[assignment]

CPU_SECONDS = 10
WALL_SECONDS = 30
MEMORY_BYTES = 512 * 1024 * 1024
LENGTH_BYTES = 8
CHUNK_BYTES = 1 << 20


def possible() -> bool:
    """Whether this system can hold a child to limits."""
    return resource is not None


def within_limits(
    work: Callable[[], bytes],
    *,
    cpu_seconds: int = CPU_SECONDS,
    wall_seconds: float = WALL_SECONDS,
    memory_bytes: int = MEMORY_BYTES,
) -> bytes | None:
    """What `work` returns; None when it raised, or was killed for taking too much."""
    if not possible():
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


def _fork() -> int:
    # A fork and not a new process: the mail need not be copied and nothing is imported again.
    # The child only computes and leaves by _exit, so the locks of other threads do not matter.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _live(
    work: Callable[[], bytes], writing_end: int, cpu_seconds: int, memory_bytes: int
) -> NoReturn:
    """The child's whole life."""
    try:
        gc.disable()
        _drop_inheritance(writing_end)
        _limit(cpu_seconds, memory_bytes)
        result = work()
        _send(writing_end, len(result).to_bytes(LENGTH_BYTES))
        _send(writing_end, result)
        os._exit(0)
    except BaseException:
        os._exit(1)


def _drop_inheritance(kept: int) -> None:
    """Close the parent's sockets and forget its signal handlers."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGXCPU):
        signal.signal(number, signal.SIG_DFL)
    os.closerange(3, kept)
    os.closerange(kept + 1, 4_096)


def _limit(cpu_seconds: int, memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    used = _address_space()
    if used:
        limit = used + memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _address_space() -> int:
    """Bytes of address space that the fork came with; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


def _send(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view[:CHUNK_BYTES]) :]


def _receive(descriptor: int, deadline: float) -> bytes:
    """All that the child writes until it is done; nothing when time runs out."""
    pieces: list[bytes] = []
    poll = select.poll()
    poll.register(descriptor, select.POLLIN | select.POLLHUP)
    while (left := deadline - time.monotonic()) > 0:
        if poll.poll(left * 1_000):
            piece = os.read(descriptor, CHUNK_BYTES)
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)
    return b""


def _end(child: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(child, 0)
