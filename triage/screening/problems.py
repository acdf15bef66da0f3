"""One problem: its page, and what is decided on it."""

from datetime import timedelta

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models import calendar
from models.action import ActionKind, Outsider
from models.base import db, now
from models.call_round import CallRound
from models.call_round_told import heard_of
from models.cases import CaseFilter, cases_of, count_cases, profile_of
from models.contact import Contact
from models.decision import Decided
from models.event import Event
from models.likeness import Likeness
from models.policy import Verb, may
from models.problem import Occurrence, Problem, ProblemState
from models.problem_day import quotable_on
from models.screening import Screening
from models.taught import Taught
from models.team import Team
from models.ticket import Ticket
from models.topic import LANGUAGES
from models.user import User
from triage.accounts import back, demand
from triage.quotes import Quote, choose
from triage.screening import board as boards
from triage.screening import days, filters, history
from triage.screening.acting import due_asked, owner_asked
from triage.screening.actions import fell
from triage.screening.pages import Page, pages

CHOICES = (
    ProblemState.IGNORED,
    ProblemState.WATCHING,
    ProblemState.ACTING,
    ProblemState.VERIFIED,
    ProblemState.NOT_EFFECTIVE,
    ProblemState.CLOSED,
    ProblemState.ARCHIVED,
    ProblemState.NOT_A_PROBLEM,
)
LATELY = timedelta(days=14)
"""Clients are quoted from the last days on which they wrote."""
CASES = 40
"""Occurrences on one page of a problem."""
DAYS = 30
"""Days of a problem's chart."""
OTHERS = 200
"""Problems that are offered while a number or a name is typed."""


@pages.get("/problems/<int:number>")
def problem(number: int) -> ResponseReturnValue:
    user, at = demand(Verb.SEE_BOARD), now()
    found = Problem.numbered(number)
    if found is None:
        abort(404)
    into = Problem.named(found.merged_into_id)
    if into is not None:
        return redirect(url_for("screening.problem", number=into.number))
    today, asked = calendar.business_day(at), filters.asked_for_at_a_time()
    reads = may(user, Verb.WORK)
    events = db.session.scalars(Event.of_problem(found.id)).all()
    decided = Decided.newest([found.id]).get(found.id)
    taught = Taught.named(request.args.get("taught", 0, int))
    return render_template(
        "screening/problem.html",
        problem=found,
        day=today,
        profile=profile_of(found),
        card=boards.card_of(found, today, at, rank=0, quoted=False),
        quotes=words_of(found) if reads else [],
        days=days.days_of(found, today, DAYS),
        asked=asked,
        filter_words=filters.words_of(asked),
        address=filters.in_address(asked),
        actions=boards.deeds_of(found.id, at),
        decided=decided,
        verified=fell(found, at),
        history=history.lines(found, events, decided),
        absorbed=db.session.scalars(Taught.absorbed_by(found.id)).all(),
        likenesses=db.session.scalars(Likeness.of_problem(found.id)).all(),
        taught=taught if taught and found.id in (taught.problem_id, taught.other_id) else None,
        others=db.session.scalars(found.others().limit(OTHERS)).all(),
        people=db.session.scalars(User.everybody()).all(),
        teams={team.id: team for team in db.session.scalars(Team.in_order())},
        leads=may(user, Verb.LEAD),
        heard=heard_of([found.id])[found.id],
        rounds=db.session.scalars(CallRound.of_problem(found.id).limit(3)).all(),
        reads=reads,
        **(cases_shown(found, asked, user) if reads else {}),
    )


def words_of(problem: Problem) -> list[Quote]:
    """What clients say of it, in each language, of its last days."""
    last = calendar.bounds(calendar.business_day(problem.last_seen_at))[1]
    said = quotable_on([problem.id], last - LATELY, last)[problem.id]
    return choose(said, problem.terms, wanted=len(LANGUAGES))


def cases_shown(problem: Problem, asked: CaseFilter, user: User) -> dict[str, object]:
    """One page of the cases, with their tickets and those of their neighbours, as far as `user`
    may see them."""
    number = max(request.args.get("page", 1, int), 1)
    rows = cases_of(problem, asked).limit(CASES + 1).offset((number - 1) * CASES)
    cases = list(db.session.scalars(rows))
    near = {case.id: neighbours_of(case) for case in cases}
    known = Contact.several([one for ids in near.values() for one in ids])
    of_contact = {contact.id: contact.ticket_id for contact in known}
    wanted = [case.contact.ticket_id for case in cases] + list(of_contact.values())
    contacts, clients = count_cases(problem, asked)
    return {
        "cases": cases[:CASES],
        "tickets": Ticket.seen_of(user, wanted),
        "near": {
            case_id: list(dict.fromkeys(of_contact[one] for one in ids if one in of_contact))
            for case_id, ids in near.items()
        },
        "counted": contacts,
        "counted_clients": clients,
        "page": Page(number, len(cases) > CASES),
    }


def neighbours_of(case: Occurrence) -> list[int]:
    """The contacts next to which the engine has seen it."""
    return [int(one) for one in case.reason.get("neighbours") or () if str(one).isdecimal()]


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
    screening = Screening.on(calendar.business_day(at))
    problem.hold()
    if "waits" in form and problem.id in Decided.newest_in(screening.id):
        return card_or_back(problem, None)  # somebody has just decided: the card says who
    try:
        owner = owner_asked(form)
        decided = screening.decide(
            problem,
            ProblemState(choice),
            by=user,
            at=at,
            owner=owner if isinstance(owner, User) else None,
            outside=owner if isinstance(owner, Outsider) else None,
            due_on=due_asked(form),
            kind=ActionKind(form["kind"]) if form.get("kind") else None,
            what=form.get("what", "").strip()[:500],
            reason=form.get("reason", ""),
        )
    except ValueError:  # no owner, no date, or one that is none
        abort(400)
    return card_or_back(problem, decided)


@pages.post("/problems/<int:number>/decisions/<int:decision>/reason")
def explain(number: int, decision: int) -> ResponseReturnValue:
    """Why, once it is decided: a key decides at once, and a few words may follow."""
    user, problem = demand(Verb.LEAD), problem_or_404(number)
    decision_or_404(problem, decision).explain(request.form.get("reason", ""), by=user, at=now())
    return card_or_back(problem, None)


@pages.post("/problems/<int:number>/decisions/<int:decision>/withdrawal")
def take_back(number: int, decision: int) -> ResponseReturnValue:
    user, problem = demand(Verb.LEAD), problem_or_404(number)
    decided = decision_or_404(problem, decision)
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
    full, asked = request.form.get("full") == "1", filters.asked_for_by_page()
    day = calendar.business_day(at)
    return render_template(
        "screening/_card.html",
        card=boards.card_of(problem, day, at, rank=rank, quoted=full, asked=asked),
        full=full,
        address=filters.in_address(asked),
        leads=True,
        people=db.session.scalars(User.everybody()).all(),
        decided=decided,
        answer=True,
    )


def decision_or_404(problem: Problem, decision: int) -> Decided:
    found = Decided.named(decision)
    if found is None or found.problem_id != problem.id:
        abort(404)
    return found


def problem_or_404(number: int) -> Problem:
    """A problem that stands by itself: what was merged away cannot be decided on."""
    found = Problem.numbered(number)
    if found is None or found.merged_into_id is not None:
        abort(404)
    return found
