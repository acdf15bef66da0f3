"""What hangs on a topic: counted before it is changed, so that nobody is surprised."""

from typing import NamedTuple

from sqlalchemy import ARRAY, ColumnElement, Text, cast, func, or_, select

from models.base import db
from models.contact import Contact
from models.info_page import InfoPage
from models.lesson import Lesson
from models.macro import Macro
from models.measure import Measure
from models.notice_text import NoticeText
from models.problem import Problem, ProblemState
from models.reply_template import ReplyTemplate
from models.saved_view import SavedView
from models.service_level import ServiceLevel
from models.team import Membership
from models.ticket import Status, Ticket
from models.topic import Intent, Topic
from models.web_form import WebForm


class Touched(NamedTuple):
    """Counts of what a change of one topic would touch, its sub-topics included."""

    parts: int
    open_tickets: int
    restricted_sight: int
    """Open tickets that are not in the topic's own team: a lock hides them from where they lie."""
    views: int
    skills: int
    """Memberships in which somebody takes this topic by name."""
    promises: int
    measures: int
    problems: int
    templates: int
    macros: int
    forms: int
    pages: int
    notices: int
    examples: int
    contacts: int
    """Ever; what they count for keeps the topic's id."""


def touched(topic: Topic) -> Touched:
    ids = [topic.id, *db.session.scalars(select(Topic.id).where(Topic.parent_id == topic.id))]
    tickets = open_tickets_of(topic)
    elsewhere = Ticket.team_id.is_distinct_from(topic.team_id)
    return Touched(
        parts=len(ids) - 1,
        open_tickets=_count(tickets),
        restricted_sight=_count(tickets & elsewhere),
        views=_count(SavedView.removed_at.is_(None) & view_names(ids)),
        skills=_count(Membership.until.is_(None) & Membership.topics.overlap(ids)),
        promises=_count(ServiceLevel.topic_id.in_(ids)),
        measures=_count(Measure.topic_id.in_(ids) & Measure.retired_at.is_(None)),
        problems=_count(
            Problem.topic_id.in_(ids)
            & Problem.state.not_in([ProblemState.NOT_A_PROBLEM.value, ProblemState.ARCHIVED.value])
        ),
        templates=_count(ReplyTemplate.topic_id.in_(ids) & ReplyTemplate.retired_at.is_(None)),
        macros=_count(Macro.topic_id.in_(ids) & Macro.retired_at.is_(None)),
        forms=_count(WebForm.topic_id.in_(ids) & WebForm.closed_at.is_(None)),
        pages=_count(InfoPage.topic_id.in_(ids) & InfoPage.archived_at.is_(None)),
        notices=_count(NoticeText.topic_id.in_(ids)),
        examples=_count(or_(Lesson.topic_id.in_(ids), Lesson.subtopic_id.in_(ids))),
        contacts=_count(or_(Contact.topic_id.in_(ids), Contact.subtopic_id.in_(ids))),
    )


def open_tickets_of(topic: Topic) -> ColumnElement[bool]:
    """The condition under which a ticket is open and about this topic, or this part of one."""
    column = Ticket.subtopic_id if topic.parent_id else Ticket.topic_id
    return (
        (column == topic.id)
        & (Ticket.status != Status.CLOSED.value)
        & Ticket.merged_into_id.is_(None)
    )


def view_names(ids: list[str]) -> ColumnElement[bool]:
    """The condition under which a saved view asks for one of these topics."""
    return SavedView.query["topic"].op("?|")(cast(ids, ARRAY(Text)))


class IntentTouched(NamedTuple):
    """What an intent counts for."""

    open_tickets: int
    contacts: int
    forms: int
    examples: int


def intent_touched(intent: Intent) -> IntentTouched:
    return IntentTouched(
        open_tickets=_count(
            (Ticket.intent_id == intent.id) & (Ticket.status != Status.CLOSED.value)
        ),
        contacts=_count(Contact.intent_id == intent.id),
        forms=_count(WebForm.intent_id == intent.id),
        examples=_count(Lesson.intent_id == intent.id),
    )


def _count(condition: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).where(condition)) or 0
