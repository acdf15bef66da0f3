"""The mailings: the list with what waits for somebody's word, and a new one.

Who works reads everything that may be seen; whoever leads the screening writes and lets go.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.action import Action
from models.base import db, db_safe, now
from models.calendar import business_day
from models.effect import Effect, effects_of
from models.mailing import Mailing, MailingPurpose, MailingState, NotNow
from models.mailing_sight import MailingFilter, Numbers, numbers_of
from models.measure import Measure, MeasureVersion
from models.measure_change import standing_of
from models.policy import Verb, may
from models.problem import Problem
from models.user import User
from triage.accounts import demand
from triage.effect_words import effect_words
from triage.outreach import (
    mailing_approval,
    mailing_count,
    mailing_letters,
    mailing_recipients,
    mailing_results,
    mailing_running,
    mailing_what,
    mailing_when,
    mailing_who,
)
from triage.outreach.mailing_page import mailing_or_404, pages, step_address, trouble

__all__ = ["pages"]

STEPS = (
    mailing_who,
    mailing_what,
    mailing_letters,
    mailing_count,
    mailing_when,
    mailing_approval,
    mailing_running,
    mailing_recipients,
    mailing_results,
)
"""Each brings its own pages."""
ROWS = 50
LANDING = {
    MailingState.DRAFT: "who",
    MailingState.COUNTING: "counted",
    MailingState.COUNTED: "counted",
    MailingState.ASKED: "approval",
}


@dataclass(frozen=True)
class Row:
    """One mailing of the list."""

    mailing: Mailing
    numbers: Numbers
    audience: str
    effect: Effect | None

    @property
    def by_state(self) -> dict[str, int]:
        return dict(self.numbers.states)

    @property
    def replied(self) -> int:
        return self.numbers.replied


@dataclass(frozen=True)
class Waiting:
    """One that waits for the reader's word, and who asked for it."""

    mailing: Mailing
    asked_by: User | None


@dataclass(frozen=True)
class Page:
    number: int
    more: bool


@pages.get("/mailings")
def index() -> ResponseReturnValue:
    user = demand(Verb.WORK)
    leads = may(user, Verb.LEAD)
    state = request.args.get("state", "")
    wanted = MailingFilter(
        state=state if state in list(MailingState) else "",
        words=db_safe(request.args.get("q", "")).strip()[:200],
    )
    number = max(1, min(request.args.get("page", 1, type=int), 100_000))
    found = wanted.mailings().offset((number - 1) * ROWS).limit(ROWS + 1)
    mailings = list(db.session.scalars(found))
    return render_template(
        "outreach/mailings.html",
        rows=rows_of(mailings[:ROWS]),
        page=Page(number, len(mailings) > ROWS),
        wanted={"q": wanted.words, "state": wanted.state},
        states=list(MailingState),
        waiting=waiting_for(user) if leads else [],
        leads=leads,
        effect_words=effect_words,
    )


def rows_of(mailings: Sequence[Mailing]) -> list[Row]:
    counts = numbers_of([one.id for one in mailings])
    problems = Problem.several([one.problem_id for one in mailings if one.problem_id])
    measures = measure_names([one.measure_id for one in mailings if one.measure_id])
    live = [one.action_id for one in mailings if one.action_id and one.first_sent_at]
    effects = effects_of(Action.several(live), now()) if live else {}
    return [
        Row(
            one,
            counts.get(one.id, Numbers()),
            mailing_who.short_words(
                one, problems.get(one.problem_id or 0), measures.get(one.measure_id or 0)
            ),
            effects.get(one.action_id or 0),
        )
        for one in mailings
    ]


def measure_names(measure_ids: Sequence[int]) -> dict[int, MeasureVersion]:
    if not measure_ids:
        return {}
    holding = db.session.scalars(MeasureVersion.holding_on(business_day(now())))
    return {one.measure_id: one for one in holding if one.measure_id in measure_ids}


def waiting_for(user: User) -> list[Waiting]:
    found = db.session.scalars(Mailing.waiting_for(user)).all()
    return [Waiting(one, User.named(one.asked_by_id)) for one in found]


@pages.get("/mailings/new")
def begin() -> ResponseReturnValue:
    demand(Verb.LEAD)
    return new_page(MailingPurpose.SERVICE)


def new_page(purpose: str, name: str = "", mistake: str = "") -> str:
    problem = Problem.numbered(request.values.get("problem", 0, type=int))
    measure = Measure.coded(request.values.get("measure", ""))
    return render_template(
        "outreach/mailing_new.html",
        problem=problem,
        measure_version=standing_of(measure.id, business_day(now())) if measure else None,
        purpose=purpose,
        name=name,
        mistake=mistake,
    )


@pages.post("/mailings")
def add() -> ResponseReturnValue:
    """A draft; about a problem or a measure, its people and its topic come with it."""
    by, at = demand(Verb.LEAD), now()
    typed = request.form.get("purpose", "")
    purpose = MailingPurpose(typed if typed in list(MailingPurpose) else MailingPurpose.SERVICE)
    name = db_safe(request.form.get("name", ""))
    problem = Problem.numbered(request.form.get("problem", 0, type=int))
    measure = Measure.coded(request.form.get("measure", ""))
    links = mailing_who.links_of(problem, measure, at)
    try:
        mailing = Mailing.draft(name, purpose, by=by, at=at, **links)
    except NotNow as error:
        return new_page(purpose, name, trouble(error).what), 422
    return redirect(step_address(mailing, "what" if links else "who"), 303)


@pages.get("/mailings/<int:mailing_id>")
def show(mailing_id: int) -> ResponseReturnValue:
    """Where it stands is where one goes on."""
    demand(Verb.WORK)
    mailing = mailing_or_404(mailing_id)
    endpoint = LANDING.get(MailingState(mailing.state), "results")
    if mailing.state == MailingState.DRAFT and mailing.audience.get("kind"):
        endpoint = "what"
    if mailing.state == MailingState.COUNTED and mailing.approved_at:
        endpoint = "approval"
    return redirect(url_for(f"outreach.mailings.{endpoint}", mailing_id=mailing.id))
