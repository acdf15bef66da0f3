"""Addresses of header fields and the names beside them, which are never to be trusted.

Tolerant, linear and capped; none of the readers raises.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from unicodedata import normalize

from triage.intake.charset import decode, one_line
from triage.intake.encoded_words import decode_words

RECIPIENTS = 500
ADDRESS_CHARACTERS = 320
NAME_CHARACTERS = 250

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


class Mailbox(NamedTuple):
    """An address as written between angle brackets, normalised, and its raw display name."""

    address: str
    name: bytes
    angled: bool


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
