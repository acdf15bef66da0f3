"""A mailing on its way: how far it is, pause and going on, calling off, and taking a start back."""

from collections.abc import Callable

from flask import redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import now
from models.mailing import Mailing, MailingState, NotNow, Outdated, Tally
from models.policy import Verb
from triage import mailing_sending
from triage.accounts import demand
from triage.display import full
from triage.outreach.mailing_count import lasting, pace_of
from triage.outreach.mailing_page import (
    changing,
    mailing_or_404,
    numbers,
    pages,
    step_address,
)

MOST_RETRIED = 1_000
"""At once; more are tried by asking again."""


@pages.get("/mailings/<int:mailing_id>/progress")
def progress(mailing_id: int) -> ResponseReturnValue:
    """The part of the page that changes while it runs."""
    demand(Verb.WORK)
    mailing = mailing_or_404(mailing_id)
    tally = mailing.tally()
    return render_template(
        "outreach/_mailing_progress.html",
        mailing=mailing,
        tally=numbers(tally),
        progress_words=progress_words(mailing, tally),
    )


def progress_words(mailing: Mailing, tally: Tally) -> str:
    """What it is doing now, and until when."""
    at = now()
    if mailing.state == MailingState.PAUSED:
        return str(_("Nothing leaves until somebody lets it go on."))
    if mailing.state == MailingState.CANCELLED:
        return str(_("Called off: what had left has left."))
    if mailing.state == MailingState.DONE:
        return str(_("Through since %(when)s.", when=full(mailing.ended_at)))
    if mailing.start_at is not None and mailing.start_at > at:
        return str(_("Begins on %(when)s.", when=full(mailing.start_at)))
    opens = pace_of(mailing).begins(at)
    if opens is not None and opens > at:
        return str(_("Rests outside its hours; goes on %(when)s.", when=full(opens)))
    return lasting(mailing, tally)


# --- deeds ----------------------------------------------------------------------------------


@pages.post("/mailings/<int:mailing_id>/start/withdrawal")
def take_back(mailing_id: int) -> ResponseReturnValue:
    """Within ten seconds: nothing has left."""
    by, mailing = changing(mailing_id)
    done = attempt(mailing, lambda: mailing.take_back(by=by, at=now()))
    return done or redirect(step_address(mailing, "approval"), 303)


@pages.post("/mailings/<int:mailing_id>/pause")
def pause(mailing_id: int) -> ResponseReturnValue:
    by, mailing = changing(mailing_id)
    done = attempt(mailing, lambda: mailing.pause(by=by, at=now()))
    return done or redirect(step_address(mailing, "results"), 303)


@pages.post("/mailings/<int:mailing_id>/pause/withdrawal")
def resume(mailing_id: int) -> ResponseReturnValue:
    by, mailing = changing(mailing_id)
    done = attempt(mailing, lambda: mailing.resume(by=by, at=now()))
    return done or redirect(step_address(mailing, "results"), 303)


@pages.post("/mailings/<int:mailing_id>/cancellation")
def cancel(mailing_id: int) -> ResponseReturnValue:
    by, mailing = changing(mailing_id)
    done = attempt(mailing, lambda: mailing.cancel(by=by, at=now()))
    return done or redirect(step_address(mailing, "results"), 303)


@pages.post("/mailings/<int:mailing_id>/retry")
def retry(mailing_id: int) -> ResponseReturnValue:
    """What no server took is tried once more, each as the same mail."""
    by, mailing = changing(mailing_id)

    def try_again() -> None:
        mailing_sending.try_again(mailing, MOST_RETRIED, by=by, at=now())

    done = attempt(mailing, try_again)
    return done or redirect(step_address(mailing, "results"), 303)


def attempt(mailing: Mailing, deed: Callable[[], None]) -> ResponseReturnValue | None:
    """None when it was done; else the page that says why not."""
    try:
        deed()
    except (NotNow, Outdated) as error:
        return redirect(step_address(mailing, "results", trouble=reason_of(error)), 303)
    return None


def reason_of(error: NotNow | Outdated) -> str:
    return error.reason if isinstance(error, NotNow) else "outdated"
