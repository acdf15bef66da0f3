"""Two people on one ticket: what I wanted, what stands now and who changed it, field by field.

Nothing is locked and nothing is overwritten: each field is kept as mine or as it stands.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from models.base import db, now
from models.contact import Contact
from models.event import Event
from models.message import Kind, Message
from models.note import Note
from models.ticket import Ticket
from models.user import User
from triage.desk.tickets import pages
from triage.display import intent_name, label, language_name, topic_name

FIELDS: dict[str, LazyString] = {
    "topic": lazy("Topic"),
    "intent": lazy("What the client wants"),
    "to": lazy("Assigned to"),
    "disposition": lazy("Closed as"),
    "on": lazy("Urgent"),
    "language": lazy("Language of the answer"),
}
"""What a form of the desk may want to change, by the names of its fields."""
WANTED_BY = {
    "desk.choose": ("topic", "intent"),
    "desk.assign": ("to",),
    "desk.close": ("disposition",),
    "desk.reopen": ("disposition",),
    "desk.decide_urgency": ("on",),
    "desk.reply": ("language", "disposition"),
}
CHANGED_BY = {
    "topic": ("ticket.routed", "ticket.topic_taken_back"),
    "intent": ("ticket.routed", "ticket.topic_taken_back"),
    "to": ("ticket.assigned", "ticket.answered", "ticket.wrapped_up", "ticket.released"),
    "disposition": (
        "ticket.closed",
        "ticket.wrapped_up",
        "ticket.reopened",
        "ticket.together_undone",
    ),
    "on": ("ticket.urgent", "ticket.not_urgent", "ticket.pressed", "ticket.urgency_expired"),
    "language": ("ticket.routed", "ticket.answered"),
}
DECIDED = "decided"
"""The field of a form in which somebody has decided field by field."""


class Theirs(Exception):
    """Every field was left as it stands: there is nothing to do."""


@dataclass(frozen=True)
class Difference:
    """One field: as the page showed it, as it stands, as I wanted it; in words and as forms say it.

    `seen` is None where the page did not tell; `mine` where I wanted nothing of it.
    """

    name: str
    word: str
    seen: str | None
    stands: str
    wanted: str | None
    mine: str | None
    theirs: str
    changed: bool
    event: Event | None

    @property
    def open(self) -> bool:
        """Whether somebody must choose: both wanted something, and not the same."""
        return self.mine is not None and self.changed and self.mine != self.theirs


@dataclass(frozen=True)
class Meanwhile:
    """What was said and written since the page was made."""

    contacts: list[Contact]
    messages: list[Message]
    notes: list[Note]


@pages.app_context_processor
def what_was_seen() -> dict[str, Any]:
    return {"seen_of": seen_of}


def seen_of(ticket: Ticket) -> str:
    """What a page shows of a ticket, for its forms to bring back."""
    return json.dumps(values_of(ticket) | {"at": now().isoformat()}, separators=(",", ":"))


def values_of(ticket: Ticket) -> dict[str, str]:
    """Each field as a form would say it."""
    return {
        "topic": ticket.subtopic_id or ticket.topic_id or "",
        "intent": ticket.intent_id or "",
        "to": str(ticket.assignee_id or ""),
        "disposition": (ticket.disposition or "") if ticket.closed else "",
        "on": "1" if ticket.urgent else "0",
        "language": ticket.language or "",
    }


def left_as_it_stands(ticket: Ticket) -> bool:
    """Whether the form comes from a decision in which nothing of mine was kept."""
    if DECIDED not in request.form or request.form.get("text"):
        return False
    stands = values_of(ticket)
    names = [name for name in WANTED_BY.get(request.endpoint or "", ()) if name in request.form]
    return bool(names) and all(request.form[name] == stands[name] for name in names)


def differences(ticket: Ticket) -> list[Difference]:
    """Every field that has changed since, or that I wanted to change."""
    seen, stands = as_seen(), values_of(ticket)
    events = last_changes(ticket)
    mine = wanted()
    found = []
    for name, word in FIELDS.items():
        before, wish = seen.get(name), mine.get(name)
        changed = before != stands[name] if before is not None else wish not in (None, stands[name])
        if not changed and wish in (None, stands[name]):
            continue
        found.append(
            Difference(
                name=name,
                word=str(word),
                seen=in_words(name, before) if before is not None else None,
                stands=in_words(name, stands[name]),
                wanted=in_words(name, wish) if wish is not None else None,
                mine=wish,
                theirs=stands[name],
                changed=changed,
                event=who_changed(name, events) if changed else None,
            )
        )
    return found


def who_changed(name: str, events: dict[str, Event]) -> Event | None:
    return next((event for kind, event in events.items() if kind in CHANGED_BY[name]), None)


def wanted() -> dict[str, str]:
    """What the form would have changed, where it says so."""
    names = WANTED_BY.get(request.endpoint or "", ())
    mine = {name: request.form[name] for name in names if name in request.form}
    if request.endpoint == "desk.reopen":
        mine["disposition"] = ""
    return mine


def as_seen() -> dict[str, str]:
    """What the page had shown; nothing where it did not say, or said nonsense."""
    try:
        told = json.loads(request.form.get("seen", "{}"))
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in told.items()} if isinstance(told, dict) else {}


def seen_at() -> datetime | None:
    """When the page was made, as it says itself."""
    try:
        at = datetime.fromisoformat(as_seen().get("at", ""))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def last_changes(ticket: Ticket) -> dict[str, Event]:
    """The last event of each kind that changes a field, the newest first."""
    kinds = {kind for kinds in CHANGED_BY.values() for kind in kinds}
    rows = db.session.scalars(Event.of_ticket(ticket.id).where(Event.kind.in_(kinds)))
    found = {event.kind: event for event in rows}
    return dict(sorted(found.items(), key=lambda item: -item[1].id))


def meanwhile(ticket: Ticket) -> Meanwhile:
    """What was said and written since; the last words where nobody knows since when."""
    since = seen_at()
    if since is None:
        return Meanwhile(list(db.session.scalars(Contact.of_ticket(ticket.id)))[-1:], [], [])
    contacts = Contact.of_ticket(ticket.id).where(Contact.received_at > since)
    messages = Message.of_ticket(ticket.id).where(
        Message.written_at > since, Message.kind == Kind.REPLY.value
    )
    notes = Note.of_ticket(ticket.id).where(Note.at > since)
    return Meanwhile(
        list(db.session.scalars(contacts)),
        list(db.session.scalars(messages)),
        list(db.session.scalars(notes)),
    )


def in_words(name: str, value: str) -> str:
    """A value of a form as people read it."""
    if name == "on":
        return str(_("yes") if value == "1" else _("no"))
    if name == "disposition":
        return str(label("disposition", value) if value else _("open"))
    if not value:
        return "—"
    if name == "to":
        person = User.named(int(value)) if value.isdecimal() and len(value) < 10 else None
        return str(person.name) if person is not None else "—"
    if name == "topic":
        return str(topic_name(value))
    return str(intent_name(value) if name == "intent" else language_name(value))
