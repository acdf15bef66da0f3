"""A contact that is about two matters: the second becomes a ticket of its own, linked to the first.

The contact stays where it is; the new ticket has its words as a note, for a team that may not see
the other.
"""

from datetime import datetime

from models import calendar
from models.base import db
from models.contact import Contact
from models.event import record
from models.prediction import Decision
from models.ticket import Ticket
from models.topic import Topic
from models.user import User

SECOND = "second_matter"
"""Why the two tickets are linked."""


class NotToBeSplit(Exception):
    """What was said under a restricted topic stays with its team; a matter is split off once."""


def split_off(ticket: Ticket, contact: Contact, topic: Topic, *, by: User, at: datetime) -> Ticket:
    """A ticket for the second matter of `contact`; raises `NotToBeSplit`."""
    said_under = [ticket.topic, Topic.named(contact.topic_id)]
    private = any(found is not None and found.restricted for found in said_under)
    known = [other for other in ticket.linked() if other.topic_id == topic.id]
    if private or contact.ticket_id != ticket.id or topic.id == ticket.topic_id or known:
        raise NotToBeSplit(ticket.number)
    own = Ticket(
        client_id=ticket.client_id,
        subject=ticket.subject,
        preview=contact.first_line,
        channel=contact.channel,
        language=contact.language,
        topic_id=topic.id,
        intent_id=contact.intent_id,
        decision=Decision.HUMAN.value,
        needs_choice=False,
        team_id=topic.team_id,
        opened_at=at,
        last_contact_at=contact.said_at,
        due_at=calendar.due_after(contact.received_at, topic.answer_days),
    )
    db.session.add(own)
    db.session.flush()
    record("ticket.opened", by=by, at=at, ticket_id=own.id, client_id=own.client_id, rule=SECOND)
    own.note(f"#{ticket.number}\n\n{contact.new_text or contact.text}", by=by, at=at)
    own.link(ticket, SECOND)
    record(
        "ticket.second_matter",
        by=by,
        at=at,
        ticket_id=ticket.id,
        contact_id=contact.id,
        topic=topic.id,
        number=own.number,
    )
    return own
