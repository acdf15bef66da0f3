"""Markdown as harmless HTML: what a page of the dossier is written in, and all that it may contain.

Nothing leaves here that has not been through the allow-list, whoever wrote it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {
    "p", "br", "hr", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "blockquote", "code", "a",
    "table", "thead", "tbody", "tr", "th", "td", "div", "dl", "dt", "dd", "small", "time",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href"},
    "h2": {"id"},
    "h3": {"id"},
    "ol": {"start"},
    "time": {"datetime"},
    "div": {"class", "lang"},
    "p": {"class"},
}
CLASSES = {"div": {"said", "wide"}, "p": {"provenance", "unconfirmed"}}
SCHEMES = {"https", "mailto", "tel"}
DEEPEST = 4
HIGHEST = 2
LONGEST = 40_000
_LEADS = re.compile(r"https://|mailto:|tel:|#|/(?![/\\])", re.IGNORECASE)
_MARK = "\ue000"
"""Never written by anybody: it is taken out of every text before it is read."""


@dataclass(frozen=True)
class Harmless:
    """HTML that went through the allow-list; templates show it as it stands."""

    html: str

    def __html__(self) -> str:
        return self.html

    def __str__(self) -> str:
        return self.html

    def __bool__(self) -> bool:
        return bool(self.html)


@dataclass(frozen=True)
class Written:
    """A text as HTML, and its headings of the first level: (id, words)."""

    html: Harmless
    headings: Sequence[tuple[str, str]] = ()


def written(text: str, blocks: Mapping[int, str] | None = None) -> Written:
    """`text` as HTML; the HTML of a block takes the place of the line of that number, from 0.

    Raw HTML is shown as letters; headings begin at the second level and leave none out.
    """
    lines = text.replace(_MARK, "").replace("\r\n", "\n")[:LONGEST].split("\n")
    for number in blocks or {}:
        lines[number] = f"\n{_MARK}{number}{_MARK}\n"
    tokens = _READER.parse("\n".join(lines))
    headings = _levelled(tokens)
    html = str(_READER.renderer.render(tokens, _READER.options, {}))
    for number, block in (blocks or {}).items():
        mark = f"{_MARK}{number}{_MARK}"
        html = html.replace(f"<p>{mark}</p>", block).replace(mark, "")
    return Written(harmless(html), headings)


def harmless(html: str) -> Harmless:
    """Only what is on the list; links lead to https, mail, telephone, or to our own pages."""
    return Harmless(
        nh3.clean(
            html,
            tags=TAGS,
            attributes={tag: names - {"class"} for tag, names in ATTRIBUTES.items()},
            allowed_classes=CLASSES,
            url_schemes=SCHEMES,
            link_rel="noopener noreferrer",
            strip_comments=True,
            attribute_filter=_own_or_secure,
        )
    )


def plain(html: Harmless) -> str:
    """The words alone, for a search and for what stands in a list."""
    spaced = html.html.replace("<", " <")
    return " ".join(nh3.clean(spaced, tags=set(), attributes={}).split())


def _own_or_secure(tag: str, name: str, value: str) -> str | None:
    """What is neither secure, nor a mail, a call, or a page of ours, leads nowhere."""
    return value if name != "href" or _LEADS.match(value) else None


def _levelled(tokens: list[Token]) -> list[tuple[str, str]]:
    """Give each heading its level and those of the first level an address; returns these."""
    openings = [(at, token) for at, token in enumerate(tokens) if token.type == "heading_open"]
    highest = min((int(token.tag[1]) for _at, token in openings), default=1)
    found: list[tuple[str, str]] = []
    before = HIGHEST - 1
    for at, token in openings:
        level = min(int(token.tag[1]) - highest + HIGHEST, before + 1, DEEPEST)
        token.tag = tokens[at + 2].tag = f"h{level}"
        before = level
        if level == HIGHEST:
            found.append((f"part-{len(found) + 1}", _words(tokens[at + 1])))
            token.attrSet("id", found[-1][0])
    return found


def _words(inline: Token) -> str:
    return "".join(part.content for part in inline.children or () if part.content)


_READER = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
_READER.disable(["image", "fence", "code", "html_inline", "html_block"])
