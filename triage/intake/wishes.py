"""Who asks in writing to be called, or complains about us, is owed a call or proposed for one."""

from datetime import datetime, time, timedelta

from classifiers.engine import Opinion
from models.base import now
from models.calendar import BRUSSELS, business_day, working_day_after
from models.callback import Callback, CallbackReason, number_of
from models.contact import Contact
from models.intake import Channel
from models.ticket import Disposition, Ticket
from models.user import User
from triage.intake.draft import Draft
from triage.intake.phone import e164

CALL_BACK, COMPLAIN = "call_back", "complain"
SURE = 0.8
"""Below that a person looks first whether a call is really asked for."""
NOT_SPOKEN = (Disposition.NO_ANSWER.value, Disposition.WRONG_NUMBER.value)
ENOUGH = timedelta(hours=1)
"""So much of a wished time must be left, or it is the next day's."""
LATELY = timedelta(days=2)
"""What was said longer ago is history that is read in."""


def owe_a_call(contact: Contact, ticket: Ticket, draft: Draft, opinion: Opinion | None) -> None:
    """A form that asks for a call makes one due; of a mail it is proposed unless we are sure."""
    ticked = bool(draft.fields.get("call_back"))
    intent = COMPLAIN if contact.intent_id == COMPLAIN else CALL_BACK
    if not ticked and contact.intent_id not in (CALL_BACK, COMPLAIN):
        return
    if contact.by_machine or contact.channel not in (Channel.EMAIL, Channel.FORM) or ticket.closed:
        return
    number = e164(draft.number) or number_of(contact.client)
    if number is None or now() - contact.received_at > LATELY:
        return
    sure = opinion is not None and opinion.intent_confidence >= SURE
    complaint = intent == COMPLAIN and not ticked
    Callback.ask(
        client=contact.client,
        number=number,
        reason=CallbackReason.DISSATISFIED if complaint else CallbackReason.REQUESTED,
        at=contact.received_at,
        ticket=ticket,
        contact=contact,
        language=contact.language,
        proposed=complaint or not (ticked or sure),
        window=window_of(draft, contact.received_at),
        reasons=[{"kind": "complaint" if complaint else "asked_in_writing"}],
    )


def window_of(draft: Draft, at: datetime) -> tuple[datetime, datetime] | None:
    """The hours that a form named for the call: today's if they are not over, else those of the
    next working day."""
    hours = (draft.form or {}).get("call_hours") or ()
    if len(hours) != 2:
        return None
    day = business_day(at)
    first, last = (datetime.combine(day, time(hour), BRUSSELS) for hour in hours)
    if last - at < ENOUGH or working_day_after(day - timedelta(days=1), 1) != day:
        later = working_day_after(day, 1)
        first, last = (datetime.combine(later, time(hour), BRUSSELS) for hour in hours)
    return first, last


def spoken_with(contact: Contact, draft: Draft) -> None:
    """Whom somebody of us has spoken with needs no call for having missed us before."""
    said = contact.fields.get("outcome")
    if contact.channel != Channel.PHONE or draft.taken_by_id is None or said in NOT_SPOKEN:
        return
    by = User.named(draft.taken_by_id)
    number = e164(draft.number)
    Callback.reached(
        client_id=contact.client_id, e164=number, by=by, at=contact.received_at, how="phone"
    )
