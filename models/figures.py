"""The numbers of the dashboard. Each can be opened down to its contacts or tickets."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import Date, Integer, Select, case, cast, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, joinedload, mapped_column

from models import calendar, policy
from models.base import Base, db
from models.contact import Contact
from models.prediction import Correction, Decision, Prediction
from models.team import Team
from models.ticket import Status, Ticket
from models.topic import Intent
from models.user import User

_LONGEST_AGE = 60
"""Days beyond which an age is no longer counted exactly: all of it is in the last bucket."""

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
        topic = func.coalesce(Contact.topic_id, "")
        language = func.coalesce(Contact.language, "")
        rows = db.session.execute(
            select(
                Contact.channel,
                topic,
                language,
                func.count(),
                func.sum(cast(_failure(), Integer)),
            )
            .outerjoin(Intent, Intent.id == Contact.intent_id)
            .where(Contact.counted(start, end))
            .group_by(Contact.channel, topic, language)
        ).all()
        db.session.execute(delete(cls).where(cls.day == day))
        for channel, topic_id, spoken, contacts, failures in rows:
            values = {"contacts": contacts, "failures": failures or 0}
            db.session.execute(
                insert(cls)
                .values(day=day, channel=channel, topic_id=topic_id, language=spoken, **values)
                .on_conflict_do_update(
                    index_elements=["day", "channel", "topic_id", "language"], set_=values
                )
            )

    @classmethod
    def totals(cls, days: list[date]) -> dict[date, int]:
        """Contacts of each of these days, over all channels, topics and languages."""
        rows = db.session.execute(
            select(cls.day, func.sum(cls.contacts)).where(cls.day.in_(days)).group_by(cls.day)
        )
        return {row[0]: int(row[1]) for row in rows}

    @classmethod
    def first_day(cls) -> date | None:
        """Since when there is anything to compare with."""
        return db.session.scalar(select(func.min(cls.day)))


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
        .where(Contact.counted(start, end))
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
        ).where(Ticket.waits())
    ).one()
    predicted, automatic = db.session.execute(
        select(
            func.count(),
            func.count().filter(Prediction.decision == Decision.AUTO.value),
        )
        .select_from(Prediction)
        .join(Contact, Contact.id == Prediction.contact_id)
        .where(Contact.counted(start, end))
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


@dataclass(frozen=True)
class Flow:
    """What came in between two instants."""

    contacts: int
    repeats: int
    failures: int

    @property
    def repeat_share(self) -> float | None:
        return _share(self.repeats, self.contacts)

    @property
    def failure_share(self) -> float | None:
        return _share(self.failures, self.contacts)


def flow(start: datetime, end: datetime) -> Flow:
    row = db.session.execute(
        select(func.count(), func.count().filter(Contact.repeated), func.count().filter(_failure()))
        .select_from(Contact)
        .outerjoin(Intent, Intent.id == Contact.intent_id)
        .where(Contact.counted(start, end))
    ).one()
    return Flow(*row)


@dataclass(frozen=True)
class Usual:
    """The median of earlier days up to the same time of day."""

    contacts: float
    repeat_share: float
    failure_share: float
    days: int
    same_weekday: bool


def usual(day: date, at: datetime) -> Usual | None:
    """What the last four equal weekdays, else the last working days, had come to by this time.

    None where no earlier day has any contact.
    """
    start = calendar.start_of(day)
    passed = min(at, calendar.start_of(day + timedelta(days=1))) - start
    weekdays = [day - timedelta(weeks=weeks) for weeks in range(1, 5)]
    working = [calendar.working_day_before(day, count) for count in range(1, 5)]
    for days in (weekdays, working):
        flows = [flow(begin, begin + passed) for begin in map(calendar.start_of, days)]
        flows = [seen for seen in flows if seen.contacts]
        if flows:
            return Usual(
                contacts=median(seen.contacts for seen in flows),
                repeat_share=median(seen.repeats / seen.contacts for seen in flows),
                failure_share=median(seen.failures / seen.contacts for seen in flows),
                days=len(flows),
                same_weekday=days is weekdays,
            )
    return None


def oldest_due() -> datetime | None:
    """The promise of an answer that is the longest ago, or comes next."""
    return db.session.scalar(select(func.min(Ticket.due_at)).where(Ticket.waits()))


@dataclass(frozen=True)
class ContactFilter:
    """The contacts behind a figure of one day; '' is a topic or language that is not known."""

    start: datetime
    end: datetime
    topic_id: str | None = None
    channel: str | None = None
    language: str | None = None
    about: str | None = None
    """repeated, failure, automatic, corrected or read"""

    def contacts(self) -> Select[Contact]:
        chosen = (
            select(Contact)
            .outerjoin(Intent, Intent.id == Contact.intent_id)
            .where(Contact.counted(self.start, self.end))
        )
        for column, value in (
            (Contact.topic_id, self.topic_id),
            (Contact.channel, self.channel),
            (Contact.language, self.language),
        ):
            if value is not None:
                chosen = chosen.where(func.coalesce(column, "") == value)
        if self.about is not None:
            chosen = chosen.where(self._about())
        return chosen

    def visible_to(self, user: User) -> Select[Contact]:
        """Those that `user` may read, the newest first."""
        return (
            self.contacts()
            .join(Ticket, Ticket.id == Contact.ticket_id)
            .where(policy.sees_ticket(user, Ticket))
            .options(joinedload(Contact.client))
            .order_by(Contact.said_at.desc(), Contact.id.desc())
        )

    def count(self) -> int:
        counted = self.contacts().with_only_columns(func.count())
        return db.session.scalar(counted) or 0

    def _about(self) -> Any:
        predicted = select(Prediction.id).where(
            Prediction.contact_id == Contact.id,
            Prediction.decision == Decision.AUTO.value,
        )
        corrected = select(Correction.id).where(
            Correction.contact_id == Contact.id, Correction.changed
        )
        return {
            "repeated": Contact.repeated,
            "failure": _failure(),
            "automatic": predicted.exists(),
            "corrected": corrected.exists(),
            "read": Contact.topic_id.is_not(None),
        }[self.about or ""]


FIGURES = ("waiting", "overdue", "opened", "answered", "closed")


def tickets_behind(figure: str, day: date, at: datetime) -> Select[Ticket]:
    """The tickets that a figure of the dashboard counts, the most pressing or newest first."""
    start, end = calendar.bounds(day)
    waiting = Ticket.waits()
    conditions = {
        "waiting": waiting,
        "overdue": waiting & (Ticket.due_at < at),
        "opened": (Ticket.opened_at >= start) & (Ticket.opened_at < end),
        "answered": (Ticket.first_answer_at >= start) & (Ticket.first_answer_at < end),
        "closed": (Ticket.closed_at >= start) & (Ticket.closed_at < end),
    }
    return (
        select(Ticket)
        .where(conditions[figure])
        .order_by(Ticket.due_at.asc().nulls_last(), Ticket.id)
    )


def waiting_since(first: int, last: int | None, day: date) -> Select[Ticket]:
    """The waiting tickets whose age in working days is from `first` to `last`, the oldest first."""
    age = {
        opened_on: _working_days(opened_on, day)
        for opened_on in (day - timedelta(days=step) for step in range(_LONGEST_AGE + 1))
    }
    chosen = select(Ticket).where(Ticket.waits())
    young = [opened_on for opened_on, days in age.items() if days >= first]
    if young:
        chosen = chosen.where(Ticket.opened_at < calendar.start_of(max(young) + timedelta(days=1)))
    if last is not None:
        old = [opened_on for opened_on, days in age.items() if days <= last]
        chosen = chosen.where(Ticket.opened_at >= calendar.start_of(min(old)))
    return chosen.order_by(Ticket.opened_at, Ticket.id)


def seen_by(user: User, tickets: Select[Ticket]) -> Select[Ticket]:
    """Of `tickets`, those that `user` may see."""
    return tickets.where(policy.sees_ticket(user, Ticket)).options(
        joinedload(Ticket.client), joinedload(Ticket.team)
    )


def how_many(tickets: Select[Ticket]) -> int:
    counted = tickets.order_by(None).with_only_columns(func.count())
    return db.session.scalar(counted) or 0


def by_topic_and_channel(start: datetime, end: datetime) -> list[tuple[str, str, int]]:
    """(topic id or '', channel, contacts) of the contacts said in between."""
    about = func.coalesce(Contact.topic_id, "")
    rows = db.session.execute(
        select(about, Contact.channel, func.count())
        .where(Contact.counted(start, end))
        .group_by(about, Contact.channel)
    )
    return [(topic, channel, count) for topic, channel, count in rows]


def by_language(start: datetime, end: datetime) -> dict[str, int]:
    spoken = func.coalesce(Contact.language, "")
    rows = db.session.execute(
        select(spoken.label("language"), func.count().label("contacts"))
        .where(Contact.counted(start, end))
        .group_by(spoken)
    )
    return {row.language: row.contacts for row in rows}


def by_day(first: date, last: date) -> dict[date, dict[str, int]]:
    """Contacts per business day and channel."""
    day = cast(func.timezone("Europe/Brussels", Contact.said_at), Date)
    rows = db.session.execute(
        select(day, Contact.channel, func.count())
        .where(
            Contact.counted(calendar.start_of(first), calendar.start_of(last + timedelta(days=1)))
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
            Contact.counted(start, end)
        )
    ).one()
    return said, routed


def backlog_ages(day: date) -> list[tuple[tuple[int, int | None], int]]:
    """Open tickets by age in working days, in the buckets of `AGES`."""
    on = cast(func.timezone("Europe/Brussels", Ticket.opened_at), Date)
    opened = db.session.execute(select(on, func.count()).where(Ticket.waits()).group_by(on)).all()
    counts = dict.fromkeys(AGES, 0)
    for opened_on, count in opened:
        age = _working_days(opened_on, day)
        bucket = next(b for b in AGES if b[1] is None or age <= b[1])
        counts[bucket] += count
    return list(counts.items())


def _working_days(first: date, last: date) -> int:
    days, count = (last - first).days, 0
    for step in range(1, min(days, _LONGEST_AGE) + 1):
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
        .where(Ticket.status != Status.CLOSED.value, Ticket.merged_into_id.is_(None))
        .group_by(team, Ticket.status)
    )
    return [(row[0], row[1], row[2]) for row in rows]
