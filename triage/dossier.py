"""A page of the dossier as a reader sees it, with what its measures say put in where it stands.

A page names a measure's words, it never copies them: whoever changes an approved answer has changed
every page that says it.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from flask_babel import force_locale

from models.info_page import InfoPage, InfoPageVersion, put_in
from models.measure import Measure, MeasureVersion
from models.measure_question import MeasureQuestion
from models.topic import LANGUAGES
from triage.answers import Sayable, in_language, said
from triage.directives import Directive, block, directives, provenance, unreadable
from triage.markdown import Harmless, Written, harmless, written


@dataclass(frozen=True)
class Shown:
    """A page in one language. `language` is another than the wanted one when it is `missing`."""

    title: str
    summary: str
    html: Harmless
    language: str
    missing: bool
    url: str
    headings: Sequence[tuple[str, str]] = ()
    measures: Sequence[MeasureVersion] = ()
    """Of which something stands in it or beside it."""
    own: Sayable | None = None
    """What the page's own measure says."""
    changed_at: datetime | None = None
    """When it last said something else: by a version of its own, or of a measure."""

    @property
    def day(self) -> date | None:
        return self.changed_at.date() if self.changed_at else None


def shown(version: InfoPageVersion, language: str, day: date) -> Shown:
    """The page in `language`, else in French, Dutch, German or English, as it is on `day`."""
    return _shown(version, spoken_language(version, language), language, day)


def shown_in(version: InfoPageVersion, language: str, day: date) -> Shown:
    """The page in that language alone, however little of it there is: for its writers."""
    return _shown(version, language, language, day)


def _shown(version: InfoPageVersion, spoken: str, wanted: str, day: date) -> Shown:
    text = str(version.bodies.get(spoken) or "")
    sayings = Sayings(version.page, directives(text), spoken, day)
    page = rendered(text, sayings)
    used = [one.version for one in sayings.by_code.values()]
    moments = [version.published_at or version.created_at, *(one.created_at for one in used)]
    return Shown(
        title=str(version.titles.get(spoken) or ""),
        summary=str(version.summaries.get(spoken) or ""),
        html=in_the_same_language(page.html, wanted),
        language=spoken,
        missing=spoken != wanted,
        url=path(version.page, wanted),
        headings=page.headings,
        measures=used,
        own=sayings.own,
        changed_at=max((one for one in moments if one is not None), default=None),
    )


_OWN_LINK = re.compile(r'href="(/(?:info|contact)(?:/[\w./-]*)?)"')


def in_the_same_language(html: Harmless, language: str) -> Harmless:
    """Links to our own pages lead to them in the reader's language."""
    return Harmless(_OWN_LINK.sub(rf'href="\1?lang={language}"', html.html))


def spoken_language(version: InfoPageVersion, language: str) -> str:
    """The wanted language where the page is whole in it, else the first in which it is."""
    ready = version.languages
    if language in ready or not ready:
        return language
    return ready[0]


def title(version: InfoPageVersion, language: str) -> str:
    return in_language(version.titles, spoken_language(version, language))[0]


def summary(version: InfoPageVersion, language: str) -> str:
    return str(version.summaries.get(spoken_language(version, language)) or "")


def path(page: InfoPage, language: str) -> str:
    """Where readers find it; put the house's own address before it in a mail."""
    return f"/info/{page.slug}?lang={language}"


def answers_used(version: InfoPageVersion) -> list[str]:
    """The codes of the measures of which something stands in the page, in any language."""
    own = measure_code(version.page)
    found = {
        one.code or own
        for text in version.bodies.values()
        for one in directives(str(text or "")).values()
    }
    return sorted(code for code in found if code)


def mistakes(bodies: Mapping[str, Any], page_measure: str | None) -> list[tuple[str, str, str]]:
    """(language, reason, as it was written) of what stands in braces and cannot be put in.

    The reasons are `unknown`, `inside`, `measure` (no such measure) and `own` (the page has none).
    """
    found: list[tuple[str, str, str]] = []
    for code in LANGUAGES:
        text = str(bodies.get(code) or "")
        found += [(code, reason, word) for reason, word in unreadable(text)]
        for one in directives(text).values():
            if one.code is None and page_measure is None:
                found.append((code, "own", one.word))
            elif one.code is not None and Measure.coded(one.code) is None:
                found.append((code, "measure", one.word))
    return list(dict.fromkeys(found))


def holding(codes: Collection[str], day: date) -> dict[str, MeasureVersion]:
    """What holds on `day` of these measures, by their codes."""
    return {one.measure.code: one for one in put_in(codes, None, day)} if codes else {}


def provenance_of(saying: Sayable, language: str) -> Harmless:
    """The line beside a date or an amount, in the language of a page."""
    with force_locale(language):
        return harmless(provenance(saying, "deadlines"))


def measure_code(page: InfoPage) -> str | None:
    return page.measure.code if page.measure is not None else None


class Sayings:
    """What the measures named in a text say in one language; asked of the database once."""

    def __init__(
        self, page: InfoPage, wanted: Mapping[int, Directive], language: str, day: date
    ) -> None:
        self.page, self.wanted, self.language, self.day = page, wanted, language, day

    @cached_property
    def by_code(self) -> dict[str, Sayable]:
        """Only of measures that hold on the day; the page's own is always among them."""
        codes = {one.code for one in self.wanted.values() if one.code}
        if not codes and self.page.measure_id is None:
            return {}
        holding = put_in(codes, self.page.measure_id, self.day)
        questions: Mapping[int, Sequence[MeasureQuestion]] = {}
        if any(one.name == "questions" for one in self.wanted.values()):
            questions = MeasureQuestion.answered([one.measure_id for one in holding])
        return {
            one.measure.code: said(one, self.language, self.day, questions.get(one.measure_id, ()))
            for one in holding
        }

    def of(self, one: Directive) -> Sayable | None:
        return self.by_code.get(one.code) if one.code is not None else self.own

    @property
    def own(self) -> Sayable | None:
        """What the page's own measure says; None where it has none that holds."""
        own = (
            found
            for found in self.by_code.values()
            if found.version.measure_id == self.page.measure_id
        )
        return next(own, None)


def rendered(text: str, sayings: Sayings) -> Written:
    blocks: dict[int, str] = {}
    before: set[int] = set()
    for line, one in sayings.wanted.items():
        saying = sayings.of(one)
        again = saying is not None and saying.version.id in before
        blocks[line] = block(one.name, saying, sayings.language, again=again)
        before |= {saying.version.id} if saying is not None and blocks[line] else set()
    return written(text, blocks)
