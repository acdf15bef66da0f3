"""From the form to contacts: one for each matter, through the intake, with how it ended.

Saving goes the way of every contact: kept first, then read, routed, wrapped up. A form that is sent
twice is kept once, whatever the network does.
"""

import base64
from contextlib import suppress
from datetime import datetime, time
from typing import Any

from flask import current_app

from models import after_call, together
from models.base import db, now, one_at_a_time
from models.calendar import business_day, start_of
from models.call import Call
from models.call_draft import CallDraft
from models.callback import Callback
from models.callback_states import CallbackReason
from models.client import Client
from models.contact import Contact
from models.ending import Asks, Effect, Ending, effect_of
from models.event import record
from models.flag import Flag
from models.intake import Adapter, Channel
from models.measure import MeasureVersion
from models.note import Note
from models.ticket import Disposition, Ticket
from models.topic import Intent, Topic
from models.user import User
from models.wrap_up import WrapUp
from triage import routing
from triage.calls.callers import SOMEBODY_ELSE, chosen_client
from triage.calls.drafts import mark_of
from triage.calls.proposal import opinion_on
from triage.calls.ringing_bell import announce
from triage.calls.typed import Matter, Typed
from triage.intake import reading, receive_typed
from triage.intake.phone import e164

ONE_CALL = "same_call"
"""Why the tickets of one call's matters are linked."""
BY_FIVE = time(17)


def kept_letter(typed: Typed, user: User) -> Contact | None:
    """The contact of a letter; None when a worker must read it."""
    return _received(Channel.POST, typed, typed.first, user, None)


def kept_call(typed: Typed, user: User) -> list[Contact | None]:
    """A contact for each matter, filed and wrapped up; None where a worker must do that."""
    client: Client | None = None
    contacts: list[Contact | None] = []
    for matter in typed.matters:
        contact = _received(Channel.PHONE, typed, matter, user, client)
        contacts.append(contact)
        if contact is not None:
            client = client or contact.client
            wrap_up(contact, matter, typed, user)
    tickets = [Ticket.named(contact.ticket_id) for contact in contacts if contact]
    for other in tickets[1:]:
        if tickets[0] and other and other.id != tickets[0].id:
            other.link(tickets[0], ONE_CALL)
    with suppress(LookupError):  # the mark of somebody else's form
        # Also where none was kept before: a pause that is still on its way begins no new one.
        CallDraft.begin(typed.once, user, call_id=_call_of(typed), at=now()).end(now())
    if typed.call_id:
        CallDraft.end_of_call(user, typed.call_id, now())
    after_call.over(user, now())
    announce()
    return contacts


def _received(
    channel: Channel, typed: Typed, matter: Matter, user: User, client: Client | None
) -> Contact | None:
    intake_id, new = receive_typed(
        channel,
        as_said(typed, matter, user, client),
        adapter=Adapter.DESK,
        once=f"{mark_of(user, typed.once)}{matter.suffix}",
        said_at=said_at(typed),
    )
    contact = reading.read_now(intake_id, current_app.extensions["settings"])
    if contact is not None and not new:
        keep_what_was_added(contact, matter, user)
    return contact


def keep_what_was_added(contact: Contact, matter: Matter, user: User) -> None:
    """Sent once more with other words: a contact is never edited, so they are a note beside it."""
    ticket, words = Ticket.named(contact.ticket_id), routing.masked(matter.text)
    if ticket is None or words.split() == contact.text.split():
        return
    if not Note.stands(ticket.id, words):
        ticket.note(words, by=user, at=now())


def as_said(typed: Typed, matter: Matter, user: User, client: Client | None) -> dict[str, Any]:
    """What is kept of the form; a client or ticket only where the reader may know of it.

    `client` is whoever the first matter turned out to be of.
    """
    ticket = continued(matter, user)
    found = client or (ticket.client if ticket else chosen_client(user, typed))
    topic, intent = chosen_labels(matter)
    facts = {
        "outcome": matter.outcome,
        "told": matter.told,
        "promise": promised(matter),
        "document": matter.document,
        "body": matter.body,
        "misinformed_by": matter.misinformed_by,
    }
    return {
        "number": typed.number,
        "name": typed.name,
        "email": typed.email if "@" in typed.email else "",
        "language": typed.language,
        "text": matter.text,
        "subject": typed.subject,
        "client_id": found.id if found else None,
        "somebody_else": typed.client == SOMEBODY_ELSE and found is None,
        "ticket_id": ticket.id if ticket else None,
        "taken_by": user.id,
        "call_id": typed.call_id if matter.position == 1 else None,
        "topic": (topic.parent_id or topic.id) if topic else None,
        "subtopic": topic.id if topic and topic.parent_id else None,
        "intent": intent,
        "fields": {name: str(value) for name, value in facts.items() if value},
        "files": [
            (name, content_type, base64.b64encode(content).decode())
            for name, content_type, content in typed.files
        ],
    }


def chosen_labels(matter: Matter) -> tuple[Topic | None, str | None]:
    """(topic, intent) as a person chose them; who chooses an intent means the proposed topic."""
    topic, intent = Topic.named(matter.topic), db.session.get(Intent, matter.intent or "")
    if intent is not None and topic is None:
        opinion = opinion_on(matter)
        topic = Topic.named(opinion.topic) if opinion else None
    return topic, intent.id if intent else None


def promised(matter: Matter) -> str:
    """The promise with its day, as the ticket says it."""
    day = matter.promise_on.isoformat() if matter.promise_on else ""
    return " · ".join(part for part in (matter.promise, day) if part)


def continued(matter: Matter, user: User) -> Ticket | None:
    """The open ticket that this matter is about, if the reader may see it."""
    number = matter.ticket.lstrip("#")
    return Ticket.numbered(user, int(number)) if number.isascii() and number.isdigit() else None


def said_at(typed: Typed) -> datetime | None:
    """A letter was said on its day, at noon; a call now."""
    if typed.said_on is None or typed.said_on == business_day(now()):
        return None
    return start_of(typed.said_on, time(12))


# --- how it ended ---------------------------------------------------------------------------


def wrap_up(contact: Contact, matter: Matter, typed: Typed, user: User) -> None:
    """One record of how this matter ended, and what follows from it; a second time changes
    nothing."""
    one_at_a_time("wrap_up", str(contact.id))
    at, standing = now(), WrapUp.of_contact(contact.id)
    if standing is not None:
        return
    first = WrapUp.of_call(typed.call_id) if matter.position == 1 else None
    own = first if first is not None and first.finished_at is None else None
    if own is None or own.user_id != user.id:
        own = WrapUp(user_id=user.id, call_id=_call_of(typed), began_at=at)
        db.session.add(own)
    own.contact_id, own.ticket_id, own.told = contact.id, contact.ticket_id, matter.told
    version = db.session.get(MeasureVersion, matter.answer_version or 0)
    own.answer_version_id = version.id if version else None
    own.promise, own.promise_on = matter.promise, matter.promise_on
    own.misinformed_by = matter.misinformed_by or None
    own.finish(matter.outcome, at)
    db.session.flush()
    ticket = Ticket.named(contact.ticket_id)
    record(
        "call.wrapped_up",
        by=user,
        at=at,
        contact_id=contact.id,
        ticket_id=contact.ticket_id,
        call=own.call_id,
        disposition=matter.outcome,
        answer_version=own.answer_version_id,
    )
    owe_a_call(contact, ticket, matter, typed, user, at)
    if ticket is not None and matter.flag:
        Flag.raise_on(ticket, matter.flag, by=user, at=at, contact=contact)
    if ticket is not None and matter.together and effect_of(matter.outcome) is Effect.SETTLED:
        answer_the_others(ticket, matter, user, at)


def _call_of(typed: Typed) -> int | None:
    call = Call.named(typed.call_id) if typed.call_id else None
    return call.id if call else None


def owe_a_call(
    contact: Contact, ticket: Ticket | None, matter: Matter, typed: Typed, user: User, at: datetime
) -> None:
    """A promised call-back is work with a day, not a line in a note."""
    ending = Ending.named(matter.outcome)
    if ending is None or ending.asks != Asks.DATE:
        return
    Callback.ask(
        client=contact.client,
        number=e164(typed.number) or typed.number,
        reason=CallbackReason.PROMISED,
        by=user,
        at=at,
        due_at=start_of(matter.promise_on, BY_FIVE) if matter.promise_on else None,
        ticket=ticket,
        call=Call.named(typed.call_id) if typed.call_id else None,
        contact=contact,
        topic_id=contact.topic_id,
        language=contact.language,
        note=matter.promise,
    )


def answer_the_others(ticket: Ticket, matter: Matter, user: User, at: datetime) -> None:
    """The client's other open tickets of this matter end with it: a call closes the waiting
    mail."""
    same = together.same_matter(ticket, ticket.topic_id, at, seen_by=user)
    others = [other for other in same if other.id != ticket.id]
    if others:
        told = matter.told or routing.masked(matter.text[:300])
        together.settle(others, Disposition.ANSWERED, by=user, at=at, told=told)
