"""Header fields on raw bytes: blocks, parameters, message ids, dates, languages.

Every reader is tolerant, linear and capped; none raises.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from triage.intake.charset import decode, one_line
from triage.intake.encoded_words import decode_words

HEADER_BYTES = 102_400
BLOCK_BYTES = 262_144
HEADER_COUNT = 1_000
PARAMETERS = 100
SUBJECT_CHARACTERS = 1_000
MESSAGE_ID_CHARACTERS = 998
REFERENCES = 100

_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:[ \t]*(.*)", re.DOTALL)
_BLANK_LINE = re.compile(rb"\n\r?\n")
_PARAMETER = re.compile(
    rb';\s*+([^\s=;"]{1,100})\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^;]*+))|;[^;]*+', re.DOTALL
)
_ESCAPED = re.compile(rb'\\(["\\])')
_ANGLED_ID = re.compile(r"<([^<>]*)>")
# Looked for behind a line that breaks a header block; a letter may quote the first two.
_BODY_FORMS = frozenset(["content-transfer-encoding", "content-type", "mime-version"])
_WRITER_AND_FORMS = _BODY_FORMS | {"from", "subject"}
_LANGUAGES = frozenset(["fr", "nl", "de", "en"])


@dataclass(frozen=True, slots=True)
class Headers:
    """The fields of one block in order: lower-case name and unfolded raw value."""

    fields: tuple[tuple[str, bytes], ...] = ()
    defects: frozenset[str] = frozenset()

    def every(self, name: str) -> list[bytes]:
        return [value for field, value in self.fields if field == name]

    def first(self, name: str) -> bytes:
        return next((value for field, value in self.fields if field == name), b"")

    def __contains__(self, name: str) -> bool:
        return any(field == name for field, _ in self.fields)


class Value(NamedTuple):
    """A structured field: its main value in lower case and its raw parameters."""

    main: str
    parameters: dict[str, bytes]


def read_block(raw: bytes, start: int, end: int, *, repair: bool = False) -> tuple[Headers, int]:
    """The header fields that begin at `start` and the offset of the body after them.

    The block ends at an empty line or, as everywhere in the trade, before the first line that is
    no header. With `repair`, a block is read again with such lines taken for folded ones, and the
    second reading counts when it finds a From, a Subject or a form of the body that was missing.
    """
    block_end, body = _block_limits(raw, start, end)
    block = raw[start : min(block_end, start + BLOCK_BYTES)]
    fields, defects, stopped_at = _fields(block, tolerant=False)
    names = {name for name, _ in fields}
    if stopped_at is None:
        if block_end - start > BLOCK_BYTES:
            defects.add("too_many_headers")
        return Headers(tuple(fields), frozenset(defects)), body
    wanted = _BODY_FORMS if {"from", "subject"} <= names else _WRITER_AND_FORMS
    if repair and not wanted <= names:
        again, more_defects, _ = _fields(block, tolerant=True)
        if (wanted & {name for name, _ in again}) - names:
            defects = more_defects | {"broken_headers"}
            return Headers(tuple(again), frozenset(defects)), body
    return Headers(tuple(fields), frozenset(defects)), start + stopped_at


def read_value(value: bytes) -> Value:
    """`main; name=value; …`, as in Content-Type, with at most 100 parameters."""
    end = value.find(b";")
    main = value if end < 0 else value[:end]
    parameters: dict[str, bytes] = {}
    position = end
    while 0 <= position < len(value) and len(parameters) < PARAMETERS:
        match = _PARAMETER.match(value, position)
        if not match:
            break
        position = match.end()
        name, quoted, bare = match.groups()
        if name:
            text = _ESCAPED.sub(rb"\1", quoted) if quoted is not None else bare.strip().strip(b'"')
            parameters.setdefault(name.decode("latin-1").lower(), text)
        skipped = value.find(b";", position)
        position = skipped if skipped >= 0 else len(value)
    return Value(main.decode("latin-1").strip().lower(), parameters)


def parameter_text(
    parameters: dict[str, bytes], name: str, charsets: Iterable[str] = ()
) -> str | None:
    """One parameter as text: RFC 2231 in one piece or several, RFC 2047 words, or raw bytes."""
    if f"{name}*" in parameters:
        return _open_extended(parameters[f"{name}*"], charsets)
    if f"{name}*0" in parameters or f"{name}*0*" in parameters:
        return _join_continuations(parameters, name, charsets)
    if name in parameters:
        return decode_words(parameters[name], charsets)
    return None


def read_message_ids(value: bytes) -> list[str]:
    """The message ids of a header, `<…>` each, oldest first; at most 100, first and newest kept."""
    text = one_line(decode(value).text)
    angled = ["".join(found.split()) for found in _ANGLED_ID.findall(text)]
    with_at = [found for found in angled if "@" in found]
    bare = [word.strip("<>") for word in text.split() if "@" in word]
    ids = with_at or [found for found in angled if found][:1] or bare
    unique = [
        f"<{found}>" for found in dict.fromkeys(ids) if 0 < len(found) < MESSAGE_ID_CHARACTERS
    ]
    return unique if len(unique) <= REFERENCES else [unique[0], *unique[1 - REFERENCES :]]


def read_date(value: bytes) -> datetime | None:
    """A Date value as aware UTC, or None when it is no date of this calendar."""
    try:
        parsed = parsedate_tz(value[:200].decode("ascii", "replace"))
        if not parsed:
            return None
        # A date without a zone must not depend on where this machine stands.
        zone = timezone(timedelta(seconds=parsed[9] or 0))
        year, month, day, hour, minute, second = parsed[:6]
        written = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)
        moment = written.astimezone(UTC)
    except (ValueError, OverflowError, IndexError, TypeError, AttributeError):
        return None
    return moment if 1970 <= moment.year <= 2200 else None


def read_language(headers: Iterable[Headers]) -> str | None:
    """fr, nl, de or en when a Content-Language or Accept-Language header names one first."""
    blocks = list(headers)
    for name in ("content-language", "accept-language", "x-accept-language"):
        for block in blocks:
            for tag in block.first(name).decode("latin-1").lower().split(","):
                language = tag.strip()[:2]
                if language in _LANGUAGES and not tag.strip()[2:3].isalpha():
                    return language
    return None


def _block_limits(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the header block ends and where the body begins, by the first empty line."""
    if raw.startswith(b"\n", start, end):
        return start, start + 1
    if raw.startswith(b"\r\n", start, end):
        return start, start + 2
    blank = _BLANK_LINE.search(raw, start, end)
    return (blank.start() + 1, blank.end()) if blank else (end, end)


def _fields(
    block: bytes, *, tolerant: bool
) -> tuple[list[tuple[str, bytes]], set[str], int | None]:
    """Fields, defects and the offset of the line at which reading stopped, if it did."""
    fields: list[tuple[str, list[bytes]]] = []
    stopped_at, offset = None, 0
    for line in block.split(b"\n"):
        text = line.rstrip(b"\r")
        if text[:1] in (b" ", b"\t"):
            if fields:
                fields[-1][1].append(text.lstrip(b" \t"))
        elif match := _FIELD.match(text):
            fields.append((match[1].decode("ascii").lower(), [match[2]]))
        elif text and not (offset == 0 and text.startswith((b"From ", b">From "))):
            if not tolerant:
                stopped_at = offset
                break
            if fields:
                fields[-1][1].append(text)
        offset += len(line) + 1
    defects = {"too_many_headers"} if len(fields) > HEADER_COUNT else set()
    values = [(name, b" ".join(lines).strip()) for name, lines in fields[:HEADER_COUNT]]
    if any(len(value) > HEADER_BYTES for _, value in values):
        defects.add("header_too_long")
        values = [(name, value[:HEADER_BYTES]) for name, value in values]
    return values, defects, stopped_at


def _open_extended(value: bytes, charsets: Iterable[str]) -> str:
    charset, _, rest = value.partition(b"'")
    _, quote, text = rest.partition(b"'")
    if not quote:
        return one_line(decode(unquote_to_bytes(value), "", charsets).text)
    return one_line(decode(unquote_to_bytes(text), charset.decode("latin-1"), charsets).text)


def _join_continuations(parameters: dict[str, bytes], name: str, charsets: Iterable[str]) -> str:
    charset, joined = "", []
    for index in range(PARAMETERS):
        if f"{name}*{index}*" in parameters:
            value = parameters[f"{name}*{index}*"]
            if index == 0 and value.count(b"'") >= 2:
                label, _, value = value.split(b"'", 2)
                charset = label.decode("latin-1")
            joined.append(unquote_to_bytes(value))
        elif f"{name}*{index}" in parameters:
            joined.append(parameters[f"{name}*{index}"])
        else:
            break
    text = b"".join(joined)
    if not charset and b"=?" in text:
        return decode_words(text, charsets)
    return one_line(decode(text, charset, charsets).text)
