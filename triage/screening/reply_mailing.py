"""The prepared answers as a mailing: unsure cases looked at first, then all told, each on the
thread of its ticket; and the tickets that it closed opened again by one deed.

The mailing itself (counted, let go by a second person, paused) is on the pages of mailings.
"""

from dataclasses import dataclass

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from models.action import Action
from models.base import db, now, one_at_a_time
from models.calendar import business_day
from models.ending import Ending
from models.mailing import OPEN, Mailing, MailingPurpose, NotNow, Tally
from models.mailing_recipient import RecipientState
from models.mailing_threads import closed_by, mailings_of_reply, reopen_all
from models.policy import Verb
from models.prepared import ReplyToAll
from models.prepared_seen import unsure_of
from models.problem import Problem
from triage.accounts import demand
from triage.display import title
from triage.screening.pages import pages
from triage.screening.problems import problem_or_404

AT_ONCE = 50


@dataclass(frozen=True)
class Told:
    """One mailing of the prepared answers, and what became of it."""

    mailing: Mailing
    tally: Tally
    closed: int
    """Tickets that it has closed and that can be opened again by one deed."""

    @property
    def told(self) -> int:
        return self.tally.gone

    @property
    def bounced(self) -> int:
        return self.tally.states[RecipientState.BOUNCED] + self.tally.states[RecipientState.FAILED]

    @property
    def open(self) -> bool:
        return self.mailing.state in OPEN


@pages.post("/problems/<int:number>/replies/<int:reply>/mailing")
def send_all(number: int, reply: int) -> ResponseReturnValue:
    """Tell all who stand prepared; of two who begin it, the second finds the first one's."""
    by, problem, at = demand(Verb.LEAD), problem_or_404(number), now()
    found = standing_reply_or_404(problem, reply)
    one_at_a_time("reply mailing", str(found.id))
    begun = open_mailing(found)
    if begun is None:
        begun = Mailing.draft(
            _("Reply to all: %(problem)s", problem=title(problem))[:300],
            MailingPurpose.SERVICE,
            by=by,
            at=at,
            audience={"kind": "prepared"},
            reply_id=found.id,
            problem_id=problem.id,
            topic_id=problem.topic_id,
            action_id=action_asked(problem),
            on_threads=True,
            close_as=ending_asked(),
        )
        begun.count(by=by, at=at)
    return redirect(url_for("outreach.mailings.show", mailing_id=begun.id), 303)


@pages.post("/problems/<int:number>/replies/<int:reply>/unsure")
def take_unsure(number: int, reply: int) -> ResponseReturnValue:
    """These are cases, says who has looked at them: they are told with the others."""
    by, problem, at = demand(Verb.LEAD), problem_or_404(number), now()
    found = standing_reply_or_404(problem, reply)
    ids = [int(one) for one in request.form.getlist("answer") if one.isdecimal() and len(one) < 10]
    looked_at = unsure_of(found, ids[:AT_ONCE])
    for answer in looked_at:
        answer.put_back(by=by, at=at)
    if not looked_at:
        flash(_("Tick at least one."), "warning")
    address = url_for(
        "screening.replies", number=number, show="unsure", taken=len(looked_at) or None
    )
    return redirect(address, 303)


@pages.post("/problems/<int:number>/replies/<int:reply>/unsure/withdrawal")
def doubt_unsure(number: int, reply: int) -> ResponseReturnValue:
    """They wait for a look again, all that were put in after one."""
    by, problem, at = demand(Verb.LEAD), problem_or_404(number), now()
    for answer in unsure_of(standing_reply_or_404(problem, reply)):
        answer.doubt_again(by=by, at=at)
    return redirect(url_for("screening.replies", number=number, show="unsure"), 303)


@pages.post("/problems/<int:number>/replies/<int:reply>/closings/withdrawal")
def reopen_closed(number: int, reply: int) -> ResponseReturnValue:
    """Open again what mailings of these answers have closed, but for what was worked on since."""
    by, problem, at = demand(Verb.LEAD), problem_or_404(number), now()
    opened = stay = 0
    for mailing in db.session.scalars(mailings_of_reply(reply_or_404(problem, reply).id)).all():
        again, left = reopen_all(mailing.id, by=by, at=at)
        opened, stay = opened + again, stay + left
    words = ngettext("%(num)s ticket is open again.", "%(num)s tickets are open again.", opened)
    more = ngettext(
        "%(num)s was worked on since and stays.", "%(num)s were worked on since and stay.", stay
    )
    flash(f"{words} {more}" if stay else words)
    return redirect(url_for("screening.replies", number=number), 303)


# --- what a page needs ----------------------------------------------------------------------


def told_by(reply: ReplyToAll | None) -> list[Told]:
    """The mailings of these answers, the newest first."""
    if reply is None:
        return []
    found = db.session.scalars(mailings_of_reply(reply.id).limit(5)).all()
    return [Told(one, one.tally(), closed_by(one.id)) for one in found]


def open_mailing(reply: ReplyToAll) -> Mailing | None:
    """The one that waits or runs: the answers are not prepared anew under it."""
    found = db.session.scalars(mailings_of_reply(reply.id).limit(5)).all()
    return next((one for one in found if one.state in OPEN), None)


def let_go_of(reply: ReplyToAll) -> bool:
    """Make room for other answers: a mailing that has not begun is called off. False where one
    is on its way."""
    standing = open_mailing(reply)
    if standing is None:
        return True
    if standing.begun:
        return False
    try:
        standing.cancel(by=demand(Verb.LEAD), at=now())
    except NotNow:
        return False
    return True


def reply_or_404(problem: Problem, reply: int) -> ReplyToAll:
    found = ReplyToAll.named(reply)
    if found is None or found.problem_id != problem.id:
        abort(404)
    return found


def standing_reply_or_404(problem: Problem, reply: int) -> ReplyToAll:
    found = reply_or_404(problem, reply)
    if found.withdrawn_at is not None:
        abort(409)
    return found


def ending_asked() -> str | None:
    """The disposition with which each ticket ends, of those in use; None: they stay open."""
    wanted = request.form.get("close_as", "")
    if not wanted:
        return None
    in_use = db.session.scalars(Ending.in_use(business_day(now())))
    return wanted if any(one.id == wanted for one in in_use) else abort(400)


def action_asked(problem: Problem) -> int | None:
    """The decided action whose effect the mailing has, if one was chosen."""
    wanted = request.form.get("action", "")
    found = Action.named(int(wanted)) if wanted.isdecimal() and len(wanted) < 10 else None
    return found.id if found is not None and found.problem_id == problem.id else None
