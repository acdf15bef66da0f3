"""One problem: its page, and what is decided on it."""

from datetime import date

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models import calendar
from models.action import ActionKind
from models.base import db, now
from models.decision import Decided
from models.event import Event
from models.policy import Verb, may
from models.problem import Problem, ProblemState
from models.screening import Screening
from models.ticket import Ticket
from models.user import User
from triage.accounts import back, demand
from triage.screening import board as boards
from triage.screening.actions import fell
from triage.screening.pages import pages

CHOICES = (
    ProblemState.IGNORED,
    ProblemState.WATCHING,
    ProblemState.ACTING,
    ProblemState.VERIFIED,
    ProblemState.NOT_EFFECTIVE,
    ProblemState.CLOSED,
    ProblemState.NOT_A_PROBLEM,
)
CASES = 40
"""Occurrences on one page of a problem."""
DAYS = 30
"""Days of a problem's chart."""


@pages.get("/problems/<int:number>")
def problem(number: int) -> ResponseReturnValue:
    user, at = demand(Verb.SEE_BOARD), now()
    found = Problem.numbered(number)
    if found is None:
        abort(404)
    into = Problem.named(found.merged_into_id)
    if into is not None:
        return redirect(url_for("screening.problem", number=into.number))
    today = calendar.business_day(at)
    reads, page = may(user, Verb.WORK), max(request.args.get("page", 1, int), 1)
    cases = []
    if reads:
        rows = found.cases().limit(CASES + 1).offset((page - 1) * CASES)
        cases = list(db.session.scalars(rows))
    seen = Ticket.seen_of(user, [case.contact.ticket_id for case in cases])
    return render_template(
        "screening/problem.html",
        problem=found,
        day=today,
        profile=found.profile,
        card=boards.card_of(found, today, at, rank=0, quoted=reads),
        days=boards.days_of(found, today, DAYS),
        cases=cases[:CASES],
        tickets=seen,
        page=boards.Page(page, len(cases) > CASES),
        actions=boards.deeds_of(found, at),
        decided=Decided.newest([found.id]).get(found.id),
        verified=fell(found, at),
        history=db.session.scalars(Event.of_problem(found.id)).all()[::-1],
        others=db.session.scalars(found.others().limit(200)).all(),
        people=db.session.scalars(User.everybody()).all(),
        leads=may(user, Verb.LEAD),
        reads=reads,
    )


# --- deciding -------------------------------------------------------------------------------


@pages.post("/problems/<int:number>/decisions")
def decide(number: int) -> ResponseReturnValue:
    user, problem, at = demand(Verb.LEAD), problem_or_404(number), now()
    form = request.form
    choice = form.get("choice")
    if choice not in CHOICES:
        abort(400)
    if choice == ProblemState.VERIFIED and not fell(problem, at):
        abort(400)
    try:
        decided = Screening.on(calendar.business_day(at)).decide(
            problem,
            ProblemState(choice),
            by=user,
            at=at,
            owner=User.named(int(form["owner"])) if form.get("owner") else None,
            due_on=date.fromisoformat(form["due_on"]) if form.get("due_on") else None,
            kind=ActionKind(form["kind"]) if form.get("kind") else None,
            what=form.get("what", "").strip()[:500],
        )
    except ValueError:  # no owner, no date, or one that is none
        abort(400)
    return card_or_back(problem, decided)


@pages.post("/problems/<int:number>/decisions/<int:decision>/withdrawal")
def take_back(number: int, decision: int) -> ResponseReturnValue:
    user, problem = demand(Verb.LEAD), problem_or_404(number)
    decided = Decided.named(decision)
    if decided is None or decided.problem_id != problem.id:
        abort(404)
    screening = Screening.named(decided.screening_id)
    try:
        assert screening is not None
        screening.take_back(decided, by=user, at=now())
    except ValueError:
        abort(409)
    db.session.flush()
    return card_or_back(problem, None)


def card_or_back(problem: Problem, decided: Decided | None) -> ResponseReturnValue:
    """The card anew where htmx asked, with a way to undo; else the page one came from."""
    if not request.headers.get("HX-Request"):
        return redirect(back())
    at = now()
    rank = request.form.get("rank", 0, int)
    full = request.form.get("full") == "1"
    return render_template(
        "screening/_card.html",
        card=boards.card_of(problem, calendar.business_day(at), at, rank=rank, quoted=full),
        full=full,
        leads=True,
        people=db.session.scalars(User.everybody()).all(),
        decided=decided,
        answer=True,
    )


def problem_or_404(number: int) -> Problem:
    """A problem that stands by itself: what was merged away cannot be decided on."""
    found = Problem.numbered(number)
    if found is None or found.merged_into_id is not None:
        abort(404)
    return found
