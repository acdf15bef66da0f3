"""The dossier from inside: every page with how it is read, one page whole, and its history.

Who works reads everything; whoever leads writes and publishes.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from models import info_page_action
from models.action import Action
from models.base import db, now
from models.calendar import business_day
from models.info_page import OPEN, InfoPage, InfoPageProblem, InfoPageVersion, PageState
from models.info_page_change import content, regrettable, was_published
from models.info_page_reading import Read, read_since
from models.measure import Measure, MeasureVersion
from models.policy import Verb, may
from models.problem import Problem
from models.topic import LANGUAGES, Topic
from triage import dossier
from triage.accounts import demand
from triage.comparing import Piece, pieces
from triage.display import reader_language
from triage.outreach import dossier_deeds, dossier_writing
from triage.outreach.dossier_page import (
    name_of,
    page_or_404,
    part_words,
    state_words,
    version_or_404,
)
from triage.outreach.page_effect import followed

pages = Blueprint("dossier", __name__)
pages.register_blueprint(dossier_writing.pages)
pages.register_blueprint(dossier_deeds.pages)

READ_FOR = timedelta(days=30)
PARTS = ("titles", "summaries", "bodies", "changes")
NEEDS = ("missing", "review", "words")


@dataclass(frozen=True)
class Line:
    """A page in the list."""

    page: InfoPage
    name: str
    state: str
    shown: InfoPageVersion | None
    draft: InfoPageVersion | None
    newest: InfoPageVersion
    read: Read
    review_due: bool

    @property
    def missing(self) -> list[str]:
        """The languages that readers miss; of a page that is no more, none."""
        return [] if self.state == PageState.ARCHIVED else (self.shown or self.newest).missing

    @property
    def needs(self) -> list[str]:
        """What somebody should look at."""
        found = {
            "missing": bool(self.missing),
            "review": self.review_due,
            "words": self.read.unread > 0,
        }
        return [name for name in NEEDS if found[name]]


@pages.get("/dossier")
def index() -> ResponseReturnValue:
    user = demand(Verb.WORK)
    lines = everything()
    wanted = {name: request.args.get(name, "").strip() for name in ("q", "topic", "state")}
    return render_template(
        "outreach/dossier.html",
        groups=by_topic([one for one in lines if matches(one, **wanted)]),
        counted={
            name: sum(name == one.state or name in one.needs for one in lines)
            for name in (*PageState, *NEEDS)
        },
        states=state_words(),
        topics=db.session.scalars(Topic.first_level()).all(),
        wanted=wanted,
        total=len(lines),
        leads=may(user, Verb.LEAD),
    )


def everything() -> list[Line]:
    at = now()
    found = list(db.session.scalars(InfoPage.everything()))
    ids = [page.id for page in found]
    read = read_since(ids, business_day(at - READ_FOR), at - READ_FOR)
    versions: dict[int, list[InfoPageVersion]] = {page_id: [] for page_id in ids}
    for one in db.session.scalars(InfoPageVersion.of_pages(ids)):
        versions[one.page_id].append(one)
    return [line(page, versions[page.id], read[page.id]) for page in found]


def line(page: InfoPage, versions: list[InfoPageVersion], read: Read) -> Line:
    shown = next((one for one in versions if one.state == PageState.PUBLISHED), None)
    draft = next((one for one in versions if one.state in OPEN), None)
    if page.archived_at is not None:
        state = PageState.ARCHIVED.value
    else:
        state = (shown or draft or versions[0]).state
    return Line(
        page=page,
        name=name_of(shown or versions[0], reader_language()),
        state=state,
        shown=shown,
        draft=draft,
        newest=versions[0],
        read=read,
        review_due=shown is not None and shown.in_question(business_day(now())),
    )


def matches(one: Line, q: str, topic: str, state: str) -> bool:
    if topic and one.page.topic_id != topic:
        return False
    if state and state != one.state and state not in one.needs:
        drafted = one.draft is not None and one.draft.state == state
        if not drafted:
            return False
    texts = [*one.newest.titles.values(), *one.newest.bodies.values()]
    whole = " ".join([one.page.slug, one.name, *map(str, texts)]).casefold()
    return all(word in whole for word in q.casefold().split())


def by_topic(lines: list[Line]) -> list[tuple[str | None, list[Line]]]:
    groups: dict[str | None, list[Line]] = {}
    for one in lines:
        groups.setdefault(one.page.topic_id, []).append(one)
    order = [top.id for top, _below in Topic.tree()]
    return sorted(
        groups.items(),
        key=lambda group: order.index(group[0]) if group[0] in order else len(order),
    )


# --- one page -------------------------------------------------------------------------------


@pages.get("/dossier/<slug>")
def show(slug: str) -> ResponseReturnValue:
    user = demand(Verb.WORK)
    return page_view(page_or_404(slug), may(user, Verb.LEAD))


def page_view(page: InfoPage, leads: bool, trouble: str = "") -> str:
    at = now()
    day = business_day(at)
    versions = list(db.session.scalars(InfoPageVersion.of_page(page)))
    ids = [page.id]
    here = line(
        page, versions, read_since(ids, business_day(at - READ_FOR), at - READ_FOR)[page.id]
    )
    version = here.draft or here.shown or versions[0]
    return render_template(
        "outreach/dossier_page.html",
        one=here,
        version=version,
        versions=versions,
        seen={code: dossier.shown(version, code, day) for code in LANGUAGES},
        links=linked(page),
        measures=used(version, day),
        states=state_words(),
        was_published=was_published(page),
        can_be_taken_back=here.shown is not None and regrettable(here.shown, at),
        undo=dossier_deeds.undo(page, here.shown, at) if leads else None,
        leads=leads,
        trouble=trouble or dossier_deeds.trouble_told(),
        **followed(page, at),
    )


@dataclass(frozen=True)
class Linked:
    """A problem that the page is to answer, and the action that the page is."""

    problem: Problem
    action: Action | None
    offered: list[Action]


def linked(page: InfoPage) -> list[Linked]:
    rows = InfoPageProblem.of_page(page)
    problems = Problem.several(row.problem_id for row in rows)
    return [
        Linked(
            problems[row.problem_id],
            Action.named(row.action_id) if row.action_id else None,
            info_page_action.offered(row.problem_id),
        )
        for row in rows
    ]


def used(version: InfoPageVersion, day: Any) -> list[tuple[Measure, MeasureVersion | None]]:
    """The measures that the page puts in, each with what holds of it on the day."""
    codes = dossier.answers_used(version)
    holding = dossier.holding(codes, day)
    measures = [one for code in codes if (one := Measure.coded(code)) is not None]
    return [(one, holding.get(one.code)) for one in measures]


@dataclass(frozen=True)
class Difference:
    """What one version changed in one language of one part."""

    part: str
    language: str
    pieces: list[Piece]


@pages.get("/dossier/<slug>/versions/<int:version_number>")
def compare(slug: str, version_number: int) -> ResponseReturnValue:
    """One version, and what it changed of the one that readers saw before it."""
    user = demand(Verb.WORK)
    page = page_or_404(slug)
    version = version_or_404(page, version_number)
    earlier = [
        one
        for one in db.session.scalars(InfoPageVersion.of_page(page))
        if one.number < version.number
    ]
    before = next((one for one in earlier if one.published_at), earlier[0] if earlier else None)
    return render_template(
        "outreach/dossier_version.html",
        page=page,
        version=version,
        before=before,
        name=name_of(version, reader_language()),
        changed=differences(before, version) if before is not None else [],
        part_words=part_words(),
        states=state_words(),
        leads=may(user, Verb.LEAD),
    )


def differences(before: InfoPageVersion, after: InfoPageVersion) -> list[Difference]:
    old, new = content(before), content(after)
    return [
        Difference(part, code, pieces(*texts))
        for part in PARTS
        for code in LANGUAGES
        if (texts := (str(old[part].get(code) or ""), str(new[part].get(code) or "")))[0]
        != texts[1]
    ]
