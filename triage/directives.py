"""What a page of the dossier may put in of a measure: `{answer}`, `{documents:exemption}`, …

Each stands on a line of its own. Beside every date and amount stand where it comes from, from when
until when it holds, and whether somebody has confirmed it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from models.topic import LANGUAGES
from triage.answers import PROMISED, Sayable, in_language
from triage.long_days import long_day

NAMES = ("answer", "conditions", "documents", "links", "deadlines", "questions")


@dataclass(frozen=True)
class Directive:
    """`code` is that of another measure; None for the page's own."""

    name: str
    code: str | None

    @property
    def word(self) -> str:
        return f"{{{self.name}:{self.code}}}" if self.code else f"{{{self.name}}}"


_LINE = re.compile(r"\s*\{([a-z]+)(?::([a-z0-9-]+))?\}\s*")
_BRACES = re.compile(r"\{[^{}\n]{1,80}\}")
_ADDRESS = re.compile(r"https://[^\s<>\"']+[^\s<>\"'.,;:!?)]")


def directives(text: str) -> dict[int, Directive]:
    """Those of a text, by the number of their line, from 0."""
    found = {}
    for number, line in enumerate(_lines(text)):
        match = _LINE.fullmatch(line)
        if match and match[1] in NAMES:
            found[number] = Directive(match[1], match[2])
    return found


def unreadable(text: str) -> list[tuple[str, str]]:
    """(reason, as written) of what stands in braces and is no directive on a line of its own."""
    known = directives(text)
    found = []
    for number, line in enumerate(_lines(text)):
        if number in known:
            continue
        for word in _BRACES.findall(line):
            match = _LINE.fullmatch(word)
            found.append(("inside" if match and match[1] in NAMES else "unknown", word))
    return found


def block(name: str, said: Sayable | None, language: str, *, again: bool = False) -> str:
    """The HTML of one directive, in a page that is in `language`; not yet through the list.

    `again`: the same measure stood in the page before, so its source need not be said again.
    """
    with force_locale(language):
        if said is None:
            gone = _("This rule does not apply any more, or not yet. Ask us if you are not sure.")
            return f'<p class="unconfirmed">{escape(gone)}</p>'
        body = _BLOCKS[name](said)
        if not body:
            return ""
        beside = provenance(said, name, whole=not again or name == "deadlines")
        return f'<div class="said"{_lang(said, name)}>{body}</div>{beside}'


def provenance(said: Sayable, name: str = "answer", *, whole: bool = True) -> str:
    """Whether it is confirmed and from when until when it holds; on the `whole` also where it
    comes from and when somebody last looked at it."""
    version = said.version
    parts = []
    if not said.confirmed:
        parts.append(f"<strong>{escape(_('To be confirmed'))}</strong>")
    if _elsewhere(said, name):
        parts.append(escape(_("Not translated yet")))
    if version.source and whole:
        parts.append(escape(_("Source: %(source)s", source=version.source)))
    since, until = version.valid_from, version.valid_to
    if since and until:
        parts.append(
            escape(_("Valid from %(first)s to %(last)s", first=_day(since), last=_day(until)))
        )
    elif since:
        parts.append(escape(_("Valid from %(first)s", first=_day(since))))
    elif until:
        parts.append(escape(_("Valid until %(last)s", last=_day(until))))
    if said.last_verified and whole:
        parts.append(escape(_("Last checked on %(day)s", day=_day(said.last_verified))))
    return f'<p class="provenance">{" · ".join(parts)}</p>' if parts else ""


# --- one block each -------------------------------------------------------------------------


def _answer(said: Sayable) -> str:
    """The approved answer; while nobody has approved one, what is said meanwhile."""
    if said.confirmed and said.answer:
        return paragraphs(said.answer)
    own = said.version.holding
    if any(own.values()):
        text, code = in_language(own, said.wanted)
        promised = long_day(said.promise, code) if said.promise else ""
        return paragraphs(text.replace(PROMISED, promised))
    return paragraphs(
        _(
            "We do not have a confirmed answer to this yet. We are checking it, and it will stand "
            "here as soon as we know."
        )
    )


def _conditions(said: Sayable) -> str:
    return paragraphs(said.conditions)


def _documents(said: Sayable) -> str:
    return _list([escape(one) for one in said.documents])


def _links(said: Sayable) -> str:
    return _list([f'<a href="{escape(one.url)}">{escape(one.name)}</a>' for one in said.links])


def _deadlines(said: Sayable) -> str:
    return _list(
        [
            f"{escape(name)}: <strong>"
            f'<time datetime="{on.isoformat()}">{escape(_day(on))}</time></strong>'
            for name, on, _left in said.deadlines
        ]
    )


def _questions(said: Sayable) -> str:
    pairs = [
        f"<dt>{escape(question)}</dt><dd>{paragraphs(answer)}</dd>"
        for question, answer in said.questions
        if question and answer
    ]
    return f"<dl>{''.join(pairs)}</dl>" if pairs else ""


_BLOCKS: dict[str, Callable[[Sayable], str]] = {
    "answer": _answer,
    "conditions": _conditions,
    "documents": _documents,
    "links": _links,
    "deadlines": _deadlines,
    "questions": _questions,
}


def paragraphs(text: str) -> str:
    """Plain text as it was written, with its addresses as links."""
    parts = [part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n"))]
    return "".join(f"<p>{_linked(part)}</p>" for part in parts if part)


def _linked(text: str) -> str:
    pieces, position = [], 0
    for match in _ADDRESS.finditer(text):
        address = escape(match[0])
        pieces += [escape(text[position : match.start()]), f'<a href="{address}">{address}</a>']
        position = match.end()
    return "".join([*pieces, escape(text[position:])]).replace("\n", "<br>")


def _list(items: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{one}</li>' for one in items)}</ul>" if items else ""


def _day(on: date) -> str:
    return long_day(on, get_locale() or "en")


def _elsewhere(said: Sayable, name: str) -> str:
    """The language of an answer that is not there in the wanted one."""
    in_words = name == "answer" and said.confirmed and said.missing
    return said.language if in_words else ""


def _lang(said: Sayable, name: str) -> str:
    other = _elsewhere(said, name)
    return f' lang="{other}"' if other in LANGUAGES else ""


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").split("\n")
