"""The daily screening: today's board, a problem's card, decisions, past days."""

from datetime import date, datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models import calendar
from models.action import Action, ActionKind
from models.base import db, now
from models.contact import Contact
from models.event import Event
from models.placing import join
from models.policy import Verb, may
from models.problem import Occurrence, Problem, ProblemState
from models.problem_day import ProblemDay
from models.screening import Decided, Screening
from models.ticket import Ticket
from models.topic import LANGUAGES
from models.user import User
from triage.accounts import back, demand
from triage.screening import actions, sentences
from triage.screening import board as boards
from triage.screening.actions import fell

pages = Blueprint("screening", __name__, url_prefix="/screening")
pages.register_blueprint(actions.pages)

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
"""Days of a problem's chart, and days in the list of past boards."""


@pages.context_processor
def words() -> dict[str, object]:
    """What only these pages say."""
    return {
        "effect_words": sentences.effect_words,
        "others_words": sentences.others_words,
        "reason_words": sentences.reason_words,
        "event_words": sentences.event_words,
        "since_words": sentences.since_words,
        "section_words": sentences.SECTION_WORDS,
        "this_day": calendar.business_day(now()),
        "next_working_day": lambda: calendar.working_day_after(calendar.business_day(now())),
    }


# --- the board ------------------------------------------------------------------------------


@pages.get("/")
def board() -> ResponseReturnValue:
    user, at = demand(Verb.SEE_BOARD), now()
    day, today = day_asked(at), calendar.business_day(at)
    done, to_do = boards.deeds(day, at)
    return render_template(
        "screening/board.html",
        day=day,
        today=today,
        earlier=calendar.working_day_before(day),
        later=calendar.working_day_after(day) if day < today else None,
        days=ProblemDay.days()[:DAYS],
        sections=boards.sections(day, at, quoted=may(user, Verb.WORK)),
        reading=boards.reading(day, at),
        done=done,
        to_do=to_do,
        flags=db.session.scalars(Ticket.flagged_for(user)).all() if day == today else [],
        bursts=boards.bursts(user, day) if day == today else [],
        leads=may(user, Verb.LEAD) and day == today,
        people=db.session.scalars(User.everybody()).all(),
        screening=Screening.if_held(day),
    )


@pages.get("/reading")
def reading() -> ResponseReturnValue:
    """The line above the board, asked for every ten seconds."""
    demand(Verb.SEE_BOARD)
    day = day_asked(now())
    return render_template(
        "screening/_reading.html",
        day=day,
        reading=boards.reading(day, now()),
        mark=request.args.get("mark", ""),
    )


@pages.get("/minutes")
def minutes() -> ResponseReturnValue:
    """What a meeting decided, to be printed or sent on."""
    demand(Verb.SEE_BOARD)
    day = day_asked(now())
    screening = Screening.if_held(day)
    decisions = db.session.scalars(Decided.of(screening.id)).all() if screening else []
    return render_template(
        "screening/minutes.html",
        day=day,
        screening=screening,
        decisions=decisions,
        figures={
            decided.problem_id: ProblemDay.on(decided.problem_id, day) for decided in decisions
        },
        actions=Action.decided_in(
            [decided.problem_id for decided in decisions], [decided.at for decided in decisions]
        ),
        reading=boards.reading(day, now()),
    )


@pages.post("/sentence")
def sentence() -> ResponseReturnValue:
    """Today's sentence for everybody."""
    user = demand(Verb.LEAD)
    said = {language: request.form.get(language, "") for language in LANGUAGES}
    Screening.on(calendar.business_day(now())).say(said, by=user)
    return redirect(back())


def day_asked(at: datetime) -> date:
    """The day in the address, today without one; 404 for a day that has not begun."""
    today = calendar.business_day(at)
    try:
        day = date.fromisoformat(request.args.get("day") or today.isoformat())
    except ValueError:
        abort(404)
    if day > today or day.year < 2000:
        abort(404)
    return day


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
    screening = Screening.if_held(calendar.business_day(decided.at))
    try:
        assert screening is not None
        screening.take_back(decided, by=user)
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


# --- one problem ----------------------------------------------------------------------------


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


@pages.post("/problems/<int:number>/title")
def rename(number: int) -> ResponseReturnValue:
    user, found = demand(Verb.LEAD), problem_or_404(number)
    language = request.form.get("language")
    if language not in LANGUAGES:
        abort(400)
    found.rename(request.form.get("title", ""), language, by=user)
    return redirect(back())


@pages.post("/problems/<int:number>/merger")
def merge(number: int) -> ResponseReturnValue:
    """This problem is the same as another one, under whose number both go on."""
    user, found = demand(Verb.LEAD), problem_or_404(number)
    other = problem_or_404(request.form.get("other", 0, int))
    if other is found:
        abort(400)
    found.merge_into(other, by=user, at=now())
    return redirect(url_for("screening.problem", number=other.number))


@pages.post("/problems/<int:number>/occurrences")
def add_case(number: int) -> ResponseReturnValue:
    """The contacts of a ticket, or one contact taken out before, are cases of this problem."""
    user, found = demand(Verb.LEAD), problem_or_404(number)
    if "again" in request.form:
        contacts = [case_or_404(found, request.form.get("again", 0, int)).contact]
    else:
        ticket = Ticket.numbered(user, request.form.get("ticket", 0, int))
        if ticket is None:
            abort(404)
        contacts = list(db.session.scalars(Contact.of_ticket(ticket.id)))
    for contact in contacts:
        standing = Occurrence.of_contact(contact.id)
        if standing is None or standing.problem_id != found.id:
            join(contact, found, by=user, at=now())
    return redirect(back())


@pages.post("/problems/<int:number>/occurrences/<int:occurrence>/withdrawal")
def remove_case(number: int, occurrence: int) -> ResponseReturnValue:
    """This contact is no case of this problem, now and in every later run."""
    user, found = demand(Verb.LEAD), problem_or_404(number)
    case = case_or_404(found, occurrence)
    if case.until is None:
        case.leave(at=now(), by=user)
    if not request.headers.get("HX-Request"):
        return redirect(back())
    return render_template("screening/_removed.html", problem=found, case=case)


def case_or_404(problem: Problem, occurrence: int) -> Occurrence:
    case = Occurrence.named(occurrence)
    if case is None or case.problem_id != problem.id:
        abort(404)
    return case


def problem_or_404(number: int) -> Problem:
    """A problem that stands by itself: what was merged away cannot be decided on."""
    found = Problem.numbered(number)
    if found is None or found.merged_into_id is not None:
        abort(404)
    return found
