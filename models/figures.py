"""The numbers of the dashboard. Each can be opened down to its contacts or tickets."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Date, Integer, case, cast, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from models import calendar
from models.base import Base, db
from models.contact import Contact
from models.prediction import Correction, Decision, Prediction
from models.team import Team
from models.ticket import Status, Ticket
from models.topic import Intent

AGES = ((0, 1), (2, 3), (4, 7), (8, 14), (15, None))
"""Buckets of a ticket's age, in working days."""


class DailyCounter(Base):
    """How many contacts came in, kept for good: it survives every erasure."""

    __tablename__ = "daily_counter"

    day: Mapped[date] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    topic_id: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    contacts: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)

    @classmethod
    def recount(cls, day: date) -> None:
        """Write the day's counters anew from its contacts."""
        start, end = calendar.bounds(day)
        rows = db.session.execute(
            select(
                Contact.channel,
                func.coalesce(Contact.topic_id, ""),
                func.coalesce(Contact.language, ""),
                func.count(),
                func.sum(cast(_failure(), Integer)),
            )
            .outerjoin(Intent, Intent.id == Contact.intent_id)
            .where(Contact.said_at >= start, Contact.said_at < end)
            .group_by(
                Contact.channel,
                func.coalesce(Contact.topic_id, ""),
                func.coalesce(Contact.language, ""),
            )
        ).all()
        for channel, topic_id, language, contacts, failures in rows:
            values = {"contacts": contacts, "failures": failures or 0}
            db.session.execute(
                insert(cls)
                .values(day=day, channel=channel, topic_id=topic_id, language=language, **values)
                .on_conflict_do_update(
                    index_elements=["day", "channel", "topic_id", "language"], set_=values
                )
            )


def _failure() -> Any:
    return case((Contact.repeated, True), else_=func.coalesce(Intent.failure, False))


@dataclass(frozen=True)
class Today:
    """The day at a glance. A share is None where nothing can be measured yet."""

    contacts: int
    tickets: int
    answered: int
    closed: int
    waiting: int
    overdue: int
    oldest_at: datetime | None
    repeat_share: float | None
    failure_share: float | None
    automatic_share: float | None
    corrected_share: float | None
    other_share: float | None


def today(day: date, at: datetime) -> Today:
    """The figures of `day`; what waits is counted at `at`."""
    start, end = calendar.bounds(day)
    contacts, repeats, failures, others = db.session.execute(
        select(
            func.count(),
            func.count().filter(Contact.repeated),
            func.count().filter(_failure()),
            func.count().filter(Contact.topic_id == "other"),
        )
        .select_from(Contact)
        .outerjoin(Intent, Intent.id == Contact.intent_id)
        .where(Contact.said_at >= start, Contact.said_at < end)
    ).one()
    opened, answered, closed = db.session.execute(
        select(
            func.count().filter(Ticket.opened_at >= start, Ticket.opened_at < end),
            func.count().filter(Ticket.first_answer_at >= start, Ticket.first_answer_at < end),
            func.count().filter(Ticket.closed_at >= start, Ticket.closed_at < end),
        ).select_from(Ticket)
    ).one()
    waiting, overdue, oldest = db.session.execute(
        select(
            func.count(),
            func.count().filter(Ticket.due_at < at),
            func.min(Ticket.last_contact_at),
        ).where(Ticket.status.in_([Status.NEW.value, Status.OPEN.value]))
    ).one()
    predicted, automatic = db.session.execute(
        select(
            func.count(),
            func.count().filter(
                Prediction.decision.in_([Decision.AUTO.value, Decision.PRESELECT.value])
            ),
        )
        .select_from(Prediction)
        .join(Contact, Contact.id == Prediction.contact_id)
        .where(Contact.said_at >= start, Contact.said_at < end)
    ).one()
    looked_at, changed = db.session.execute(
        select(func.count(), func.count().filter(Correction.changed))
        .select_from(Correction)
        .where(Correction.at >= start, Correction.at < end)
    ).one()
    return Today(
        contacts=contacts,
        tickets=opened,
        answered=answered,
        closed=closed,
        waiting=waiting,
        overdue=overdue,
        oldest_at=oldest,
        repeat_share=_share(repeats, contacts),
        failure_share=_share(failures, contacts),
        automatic_share=_share(automatic, predicted),
        corrected_share=_share(changed, looked_at),
        other_share=_share(others, contacts),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def by_topic_and_channel(start: datetime, end: datetime) -> list[tuple[str, str, int]]:
    """(topic id or '', channel, contacts) of the contacts said in between."""
    rows = db.session.execute(
        select(func.coalesce(Contact.topic_id, ""), Contact.channel, func.count())
        .where(Contact.said_at >= start, Contact.said_at < end)
        .group_by(func.coalesce(Contact.topic_id, ""), Contact.channel)
    )
    return [(topic, channel, count) for topic, channel, count in rows]


def by_language(start: datetime, end: datetime) -> dict[str, int]:
    language = func.coalesce(Contact.language, "").label("language")
    rows = db.session.execute(
        select(language, func.count().label("contacts"))
        .where(Contact.said_at >= start, Contact.said_at < end)
        .group_by(func.coalesce(Contact.language, ""))
    )
    return {row.language: row.contacts for row in rows}


def by_day(first: date, last: date) -> dict[date, dict[str, int]]:
    """Contacts per business day and channel."""
    day = cast(func.timezone("Europe/Brussels", Contact.said_at), Date)
    rows = db.session.execute(
        select(day, Contact.channel, func.count())
        .where(
            Contact.said_at >= calendar.start_of(first),
            Contact.said_at < calendar.start_of(last + timedelta(days=1)),
        )
        .group_by(day, Contact.channel)
    )
    found: dict[date, dict[str, int]] = {}
    for said_on, channel, count in rows:
        found.setdefault(said_on, {})[channel] = count
    return found


def read_between(start: datetime, end: datetime) -> tuple[int, int]:
    """(contacts said, contacts with a topic) in between: what a board has read."""
    said, routed = db.session.execute(
        select(func.count(), func.count().filter(Contact.topic_id.is_not(None))).where(
            Contact.said_at >= start, Contact.said_at < end
        )
    ).one()
    return said, routed


def backlog_ages(day: date) -> list[tuple[tuple[int, int | None], int]]:
    """Open tickets by age in working days, in the buckets of `AGES`."""
    opened = db.session.execute(
        select(cast(func.timezone("Europe/Brussels", Ticket.opened_at), Date), func.count())
        .where(Ticket.status.in_([Status.NEW.value, Status.OPEN.value]))
        .group_by(cast(func.timezone("Europe/Brussels", Ticket.opened_at), Date))
    ).all()
    counts = dict.fromkeys(AGES, 0)
    for opened_on, count in opened:
        age = _working_days(opened_on, day)
        bucket = next(b for b in AGES if b[1] is None or age <= b[1])
        counts[bucket] += count
    return list(counts.items())


def _working_days(first: date, last: date) -> int:
    days, count = (last - first).days, 0
    for step in range(1, min(days, 60) + 1):
        count += calendar.working_day(first + timedelta(days=step))
    return count


def contacts_total() -> list[tuple[str, str, str, int]]:
    """(channel, topic, language, contacts) since the beginning."""
    topic = func.coalesce(Contact.topic_id, "")
    language = func.coalesce(Contact.language, "")
    rows = db.session.execute(
        select(Contact.channel, topic, language, func.count()).group_by(
            Contact.channel, topic, language
        )
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def open_tickets() -> list[tuple[str, str, int]]:
    """(team, status, tickets) of all that is not closed."""
    team = func.coalesce(Team.slug, "review")
    rows = db.session.execute(
        select(team, Ticket.status, func.count())
        .outerjoin(Team, Team.id == Ticket.team_id)
        .where(Ticket.status != Status.CLOSED.value)
        .group_by(team, Ticket.status)
    )
    return [(row[0], row[1], row[2]) for row in rows]
