"""Reading a mail under guard: a large one in a child process that can be killed.

Small mail is read in place, since every reader here is linear. The child has limits on CPU time
and memory; when it dies, the mail still becomes a letter, marked as not fully read.
"""

import gc
import json
import os
import select
import signal
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from triage.intake.attachments import Attachment
from triage.intake.bounces import Bounce, Failure
from triage.intake.letter import Letter
from triage.intake.winmail import can_open, is_container

try:
    import resource
except ImportError:  # Windows has no limits and no fork: everything is read in place there.
    resource = None  # type: ignore[assignment]

HARMLESS_BYTES = 262_144
CPU_SECONDS = 10
UNPACKING_SECONDS = 3
WALL_SECONDS = 30
MEMORY_BYTES = 512 * 1024 * 1024
LENGTH_BYTES = 8
CHUNK_BYTES = 1 << 20


def parse_guarded(
    raw: bytes, *, installation: str | None = None, mail_from: str | None = None
) -> Letter:
    """Read any bytes in bounded time and memory; the arguments are those of `Letter.parse`.

    A `winmail.dat` of any size is opened in a child; when that fails it stays a file.
    """

    def parse(mail: bytes) -> Letter:
        return Letter.parse(mail, installation=installation, mail_from=mail_from)

    def unpack(mail: bytes) -> Letter:
        return Letter.parse(
            mail, installation=installation, mail_from=mail_from, opens_containers=True
        )

    if len(raw) <= HARMLESS_BYTES or resource is None:
        letter = parse(raw)
    else:
        letter = read_in_child(raw, parse)
    can_unpack = resource is not None and can_open()
    if not can_unpack or not any(is_container(file.content) for file in letter.attachments):
        return letter
    unpacked = read_in_child(raw, unpack, cpu_seconds=UNPACKING_SECONDS)
    if unpacked.fully_read or not letter.fully_read:
        return unpacked
    return replace(letter, defects=tuple(sorted({*letter.defects, "winmail_unreadable"})))


def read_in_child(
    raw: bytes,
    parse: Callable[[bytes], Letter],
    *,
    cpu_seconds: int = CPU_SECONDS,
    wall_seconds: float = WALL_SECONDS,
    memory_bytes: int = MEMORY_BYTES,
) -> Letter:
    """Run `parse` in a child with limits; without an answer the mail counts as unread."""
    reading_end, writing_end = os.pipe()
    child = _fork()
    if child == 0:
        _work(raw, parse, reading_end, writing_end, cpu_seconds, memory_bytes)
    os.close(writing_end)
    try:
        answer = _receive(reading_end, time.monotonic() + wall_seconds)
    finally:
        os.close(reading_end)
        _end(child)
    try:
        return _unpack(answer)
    except (ValueError, KeyError, TypeError):
        return Letter.unread(raw, "reading_stopped")


def _fork() -> int:
    # A fork and not a new process: the mail need not be copied and nothing is imported again.
    # The child only computes and leaves by _exit, so the locks of other threads do not matter.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _work(
    raw: bytes,
    parse: Callable[[bytes], Letter],
    reading_end: int,
    writing_end: int,
    cpu_seconds: int,
    memory_bytes: int,
) -> None:
    """The child's whole life. It never returns."""
    try:
        gc.disable()
        _drop_inheritance(writing_end)
        _limit(cpu_seconds, memory_bytes)
        for piece in _pack(parse(raw)):
            _send(writing_end, piece)
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


def _pack(letter: Letter) -> list[bytes]:
    """The letter as the length of a JSON object, the object, and the files after it."""
    values = {field.name: getattr(letter, field.name) for field in fields(letter)}
    values["date"] = letter.date.isoformat() if letter.date else None
    values["bounce"] = _pack_bounce(letter.bounce)
    values["attachments"] = [
        [file.name, file.content_type, file.size, file.sha256, file.inline, file.content_id]
        for file in letter.attachments
    ]
    described = json.dumps(values).encode("ascii")
    contents = [file.content for file in letter.attachments]
    return [len(described).to_bytes(LENGTH_BYTES), described, *contents]


def _unpack(answer: bytes) -> Letter:
    start = LENGTH_BYTES + int.from_bytes(answer[:LENGTH_BYTES])
    values: dict[str, Any] = json.loads(answer[LENGTH_BYTES:start])
    files = []
    for name, kind, size, digest, inline, content_id in values["attachments"]:
        content = answer[start : start + size]
        files.append(Attachment(name, kind, size, digest, inline, content_id, content))
        start += size
    if start != len(answer):
        raise ValueError("the answer of the child is cut short")
    values["attachments"] = tuple(files)
    values["date"] = datetime.fromisoformat(values["date"]) if values["date"] else None
    values["bounce"] = _unpack_bounce(values["bounce"])
    values["controls"] = tuple((name, text) for name, text in values["controls"])
    for name in ("to", "cc", "reply_to", "delivered_to", "references", "loop_ids", "defects"):
        values[name] = tuple(values[name])
    return Letter(**values)


def _pack_bounce(bounce: Bounce | None) -> dict[str, Any] | None:
    if bounce is None:
        return None
    return {
        "failures": [
            [failure.recipient, failure.action, failure.status, failure.diagnostic]
            for failure in bounce.failures
        ],
        "original_message_id": bounce.original_message_id,
        "original_envelope_id": bounce.original_envelope_id,
        "original_subject": bounce.original_subject,
        "original_sender": bounce.original_sender,
    }


def _unpack_bounce(values: dict[str, Any] | None) -> Bounce | None:
    if values is None:
        return None
    failures = tuple(Failure(*failure) for failure in values.pop("failures"))
    return Bounce(failures=failures, **values)
