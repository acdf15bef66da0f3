"""How soon a person answered what came in writing, in working hours and beside what was promised.

Automatic mail is no answer. Opening hours and promises are read once for each count.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Float, Result, Select, any_, case, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT

from models import business_time, calendar
from models.base import db, read_once
from models.business_time import Open, Week
from models.intake import Channel
from models.kpi_kinds import EVERYTHING, Cut, Span, cut_to
from models.service_level import USUAL_DAYS, OpeningHours, ServiceLevel
from models.ticket import Ticket
from models.topic import Topic

AT_ONCE = 5_000


def in_time(span: Span) -> Select[Any]:
    """Of the first answers, those within what we promise from the moment the ticket was opened."""
    promises = read_once("promises", Promises)
    kept = [
        row.item
        for row in _one_by_one(span, EVERYTHING)
        if row.first_answer_at <= promises.of(row.opened_at, row.team_id, row.topic_id)
    ]
    found = Ticket.id == any_(cast(literal(kept, ARRAY(BIGINT)), ARRAY(BIGINT)))
    return _columns(case((found, 1.0), else_=0.0), span)


def hours(span: Span) -> Select[Any]:
    """The first answers; what they took says `taken`."""
    return _columns(literal(0.0), span)


def taken(span: Span, cut: Cut) -> list[float]:
    """Working hours from the client's first word to the first answer, of each ticket."""
    promises = read_once("promises", Promises)
    return [
        promises.worked(row.opened_at, row.first_answer_at, row.team_id)
        for row in _one_by_one(span, cut)
    ]


class Promises:
    """What we promise and when we work, as the house has set it now."""

    def __init__(self) -> None:
        self._levels = ServiceLevel.most_exact_first()
        self._days = {topic.id: topic.answer_days for topic in Topic.everything().values()}
        self._weeks: dict[int | None, Week] = {}
        self._open: dict[int | None, Open] = {}

    def of(self, opened_at: datetime, team_id: int | None, topic_id: str | None) -> datetime:
        """By when somebody who came at `opened_at` is answered, as `service_level.promise` says."""
        for level in self._levels:
            if level.topic_id in (None, topic_id) and level.team_id in (None, team_id):
                length = timedelta(minutes=level.answer_minutes)
                return business_time.after(opened_at, length, self._week(team_id))
        return calendar.due_after(opened_at, self._days.get(topic_id or "", USUAL_DAYS))

    def worked(self, start: datetime, end: datetime, team_id: int | None) -> float:
        """Hours in which the team was at work between the two."""
        known = self._open.setdefault(team_id, {})
        time = business_time.worked(start, end, self._week(team_id), known)
        return time.total_seconds() / 3600

    def _week(self, team_id: int | None) -> Week:
        if team_id not in self._weeks:
            self._weeks[team_id] = OpeningHours.week_of(team_id)
        return self._weeks[team_id]


def _columns(part: Any, span: Span) -> Select[Any]:
    return select(
        Ticket.id.label("item"),
        Ticket.channel.label("channel"),
        func.coalesce(Ticket.topic_id, "").label("topic"),
        func.coalesce(Ticket.team_id, 0).label("team"),
        func.coalesce(Ticket.language, "").label("language"),
        cast(part, Float).label("part"),
        literal(1.0).label("whole"),
    ).where(
        Ticket.channel != Channel.PHONE.value,
        Ticket.first_answer_at >= span.start,
        Ticket.first_answer_at < span.end,
        Ticket.merged_into_id.is_(None),
    )


def _one_by_one(span: Span, cut: Cut) -> Result[Any]:
    """A year of them is many: never all in memory."""
    more = (Ticket.opened_at, Ticket.first_answer_at, Ticket.team_id, Ticket.topic_id)
    facts = _columns(literal(0.0), span).add_columns(*more).subquery()
    times = facts.c.item, facts.c.opened_at, facts.c.first_answer_at
    answered = cut_to(select(*times, facts.c.team_id, facts.c.topic_id), facts, cut)
    return db.session.execute(answered, execution_options={"yield_per": AT_ONCE})
