"""What clients ask that no page of the dossier answers, and why it is no page's: the report.

Built from contacts; it quotes as the board does, and of restricted topics it shows no small count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from models import calendar
from models.base import db
from models.daily_figure import DailyFigure
from models.info_feedback import Missed, missed_between
from models.info_gap import InfoGap
from models.info_gap_counts import (
    FEWEST,
    Asked,
    Key,
    Search,
    by_matter,
    by_problem,
    languages_asked,
    quotable_matters,
    searches_in_vain,
)
from models.info_page import InfoPage, InfoPageProblem, InfoPageVersion, PageState
from models.policy import sees_small_counts
from models.problem import Problem
from models.problem_day import quotable_on
from models.topic import LANGUAGES, Topic
from models.user import User
from triage.display import intent_name, title, topic_name
from triage.dossier import title as page_title
from triage.outreach.nearest import Near, Pages, PageText
from triage.quotes import Quote, choose

SHOWN = 20
"""Gaps that are shown at first: more pages nobody writes in a month."""
STILL = timedelta(days=14)
"""So long a page must have been there before what is still asked is said of it."""
STILL_ASKED = 5
NOBODYS = frozenset({"other/spam_auto"})
"""Parts of topics in which nobody asks anything."""


class Why(StrEnum):
    """Why it is a gap."""

    NOTHING = "nothing"
    WRITING = "writing"
    """A page about it is being written."""
    ENDED = "ended"
    """There was a page, and it is shown no more."""
    LANGUAGE = "language"
    """There is a page, and not in a language in which it is asked."""
    STILL_ASKED = "still_asked"
    """There is a page, and it is asked all the same."""


@dataclass
class Gap:
    """One problem or matter, what was counted of it, and what there is to read about it."""

    kind: str
    ref: str
    name: str
    asked: Asked
    why: Why
    topic_id: str | None = None
    subtopic_id: str | None = None
    intent_id: str | None = None
    problem: Problem | None = None
    page: InfoPage | None = None
    page_name: str = ""
    languages: Sequence[str] = ()
    """Those that the page lacks, where that is why."""
    near: Near | None = None
    near_name: str = ""
    near_page: InfoPage | None = None
    quotes: Sequence[Quote] = ()
    hushed: bool = False
    """Its parts are too small to be shown to this reader."""

    @property
    def trend(self) -> int:
        """How many more came in the second half than in the first."""
        return 2 * self.asked.lately - self.asked.contacts


@dataclass(frozen=True)
class Lacking:
    """A page that is not in a language in which clients ask about its topic."""

    page: InfoPage
    name: str
    languages: Mapping[str, int]


@dataclass(frozen=True)
class Report:
    """All gaps of a period; `answered` is how many problems and matters have their page."""

    first: date
    last: date
    gaps: Sequence[Gap]
    answered: int
    aside: Sequence[InfoGap]
    searches: Sequence[Search]
    lacking: Sequence[Lacking]
    missed: Sequence[tuple[Missed, str]]
    """What readers say is missing, each with what its page is called."""
    pages: int
    more: int
    """Gaps that are not shown."""
    whole: bool
    """Whether contacts were counted in all of the period: else halves say nothing."""


@dataclass
class Dossier:
    """The pages as they stand, read once."""

    shown: dict[int, InfoPageVersion] = field(default_factory=dict)
    pages: dict[int, InfoPage] = field(default_factory=dict)
    newest: dict[int, InfoPageVersion] = field(default_factory=dict)
    states: dict[int, set[str]] = field(default_factory=dict)
    linked: dict[int, list[int]] = field(default_factory=dict)
    """Pages by problem."""

    @classmethod
    def read(cls) -> "Dossier":
        made = cls()
        made.shown = {one.page_id: one for one in db.session.scalars(InfoPageVersion.shown())}
        made.pages = {one.id: one for one in db.session.scalars(InfoPage.everything())}
        for one in db.session.scalars(InfoPageVersion.of_pages(list(made.pages))):
            made.newest.setdefault(one.page_id, one)
            made.states.setdefault(one.page_id, set()).add(one.state)
        for link in InfoPageProblem.everything():
            made.linked.setdefault(link.problem_id, []).append(link.page_id)
        return made

    def of_problem(self, problem: Problem) -> list[int]:
        """Published ones first."""
        return sorted(self.linked.get(problem.id, ()), key=lambda one: one not in self.shown)

    def of_matter(self, topic_id: str, subtopic_id: str) -> list[int]:
        """Those about this very part, or about this topic as a whole where no part is known."""
        found = [
            one.id
            for one in self.pages.values()
            if one.topic_id == topic_id and (one.subtopic_id or "") == subtopic_id
        ]
        return sorted(found, key=lambda one: (one not in self.shown, one))

    def called(self, page: InfoPage, language: str) -> str:
        """As readers see it, else as it was written last."""
        version = self.shown.get(page.id) or self.newest.get(page.id)
        return page_title(version, language) if version else page.slug

    def texts(self) -> Pages:
        return Pages(
            PageText(
                one.page_id,
                code,
                str(one.titles.get(code) or ""),
                f"{one.summaries.get(code) or ''} {one.bodies.get(code) or ''}",
            )
            for one in self.shown.values()
            for code in one.languages
        )


def report(
    user: User, days: int, at: datetime, language: str, *, everything: bool = False
) -> Report:
    """The gaps of the last `days` days, those that a page could spare most contacts of first."""
    last = calendar.business_day(at)
    first = last - timedelta(days=days - 1)
    start, end = calendar.start_of(first), calendar.bounds(last)[1]
    middle = start + (end - start) / 2
    dossier, aside = Dossier.read(), InfoGap.standing(last)
    found = [*problems(dossier, start, middle, end), *matters(dossier, start, middle, end)]
    allowed = [one for one in found if seen_by(user, one)]
    hidden = {(one.kind, one.ref) for one in aside}
    gaps = [
        one
        for one, answered in ((one, not gapes(one, dossier, at)) for one in allowed)
        if not answered and (one.kind, one.ref) not in hidden
    ]
    gaps.sort(key=lambda one: (-one.asked.spared, -one.asked.contacts, one.ref))
    shown = gaps if everything else gaps[:SHOWN]
    quote(shown, start, end)
    compare(shown, dossier, language)
    return Report(
        first=first,
        last=last,
        gaps=shown,
        answered=sum(not gapes(one, dossier, at) for one in allowed),
        aside=aside,
        searches=[
            one
            for one in searches_in_vain(first, last)
            if ("search", f"{one.language}|{one.words}") not in hidden
        ],
        lacking=lacking(dossier, start, end, language),
        missed=[
            (one, dossier.called(one.page, language)) for one in missed_between(start, end)[:SHOWN]
        ],
        pages=len(dossier.shown),
        more=len(gaps) - len(shown),
        whole=(DailyFigure.first_day() or last) <= first,
    )


# --- what is asked --------------------------------------------------------------------------


def problems(dossier: Dossier, start: datetime, middle: datetime, end: datetime) -> list[Gap]:
    made = []
    for problem, asked in by_problem(start, middle, end):
        gap = Gap(
            "problem",
            str(problem.id),
            title(problem),
            asked,
            Why.NOTHING,
            topic_id=problem.topic_id,
            problem=problem,
        )
        made.append(with_page(gap, dossier.of_problem(problem), dossier))
    return made


def matters(dossier: Dossier, start: datetime, middle: datetime, end: datetime) -> list[Gap]:
    made = []
    for (topic_id, subtopic_id, intent_id), asked in by_matter(start, middle, end):
        if subtopic_id in NOBODYS:
            continue
        names = [topic_name(topic_id), topic_name(subtopic_id), intent_name(intent_id)]
        gap = Gap(
            "matter",
            "|".join((topic_id, subtopic_id, intent_id)),
            " · ".join(one for one in names if one),
            asked,
            Why.NOTHING,
            topic_id=topic_id,
            subtopic_id=subtopic_id or None,
            intent_id=intent_id or None,
        )
        made.append(with_page(gap, dossier.of_matter(topic_id, subtopic_id), dossier))
    return made


def with_page(gap: Gap, page_ids: Sequence[int], dossier: Dossier) -> Gap:
    """The page that is linked with it, and what is wrong with that."""
    if not page_ids:
        return gap
    page_id = page_ids[0]
    gap.page = dossier.pages[page_id]
    version = dossier.shown.get(page_id)
    if version is None:
        states = dossier.states.get(page_id, set())
        over = {PageState.ARCHIVED.value, PageState.REPLACED.value} & states
        gap.why = Why.ENDED if over else Why.WRITING
        return gap
    gap.languages = [code for code in version.missing if gap.asked.languages.get(code, 0) >= FEWEST]
    gap.why = Why.LANGUAGE if gap.languages else Why.STILL_ASKED
    return gap


def gapes(gap: Gap, dossier: Dossier, at: datetime) -> bool:
    """Whether a page is still wanted; what nobody could spare by reading is none."""
    if gap.asked.spared == 0:
        return False
    if gap.why != Why.STILL_ASKED:
        return True
    version = dossier.shown.get(gap.page.id) if gap.page else None
    since = version.published_at if version else None
    return since is not None and since <= at - STILL and gap.asked.lately >= STILL_ASKED


def seen_by(user: User, gap: Gap) -> bool:
    """Small counts of a restricted topic are not shown to other teams, nor that there are any."""
    topic = Topic.named(gap.topic_id)
    if topic is None or sees_small_counts(user, topic):
        return True
    gap.hushed = True
    return gap.asked.clients >= FEWEST


# --- what was said, and what comes near -----------------------------------------------------


def quote(gaps: Sequence[Gap], start: datetime, end: datetime) -> None:
    ids = [one.problem.id for one in gaps if one.problem is not None]
    of_problems = quotable_on(ids, start, end) if ids else {}
    keys: dict[str, Key] = {
        one.ref: (one.topic_id or "", one.subtopic_id or "", one.intent_id or "")
        for one in gaps
        if one.kind == "matter"
    }
    of_matters = quotable_matters(list(keys.values()), start, end)
    for one in gaps:
        if one.problem is not None:
            said, terms = of_problems.get(one.problem.id, []), one.problem.terms
        else:
            said, terms = of_matters.get(keys[one.ref], []), {}
        one.quotes = choose(said, terms)


def compare(gaps: Sequence[Gap], dossier: Dossier, language: str) -> None:
    """The nearest page of what has none of its own."""
    pages, topics = dossier.texts(), Topic.everything()
    for one in gaps:
        if one.page is not None:
            one.page_name = dossier.called(one.page, language)
            continue
        asked = {code: words_of(one, code, topics) for code in LANGUAGES}
        one.near = pages.nearest(asked, one.asked.languages)
        if one.near is not None:
            one.near_page = dossier.pages[one.near.page_id]
            one.near_name = page_title(dossier.shown[one.near.page_id], language)


def words_of(gap: Gap, language: str, topics: Mapping[str, Topic]) -> str:
    """What it is called and how clients say it, in one language; nothing where nobody says it."""
    said = [one.text for one in gap.quotes if one.language == language]
    if not said and not gap.asked.languages.get(language):
        return ""
    part = topics.get(gap.subtopic_id or "") or topics.get(gap.topic_id or "")
    names = [str(part.names.get(language) or "")] if part else []
    terms = gap.problem.terms.get(language, ()) if gap.problem else ()
    return " ".join([*names, *(str(term) for term in terms), *said])


def lacking(dossier: Dossier, start: datetime, end: datetime, language: str) -> list[Lacking]:
    """Published pages without a language in which their topic is asked about."""
    asked = languages_asked(start, end)
    found = []
    for version in dossier.shown.values():
        page = version.page
        spoken = asked.get((page.topic_id or "", page.subtopic_id or ""), {})
        missing = {code: spoken[code] for code in version.missing if spoken.get(code, 0) >= FEWEST}
        if missing:
            found.append(Lacking(page, page_title(version, language), missing))
    return sorted(found, key=lambda one: (-sum(one.languages.values()), one.page.id))
