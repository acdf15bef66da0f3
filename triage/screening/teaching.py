"""What people teach the grouping: names, cases put in, moved or split off, two that are one.

Every act leads to a page that offers to undo it; the day is counted anew soon after.
"""

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models import calendar
from models.base import db, now
from models.contact import Contact
from models.event import Event
from models.flag import Flag
from models.likeness import Likeness
from models.outbox import Job, later
from models.policy import Verb
from models.problem import Occurrence, Problem
from models.problem_day import ProblemDay
from models.taught import Taught
from models.teaching import different, join, move, same, split, take_out
from models.ticket import Ticket
from models.topic import LANGUAGES
from triage.accounts import back, demand
from triage.screening.history import taught_words, undo_address
from triage.screening.pages import pages
from triage.screening.problems import OTHERS, problem_or_404

MOST_TICKED = 500
OFFERED = 20


# --- names ----------------------------------------------------------------------------------


@pages.post("/problems/<int:number>/title")
def rename(number: int) -> ResponseReturnValue:
    user, found = demand(Verb.LEAD), problem_or_404(number)
    language = request.form.get("language")
    if language not in LANGUAGES:
        abort(400)
    found.rename(request.form.get("title", ""), language, by=user)
    return redirect(back())


@pages.post("/problems/<int:number>/titles/<int:event>/withdrawal")
def take_name_back(number: int, event: int) -> ResponseReturnValue:
    """The name that it had before, as long as nobody has named it again."""
    user, found = demand(Verb.LEAD), problem_or_404(number)
    told = Event.named(event)
    if told is None or told.problem_id != found.id or told.kind != "problem.renamed":
        abort(404)
    language, after = told.facts.get("language"), told.facts.get("after") or None
    if not language or found.titles.get(language) != after:
        abort(409)
    found.rename(told.facts.get("before") or "", language, by=user)
    return redirect(page_of(found))


# --- cases ----------------------------------------------------------------------------------


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
    return after(join(contacts, found, by=user, at=now()), found)


@pages.get("/tickets/<int:ticket>/problem")
def choose_problem(ticket: int) -> ResponseReturnValue:
    """Of which problem the contacts of a ticket are cases: those of today's board come first."""
    user = demand(Verb.LEAD)
    found = Ticket.numbered(user, ticket)
    if found is None:
        abort(404)
    rows = db.session.scalars(ProblemDay.board(calendar.business_day(now())).limit(OFFERED))
    return render_template(
        "screening/choose_problem.html",
        ticket=found,
        standing=Occurrence.problems_of([found.id]).get(found.id),
        rows=rows.all(),
        others=db.session.scalars(Problem.shown().limit(OTHERS)).all(),
    )


@pages.post("/tickets/<int:ticket>/problem")
def join_ticket(ticket: int) -> ResponseReturnValue:
    user = demand(Verb.LEAD)
    found = Ticket.numbered(user, ticket)
    if found is None:
        abort(404)
    problem = problem_typed()
    contacts = list(db.session.scalars(Contact.of_ticket(found.id)))
    return after(join(contacts, problem, by=user, at=now()), problem)


@pages.post("/problems/<int:number>/occurrences/<int:occurrence>/withdrawal")
def remove_case(number: int, occurrence: int) -> ResponseReturnValue:
    """This contact is no case of this problem, now and in every later run."""
    user, found = demand(Verb.LEAD), problem_or_404(number)
    case = case_or_404(found, occurrence)
    taught = take_out([case.contact], found, by=user, at=now())
    if not request.headers.get("HX-Request"):
        return after(taught, found)
    if taught is not None:
        count_anew(taught)
    return render_template(
        "screening/_removed.html",
        problem=found,
        case=case,
        undo=undo_address(taught) if taught else None,
    )


@pages.post("/problems/<int:number>/splits")
def split_off(number: int) -> ResponseReturnValue:
    """The ticked cases are a problem of their own, which may be named at once."""
    user, found = demand(Verb.LEAD), problem_or_404(number)
    taught = split(ticked(), found, by=user, at=now())
    if taught is None or taught.other is None:
        return redirect(page_of(found))
    count_anew(taught)
    return redirect(page_of(taught.other, taught) + "#title")


@pages.post("/problems/<int:number>/moves")
def move_cases(number: int) -> ResponseReturnValue:
    """The ticked cases are cases of another problem."""
    user, found, target = demand(Verb.LEAD), problem_or_404(number), problem_typed()
    if target is found:
        abort(400)
    return after(move(ticked(), found, target, by=user, at=now()), found)


@pages.post("/problems/<int:number>/withdrawals")
def remove_cases(number: int) -> ResponseReturnValue:
    """The ticked cases are no cases of this problem."""
    user, found = demand(Verb.LEAD), problem_or_404(number)
    return after(take_out(ticked(), found, by=user, at=now()), found)


# --- two problems ---------------------------------------------------------------------------


@pages.post("/problems/<int:number>/merger")
def merge(number: int) -> ResponseReturnValue:
    """This problem is the same as another one, under whose number both go on."""
    user, found, other = demand(Verb.LEAD), problem_or_404(number), problem_typed()
    try:
        taught = same(found, other, by=user, at=now())
    except ValueError:
        abort(400)
    return after(taught, other)


@pages.post("/likenesses/<int:likeness>/answer")
def answer(likeness: int) -> ResponseReturnValue:
    """What people say of two problems that look alike."""
    user, found = demand(Verb.LEAD), Likeness.named(likeness)
    if found is None:
        abort(404)
    said = request.form.get("answer")
    if said not in ("same", "different"):
        abort(400)
    verb = same if said == "same" else different
    try:
        if found.answer is not None:
            raise ValueError("answered already")
        taught = verb(found.second, found.first, by=user, at=now())
    except ValueError:
        abort(409)
    count_anew(taught)
    if request.headers.get("HX-Request"):
        return render_template(
            "screening/_answered.html",
            likeness=found,
            words=taught_words(taught),
            undo=undo_address(taught),
        )
    return redirect(page_of(found.first, taught))


@pages.post("/problems/<int:number>/taught/<int:taught>/withdrawal")
def undo(number: int, taught: int) -> ResponseReturnValue:
    """Everything as it was before one act, but for what people have said since."""
    user, found, act = demand(Verb.LEAD), Problem.numbered(number), Taught.named(taught)
    if found is None or act is None or found.id not in (act.problem_id, act.other_id):
        abort(404)
    try:
        act.undo(by=user, at=now())
    except ValueError:
        abort(409)
    Flag.wait_again(act.problem_id, act.at, by=user, at=now())
    count_anew(act)
    return redirect(page_of(act.problem))


# --- what these have in common --------------------------------------------------------------


def after(taught: Taught | None, problem: Problem) -> ResponseReturnValue:
    """The problem's page, with the way back."""
    if taught is not None:
        count_anew(taught)
    return redirect(page_of(problem, taught))


def page_of(problem: Problem, taught: Taught | None = None) -> str:
    told = taught.id if taught else None
    return url_for("screening.problem", number=problem.number, taught=told)


def count_anew(taught: Taught) -> None:
    """Today's board follows within the minute."""
    today = calendar.business_day(now())
    stage = "undone" if taught.undone_at else "done"
    later(Job.GROUP, today.toordinal(), cause=f"taught {taught.id} {stage}")


def ticked() -> list[Contact]:
    """The contacts of the cases that were ticked; 400 without any."""
    try:
        ids = [int(value) for value in request.form.getlist("case")[:MOST_TICKED]]
    except ValueError:
        abort(400)
    contacts = [case.contact for case in Occurrence.several(ids)]
    if not contacts:
        abort(400)
    return contacts


def problem_typed() -> Problem:
    """The problem that was typed or chosen: its number, which its name may follow."""
    digits = request.form.get("other", "").strip().lstrip("#").partition(" ")[0]
    return problem_or_404(int(digits) if digits.isdecimal() and len(digits) < 10 else 0)


def case_or_404(problem: Problem, occurrence: int) -> Occurrence:
    case = Occurrence.named(occurrence)
    if case is None or case.problem_id != problem.id:
        abort(404)
    return case
