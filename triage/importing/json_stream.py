"""The members of a long JSON list, one after the other: never more than one of them lies in memory.

Only the outermost list or object is walked; each member is read whole by `json` itself.
"""

import codecs
import json
from collections.abc import Iterator
from typing import IO, Any

CHUNK = 1 << 18
LONGEST = 256 * 1024 * 1024
"""Characters of one member: a ticket with all its files."""
_SPACE = " \t\r\n"
_CUT = 16
"""An error so near the end of what was read may be one of reading too little."""


class NoJson(ValueError):
    """It is no JSON, or none that is written as a list or an object of lists."""


def members(file: IO[bytes]) -> Iterator[tuple[str, Any]]:
    """(the name of the list, a member) of an object of lists; the name is empty for a list alone.

    What is no list is passed over. Raises NoJson where the text breaks off or goes astray.
    """
    text = _Text(file)
    opening = text.sign()
    if opening == "[":
        yield from (("", one) for one in text.listed())
    elif opening == "{":
        yield from _named(text)
    else:
        raise NoJson
    if text.sign():
        raise NoJson


def _named(text: "_Text") -> Iterator[tuple[str, Any]]:
    text.take("{")
    while text.sign() != "}":
        name = text.value()
        if not isinstance(name, str):
            raise NoJson
        text.take(":")
        if text.sign() == "[":
            yield from ((name, one) for one in text.listed())
        else:
            text.value()
        text.comma("}")
    text.take("}")


class _Text:
    """What was read and not used yet."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.rest, self.place, self.over = file, "", 0, False
        self.letters = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self.reader = json.JSONDecoder()

    def sign(self) -> str:
        """The next sign that is no space, which stays; empty at the end."""
        while True:
            while self.place < len(self.rest) and self.rest[self.place] in _SPACE:
                self.place += 1
            if self.place < len(self.rest):
                return self.rest[self.place]
            if not self.more(CHUNK):
                return ""

    def take(self, sign: str) -> None:
        if self.sign() != sign:
            raise NoJson
        self.place += 1

    def comma(self, ending: str) -> None:
        """Between two members; none before the end."""
        if self.sign() == ending:
            return
        self.take(",")
        if self.sign() == ending:
            raise NoJson

    def listed(self) -> Iterator[Any]:
        self.take("[")
        while self.sign() != "]":
            yield self.value()
            self.comma("]")
        self.take("]")

    def value(self) -> Any:
        """The next value, whole: more is read until it is all there."""
        self.sign()
        chunk = CHUNK
        while True:
            try:
                found, end = self.reader.raw_decode(self.rest, self.place)
            except json.JSONDecodeError as wrong:
                if not self._cut_off(wrong) or not self.more(chunk):
                    raise NoJson from None
            except RecursionError:
                raise NoJson from None
            else:  # a number at the very end may go on
                if end < len(self.rest) or not self.more(CHUNK):
                    self.place = end
                    return found
            chunk *= 2

    def _cut_off(self, wrong: json.JSONDecodeError) -> bool:
        """Whether the text is only not all there yet."""
        return wrong.msg.startswith("Unterminated") or wrong.pos >= len(self.rest) - _CUT

    def more(self, count: int) -> bool:
        """Read on; False at the end of the file."""
        if self.over:
            return False
        if len(self.rest) - self.place > LONGEST:
            raise NoJson
        piece = self.file.read(count)
        self.over = not piece
        self.rest = self.rest[self.place :] + self.letters.decode(piece, self.over)
        self.place = 0
        return True
