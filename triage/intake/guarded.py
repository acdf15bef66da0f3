"""Reading a mail under guard: a large one in a child process that can be killed.

Small mail is read in place, since every reader here is linear. The child has limits on CPU time
and memory; when it dies, the mail still becomes a letter, marked as not fully read.
"""

import json
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from triage.intake import child
from triage.intake.attachments import Attachment
from triage.intake.bounces import Bounce, Failure
from triage.intake.child import CPU_SECONDS, LENGTH_BYTES, MEMORY_BYTES, WALL_SECONDS
from triage.intake.letter import Letter
from triage.intake.winmail import can_open, is_container

HARMLESS_BYTES = 262_144
UNPACKING_SECONDS = 3


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

    if len(raw) <= HARMLESS_BYTES or not child.possible():
        letter = parse(raw)
    else:
        letter = read_in_child(raw, parse)
    can_unpack = child.possible() and can_open()
    if not can_unpack or not any(is_container(file.content) for file in letter.attachments):
        return letter
    unpacked = read_in_child(raw, unpack, cpu_seconds=UNPACKING_SECONDS)
    if unpacked.fully_read or not letter.fully_read:
        return unpacked
    defects = tuple(sorted({*letter.defects, "winmail_unreadable"}))
    return replace(letter, defects=defects, fully_read=False)


def read_in_child(
    raw: bytes,
    parse: Callable[[bytes], Letter],
    *,
    cpu_seconds: int = CPU_SECONDS,
    wall_seconds: float = WALL_SECONDS,
    memory_bytes: int = MEMORY_BYTES,
) -> Letter:
    """Run `parse` in a child with limits; without an answer the mail counts as unread."""
    answer = child.within_limits(
        lambda: b"".join(_pack(parse(raw))),
        cpu_seconds=cpu_seconds,
        wall_seconds=wall_seconds,
        memory_bytes=memory_bytes,
    )
    try:
        return _unpack(answer or b"")
    except (ValueError, KeyError, TypeError):
        return Letter.unread(raw, "reading_stopped")


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
