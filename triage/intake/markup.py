"""HTML of any shape as a run of texts, tags and comments. None raises.

Linear on any input: each byte is looked at a bounded number of times, unlike in the standard
library's HTMLParser, which needs half a minute for 60 kB of unclosed tags.
"""

import html as entities
import re
from collections.abc import Iterator
from typing import NamedTuple

# What stands in these is never mark-up; only the last two show it.
_RAW = frozenset(["script", "style", "title", "noembed", "noframes", "textarea", "xmp"])
_SHOWN_RAW = frozenset(["textarea", "xmp"])
_TAG_NAME = re.compile(r"/?([a-zA-Z][^\s/>]{0,80})")
_TAG_END = re.compile(r"[>\"']")
_ATTRIBUTE = re.compile(
    r"(?<![^\s=/\"'<>])([^\s=/\"'<>]{1,60})\s*+=\s*+(\"[^\"]*+\"|'[^']*+'|[^\s\"'>]++)"
)
_TELLING = re.compile(r"class|id\s*=|style|type|name\s*=|alt\s*=|hidden|marker", re.IGNORECASE)
_HIDDEN_FLAG = re.compile(r"(?<![\w-])hidden(?![\w=-])", re.IGNORECASE)


class Token(NamedTuple):
    kind: str  # text, start, end, comment
    value: str
    attributes: dict[str, str]


_NO_ATTRIBUTES: dict[str, str] = {}


def read_tokens(html: str) -> Iterator[Token]:
    """Every piece of the document in order; raw elements are left out but for what they show."""
    position, quotes = 0, True
    unclosed: set[str] = set()
    comment_end = html.rfind("-->")
    last_end = html.rfind(">")
    while True:
        start = html.find("<", position)
        if start < 0 or start >= last_end:
            break
        if start > position:
            yield Token("text", html[position:start], _NO_ATTRIBUTES)
        position = start
        tag = _TAG_NAME.match(html, start + 1)
        if tag is None:
            position, token = _markup(html, start, comment_end)
            yield token
            continue
        end = _tag_end(html, tag.end(), quotes=quotes)
        if end < 0:
            # A quote that never closes would hide the rest of the mail: read on without quotes.
            quotes = False
            end = _tag_end(html, tag.end(), quotes=False)
        name = tag[1].lower()
        position = end + 1
        if html[start + 1] == "/":
            yield Token("end", name, _NO_ATTRIBUTES)
            continue
        if name not in _RAW:
            yield Token("start", name, _attributes(html[tag.end() : end]))
        elif name not in unclosed:
            closing = re.compile(f"</{name}[^>]*>?", re.IGNORECASE).search(html, position)
            if closing is None:
                unclosed.add(name)
            elif name in _SHOWN_RAW:
                yield Token("text", html[position : closing.start()], _NO_ATTRIBUTES)
            position = closing.end() if closing else position
    if position < len(html):
        yield Token("text", html[position:], _NO_ATTRIBUTES)


def _markup(html: str, start: int, comment_end: int) -> tuple[int, Token]:
    """Comment, declaration or a plain `<`; there is a `>` somewhere behind `start`."""
    if html.startswith("<!--", start):
        if start + 2 > comment_end:
            return start + 4, Token("comment", "", _NO_ATTRIBUTES)
        end = html.find("-->", start + 2)
        return end + 3, Token("comment", html[start + 4 : min(end, start + 100)], _NO_ATTRIBUTES)
    if html.startswith(("<!", "<?", "</"), start):
        end = html.find(">", start)
        return end + 1, Token("comment", "", _NO_ATTRIBUTES)
    return start + 1, Token("text", "<", _NO_ATTRIBUTES)


def _tag_end(html: str, position: int, *, quotes: bool) -> int:
    if not quotes:
        return html.find(">", position)
    while mark := _TAG_END.search(html, position):
        if mark[0] == ">":
            return mark.start()
        if html[position : mark.start()].rstrip().endswith("="):
            closing = html.find(mark[0], mark.end())
            if closing < 0:
                return -1
            position = closing + 1
        else:
            position = mark.end()
    return -1


def _attributes(written: str) -> dict[str, str]:
    if not written or not _TELLING.search(written):
        return _NO_ATTRIBUTES
    attributes: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(written):
        attributes.setdefault(name.lower(), entities.unescape(value.strip("\"'")))
    if _HIDDEN_FLAG.search(_ATTRIBUTE.sub(" ", written)):
        attributes["hidden"] = ""
    return attributes
