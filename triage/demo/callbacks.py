"""Whom the demo's fund owes a call on the last day: missed callers, promises, some let down."""

from datetime import datetime, timedelta

from models import calendar
from models.base import db
from models.call import Call
from models.callback import AttemptResult, Callback, CallbackReason, Outcome
from models.callback_proposing import propose
from models.callback_work import accept, hand, reached, tried
from models.ticket import Ticket
from models.user import User

HOUR = timedelta(hours=1)
TAKEN = 6
WHY = (
    {"kind": "contacts", "times": 3, "days": 5},
    {"kind": "repeated", "times": 2},
)
SAID_AFTER = "Trois appels sans suite ; il est soulagé que quelqu'un ait enfin expliqué le délai."


def owe(at: datetime, nadia: User, koen: User) -> None:
    """What stands on the list of call-backs at `at`."""
    for call in db.session.scalars(Call.missed_open()).unique().all():
        Callback.for_missed(call, call.ended_at or at)
    tickets = [
        ticket
        for ticket in db.session.scalars(Ticket.waiting_since(at - timedelta(days=7)))
        if ticket.client is not None and ticket.client.numbers and not ticket.health
    ][:TAKEN]
    if len(tickets) < TAKEN:
        return
    first, second, third, fourth, fifth, sixth = tickets
    late = Callback.ask(ticket=first, reason=CallbackReason.REQUESTED, at=at - 5 * HOUR)
    late.due_at = at - HOUR
    promised = Callback.ask(
        ticket=second, reason=CallbackReason.PROMISED, by=nadia, at=at - 3 * HOUR, due_at=at
    )
    tried(promised, AttemptResult.NO_ANSWER, by=nadia, at=at - HOUR, again_at=at + HOUR / 6)
    tomorrow = calendar.working_day_after(calendar.business_day(at))
    morning = calendar.start_of(tomorrow) + 9 * HOUR
    Callback.ask(
        ticket=third,
        reason=CallbackReason.DOCUMENT_MISSING,
        by=nadia,
        at=at - HOUR,
        window=(morning, morning + 2 * HOUR),
    )
    for callback in (late, promised):
        hand(callback, to=nadia, by=koen, at=at - HOUR)
    if not propose(at):
        angry = {"kind": "dissatisfied", "at": (at - timedelta(days=1)).isoformat()}
        Callback.ask(
            ticket=fourth,
            reason=CallbackReason.DISSATISFIED,
            at=at - 8 * HOUR,
            proposed=True,
            reasons=[*WHY, angry],
        )
    heard = Callback.ask(
        ticket=fifth, reason=CallbackReason.DISSATISFIED, at=at - 26 * HOUR, proposed=True
    )
    accept(heard, by=koen, at=at - 25 * HOUR, to=koen)
    reached(heard, Outcome.SATISFIED, by=koen, at=at - 22 * HOUR, note=SAID_AFTER)
    lost = Callback.ask(ticket=sixth, reason=CallbackReason.REQUESTED, at=at - 50 * HOUR)
    for hours in (49, 28, 4):
        if not lost.closed:
            tried(lost, AttemptResult.NO_ANSWER, by=nadia, at=at - hours * HOUR)
