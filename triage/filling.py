"""Templates as they would stand in an answer: in the client's language, filled for the ticket.

What could not be filled stays in its braces and holds the answer back.
"""

from dataclasses import dataclass
from datetime import date, datetime

from flask import current_app

from models.base import now
from models.calendar import business_day
from models.reply_template import Offer, ReplyTemplate, TemplateKind
from models.ticket import Ticket
from models.topic import Topic
from models.user import User
from triage import placeholders


@dataclass(frozen=True)
class Filled:
    """A template as it would stand in this answer."""

    offer: Offer
    text: str
    open_fields: list[str]

    @property
    def template(self) -> ReplyTemplate:
        return self.offer.template


def offered(ticket: Ticket, user: User, language: str, kind: TemplateKind) -> list[Filled]:
    """The templates that suit this ticket, the nearest first, each filled."""
    topic = ticket.subtopic_id or ticket.topic_id
    offers = ReplyTemplate.offered(topic, ticket.team_id, kind, language)
    return [filled(offer, ticket, user) for offer in offers]


def filled(offer: Offer, ticket: Ticket, user: User) -> Filled:
    facts = facts_of(ticket, user, offer.language, now())
    text = placeholders.answered(offer.text, facts, offer.language)
    return Filled(offer, text, placeholders.unfilled(text))


def facts_of(ticket: Ticket, user: User, language: str, at: datetime) -> placeholders.Facts:
    """What is known of a ticket's matter; a day that has passed promises nothing."""
    topic = Topic.named(ticket.topic_id)
    return placeholders.Facts(
        name=ticket.client.name if ticket.client else "",
        number=ticket.number,
        topic=topic.name(language) if topic else "",
        deadline=_to_come(ticket.deadline_on, at),
        promise=_to_come(business_day(ticket.due_at), at) if ticket.due_at else None,
        agent=user.name,
        team=ticket.team.name(language) if ticket.team else "",
        house=current_app.extensions["settings"].triage_name,
    )


def _to_come(day: date | None, at: datetime) -> date | None:
    return day if day is not None and day >= business_day(at) else None
