"""What people teach the grouping: names, cases put in and taken out, two problems that are one."""

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.base import db, now
from models.contact import Contact
from models.policy import Verb
from models.problem import Occurrence, Problem
from models.teaching import join, same, take_out
from models.ticket import Ticket
from models.topic import LANGUAGES
from triage.accounts import back, demand
from triage.screening.pages import pages
from triage.screening.problems import problem_or_404


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
    same(found, other, by=user, at=now())
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
    join(contacts, found, by=user, at=now())
    return redirect(back())


@pages.post("/problems/<int:number>/occurrences/<int:occurrence>/withdrawal")
def remove_case(number: int, occurrence: int) -> ResponseReturnValue:
    """This contact is no case of this problem, now and in every later run."""
    user, found = demand(Verb.LEAD), problem_or_404(number)
    case = case_or_404(found, occurrence)
    take_out([case.contact], found, by=user, at=now())
    if not request.headers.get("HX-Request"):
        return redirect(back())
    return render_template("screening/_removed.html", problem=found, case=case)


def case_or_404(problem: Problem, occurrence: int) -> Occurrence:
    case = Occurrence.named(occurrence)
    if case is None or case.problem_id != problem.id:
        abort(404)
    return case
