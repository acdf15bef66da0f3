"""The HTML of a stranger, made fit to be shown: no program, no call to another house, no number.

Pure. What is too large, too deep or too many for the cleaner is not shown as HTML at all.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape, unescape
from urllib.parse import urlsplit

import nh3

from triage.intake.plain import read_html
from triage.routing import masked

BYTES = 512_000
DEPTH = 256
SIGNS = 20_000
"""Tags and attributes together."""
REPEATS = 100_000
"""How often a style left open may be opened again: readers do that in every paragraph after it."""

TAGS = frozenset(
    [
        *("a", "abbr", "address", "b", "big", "blockquote", "br", "caption", "center", "cite"),
        *("code", "col", "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption"),
        *("figure", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd"),
        *("li", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strike", "strong", "sub"),
        *("sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "wbr"),
    ]
)
WITH_CONTENT = frozenset(
    [
        *("applet", "audio", "button", "canvas", "datalist", "embed", "frameset", "head", "iframe"),
        *("link", "math", "meta", "noembed", "noframes", "noscript", "object", "option"),
        *("plaintext", "script", "select", "style", "svg", "template", "textarea", "title"),
        *("video", "xmp"),
    ]
)
"""What goes with all that is in it."""
ATTRIBUTES = {
    "*": {
        "align",
        "bgcolor",
        "color",
        "dir",
        "height",
        "lang",
        "style",
        "title",
        "valign",
        "width",
    },
    "a": {"href"},
    "col": {"span"},
    "colgroup": {"span"},
    "font": {"face", "size"},
    "img": {"alt", "src"},
    "li": {"value"},
    "ol": {"start", "type"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {"colspan", "nowrap", "rowspan"},
    "th": {"colspan", "nowrap", "rowspan"},
}
LINKS = ("http:", "https:", "mailto:", "tel:")
STYLES = frozenset(
    [
        *("border", "border-bottom", "border-collapse", "border-color", "border-left"),
        *("border-radius", "border-right", "border-spacing", "border-style", "border-top"),
        *("border-width", "background-color", "color", "direction", "display", "font"),
        *("font-family", "font-size", "font-style", "font-weight", "height", "letter-spacing"),
        *("line-height", "list-style-type", "margin", "margin-bottom", "margin-left"),
        *("margin-right", "margin-top", "max-width", "min-width", "padding", "padding-bottom"),
        *("padding-left", "padding-right", "padding-top", "table-layout", "text-align"),
        *("text-decoration", "text-indent", "text-transform", "vertical-align", "visibility"),
        *("white-space", "width", "word-break"),
    ]
)


@dataclass(frozen=True, slots=True)
class Harmless:
    """Clean HTML, and how many pictures of other houses it would have fetched."""

    html: str
    pictures_left_out: int


def harmless(html: str, pictures: Mapping[str, str]) -> Harmless | None:
    """`html` as it may be shown in a frame of its own; None when only its text may be.

    `pictures` are the addresses of the mail's own pictures by content id, in lower case.
    """
    if not bearable(html):
        return None
    cleaner = _Cleaning(pictures)
    cleaned = _with_hosts(_masked_between_tags(cleaner.clean(html)))
    seen = read_html(cleaned).text
    if masked(seen) != seen:  # a number that is broken up by tags
        return None
    return Harmless(cleaned, cleaner.left_out)


class _Cleaning:
    def __init__(self, pictures: Mapping[str, str]) -> None:
        self.pictures = pictures
        self.left_out = 0

    def clean(self, html: str) -> str:
        return nh3.clean(
            html,
            tags=set(TAGS),
            clean_content_tags=set(WITH_CONTENT),
            attributes=ATTRIBUTES,
            attribute_filter=self._attribute,
            strip_comments=True,
            link_rel="noopener noreferrer nofollow",
            set_tag_attribute_values={"a": {"target": "_blank"}},
            url_schemes={"cid", "http", "https", "mailto", "tel"},
            filter_style_properties=set(STYLES),
        )

    def _attribute(self, tag: str, name: str, value: str) -> str | None:
        if name == "src":
            return self._picture(value)
        if name == "href":
            return value if _host_of(value) and masked(unescape(value)) == value else None
        if name == "style":
            return None if "url" in value.lower() or "\\" in value else value
        return masked(value) if name in ("alt", "title") else value

    def _picture(self, address: str) -> str | None:
        kind, _, content_id = address.strip().partition(":")
        if kind.lower() == "cid":
            return self.pictures.get(content_id.strip("<>").lower())
        self.left_out += 1
        return None


def _masked_between_tags(cleaned: str) -> str:
    """After the cleaner, every angle bracket belongs to a tag."""
    pieces = re.split(r"(<[^>]*>)", cleaned)
    pieces[::2] = [escape(masked(unescape(words)), quote=False) for words in pieces[::2]]
    return "".join(pieces)


def _with_hosts(cleaned: str) -> str:
    """Behind each link, where it leads: its words may say anything."""
    host = ""

    def marked(found: re.Match[str]) -> str:
        nonlocal host
        if found[0] != "</a>":
            address = re.search(r' href="([^"]*)"', found[0])
            host = _host_of(unescape(address[1])) if address else ""
            return found[0]
        return f'</a><small class="host"> ({escape(host)})</small>' if host else "</a>"

    return re.sub(r"<a(?: [^>]*)?>|</a>", marked, cleaned)


def _host_of(address: str) -> str:
    """The house, mailbox or number that a link leads to; empty for all other kinds of address."""
    plain = re.sub(r"[\x00-\x20]", "", address).replace("\\", "/")
    if not plain.lower().startswith(LINKS):
        return ""
    try:
        parts = urlsplit(plain)
        host = (parts.hostname or "") if parts.scheme in ("http", "https") else parts.path
        return host.encode("idna").decode() if "." in host and "@" not in host else host
    except ValueError:
        return ""


# --- what the cleaner may be given ----------------------------------------------------------

_OPENS = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_ATTRIBUTE = re.compile(r"[\s/]*(?:(>)|[^\s/>][^\s/>=]*(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+))?)")
_VOID = frozenset(
    [
        *("area", "base", "br", "col", "embed", "frame", "hr", "img", "input", "keygen", "link"),
        *("meta", "param", "source", "track", "wbr"),
    ]
)
_CLOSE_THEMSELVES = frozenset(
    [
        *("colgroup", "dd", "dt", "li", "option", "p", "tbody", "td", "tfoot", "th", "thead"),
        "tr",
    ]
)
_LEAVE_DRAWINGS = frozenset(["br", "dd", "dt", "embed", "hr", "img", "li", "meta", "p"])
_STYLING = frozenset(
    [
        *("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong"),
        *("tt", "u"),
    ]
)
_RAW = frozenset(
    [
        *("iframe", "noembed", "noframes", "noscript", "plaintext", "script", "style"),
        *("textarea", "title", "xmp"),
    ]
)


def bearable(html: str) -> bool:
    """Whether the cleaner, which needs quadratic time for nested tags, will be done at once.

    One pass that never counts too little: an end tag counts only where every reader would take it
    for one, a start tag counts everywhere.
    """
    if len(html) > BYTES or len(html.encode("utf-8", "replace")) > BYTES:
        return False
    lower = html.lower()
    open_tags: dict[str, int] = {}
    flat = _VOID | _CLOSE_THEMSELVES
    depth = signs = repeats = styling = position = ends_count_from = 0
    comment = html.find("<!--")
    while found := _OPENS.search(html, position):
        if -1 < comment < found.start():
            end = html.find("-->", comment + 4)
            ends_count_from = max(ends_count_from, end if end >= 0 else len(html))
            comment = html.find("<!--", comment + 4) if end >= 0 else -1
        signs += 1
        name = found[2].lower()
        position = found.end()
        while (attribute := _ATTRIBUTE.match(html, position)) and signs <= SIGNS:
            position = attribute.end()
            if attribute[1]:
                break
            signs += 1
        if found[1]:
            if open_tags.get(name) and found.start() >= ends_count_from:
                open_tags[name] -= 1
                depth -= 1
                styling -= name in _STYLING
        elif name not in flat:
            open_tags[name] = open_tags.get(name, 0) + 1
            depth += 1
            styling += name in _STYLING
        repeats += styling
        if name in ("svg", "math"):  # in there, what is flat elsewhere may be nested
            flat = _LEAVE_DRAWINGS
        if name in _RAW and not found[1]:
            end = lower.find(f"</{name}", position)
            ends_count_from = max(ends_count_from, end if end >= 0 else len(html))
        if depth > DEPTH or signs > SIGNS or repeats > REPEATS:
            return False
    return True
