"""The MIME structure of a mail as slices of its raw bytes: what is where, nothing decoded.

One pass over the bytes, a stack instead of recursion, caps instead of trust. An attached mail is
a leaf like any other: nothing inside it is ever taken for the mail itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from triage.intake.headers import Headers, Value, read_block, read_value
from triage.intake.transfer import Opened, open_encoding

MAIL_BYTES = 35_000_000
DEPTH = 50
PARTS = 500
BOUNDARY_BYTES = 1_000

_KIND = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+*-]{1,80}")
_BLANK_LINE = re.compile(rb"\n\r?\n")
_FIELD_START = re.compile(rb"[\r\n\t ]*\n([!-9;-~]+[ \t]*:)")


@dataclass(slots=True)
class Part:
    """A leaf, or a multipart with children; `start` is its header, `body` to `end` its content."""

    headers: Headers
    kind: str
    type: Value
    disposition: Value
    start: int
    body: int
    end: int
    number: int
    depth: int = 0
    children: list["Part"] = field(default_factory=list)

    @property
    def is_multipart(self) -> bool:
        return bool(self.children)

    def leaves(self) -> Iterator["Part"]:
        waiting = [self]
        while waiting:
            part = waiting.pop()
            if not part.children:
                yield part
            waiting.extend(reversed(part.children))

    def raw_body(self, raw: bytes) -> bytes:
        return raw[self.body : self.end]

    @property
    def encoding(self) -> str:
        """The declared transfer encoding; a multipart has none, whatever it declares."""
        if self.kind.startswith("multipart/"):
            return ""
        written = self.headers.first("content-transfer-encoding").decode("latin-1")
        # A broken block may have left a line of the body behind the name.
        return written.replace(";", " ").lower().partition(" ")[0]

    def content(self, raw: bytes) -> Opened:
        """The body with its transfer encoding undone."""
        return open_encoding(self.raw_body(raw), self.encoding)


@dataclass(slots=True)
class Outline:
    """The root part of a mail and what was wrong with the structure."""

    root: Part
    defects: set[str]


def outline(raw: bytes) -> Outline:
    """Read the structure of a whole mail of at most `MAIL_BYTES`."""
    start = _first_field(raw)
    headers, body = read_block(raw, start, len(raw), repair=True)
    root = _part(headers, start, body, len(raw), number=1, depth=0)
    defects = set(headers.defects)
    _Splitter(raw, root, defects).run()
    return Outline(root, defects)


def _first_field(raw: bytes) -> int:
    """Some pipes put empty lines before the mail; they are not the end of its headers."""
    lead = _FIELD_START.match(b"\n" + raw[:200]) if raw[:1] in b"\r\n\t " else None
    return lead.start(1) - 1 if lead else 0


def _part(headers: Headers, start: int, body: int, end: int, *, number: int, depth: int) -> Part:
    written = read_value(headers.first("content-type"))
    kind = _KIND.match(written.main)
    disposition = read_value(headers.first("content-disposition"))
    name = kind[0] if kind else "text/plain"
    return Part(headers, name, written, disposition, start, body, end, number, depth)


class _Frame:
    """A multipart whose boundary is looked for."""

    __slots__ = ("boundary", "closed", "part", "shadowed")

    def __init__(self, part: Part, boundary: bytes, shadowed: int | None) -> None:
        self.part, self.boundary, self.shadowed = part, boundary, shadowed
        self.closed = False


class _Splitter:
    """Walks the delimiter lines of the open boundaries, innermost first."""

    def __init__(self, raw: bytes, root: Part, defects: set[str]) -> None:
        self.raw, self.defects = raw, defects
        self.frames: list[_Frame] = []
        self.open: dict[bytes, int] = {}
        self.current: Part | None = root
        self.count = 1
        self.blank_line = -1
        self._enter(root)

    def run(self) -> None:
        assert self.current is not None
        position = max(self.current.body - 1, 0)
        while self.frames and (at := self.raw.find(b"\n--", position)) >= 0:
            position = self._delimiter(at)
            if self.count > PARTS:
                self.defects.add("too_many_parts")
                return
        for frame in self.frames:
            if not frame.part.children:
                self.defects.add("boundary_not_found")
            elif not frame.closed:
                self.defects.add("boundary_unclosed")

    def _enter(self, part: Part) -> None:
        if not part.kind.startswith("multipart/"):
            return
        boundary = part.type.parameters.get("boundary", b"").rstrip()
        if not boundary or len(boundary) > BOUNDARY_BYTES:
            self.defects.add("boundary_missing")
        elif part.depth >= DEPTH:
            self.defects.add("too_deep")
        else:
            self.frames.append(_Frame(part, boundary, self.open.get(boundary)))
            self.open[boundary] = len(self.frames) - 1

    def _delimiter(self, at: int) -> int:
        """Read the line that begins at `at + 1`; where to look for the next one."""
        line_end = self.raw.find(b"\n", at + 1)
        line_end = len(self.raw) if line_end < 0 else line_end
        frame, closing = self._frame_of(at + 3, line_end)
        if frame is None:
            return line_end
        self._close_current(at)
        while self.frames[-1] is not frame:
            self._leave()
        frame.closed = closing
        if closing:
            return line_end
        return self._begin(frame, min(line_end + 1, len(self.raw)))

    def _frame_of(self, start: int, end: int) -> tuple[_Frame | None, bool]:
        if end - start > BOUNDARY_BYTES + 200:
            return None, False
        token = self.raw[start:end].rstrip()
        if token in self.open:
            return self.frames[self.open[token]], False
        if token.endswith(b"--") and token[:-2] in self.open:
            return self.frames[self.open[token[:-2]]], True
        return None, False

    def _close_current(self, at: int) -> None:
        if self.current is None:
            return
        end = at - 1 if at > 0 and self.raw[at - 1 : at] == b"\r" else at
        self.current.end = max(end, self.current.body)
        self.current = None

    def _leave(self) -> None:
        frame = self.frames.pop()
        if not frame.part.children:
            self.defects.add("boundary_not_found")
        elif not frame.closed:
            self.defects.add("boundary_unclosed")
        if frame.shadowed is None:
            del self.open[frame.boundary]
        else:
            self.open[frame.boundary] = frame.shadowed

    def _begin(self, frame: _Frame, start: int) -> int:
        headers, body = read_block(self.raw, start, self._header_limit(start))
        self.count += 1
        depth = frame.part.depth + 1
        part = _part(headers, start, body, len(self.raw), number=self.count - 1, depth=depth)
        self.defects |= headers.defects
        frame.part.children.append(part)
        self.current = part
        self._enter(part)
        return max(body - 1, start - 1)

    def _header_limit(self, start: int) -> int:
        """A part without an empty line ends at the next delimiter, headers and all."""
        if self.blank_line < start:
            blank = _BLANK_LINE.search(self.raw, start)
            self.blank_line = blank.end() if blank else len(self.raw)
        limit = self.blank_line
        position = start - 1
        while (at := self.raw.find(b"\n--", position, limit)) >= 0:
            line_end = self.raw.find(b"\n", at + 1)
            line_end = len(self.raw) if line_end < 0 else line_end
            if self._frame_of(at + 3, line_end)[0] is not None:
                return at + 1
            position = line_end
        return limit
