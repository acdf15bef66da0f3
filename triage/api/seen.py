"""Rows as the API shows them to a person: what he or she may not read is left out, and said so."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for

from models import sensitive
from models.base import now
from models.client import Client
from models.contact import Contact
from models.files import Attachment
from models.message import Message, MessageFile, Sending
from models.note import Note, NoteFile
from models.ticket import Ticket
from models.user import User
from triage import routing

Shown = dict[str, Any]


def tickets_shown(tickets: Sequence[Ticket], user: User, *, expand: bool = False) -> list[Shown]:
    """Tickets that `user` may see, in their order; expanded, with names beside the ids."""
    readable = words_of(tickets, user)
    merged = [ticket.merged_into_id for ticket in tickets if ticket.merged_into_id]
    into = Ticket.numbers_of(user, merged)
    return [
        ticket_shown(ticket, ticket.id in readable, into) | names_of(ticket if expand else None)
        for ticket in tickets
    ]


def names_of(ticket: Ticket | None) -> dict[str, str | None]:
    if ticket is None:
        return dict.fromkeys(("team", "assignee", "client"))
    return {
        "team": ticket.team.slug if ticket.team else None,
        "assignee": ticket.assignee.name if ticket.assignee else None,
        "client": ticket.client.name if ticket.client else None,
    }


def words_of(tickets: Sequence[Ticket], user: User) -> set[int]:
    """The ids of those of which `user` may read the words."""
    open_ones = {ticket.id for ticket in tickets if not ticket.health}
    guarded = [ticket.id for ticket in tickets if ticket.health]
    return open_ones | (sensitive.seen_among(user, guarded, now()) if guarded else set())


def ticket_shown(ticket: Ticket, readable: bool, into: dict[int, int]) -> Shown:
    number = into.get(ticket.merged_into_id or 0)
    return {
        "id": ticket.id,
        "number": str(ticket.number),
        "href": url_for("api.tickets.show", number=ticket.number),
        "version": ticket.version,
        "title": ticket.subject if readable else None,
        "withheld": not readable,
        "state": ticket.status,
        "topic": ticket.topic_id,
        "subtopic": ticket.subtopic_id,
        "intent": ticket.intent_id,
        "created_at": ticket.opened_at,
        "merged_into": str(number) if number else None,
        **{name: getattr(ticket, name) for name in _AS_KEPT},
    }


_AS_KEPT = (
    "disposition",
    "channel",
    "language",
    "decision",
    "needs_choice",
    "client_id",
    "team_id",
    "assignee_id",
    "urgent",
    "flagged",
    "contacts_count",
    "last_contact_at",
    "due_at",
    "first_answer_at",
    "closed_at",
    "snoozed_until",
    "deadline_on",
)


def contact_shown(contact: Contact, number: int | None, readable: bool) -> Shown:
    words = ("sender", "subject", "text", "new_text")
    same = ("id", "client_id", "channel", "said_at", "received_at", "language", "automatic")
    more = ("fully_read", "decision", "repeated", "failure")
    return {
        **{name: getattr(contact, name) for name in (*same, *more)},
        **{name: getattr(contact, name) if readable else None for name in words},
        "ticket": str(number) if number else None,
        "withheld": not readable,
        "topic": contact.topic_id,
        "subtopic": contact.subtopic_id,
        "intent": contact.intent_id,
        "attachments": [file_shown(one) for one in contact.attachments] if readable else [],
    }


def file_shown(file: Attachment) -> Shown:
    return {
        **_of_file(file),
        "href": url_for("api.files.attachment", attachment_id=file.id),
    }


def sent_file_shown(file: MessageFile) -> Shown:
    return {
        **_of_file(file),
        "href": url_for("api.files.sent", reply_id=file.message_id, file_id=file.id),
    }


def noted_file_shown(file: NoteFile) -> Shown:
    return {
        **_of_file(file),
        "href": url_for("api.files.noted", note_id=file.note_id, file_id=file.id),
    }


def _of_file(file: Attachment | MessageFile | NoteFile) -> Shown:
    same = ("id", "name", "content_type", "size", "sha256")
    return {name: getattr(file, name) for name in same}


def note_shown(note: Note, readable: bool) -> Shown:
    return {
        **{name: getattr(note, name) for name in ("id", "at", "by_id")},
        "text": note.text if readable else None,
        "files": [noted_file_shown(one) for one in note.files] if readable else [],
    }


def reply_shown(message: Message, readable: bool) -> Shown:
    waits = message.state == Sending.WAITING
    same = ("id", "kind", "state", "by_id", "language", "written_at", "sent_at")
    return {
        **{name: getattr(message, name) for name in same},
        "recipient": message.recipient if readable else None,
        "subject": message.subject if readable else None,
        "text": routing.masked(message.text) if readable else None,
        "leaves_at": message.not_before if waits else None,
        "files": [sent_file_shown(one) for one in message.files] if readable else [],
    }


def client_shown(client: Client) -> Shown:
    same = ("id", "version", "name", "language", "spoken_language", "representative", "remark")
    return {
        **{name: getattr(client, name) for name in same},
        "href": url_for("api.clients.show", client_id=client.id),
        "addresses": [
            {"id": one.id, "value": one.address, "known": one.level == "known"}
            for one in client.addresses
        ],
        "numbers": [
            {"id": one.id, "value": one.shown, "known": one.level == "known"}
            for one in client.numbers
        ],
        "identifiers": [{"kind": one.kind, "value": one.masked} for one in client.identifiers],
        "created_at": client.created_at,
        "merged_into": client.merged_into_id,
    }


def moment_of(value: datetime | None) -> str | None:
    return value.isoformat() if value else None
