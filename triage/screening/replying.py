"""Reply to all affected: one prepared answer per ticket, looked through before any is sent.

Nothing leaves by itself: an agent finds the answer by the reply box of each ticket, or all are sent
as a mailing (`reply_mailing`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from models.action import Action
from models.affected import Affected, LeftOut, affected
from models.base import db, now
from models.calendar import business_day
from models.ending import Ending
from models.mailing import NotNow
from models.policy import Verb
from models.prepared import PreparedAnswer, Readiness, ReplyToAll
from models.prepared_seen import listed_of, said_of, tally_of, unsure_of
from models.problem import Problem
from models.saying import spoken
from models.ticket import Ticket
from models.topic import LANGUAGES
from models.user import User
from triage import placeholders
from triage.accounts import demand
from triage.config import Settings
from triage.routing import masked
from triage.screening.pages import pages
from triage.screening.problems import problem_or_404
from triage.screening.reply_mailing import let_go_of, open_mailing, reply_or_404, told_by

LONGEST = 5_000
ROWS = 50
"""Tickets on one page."""
WHY_WORDS = {
    LeftOut.PRIVATE: lazy("about health or privacy"),
    LeftOut.COMPLAINT: lazy("a complaint: answered by itself"),
    LeftOut.CONTESTED: lazy("contests a decision: answered by itself"),
    LeftOut.CLOSED: lazy("closed"),
    LeftOut.NO_ADDRESS: lazy("no e-mail address"),
    LeftOut.NO_TEXT: lazy("no text in this language"),
    LeftOut.NO_NAME: lazy("name not known"),
    LeftOut.ANOTHER_PROBLEM: lazy("a case of another problem too"),
    LeftOut.ANSWERED: lazy("answered since"),
    LeftOut.SAME_CLIENT: lazy("the same client has a newer ticket here"),
    LeftOut.UNSURE: lazy("unsure whether it is a case"),
    LeftOut.BY_HAND: lazy("left out by hand"),
}
FIELD_WORDS = {
    "opening": lazy("Dear and the name, or without a name Dear Sir or Madam"),
    "name": lazy("the client’s name"),
    "number": lazy("the ticket’s number"),
    "team": lazy("the team’s name"),
    "house": lazy("our name"),
    "closing": lazy("Kind regards"),
}
TABS: dict[str, tuple[Any, Readiness | None, LeftOut | None]] = {
    "all": (lazy("All"), None, None),
    "ready": (lazy("Prepared"), Readiness.PREPARED, None),
    "unsure": (lazy("Unsure"), Readiness.LEFT_OUT, LeftOut.UNSURE),
    "left_out": (lazy("Left out"), Readiness.LEFT_OUT, None),
    "sent": (lazy("Gone out"), Readiness.SENT, None),
}


@dataclass(frozen=True)
class Page:
    """One page of the tickets, and whether more follow."""

    number: int
    more: bool


@pages.get("/problems/<int:number>/replies")
def replies(number: int) -> ResponseReturnValue:
    return replies_page(demand(Verb.LEAD), problem_or_404(number))


@pages.post("/problems/<int:number>/replies")
def prepare_replies(number: int) -> ResponseReturnValue:
    """One answer for each ticket, in the place of those that were prepared before."""
    by, problem = demand(Verb.LEAD), problem_or_404(number)
    texts = {code: request.form.get(code, "").replace("\r\n", "\n").strip() for code in LANGUAGES}
    mistake = mistake_in(texts)
    before = ReplyToAll.last_of(problem)
    if not mistake and before is not None and not let_go_of(before):
        mistake = _("These answers are being sent. Cancel the mailing first, or let it end.")
    if mistake:
        return replies_page(by, problem, mistake, texts), 422
    ReplyToAll.prepare(
        problem,
        {code: text for code, text in texts.items() if text},
        affected(problem, settings().default_language),
        writer(),
        by=by,
        at=now(),
    )
    return back_to(problem)


@pages.post("/problems/<int:number>/replies/<int:reply>/withdrawal")
def withdraw_replies(number: int, reply: int) -> ResponseReturnValue:
    """No agent is offered any of them any more."""
    by, problem = demand(Verb.LEAD), problem_or_404(number)
    found = reply_or_404(problem, reply)
    if found.withdrawn_at is None:
        found.withdraw(by=by, at=now())
    return back_to(problem)


@pages.post("/problems/<int:number>/replies/<int:reply>/withdrawal/withdrawal")
def resume_replies(number: int, reply: int) -> ResponseReturnValue:
    by, problem = demand(Verb.LEAD), problem_or_404(number)
    found = reply_or_404(problem, reply)
    if ReplyToAll.last_of(problem) is not found:
        abort(409)
    if found.withdrawn_at is not None:
        found.stand_again(by=by, at=now())
    return back_to(problem)


@pages.post("/problems/<int:number>/replies/<int:reply>/answers/<int:answer>/omission")
def leave_out(number: int, reply: int, answer: int) -> ResponseReturnValue:
    by, problem = demand(Verb.LEAD), problem_or_404(number)
    found = answer_or_404(problem, reply, answer)
    if found.state == Readiness.PREPARED:
        found.leave_out(by=by, at=now())
    return row_or_back(problem, found)


@pages.post("/problems/<int:number>/replies/<int:reply>/answers/<int:answer>/omission/withdrawal")
def put_back_answer(number: int, reply: int, answer: int) -> ResponseReturnValue:
    by, problem = demand(Verb.LEAD), problem_or_404(number)
    found = answer_or_404(problem, reply, answer)
    try:
        found.put_back(by=by, at=now())
    except ValueError:
        abort(409)
    return row_or_back(problem, found)


@pages.post("/problems/<int:number>/replies/<int:reply>/answers/<int:answer>/text")
def rewrite_answer(number: int, reply: int, answer: int) -> ResponseReturnValue:
    """This ticket's text by hand; it stays when all are prepared anew."""
    by, problem = demand(Verb.LEAD), problem_or_404(number)
    found = answer_or_404(problem, reply, answer)
    text = masked(request.form.get("text", "").replace("\r\n", "\n").strip()[:LONGEST])
    strange = placeholders.unfilled(text)
    if strange:
        flash(_("Fill this in first, or take it out: %(fields)s", fields=", ".join(strange)))
        return back_to(problem)
    sending = open_mailing(found.reply)
    try:
        if sending is not None:
            sending.say_otherwise(by=by, at=now())
        found.rewrite(text, by=by, at=now())
    except NotNow:
        flash(
            _("These answers are being sent. Cancel the mailing first, or let it end."), "warning"
        )
        return back_to(problem)
    except ValueError:
        flash(_("This answer cannot be changed any more."), "warning")
        return back_to(problem)
    return row_or_back(problem, found)


# --- written --------------------------------------------------------------------------------


def mistake_in(texts: dict[str, str]) -> str:
    """What is wrong with the texts, in words for the person who wrote them."""
    if not any(texts.values()):
        return str(_("Write it in at least one language."))
    if any(len(text) > LONGEST for text in texts.values()):
        return str(_("A text is longer than %(most)s characters.", most=LONGEST))
    strange = [name for text in texts.values() for name in placeholders.unknown(text)]
    if strange:
        names = ", ".join(dict.fromkeys(strange))
        return str(_("Nothing is known that could be put in for %(names)s.", names=names))
    return ""


def writer() -> Callable[[Affected, str], str | None]:
    """Fills a text for one ticket; a national number in it is masked like in every answer."""
    words = cache(placeholders.wording)
    house = settings().triage_name

    def write(ticket: Affected, text: str) -> str | None:
        filled = placeholders.filled(
            text,
            words(ticket.language),
            name=ticket.name,
            number=ticket.number,
            team=str(ticket.team.get(ticket.language) or ticket.team.get("en") or house),
            house=house,
        )
        return masked(filled) if filled else None

    return write


def begun(problem: Problem) -> dict[str, str]:
    """A text to begin with: the approved sentence between an opening and a closing."""
    return {
        code: f"{{opening}}\n\n{sentence}\n\n{{closing}}"
        for code, sentence in spoken(problem).items()
    }


# --- shown ----------------------------------------------------------------------------------


def replies_page(
    user: User, problem: Problem, mistake: str = "", texts: dict[str, str] | None = None
) -> str:
    last = ReplyToAll.last_of(problem)
    standing = last if last is not None and last.withdrawn_at is None else None
    tickets = affected(problem, settings().default_language)
    known = standing.ticket_ids() if standing is not None else set()
    tab = request.args.get("show", "all")
    return render_template(
        "screening/replies.html",
        problem=problem,
        mistake=mistake,
        texts=texts or (last.texts if last is not None else begun(problem)),
        longest=LONGEST,
        fields=FIELD_WORDS,
        standing=standing,
        withdrawn=last if standing is None else None,
        tally=tally_of(standing) if standing is not None else None,
        waiting=languages_of(tickets),
        fresh=sum(one.why is None and one.ticket_id not in known for one in tickets),
        tabs=TABS,
        tab=tab if tab in TABS else "all",
        why_words=WHY_WORDS,
        mailings=told_by(last),
        endings=db.session.scalars(Ending.in_use(business_day(now()))).all(),
        actions=[one for one in db.session.scalars(Action.of_problem(problem.id)) if one.to_do],
        taken=request.args.get("taken", 0, int) and len(unsure_of(standing)) if standing else 0,
        **listed(user, standing, tab),
    )


def languages_of(tickets: list[Affected]) -> dict[str, int]:
    """How many tickets would get an answer in each language, if it is written."""
    counts = dict.fromkeys(LANGUAGES, 0)
    for ticket in tickets:
        if ticket.why is None:
            counts[ticket.language] += 1
    return counts


def listed(user: User, standing: ReplyToAll | None, tab: str) -> dict[str, Any]:
    page = max(1, request.args.get("page", 1, int))
    if standing is None:
        return {"rows": [], "seen": {}, "said": {}, "page": Page(1, False)}
    _word, state, why = TABS.get(tab, TABS["all"])
    rows = listed_of(standing, state, ROWS + 1, (page - 1) * ROWS, why)
    seen = Ticket.seen_of(user, [answer.ticket_id for answer, _owed in rows])
    return {
        "rows": rows[:ROWS],
        "seen": seen,
        "said": said_of(standing, list(seen)) if tab == "unsure" else {},
        "page": Page(page, len(rows) > ROWS),
    }


def row_or_back(problem: Problem, answer: PreparedAnswer) -> ResponseReturnValue:
    """The row anew where htmx asked; else the page."""
    if not request.headers.get("HX-Request"):
        return back_to(problem)
    db.session.flush()
    user = demand(Verb.LEAD)
    return render_template(
        "screening/_reply_row.html",
        problem=problem,
        answer=answer,
        owed=True,
        seen=Ticket.seen_of(user, [answer.ticket_id]),
        why_words=WHY_WORDS,
    )


def back_to(problem: Problem) -> ResponseReturnValue:
    return redirect(url_for("screening.replies", number=problem.number), 303)


def answer_or_404(problem: Problem, reply: int, answer: int) -> PreparedAnswer:
    reply_or_404(problem, reply)
    found = PreparedAnswer.named(answer)
    if found is None or found.reply_id != reply:
        abort(404)
    return found


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
