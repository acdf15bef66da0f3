"""Content-transfer encodings, read leniently: base64, quoted-printable and uuencode.

Damaged data gives what can be saved and the name of the damage; nothing here raises.
"""

import binascii
import re
from typing import NamedTuple

UUENCODE_NAMES = frozenset(["uuencode", "x-uuencode", "uue", "x-uue"])
UU_FILES = 500
IDENTITY_NAMES = frozenset(["", "7bit", "8bit", "binary"])

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64) - {ord("=")})
_BASE64_BODY = re.compile(rb"\s*(?:[A-Za-z0-9+/]{40,100}\r?\n)+[A-Za-z0-9+/]{0,100}={0,2}\s*")
_ESCAPES = re.compile(rb"=(?:([0-9A-F]{2})|[ \t]*\r?\n)")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,300})\r?\n", re.MULTILINE)
_UU_END = re.compile(rb"^end[ \t]*\r?(?:\n|\Z)", re.MULTILINE)
_NOT_IN_BASE64_TEXT = re.compile(rb"[^A-Za-z0-9+/=\r\n]")


class Opened(NamedTuple):
    """Decoded bytes and the name of the damage, if any."""

    content: bytes
    defect: str = ""


class Enclosed(NamedTuple):
    """A file written into the text itself, as uuencode did."""

    name: bytes
    content: bytes


def open_encoding(body: bytes, encoding: str) -> Opened:
    """Undo a content-transfer encoding by its name; an unknown one leaves the bytes as they are."""
    name = encoding.strip().lower()
    if name == "base64":
        return open_base64(body)
    if name == "quoted-printable":
        return Opened(binascii.a2b_qp(body))
    if name in UUENCODE_NAMES:
        _, files = take_uuencoded(body)
        return Opened(files[0].content) if files else Opened(body, "uuencode_damaged")
    return Opened(body, "" if name in IDENTITY_NAMES else "transfer_encoding_unknown")


def open_base64(body: bytes) -> Opened:
    """Base64 with foreign characters, wrong padding or several padded pieces in a row."""
    first_pad = body.find(b"=")
    if first_pad < 0 or not body[first_pad:].translate(None, b"= \t\r\n"):
        try:
            content = binascii.a2b_base64(body)
        except binascii.Error:
            content = b""
        if content:
            return Opened(content)
    pieces = [piece for piece in body.translate(None, _NOT_BASE64).split(b"=") if piece]
    content = b"".join(map(_open_piece, pieces))
    if content or not body.strip():
        return Opened(content, "base64_damaged" if content else "")
    return Opened(body, "part_unreadable")


def undeclared_encoding(body: bytes) -> str:
    """The encoding that a text body plainly has although no header says so, or an empty string.

    Quoted-printable is recognised when every `=` is an escape and one of them is needed; base64
    when nothing but full lines of it decodes to UTF-8 text.
    """
    equals = body.count(b"=")
    if equals and body.isascii():
        escapes = _ESCAPES.findall(body)
        needed = any(pair >= b"80" or pair == b"3D" for pair in escapes)
        if len(escapes) == equals and needed:
            return "quoted-printable"
    if len(body) >= 80 and _BASE64_BODY.fullmatch(body):
        text = open_base64(body)
        if not text.defect and _is_plain_text(text.content):
            return "base64"
    return ""


def open_text(body: bytes, encoding: str) -> Opened:
    """The same for a text, which some mailers send as it is under the name of base64."""
    opened = open_encoding(body, encoding)
    if encoding.strip().lower() == "base64" and _NOT_IN_BASE64_TEXT.search(body.strip()):
        try:
            opened.content.decode("utf-8")
        except UnicodeDecodeError:
            return Opened(body, "transfer_encoding_wrong")
    return opened


def take_uuencoded(body: bytes) -> tuple[bytes, list[Enclosed]]:
    """The body without the uuencoded files in it, and those files; many more stay text."""
    kept: list[bytes] = []
    files: list[Enclosed] = []
    position = 0
    while len(files) < UU_FILES and (begin := _UU_BEGIN.search(body, position)):
        end = _UU_END.search(body, begin.end())
        if end is None:
            break
        content = _open_uu_lines(body[begin.end() : end.start()])
        if content is not None:
            kept.append(body[position : begin.start()])
            files.append(Enclosed(begin[1], content))
        else:
            kept.append(body[position : end.end()])
        position = end.end()
    kept.append(body[position:])
    return b"".join(kept), files


def _open_piece(piece: bytes) -> bytes:
    whole = piece[:-1] if len(piece) % 4 == 1 else piece
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def _is_plain_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character.isspace() for character in text)


def _open_uu_lines(lines: bytes) -> bytes | None:
    content = []
    for line in lines.splitlines():
        if not line.strip():
            continue
        # Some encoders pad a line beyond its promised length: only the promised bytes count.
        promised = (((line[0] - 32) & 63) * 4 + 5) // 3
        try:
            content.append(binascii.a2b_uu(line[: promised + 1]))
        except binascii.Error:
            return None
    return b"".join(content)
