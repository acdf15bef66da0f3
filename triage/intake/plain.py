"""HTML to plain text in one pass, with a sign on every line that the mark-up shows to be old.

Linear on any input, like the reading of its tokens.
"""

import html as entities
import re
from collections import Counter
from typing import NamedTuple

from triage.intake.charset import db_safe
from triage.intake.markup import Token, read_tokens
from triage.intake.old_mail import HISTORY, QUOTED, REPLY_HEADER, SIGNATURE, TEXT
from triage.intake.quotes import REPLY_MARKER_ID

HTML_CHARACTERS = 2_000_000
LINKS = 5_000

_VOID = frozenset(
    [
        *("area", "base", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta"),
        *("param", "source", "track", "wbr"),
    ]
)
_PARAGRAPHS = frozenset(
    [
        *("p", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "pre"),
        *("table", "hr"),
    ]
)
_BLOCKS = _PARAGRAPHS | frozenset(
    [
        *("address", "article", "aside", "body", "caption", "center", "dd", "details", "dialog"),
        *("dir", "div", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header"),
        *("html", "legend", "li", "main", "menu", "nav", "option", "section", "select"),
        *("summary", "tbody", "tfoot", "thead", "tr"),
    ]
)
_CELLS = frozenset(["td", "th"])
_CLOSED_BY_NEXT = {
    "p": _BLOCKS,
    "li": frozenset(["li"]),
    "dt": frozenset(["dt", "dd"]),
    "dd": frozenset(["dt", "dd"]),
    "td": frozenset(["td", "th", "tr"]),
    "th": frozenset(["td", "th", "tr"]),
    "tr": frozenset(["tr"]),
    "option": frozenset(["option"]),
}

_HIDING = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_OUTLOOK_BORDER = re.compile(r"border-top:\s*solid\s+[#\w(),]{1,40}\s+1(?:\.0)?pt", re.IGNORECASE)
_OUTLOOK_PADDING = re.compile(r"padding:\s*3(?:\.0)?pt\s+0", re.IGNORECASE)
_SPACES = re.compile(r"[\s\u00a0]+")
_INVISIBLE = re.compile("[\u00ad\u034f\u180e\u200b\u200c\u2060\ufeff]")
_BLANK_RUN = re.compile(r"\n{3,}")
_LINK = re.compile(r"<a[\s>]", re.IGNORECASE)
_QUOTE_MARKS = re.compile(
    r"gmail_quote|divRplyFwdMsg|appendonsend|border-top:\s*solid|yahoo_quoted|protonmail_quote|"
    r"type=[\"']?cite|mail-editor-reference-message-container|name=[\"']?quote|originalMessage|"
    rf"messageReplySection|__HEADERS__|moz-cite-prefix|moz-forward-container|{REPLY_MARKER_ID}",
    re.IGNORECASE,
)
_NEW_OUTLOOK_ID = "mail-editor-reference-message-container"
_NEAR = 50
_REPLY_HEADER_CLASSES = frozenset(["gmail_attr", "moz-cite-prefix"])
_WRAPPER_CLASSES = frozenset(["gmail_quote", "gmail_quote_container", "protonmail_quote"])
# How nearly every program ends the name of what it puts below a letter.
_SIGNATURE_END = "signature"
_OTHER_SIGNATURES = frozenset(["_rc_sig", "protonmail_signature_block"])
_SIGNATURE_NAMES = frozenset(["messagesignaturesection", "__sig_pre__", "__sig_post__"])
_HISTORY_NAMES = frozenset(["messagereplysection", "__headers__"])
_HISTORY_IDS = frozenset(["divrplyfwdmsg", "appendonsend"])


class Visible(NamedTuple):
    """The lines a reader sees, a sign for each (see `quotes`), and what went wrong."""

    text: str
    signs: str
    defects: frozenset[str]


def read_html(html: str) -> Visible:
    """The visible text of an HTML document of any shape."""
    walker = _Walker()
    for token in read_tokens(db_safe(html[:HTML_CHARACTERS])):
        walker.take(token)
    text, signs = walker.finish()
    defects = {"html_cut"} if len(html) > HTML_CHARACTERS else set()
    if not text:
        defects.add("no_visible_text")
    return Visible(text, signs, frozenset(defects))


def shows_quotes(html: str) -> bool:
    """Whether the mark-up itself says where the history of a reply begins."""
    return _QUOTE_MARKS.search(html) is not None


def has_too_many_links(html: str) -> bool:
    return sum(1 for _ in _LINK.finditer(html)) > LINKS


class _Walker:
    """Turns tokens into lines; knows of each open element only what it does to text."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.signs: list[str] = []
        self.pieces: list[str] = []
        self.sign = TEXT
        self.prefix = ""
        self.stack: list[tuple[str, str]] = []
        self.tags: Counter[str] = Counter()
        self.effects: Counter[str] = Counter()
        self.history_begins = False
        self.before_quote = False
        self.alternatives: list[str] = []

    def take(self, token: Token) -> None:
        if token.kind == "text":
            self._text(token.value)
        elif token.kind == "start":
            self._start(token.value, token.attributes)
        elif token.kind == "end":
            self._end(token.value)
        elif "originalMessage" in token.value:
            self.history_begins = True

    def finish(self) -> tuple[str, str]:
        self._break()
        lines: list[str] = []
        signs: list[str] = []
        for line, sign in zip(self.lines, self.signs, strict=True):
            if line or (lines and lines[-1]):
                lines.append(line)
                signs.append(sign)
        if lines and not lines[-1]:
            lines.pop()
            signs.pop()
        if not lines and self.alternatives:
            lines = [f"[{text}]" for text in dict.fromkeys(self.alternatives)]
            signs = [TEXT] * len(lines)
        return "\n".join(lines), "".join(signs)

    def _text(self, value: str) -> None:
        if self.effects["hidden"]:
            return
        text = db_safe(entities.unescape(value)) if "&" in value else value
        if not text.isascii():
            text = _INVISIBLE.sub("", text)
        if not self.effects["preformatted"]:
            self._write(_SPACES.sub(" ", text))
            return
        first, *others = text.replace("\u00a0", " ").split("\n")
        self._write(first)
        for line in others:
            self._break(always=True)
            self._write(line)

    def _write(self, text: str) -> None:
        if not self.pieces:
            text = text if self.effects["preformatted"] else text.lstrip()
            if not text.strip():
                return
            self.sign = self._sign()
            self.pieces.append(self.prefix)
            self.prefix = ""
        elif text.startswith(" ") and self.pieces[-1].endswith((" ", "\t")):
            text = text.lstrip()
        if text:
            self.pieces.append(text)

    def _sign(self) -> str:
        if self.effects["quoted"]:
            return QUOTED
        if self.history_begins:
            self.history_begins = False
            return HISTORY
        if self.effects["header"] or self.before_quote:
            return REPLY_HEADER
        return SIGNATURE if self.effects["signature"] else TEXT

    def _break(self, *, always: bool = False, blank: bool = False) -> None:
        if self.pieces or always:
            self.lines.append("".join(self.pieces).rstrip())
            self.signs.append(self.sign if self.pieces else TEXT)
            self.pieces = []
        if blank and self.lines and self.lines[-1]:
            self.lines.append("")
            self.signs.append(TEXT)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if self.stack and tag in _CLOSED_BY_NEXT.get(self.stack[-1][0], ()):
            self._pop()
        if tag == "br":
            self._break(always=True)
        elif tag in _BLOCKS:
            self._break(blank=tag in _PARAGRAPHS)
            self.prefix = "- " if tag == "li" else ""
        elif tag in _CELLS and self.pieces:
            self.pieces.append("\t")
        elif tag == "img" and not self.effects["hidden"] and not _hides(attributes):
            alternative = db_safe(" ".join(attributes.get("alt", "").split()))
            self.alternatives += [alternative] if alternative else []
        if tag not in _VOID:
            effect = self._effect(tag, attributes)
            self.stack.append((tag, effect))
            self.tags[tag] += 1
            self.effects[effect] += 1

    def _effect(self, tag: str, attributes: dict[str, str]) -> str:
        if tag == "template" or _hides(attributes):
            return "hidden"
        if tag == "pre":
            return "preformatted"
        if tag == "blockquote":
            cited = attributes.get("type", "").lower() == "cite"
            if cited or self.effects["wrapper"]:
                self.before_quote = False
                return "quoted"
        return self._quote_effect(tag, attributes) if attributes else ""

    def _quote_effect(self, tag: str, attributes: dict[str, str]) -> str:
        names = attributes.get("class", "").lower().split()
        identity = attributes.get("id", "").lower()
        called = attributes.get("name", attributes.get("data-marker", "")).lower()
        if not _WRAPPER_CLASSES.isdisjoint(names) and tag == "div":
            self.before_quote = True
            return "wrapper"
        if called in _HISTORY_NAMES or _begins_history(
            names, identity, attributes.get("style", "")
        ):
            self.history_begins = True
        elif (
            "yahoo_quoted" in names
            or identity.startswith("yahoo_quoted")
            or (tag == "div" and called == "quote")
        ):
            return "quoted"
        elif not _REPLY_HEADER_CLASSES.isdisjoint(names):
            return "header"
        elif (
            any(name.endswith(_SIGNATURE_END) for name in [identity, *names])
            or not _OTHER_SIGNATURES.isdisjoint([identity, *names])
            or called in _SIGNATURE_NAMES
        ):
            return "signature"
        return ""

    def _end(self, tag: str) -> None:
        if tag == "p" and not self.tags["p"]:
            self._break(blank=True)
        if not self.tags[tag]:
            return
        if tag not in _BLOCKS and tag not in _CELLS and not self._is_near(tag):
            return
        while self._pop() != tag:
            pass

    def _is_near(self, tag: str) -> bool:
        """A closing inline tag never closes the block that it stands in."""
        for open_tag, _ in reversed(self.stack[-_NEAR:]):
            if open_tag == tag:
                return True
            if open_tag in _BLOCKS or open_tag in _CELLS:
                return False
        return False

    def _pop(self) -> str:
        tag, effect = self.stack.pop()
        if tag in _BLOCKS:
            self._break(blank=tag in _PARAGRAPHS)
            self.prefix = ""
        self.tags[tag] -= 1
        self.effects[effect] -= 1
        if effect == "wrapper":
            self.before_quote = False
        return tag


def _hides(attributes: dict[str, str]) -> bool:
    return "hidden" in attributes or _HIDING.search(attributes.get("style", "")) is not None


def _begins_history(names: list[str], identity: str, style: str) -> bool:
    # Programs put something before the names of what they quote.
    if identity in _HISTORY_IDS or identity.endswith((_NEW_OUTLOOK_ID, REPLY_MARKER_ID)):
        return True
    if "moz-forward-container" in names:
        return True
    return bool(_OUTLOOK_BORDER.search(style) and _OUTLOOK_PADDING.search(style))
