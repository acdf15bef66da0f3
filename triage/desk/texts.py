"""What an agent can put into an answer: templates in the client's language, filled for the ticket.

Nothing is sent here; what could not be filled stays in its braces and holds the answer back.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import current_app, request
from flask_babel import gettext as _

from models.base import now
from models.calendar import business_day
from models.measure import MeasureVersion
from models.reply_template import Offer, ReplyTemplate, ReplyTemplateVersion, TemplateKind
from models.ticket import Ticket
from models.topic import Topic
from models.user import User
from triage import placeholders
from triage.desk.tickets import pages

KEYS = "123456789"


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
        deadline=to_come(ticket.deadline_on, at),
        promise=to_come(business_day(ticket.due_at), at) if ticket.due_at else None,
        agent=user.name,
        team=ticket.team.name(language) if ticket.team else "",
        house=current_app.extensions["settings"].triage_name,
    )


def to_come(day: date | None, at: datetime) -> date | None:
    return day if day is not None and day >= business_day(at) else None


class NotFilled(Exception):
    """Something in braces is left in a text; it says what."""


def to_be_filled(text: str) -> None:
    """Raises `NotFilled` while a text cannot leave yet."""
    left = placeholders.unfilled(text)
    if left:
        raise NotFilled(_("Fill this in first, or take it out: %(fields)s", fields=" ".join(left)))


def versions_used() -> tuple[int | None, int | None]:
    """Which version of a template and which of an approved answer stand in the text, by the form.

    Anybody may write any number there: one that does not exist is left out.
    """
    template = ReplyTemplateVersion.named(request.form.get("template_version", 0, type=int))
    answer = MeasureVersion.named(request.form.get("answer_version", 0, type=int))
    return template.id if template else None, answer.id if answer else None


@pages.context_processor
def what_can_be_inserted() -> dict[str, Any]:
    return {
        "templates_for": lambda ticket, user, language: offered(
            ticket, user, language, TemplateKind.REPLY
        ),
        "redirects_for": lambda ticket, user, language: offered(
            ticket, user, language, TemplateKind.REDIRECT
        ),
        "ANSWER_FIELDS": placeholders.ANSWER_FIELDS,
    }
