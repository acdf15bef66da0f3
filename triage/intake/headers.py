"""Header fields on raw bytes: blocks, encoded words, addresses, parameters, message ids, dates.

Every reader is tolerant, linear and capped; none raises, and none trusts a display name.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import unquote_to_bytes

from triage.intake.charset import decode, one_line
from triage.intake.transfer import open_base64, open_encoding

HEADER_BYTES = 102_400
BLOCK_BYTES = 262_144
HEADER_COUNT = 1_000
RECIPIENTS = 500
PARAMETERS = 100
ADDRESS_CHARACTERS = 320
NAME_CHARACTERS = 250
SUBJECT_CHARACTERS = 1_000
MESSAGE_ID_CHARACTERS = 998
REFERENCES = 100

_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:[ \t]*(.*)", re.DOTALL)
_BLANK_LINE = re.compile(rb"\n\r?\n")
_WORD_BEGIN = re.compile(rb"=\?([^?\s]{1,80})\?([bBqQ])\?")
_ADDRESS_MARK = re.compile(r'[",;:<()]')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_ESCAPED_TEXT = re.compile(r'\\(["\\])')
_ANGLE_STOP = re.compile(r"[\s,;]")
_COMMENT_MARK = re.compile(r"[()\\]")
# Begins only where a word begins: otherwise a long word without an @ is read once per letter.
_BARE_ADDRESS = re.compile(r"(?<![^\s<>()\",;:@])[^\s<>()\",;:@]++@[^\s<>()\",;:@]+")
_DOT_ATOM = re.compile(r"[^\s\"\\()<>,;:@\[\]]+")
_SHOWN_ADDRESS = re.compile(r"[^\s<>()\"',;:@]++@[^\s<>()\"',;:@]+\.[^\s<>()\"',;:@]+")
_DIRECTION_MARKS = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
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


class Mailbox(NamedTuple):
    """An address as written between angle brackets, normalised, and its raw display name."""

    address: str
    name: bytes
    angled: bool


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


def decode_words(value: bytes, charsets: Iterable[str] = ()) -> str:
    """Unstructured header text: encoded words opened, 8-bit bytes by the charset rule.

    Adjacent words of one charset are joined before they are decoded, because mailers split
    letters across them. The result is one database-safe line.
    """
    if b"=?" not in value:
        return one_line(decode(value, "", charsets).text)
    pieces: list[str] = []
    run: list[tuple[str, str, bytes]] = []
    for plain, word in _words(value):
        if plain.strip() or word is None:
            pieces.append(_open_run(run, charsets))
            run = []
            pieces.append(decode(plain, "", charsets).text)
        elif plain and not run:
            pieces.append(" ")
        if word is not None:
            run.append(word)
    pieces.append(_open_run(run, charsets))
    return one_line("".join(pieces))


def read_mailboxes(value: bytes, limit: int = RECIPIENTS) -> list[Mailbox]:
    """The addresses of a From, To or Reply-To value, in order, at most `limit`.

    Commas in an unquoted name belong to the name, comments nest to any depth, group names are
    dropped, and only what stands outside quotes can be an address.
    """
    found: list[Mailbox] = []
    for segment in _segments(value.decode("latin-1")):
        mailbox = _mailbox(segment)
        if mailbox:
            found.append(mailbox)
            if len(found) >= limit:
                break
    return found


def display_name(name: bytes, charsets: Iterable[str] = ()) -> str:
    """A name fit to be shown beside its address, without marks that turn text around."""
    text = _DIRECTION_MARKS.sub("", decode_words(name, charsets))
    text = " ".join(text.split())[:NAME_CHARACTERS].strip(" ,'")
    if text.count('"') % 2 or text[:1] == text[-1:] == '"':
        text = " ".join(text.replace('"', " ").split())
    return text.strip(" ,'")


def shows_another_address(name: str, address: str) -> bool:
    """Whether a display name pretends to be an address other than the real one."""
    return any(shown.lower() != address for shown in _SHOWN_ADDRESS.findall(name))


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


def normalised_address(text: str) -> str:
    """An addr-spec to match on: lower case, international domains as their xn-- form; empty when
    it is no address. Only this, never the name beside it, says who wrote."""
    local, at, domain = one_line(text).rpartition("@")
    local, domain = local.strip().lower(), domain.strip().rstrip(".").lower()
    if not (at and local and domain) or any(mark in domain for mark in ' <>()",;:\\'):
        return ""
    odd = "@" in local or any(character.isspace() for character in local)
    if odd and not local.startswith('"'):
        return ""
    address = f"{local}@{'.'.join(map(_ascii_label, domain.split('.')))}"
    return address if len(address) <= ADDRESS_CHARACTERS else ""


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


def _words(value: bytes) -> Iterator[tuple[bytes, tuple[str, str, bytes] | None]]:
    """Plain bytes and the encoded word after them (charset, encoding, payload), to the end."""
    position = 0
    while begin := _WORD_BEGIN.search(value, position):
        end = value.find(b"?=", begin.end())
        if end < 0:
            break
        charset = begin[1].decode("latin-1").partition("*")[0]
        encoding = begin[2].decode("ascii").upper()
        yield value[position : begin.start()], (charset, encoding, value[begin.end() : end])
        position = end + 2
    yield value[position:], None


def _open_run(run: list[tuple[str, str, bytes]], charsets: Iterable[str]) -> str:
    text: list[str] = []
    others = [*dict.fromkeys(charset for charset, _, _ in run), *charsets]
    index = 0
    while index < len(run):
        charset, encoding, _ = run[index]
        end = index
        while end < len(run) and run[end][0].lower() == charset.lower():
            end += 1
        content = _open_words(run[index:end])
        text.append(decode(content, charset, others).text)
        index = end
    return "".join(text)


def _open_words(words: list[tuple[str, str, bytes]]) -> bytes:
    # Some mailers cut one base64 text into words at any letter: its pieces only decode together.
    if all(word[1] == "B" for word in words) and any(
        len(payload) % 4 and not payload.endswith(b"=") for _, _, payload in words[:-1]
    ):
        return open_base64(b"".join(payload for _, _, payload in words)).content
    return b"".join(_open_word(encoding, payload) for _, encoding, payload in words)


def _open_word(encoding: str, payload: bytes) -> bytes:
    if encoding == "B":
        return open_base64(payload).content
    return open_encoding(payload.replace(b"_", b"=20"), "quoted-printable").content


class _Segment:
    """What stands between two separators of an address list."""

    __slots__ = ("addressed", "angled", "comments", "text")

    def __init__(self) -> None:
        self.text: list[tuple[str, bool]] = []
        self.comments: list[str] = []
        self.angled: list[str] = []
        self.addressed = False

    def add(self, text: str, *, quoted: bool = False) -> None:
        self.text.append((text, quoted))
        self.addressed = self.addressed or ("@" in text and not quoted)

    def add_angled(self, text: str) -> None:
        self.angled.append(text)
        self.addressed = self.addressed or "@" in text


def _segments(text: str) -> Iterator[_Segment]:
    segment, position = _Segment(), 0
    quotes = comments = angles = True
    while mark := _ADDRESS_MARK.search(text, position):
        segment.add(text[position : mark.start()])
        position, sign = mark.end(), mark[0]
        # An opening mark that never closes is an ordinary character, and so are all after it:
        # looking for the end only once keeps the reader linear.
        if sign == '"' and quotes:
            quoted = _QUOTED.match(text, mark.start())
            if quotes := quoted is not None:
                assert quoted is not None
                segment.add(_ESCAPED_TEXT.sub(r"\1", quoted[1]), quoted=True)
                position = quoted.end()
        elif sign == "(" and comments:
            end = _comment_end(text, position)
            if comments := end > 0:
                segment.comments.append(text[position : end - 1])
                position = end
        elif sign == "<":
            end = text.find(">", position) if angles else -1
            angles = angles and end >= 0
            if end < 0:
                stop = _ANGLE_STOP.search(text, position)
                end = stop.start() if stop else len(text)
            segment.add_angled(text[position:end])
            position = min(end + 1, len(text)) if text[end : end + 1] == ">" else end
        elif sign == ";" or (sign == "," and segment.addressed):
            yield segment
            segment = _Segment()
        elif sign == ",":
            segment.add(", ")
        elif sign == ":" and not segment.addressed:
            segment = _Segment()
    segment.add(text[position:])
    yield segment


def _comment_end(text: str, position: int) -> int:
    """The offset behind the parenthesis that closes the comment, or 0."""
    depth = 1
    while depth and (mark := _COMMENT_MARK.search(text, position)):
        position = mark.end() + (mark[0] == "\\")
        depth += {"(": 1, ")": -1}.get(mark[0], 0)
    return 0 if depth else position


def _mailbox(segment: _Segment) -> Mailbox | None:
    for written in segment.angled:
        address = normalised_address(_decoded(_without_route(written)))
        if address:
            name = "".join(text for text, _ in segment.text).strip(" \t<>")
            comment = " ".join(segment.comments)
            return Mailbox(address, (name or comment).encode("latin-1"), angled=True)
    text, names = _unquoted(segment.text)
    for bare in _BARE_ADDRESS.finditer(text):
        address = normalised_address(_decoded(bare[0].removeprefix("mailto:")))
        if address:
            around = f"{text[: bare.start()]} {text[bare.end() :]}".strip(" ,<>")
            name = " ".join(names) or around or " ".join(segment.comments)
            return Mailbox(address, name.encode("latin-1"), angled=False)
    return None


def _without_route(written: str) -> str:
    address = written.strip().lstrip("<").strip()
    if address.startswith("@"):
        address = address.rpartition(":")[2]
    return address[7:] if address.lower().startswith("mailto:") else address


def _unquoted(pieces: list[tuple[str, bool]]) -> tuple[str, list[str]]:
    """The unquoted text and the quoted names; what is quoted before an `@` is a local part."""
    kept: list[str] = []
    names: list[str] = []
    for index, (text, quoted) in enumerate(pieces):
        before_at = "".join(piece for piece, _ in pieces[index + 1 : index + 3]).startswith("@")
        is_text = not quoted or (before_at and _DOT_ATOM.fullmatch(text) is not None)
        (kept if is_text else names).append(text)
    return "".join(kept), names


def _decoded(text: str) -> str:
    return decode(text.encode("latin-1")).text


def _ascii_label(label: str) -> str:
    if label.isascii() or len(label) > 63:
        return label
    return "xn--" + normalize("NFC", label).encode("punycode").decode("ascii")


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
