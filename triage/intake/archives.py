"""Many raw mails from one place: an mbox file or a directory of single mails.

A mail comes out as it was before it was stored: without its `From ` line and with the `>` taken
away again that an mbox puts before such lines in the body.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

_ESCAPED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)


class Stored(NamedTuple):
    """Where a mail lay, and its bytes."""

    source: str
    raw: bytes


def mails_in_mbox(path: Path) -> Iterator[Stored]:
    """The mails of an mbox, oldest first, named `file#0`, `file#1`, …"""
    with path.open("rb") as file:
        for number, raw in enumerate(mails_in(file)):
            yield Stored(f"{path}#{number}", raw)


def mails_in(file: Iterable[bytes]) -> Iterator[bytes]:
    """The mails of an mbox that is read line by line."""
    lines: list[bytes] = []
    begun, after_blank = False, True
    for line in file:
        if after_blank and line.startswith(b"From "):
            if begun:
                yield _joined(lines)
            lines, begun = [], True
        else:
            lines.append(line)
        after_blank = not line.strip()
    if begun or any(line.strip() for line in lines):
        yield _joined(lines)


def mails_in_directory(path: Path) -> Iterator[Stored]:
    """The mails below a directory, in the order of their names: its `.eml` files when it has any,
    else every file, as in a maildir."""
    files = sorted(file for file in path.rglob("*") if file.is_file())
    named = [file for file in files if file.suffix.lower() == ".eml"]
    for file in named or files:
        yield Stored(str(file), file.read_bytes())


def _joined(lines: list[bytes]) -> bytes:
    # The empty line before the next mail belongs to the mbox, not to the mail.
    if lines and not lines[-1].strip():
        lines.pop()
    return _ESCAPED_FROM.sub(rb"\1", b"".join(lines))
