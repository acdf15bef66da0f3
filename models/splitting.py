"""A ticket of its own for what somebody chooses: whole contacts, marked words, files.

Whole contacts move; words and files of a contact that stays are shown in both, and the contact is
never edited. Undone while nobody has worked on the new ticket.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, exists, select

from models import ticket_clock
from models.base import db, one_at_a_time
from models.contact import Contact
from models.event import Event, record
from models.files import Attachment
from models.message import Message
from models.note import Note
from models.parting import PARTED, RETURNED, newest_first
from models.prediction import Decision
from models.thread import TicketFile, TicketLink
from models.ticket import Ticket
from models.topic import Topic
from models.user import User

SPLIT = "ticket.split"


class Unsplittable(Exception):
    """Nothing was chosen, nothing would stay, the words were not said, or the topic is private."""


@dataclass(frozen=True)
class Chosen:
    """What goes: whole contacts, words by contact, files of contacts that stay."""

    contacts: Sequence[Contact] = ()
    passages: Mapping[int, str] = field(default_factory=dict)
    files: Sequence[Attachment] = ()


def split(ticket: Ticket, chosen: Chosen, topic: Topic, *, by: User, at: datetime) -> Ticket:
    """A ticket about `topic` for what was chosen, linked with this one; raises `Unsplittable`."""
    one_at_a_time(SPLIT, str(ticket.id))
    said = list(db.session.scalars(Contact.of_ticket(ticket.id)))
    source = _checked(ticket, chosen, topic, said)
    own = Ticket(
        client_id=source.client_id or ticket.client_id,
        subject=source.subject or ticket.subject,
        preview=_preview(chosen, source),
        channel=source.channel,
        language=source.language or ticket.language,
        topic_id=topic.parent_id or topic.id,
        subtopic_id=topic.id if topic.parent_id else None,
        intent_id=source.intent_id,
        decision=Decision.HUMAN.value,
        needs_choice=False,
        team_id=_team_of(topic),
        opened_at=at,
        last_contact_at=source.said_at,
        health=any(contact.health for contact in said if contact.id in _touched(chosen)),
    )
    ticket_clock.begin(own, source.received_at)
    db.session.add(own)
    db.session.flush()
    record("ticket.opened", by=by, at=at, ticket_id=own.id, client_id=own.client_id, rule=PARTED)
    for contact in chosen.contacts:
        own.take(contact, PARTED)
    ticket.contacts_count -= len(chosen.contacts)
    newest_first(ticket)
    if chosen.contacts:
        newest_first(own)
    words = [words.strip() for words in chosen.passages.values() if words.strip()]
    if words:
        own.note("\n\n".join([f"#{ticket.number}", *words]), by=by, at=at)
    moved = {contact.id for contact in chosen.contacts}
    for file in chosen.files:
        if file.contact_id not in moved:
            db.session.add(TicketFile(ticket_id=own.id, attachment_id=file.id))
    own.link(ticket, PARTED)
    record(
        SPLIT,
        by=by,
        at=at,
        ticket_id=ticket.id,
        number=own.number,
        contacts=sorted(moved),
        files=sorted(file.id for file in chosen.files),
    )
    return own


def unsplit(ticket: Ticket, own: Ticket, *, by: User, at: datetime) -> bool:
    """What was taken out is here again; False when it was no split or somebody worked on it."""
    one_at_a_time(SPLIT, str(ticket.id))
    event = split_event(ticket, own)
    if event is None or own.merged_into_id is not None or not _untouched(own, event):
        return False
    if ticket.closed_at is not None and ticket.closed_at > event.at:
        ticket.reopen(by=by, at=at)  # whoever closed it had not seen this there
    for contact in Contact.several(event.facts["contacts"]):
        ticket.take(contact, RETURNED)
        own.contacts_count -= 1
    newest_first(ticket)
    own.merged_into_id = ticket.id
    TicketLink.drop(own.id, ticket.id)
    db.session.execute(delete(TicketFile).where(TicketFile.ticket_id == own.id))
    record("ticket.split_undone", by=by, at=at, ticket_id=ticket.id, number=own.number)
    return True


def split_event(ticket: Ticket, own: Ticket) -> Event | None:
    """The event by which `own` was made of `ticket`."""
    made = Event.of_ticket(ticket.id).where(
        Event.kind == SPLIT, Event.facts["number"].as_integer() == own.number
    )
    return db.session.scalars(made).first()


def _checked(ticket: Ticket, chosen: Chosen, topic: Topic, said: list[Contact]) -> Contact:
    """The first contact of which something goes."""
    here = {contact.id: contact for contact in said}
    words = {key: text for key, text in chosen.passages.items() if text.strip()}
    touched = _touched(chosen)
    if not touched or any(key not in here for key in touched):
        raise Unsplittable(ticket.number)
    if len({contact.id for contact in chosen.contacts}) >= len(said):
        raise Unsplittable(ticket.number)
    if not all(was_said(here[key], text) for key, text in words.items()):
        raise Unsplittable(ticket.number)
    private = ticket.topic is not None and ticket.topic.restricted
    if private and topic.id != ticket.topic_id and topic.parent_id != ticket.topic_id:
        raise Unsplittable(ticket.number)
    return min((here[key] for key in touched), key=lambda contact: (contact.said_at, contact.id))


def _touched(chosen: Chosen) -> set[int]:
    """The contacts of which something goes."""
    words = (key for key, text in chosen.passages.items() if text.strip())
    whole = (contact.id for contact in chosen.contacts)
    return {*whole, *words, *(file.contact_id for file in chosen.files)}


def was_said(contact: Contact, words: str) -> bool:
    """Whether every line of `words` stands in the contact, but for its blanks."""
    text = " ".join(f"{contact.subject}\n{contact.text}\n{contact.new_text}".split())
    return all(" ".join(line.split()) in text for line in words.splitlines() if line.strip())


def _preview(chosen: Chosen, source: Contact) -> str:
    words = " ".join(chosen.passages.get(source.id, "").split())
    return words[:160] if words else source.first_line


def _team_of(topic: Topic) -> int | None:
    above = Topic.named(topic.parent_id)
    return topic.team_id or (above.team_id if above is not None else None)


def _untouched(own: Ticket, event: Event) -> bool:
    """Whether nothing but the splitting has happened to it."""
    here = set(db.session.scalars(select(Contact.id).where(Contact.ticket_id == own.id)))
    notes = len(db.session.scalars(Note.of_ticket(own.id)).all())
    written = db.session.scalar(select(exists().where(Message.ticket_id == own.id)))
    same = here == set(event.facts["contacts"])
    return same and notes <= 1 and not written and own.assignee_id is None and not own.closed
