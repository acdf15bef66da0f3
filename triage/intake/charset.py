"""Bytes to text by a rule, never by a guess, and text that a database accepts.

Declared charset, else UTF-8, else another charset declared in the same mail, else cp1252.
Nothing here raises, whatever the bytes or the declared name.
"""

import codecs
import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

ALIASES = {
    "ansi": "cp1252",
    "big5-hkscs": "big5hkscs",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "iso-8859-8-i": "iso8859-8",
    "iso-gb2312": "gb18030",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "ks_c_5601-1987": "cp949",
    "l1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "mac": "mac_roman",
    "macintosh": "mac_roman",
    "shift_jis": "cp932",
    "unicode-1-1-utf-7": "utf-7",
    "utf-8mb4": "utf-8",
    "utf8mb4": "utf-8",
    "windows-31j": "cp932",
    "windows-949": "cp949",
    "x-mac-roman": "mac_roman",
    "x-sjis": "cp932",
}
UNDECLARED = frozenset(
    [
        *("7bit", "8bit", "ansi_x3.4-1968", "ascii", "binary", "default", "none", "unknown"),
        *("unknown-8bit", "us-ascii", "x-unknown", "x-user-defined"),
    ]
)
# A declared name reaches Python's codec registry, which also holds rot13, zlib or punycode:
# only these may read a client's text.
TEXT_CODECS = frozenset(
    [
        *("utf-8", "utf-7", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"),
        *("utf-32-be", "koi8-r", "koi8-u", "mac-roman", "mac-latin2", "mac-cyrillic"),
        *("mac-greek", "mac-turkish", "cp437", "cp850", "cp852", "cp858", "cp866", "cp874"),
        *(f"iso8859-{page}" for page in range(2, 17) if page != 12),
        *(f"cp125{page}" for page in range(9)),
        *("gb18030", "big5", "big5hkscs", "cp932", "cp949", "cp950", "euc_jp", "euc_kr", "hz"),
        *("iso2022_jp", "iso2022_kr", "johab", "tis-620"),
    ]
)
# In these, bytes below 128 do not spell ASCII.
SHIFTED_CODECS = frozenset(
    [
        *("utf-7", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"),
        *("hz", "iso2022_jp", "iso2022_kr"),
    ]
)

OTHER_CHARSETS = 12

_LABEL = re.compile(r"[a-z0-9][a-z0-9._:+-]{0,39}")
_LINE_END = re.compile(r"\r\n?|\x85")
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_BREAKS = re.compile("[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+ *")
_UNSAFE_IN_LINE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Decoded(NamedTuple):
    """Text and, when the declaration did not hold, the name of what was wrong with it."""

    text: str
    defect: str = ""


def decode(data: bytes, declared: str = "", others: Iterable[str] = ()) -> Decoded:
    """Decode by the charset rule; the result may still need `db_safe`."""
    codec = codec_of(declared)
    if not codec and data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        codec = "utf-16"
    if data.isascii() and codec not in SHIFTED_CODECS:
        return Decoded(data.decode("ascii"))
    defect = _defect_of(declared, codec)
    named = filter(None, map(codec_of, islice(others, OTHER_CHARSETS)))
    for candidate in dict.fromkeys([*filter(None, [codec]), "utf-8", *named]):
        text = _strictly(data, candidate)
        if text is not None:
            if codec and candidate != codec:
                defect = "charset_wrong"
            return Decoded(text.removeprefix("\ufeff"), defect)
    return Decoded(data.decode("cp1252", errors="replace"), defect or "charset_wrong")


def codec_of(label: str) -> str:
    """The Python codec behind a declared charset name; empty when undeclared or unknown."""
    return _codec_of(label.strip(" \t\r\n\"'").lower()) if len(label) <= 60 else ""


def db_safe(text: str) -> str:
    """Text that PostgreSQL stores and JSON prints: no NUL, no control but tab and newline, no
    lone surrogate; all line ends are a newline."""
    if "\r" in text or "\x85" in text:
        text = _LINE_END.sub("\n", text)
    if not _UNSAFE.search(text):
        return text
    paired = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _UNSAFE.sub("", paired)


def one_line(text: str) -> str:
    """`db_safe` for a header value: every kind of line break becomes a space, so that a value
    that is used again can never begin a new header."""
    if text.isascii() and text.isprintable():
        return text.strip()
    paired = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _UNSAFE_IN_LINE.sub("", _BREAKS.sub(" ", paired)).strip()


def _defect_of(declared: str, codec: str) -> str:
    if codec:
        return ""
    label = declared.strip(" \t\r\n\"'").lower()
    return "charset_unknown" if label and label not in UNDECLARED else "charset_undeclared"


@lru_cache(maxsize=512)
def _codec_of(label: str) -> str:
    if label in UNDECLARED or not _LABEL.fullmatch(label):
        return ""
    try:
        name = codecs.lookup(ALIASES.get(label, label)).name
    except (LookupError, ValueError):
        return ""
    if name == "iso8859-1":
        return "cp1252"
    return name if name in TEXT_CODECS else ""


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError):
        return None
