"""Known problem, say this: the sentences about a problem, written, approved, taken back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import saying
from models.base import now
from models.event import Event
from models.policy import Verb, may
from models.problem import Problem
from models.saying import Overtaken, TooLong
from models.topic import LANGUAGES
from models.user import User
from triage.accounts import demand, me
from triage.display import language_name
from triage.screening.pages import pages
from triage.screening.problems import problem_or_404

JUST_NOW = timedelta(minutes=10)
"""For so long the key for undoing takes back the last change."""


@dataclass(frozen=True)
class Saying:
    """What stands about the sentences of a problem, for one reader."""

    texts: dict[str, str]
    approved: bool
    by: User | None
    missing: list[str]
    silent: bool
    """The problem is over: nobody is shown it, though it is approved."""
    last: Event | None
    mail_until: datetime | None
    """Until when receipts say it."""
    leads: bool
    """The reader may write and approve; everybody else sees only what is approved."""
    undoable: bool
    fresh: bool

    @property
    def seen(self) -> int:
        """The change up to which the reader knows."""
        return self.last.id if self.last else 0


@pages.context_processor
def words() -> dict[str, Any]:
    return {"saying_of": saying_of, "longest_sentence": saying.LONGEST}


def saying_of(problem: Problem) -> Saying:
    reader, last = me(), saying.last_change(problem)
    leads, approved = may(reader, Verb.LEAD), problem.sentence_at is not None
    texts = {code: problem.sentence[code] for code in LANGUAGES if problem.sentence.get(code)}
    return Saying(
        texts=texts if leads or approved else {},
        approved=approved,
        by=User.named(problem.sentence_by_id) if problem.sentence_by_id else None,
        missing=[language_name(code) for code in saying.missing(problem)],
        silent=problem.state in saying.SILENT,
        last=last,
        mail_until=saying.mail_until(problem),
        leads=leads,
        undoable=last is not None and last.kind in saying.CHANGES and leads,
        fresh=last is not None and last.actor_id == reader.id and now() - last.at < JUST_NOW,
    )


@pages.get("/problems/<int:number>/sentence")
def sentences_of(number: int) -> ResponseReturnValue:
    demand(Verb.SEE_BOARD)
    return sentence_page(problem_or_404(number))


@pages.post("/problems/<int:number>/sentence")
def say(number: int) -> ResponseReturnValue:
    """A draft in one language or several; approved at once where that is asked for."""
    user, problem, at = demand(Verb.LEAD), problem_or_404(number), now()
    typed = {code: request.form.get(code, "") for code in LANGUAGES}
    try:
        saying.write(problem, typed, by=user, seen=seen(), at=at)
        if "approve" in request.form:
            last = saying.last_change(problem)
            in_mail = "in_mail" in request.form
            saying.approve(problem, in_mail=in_mail, by=user, seen=last.id if last else 0, at=at)
    except TooLong as long:
        too_long = _(
            "In %(language)s it is longer than %(most)s characters: nobody hears that to the end.",
            language=language_name(long.language),
            most=saying.LONGEST,
        )
        return sentence_page(problem, too_long, typed), 422
    except Overtaken:
        return sentence_page(problem, overtaken(), typed), 409
    except ValueError:
        return sentence_page(problem, _("There is nothing to approve yet."), typed), 422
    return back_to(problem)


@pages.post("/problems/<int:number>/sentence/approval")
def approve_sentence(number: int) -> ResponseReturnValue:
    user, problem = demand(Verb.LEAD), problem_or_404(number)
    in_mail = "in_mail" in request.form
    try:
        saying.approve(problem, in_mail=in_mail, by=user, seen=seen(), at=now())
    except Overtaken:
        return sentence_page(problem, overtaken()), 409
    except ValueError:
        return sentence_page(problem, _("There is nothing to approve yet.")), 422
    return back_to(problem)


@pages.post("/problems/<int:number>/sentence/approval/withdrawal")
def unapprove_sentence(number: int) -> ResponseReturnValue:
    user, problem = demand(Verb.LEAD), problem_or_404(number)
    try:
        saying.unapprove(problem, by=user, seen=seen(), at=now())
    except Overtaken:
        return sentence_page(problem, overtaken()), 409
    return back_to(problem)


@pages.post("/problems/<int:number>/sentence/changes/<int:change>/withdrawal")
def undo_sentence(number: int, change: int) -> ResponseReturnValue:
    """As it stood before the last change, with the approval that it had then."""
    user, problem = demand(Verb.LEAD), problem_or_404(number)
    try:
        saying.undo(problem, change, by=user, at=now())
    except Overtaken:
        return sentence_page(problem, overtaken()), 409
    flash(_("As it was before."))
    return back_to(problem)


def seen() -> int:
    return request.form.get("seen", 0, int)


def overtaken() -> str:
    return str(_("Somebody has changed it meanwhile. Look at it once more."))


def back_to(problem: Problem) -> ResponseReturnValue:
    return redirect(url_for("screening.problem", number=problem.number) + "#saying", 303)


def sentence_page(problem: Problem, mistake: str = "", typed: dict[str, str] | None = None) -> str:
    return render_template(
        "screening/saying.html", problem=problem, mistake=mistake, typed=typed or {}
    )
