"""A worker's turn at a mailing: counted in one go, then let go evenly, in its hours, mail by mail.

What is promised here is sent by `triage.outgoing`; killed at any moment, nothing is told twice.
"""

import logging
from datetime import datetime, timedelta

from models import mailing_freezing, mailing_leaving, mailing_promising, outbox
from models.action import Action
from models.base import abandon, now, transaction
from models.mailing import Mailing
from models.mailing_row import MailingState
from models.message import Message
from models.outbox import Claim, Job
from triage import mailing_sending
from triage.config import Settings

log = logging.getLogger("triage.mailings")

COUNTING = timedelta(minutes=10)
"""So long a count may take before another worker begins it anew."""
AT_ONCE = 5
AGAIN = timedelta(seconds=20)
UNTIL_LEFT = timedelta(seconds=3)
"""When it is looked again whether the last mails have left."""


def work_waiting(owner: str, settings: Settings) -> int:
    """A few promises about mailings that are due: one fast mailing keeps no other waiting; returns
    how many were taken up."""
    lease = timedelta(seconds=settings.lease_seconds)
    with transaction():
        claims = outbox.claim(Job.MAILING, owner, AT_ONCE, lease)
    for claimed in claims:
        try:
            _keep(claimed, owner, settings)
        except outbox.LeaseLost:
            continue
        except Exception as trouble:
            log.warning("mailing %s: %r", claimed.ref_id, trouble)
            with transaction():
                _failed(claimed, owner, trouble)
    return len(claims)


def _keep(claimed: Claim, owner: str, settings: Settings) -> None:
    what, _, which = claimed.cause.partition(":")
    if what == "count":
        with transaction():
            if not outbox.renew([claimed], owner, COUNTING):
                return
        with transaction():
            outbox.finish(claimed, owner)
            _count(claimed, owner, settings)
        return
    with transaction():
        if what == "left":
            outbox.finish(claimed, owner)
            message = Message.named(int(which))
            if message is not None:
                mailing_leaving.settle_ticket(message, now())
            return
        if not outbox.renew([claimed], owner, timedelta(seconds=settings.lease_seconds)):
            return
        mailing = Mailing.held(claimed.ref_id)
        pause = _turn(mailing, settings, now()) if mailing is not None else None
        if pause is None:
            outbox.finish(claimed, owner)
        else:
            outbox.go_on(claimed, owner, pause)


def _failed(claimed: Claim, owner: str, trouble: Exception) -> None:
    """Try again; in the end stand still where people see why."""
    if outbox.in_the_way(trouble):
        outbox.put_off(claimed, owner, repr(trouble), AGAIN)
        return
    if not claimed.last_try:
        outbox.fail(claimed, owner, repr(trouble), AGAIN)
        return
    outbox.give_up(claimed, owner, repr(trouble))
    mailing = Mailing.held(claimed.ref_id)
    if mailing is not None and mailing.state in (MailingState.COUNTING, MailingState.RUNNING):
        mailing_promising.stopped(mailing, repr(trouble), now())


# --- counted --------------------------------------------------------------------------------


def _count(claimed: Claim, owner: str, settings: Settings) -> None:
    """Written down without holding the mailing, so that a person can cancel meanwhile."""
    mailing = Mailing.named(claimed.ref_id)
    if mailing is None or mailing.state != MailingState.COUNTING:
        return
    version = mailing.version
    ready = mailing_freezing.freeze(mailing, settings.default_language, now())
    mailing = Mailing.held(claimed.ref_id)
    if mailing is None or (mailing.state, mailing.version) != (MailingState.COUNTING, version):
        abandon()  # changed or cancelled meanwhile: what was counted is not what is wanted
        outbox.finish(claimed, owner)
        return
    mailing_promising.counted(mailing, ready, now())


# --- let go ---------------------------------------------------------------------------------


def _turn(mailing: Mailing, settings: Settings, at: datetime) -> timedelta | None:
    """Write what may be written now; when to come back, or None where nothing is left to do."""
    if mailing.state != MailingState.RUNNING:
        return None
    _goes_live(mailing, at)
    opens = mailing_promising.opens_at(mailing, at)
    if opens > at:
        return opens - at
    allowed = mailing_promising.allowance(mailing, at)
    many = min(allowed, mailing_promising.portion(mailing))
    taken = mailing_sending.write_next(mailing, many, settings, at) if many else 0
    if taken == many:
        return timedelta(0) if many < allowed else mailing_promising.SLICE
    if not mailing_promising.nothing_left(mailing):
        return UNTIL_LEFT
    _goes_live(mailing, at)
    mailing_promising.done(mailing, at)
    return None


def _goes_live(mailing: Mailing, at: datetime) -> None:
    """From its first mail on the action has an effect: not from its planning."""
    first = mailing_promising.note_first(mailing, at)
    action = Action.named(mailing.action_id) if first and mailing.action_id else None
    if action is not None and action.to_do:
        action.finish(by=mailing.started_by, at=at, effective_at=first)
