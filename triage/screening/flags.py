"""What agents say keeps happening, answered: a problem, a case of one, or heard."""

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import calendar, teaching
from models.base import db, now
from models.flag import Flag
from models.policy import Verb
from models.problem import Problem
from models.problem_day import ProblemDay
from models.topic import LANGUAGES
from models.user import User
from triage import routing
from triage.accounts import demand
from triage.screening.pages import pages
from triage.screening.problems import OTHERS
from triage.screening.teaching import OFFERED, after, problem_typed


@pages.post("/flags/<int:flag>/problem")
def begin(flag: int) -> ResponseReturnValue:
    """A new problem, with what the client of this ticket said as its first cases."""
    user, found = waiting_flag(flag)
    at = now()
    spoken = request.form.get("language") or found.by.language
    line = routing.masked(" ".join(request.form.get("title", found.line).split())[:200])
    try:
        taught = teaching.begin(
            found.contacts(),
            line,
            spoken if spoken in LANGUAGES else user.language,
            by=user,
            at=at,
        )
    except ValueError:
        abort(409)
    found.answer(taught.problem, by=user, at=at)
    return after(taught, taught.problem)


@pages.get("/flags/<int:flag>/case")
def choose_case(flag: int) -> ResponseReturnValue:
    """Of which problem it is a case: those of today's board come first."""
    _user, found = flag_or_404(flag)
    rows = db.session.scalars(ProblemDay.board(calendar.business_day(now())).limit(OFFERED))
    return render_template(
        "screening/choose_problem.html",
        ticket=found.ticket,
        flag=found,
        standing=None,
        rows=rows.all(),
        others=db.session.scalars(Problem.shown().limit(OTHERS)).all(),
    )


@pages.post("/flags/<int:flag>/case")
def join(flag: int) -> ResponseReturnValue:
    user, found = waiting_flag(flag)
    problem, at = problem_typed(), now()
    taught = teaching.join(found.contacts(), problem, by=user, at=at)
    found.answer(problem, by=user, at=at)
    return after(taught, problem)


@pages.post("/flags/<int:flag>/answer")
def hear(flag: int) -> ResponseReturnValue:
    """Heard, and nothing follows for now."""
    user, found = waiting_flag(flag)
    found.answer(None, by=user, at=now())
    if request.headers.get("HX-Request"):
        return render_template("screening/_flag_heard.html", flag=found)
    return redirect(url_for("screening.board") + "#flags")


@pages.post("/flags/<int:flag>/answer/withdrawal")
def unhear(flag: int) -> ResponseReturnValue:
    """It waits again."""
    user, found = flag_or_404(flag)
    found.unanswer(by=user, at=now())
    return redirect(url_for("screening.board") + "#flags")


def waiting_flag(flag: int) -> tuple[User, Flag]:
    """The flag, which nobody else answers meanwhile; 409 when somebody has."""
    user, found = flag_or_404(flag)
    db.session.refresh(found, ["answered_at", "problem_id"], with_for_update=True)
    if found.answered_at is not None:
        abort(409, _("This flag was answered meanwhile."))
    return user, found


def flag_or_404(flag: int) -> tuple[User, Flag]:
    user = demand(Verb.LEAD)
    found = Flag.seen(user, flag)
    if found is None or found.withdrawn_at is not None:
        abort(404, _("This flag is no longer there."))
    return user, found
