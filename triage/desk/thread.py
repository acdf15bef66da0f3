"""What was said and done on a ticket, in the order of time; and what can be said next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from models import second_matter
from models.base import db
from models.client import normal
from models.contact import Contact
from models.event import Event
from models.intake import Channel
from models.merge import TicketMerge
from models.message import Message
from models.prediction import Prediction
from models.ticket import Note, Ticket
from models.topic import Topic
from models.urgency import PRESSED
from triage.asked_once import colleagues, first_topics, topics

ASSIGNED = "ticket.assigned"
TOLD_EVENTS = (
    "ticket.health_opened",
    "contact.health_marked",
    "contact.health_lifted",
    "ticket.routed",
    ASSIGNED,
    "ticket.released",
    "ticket.handed",
    "ticket.stands",
    "ticket.snoozed",
    "ticket.unsnoozed",
    "ticket.woken",
    "ticket.breached",
    "ticket.change_undone",
    "ticket.flagged",
    "ticket.unflagged",
    "ticket.closed",
    "ticket.wrapped_up",
    "ticket.reopened",
    "ticket.answer_taken_back",
    "ticket.answer_let_go",
    "ticket.answer_held_again",
    "ticket.answer_sent_back",
    "ticket.redirected",
    "callback.asked",
    "callback.proposed",
    "callback.done",
    "callback.given_up",
    "callback.told",
    "callback.cancelled",
    "ticket.macro_run",
    "ticket.macro_undone",
    "ticket.attention",
    "ticket.attended",
    PRESSED,
    "ticket.urgent",
    "ticket.not_urgent",
    "ticket.urgency_expired",
    "ticket.client",
    "ticket.parted",
    "ticket.second_matter",
    "ticket.put_together",
    "ticket.split_by_client",
    "ticket.split_per_client_undone",
    "ticket.answers_client",
    "ticket.answers_representative",
    "ticket.put_back",
    "ticket.took_in",
    "ticket.gave_back",
    "ticket.unmerged",
    "ticket.split",
    "ticket.split_undone",
    "ticket.linked",
    "ticket.unlinked",
    "ticket.together_undone",
    "contact.from_colleague",
    "contact.from_own_mailbox",
    "ticket.receipt_withheld",
    "ticket.known_problem_said",
    "ticket.answer_said_unasked",
    "message.delayed",
    "message.sent_again",
    "client.number_confirmed",
    "document.asked",
    "document.received",
    "document.accepted",
    "document.rejected",
    "document.waived",
    "document.deed_undone",
    "ticket.links_revoked",
    "ticket.links_restored",
    "ticket.client_says_answered",
)
"""The events that the thread tells; the others are told by the contact, answer or note itself."""

KEYS = 9
LONGEST, FIRST, LAST = 60, 3, 30
"""A thread of more entries shows its first and its last ones until all are asked for."""


@dataclass(frozen=True)
class Entry:
    """One line or block of the thread; `kind` is contact, message, note or event."""

    kind: str
    at: datetime
    thing: Contact | Message | Note | Event
    who: str = ""


def thread(ticket: Ticket, contacts: list[Contact], messages: list[Message]) -> list[Entry]:
    """Everything in the order of time; a contact comes before what followed from it."""
    people = {person.id: person.name for person in colleagues()}
    notes = db.session.scalars(Note.shown_in(ticket.id))
    merged = [made.from_id for made in TicketMerge.within(ticket.id)]
    events = db.session.scalars(Event.of_tickets([ticket.id, *merged]))
    entries = [Entry("contact", contact.said_at, contact) for contact in contacts]
    entries += [Entry("message", message.written_at, message) for message in messages]
    entries += [Entry("note", note.at, note) for note in notes]
    entries += [
        Entry("event", event.at, event, to_whom(event, people))
        for event in events
        if event.kind in TOLD_EVENTS and (event.kind != PRESSED or event.facts)  # or forgotten
    ]
    order = {"contact": 0, "message": 2, "note": 2, "event": 1}
    return sorted(entries, key=lambda entry: (entry.at, order[entry.kind]))


def to_whom(event: Event, people: dict[int, str]) -> str:
    """The colleague to whom something was given; other numbers in an event are no people."""
    return people.get(event.facts.get("after") or 0, "") if event.kind == ASSIGNED else ""


def folded(entries: list[Entry], *, whole: bool) -> dict[str, Any]:
    """`thread`: what is shown; `between`: how many entries are left out after the first ones."""
    if whole or len(entries) <= LONGEST:
        return {"thread": entries, "between": 0, "first": FIRST}
    shown = entries[:FIRST] + entries[-LAST:]
    return {"thread": shown, "between": len(entries) - len(shown), "first": FIRST}


def passed_on(ticket: Ticket, contacts: list[Contact]) -> Contact | None:
    """The contact whose first writer may be the client, while that is somebody else."""
    known = {address.address for address in ticket.client.addresses} if ticket.client else set()
    for contact in contacts:
        if contact.channel != Channel.EMAIL:
            continue
        address = contact.first_writer[1]
        if address and normal(address) not in known:
            return contact
    return None


def first_choices(prediction: Prediction | None) -> list[tuple[str, str | None]]:
    """(topic, sub-topic) for the keys 1 to 9: the machine's ideas first, then the list's order."""
    ideas: list[tuple[str, str | None]] = []
    if prediction is not None:
        ideas.append((prediction.topic_id, prediction.subtopic_id))
        ideas += [(other["topic"], None) for other in prediction.alternatives]
    ideas += [(topic.id, None) for topic in first_topics()]
    retired = {one.id for one in topics().values() if one.parent_id is None and not one.active}
    chosen: dict[str, tuple[str, str | None]] = {}
    for idea in ideas:
        if idea[0] not in retired:
            chosen.setdefault(idea[0], idea)
    return list(chosen.values())[:KEYS]


def second_offered(ticket: Ticket, prediction: Prediction | None) -> bool:
    """Whether the second matter that the machine hears is a topic one can choose, and has no
    ticket of its own yet."""
    second = Topic.named(prediction.second_topic_id) if prediction is not None else None
    return (
        second is not None
        and second.active
        and second.id != ticket.topic_id
        and not ticket.closed
        and second_matter.ticket_of(ticket, second.id) is None
    )


def phrases(ticket: Ticket, language: str) -> list[tuple[str, str]]:
    """(opening, closing) words in the client's language, not the reader's."""
    name = ticket.client.name if ticket.client else ""
    with force_locale(language):
        opening = _("Dear %(name)s,", name=name) if name else _("Dear Sir or Madam,")
        closing = _("Kind regards,")
        asks = _("Could you please send us the document mentioned above?")
    return [
        ("opening", f"{opening}\n\n"),
        ("closing", f"\n\n{closing}"),
        ("document", asks),
    ]
