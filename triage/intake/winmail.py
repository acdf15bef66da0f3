"""Files and text that Outlook packs into one `winmail.dat` (TNEF). Never raises.

Its reader is a package of other hands that trusts lengths it finds: call it only in a child that
can be killed. Without the package the container stays a file like any other.
"""

import logging
from collections.abc import Iterator
from typing import Any, NamedTuple

from triage.intake.charset import db_safe, decode

try:
    import tnefparse  # type: ignore[import-not-found,import-untyped,unused-ignore]
except ImportError:
    tnefparse = None

SIGNATURE = b"\x78\x9f\x3e\x22"
DEPTH = 5
FILES = 200

# It reports every oddity of a mail as a warning or an error of the program.
logging.getLogger("tnefparse").setLevel(logging.CRITICAL)


class Packed(NamedTuple):
    """What a container holds: a text, a text with mark-up, and named files."""

    text: str
    html: str
    files: tuple[tuple[str, bytes], ...]


def is_container(content: bytes) -> bool:
    return content.startswith(SIGNATURE)


def can_open() -> bool:
    return tnefparse is not None


def unpack(content: bytes) -> Packed | None:
    """The inside of a container, or None when it cannot be read or holds nothing."""
    if tnefparse is None or not is_container(content):
        return None
    # Struct, decoding, attribute and recursion errors: the package checks nothing beforehand.
    try:
        container = tnefparse.TNEF(content, do_checksum=False)
        files = tuple(_files(container, 0))[:FILES]
        packed = Packed(_text(container.body), _text(container.htmlbody), files)
    except Exception:
        return None
    return packed if packed.files or packed.text or packed.html else None


def _files(container: Any, depth: int) -> Iterator[tuple[str, bytes]]:
    for file in container.attachments:
        inner = getattr(file, "embed", None)
        if inner is not None and depth < DEPTH:
            yield from _files(inner, depth + 1)
        elif file.data:
            yield _name(file), bytes(file.data)


def _name(file: Any) -> str:
    try:
        return db_safe(str(file.long_filename()))
    except UnicodeDecodeError:
        return decode(bytes(file._name).strip(b"\0")).text


def _text(written: Any) -> str:
    """A body property: bytes, text or absent."""
    if isinstance(written, bytes):
        written = decode(written.rstrip(b"\0")).text
    return db_safe(written).strip() if isinstance(written, str) else ""
