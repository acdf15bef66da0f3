"""The numbers of the dashboard. Each can be opened down to its contacts or tickets."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from sqlalchemy import Date, cast, func, select

from models import calendar
from models.base import db
from models.contact import Contact
from models.kpi_contacts import failure
from models.kpi_kinds import Span
from models.kpi_registry import KPIS
from models.ticket import Ticket
from models.topic import Intent


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
    """The figures of `day`, by the rules of the registry; what waits is counted at `at`."""
    on, standing = Span.of(day, day, at), _now(at)
    return Today(
        contacts=int(_sums("inflow", on)[0]),
        tickets=int(_sums("opened", on)[0]),
        answered=int(_sums("answered", on)[0]),
        closed=int(_sums("closed", on)[0]),
        waiting=int(_sums("backlog", standing)[0]),
        overdue=int(_sums("overdue", standing)[0]),
        oldest_at=db.session.scalar(select(func.min(Ticket.last_contact_at)).where(Ticket.waits())),
        repeat_share=_share(*_sums("repeats", on)),
        failure_share=_share(*_sums("failures", on)),
        automatic_share=_share(*_sums("automatic", on)),
        corrected_share=_share(*_sums("corrected", on)),
        other_share=_share(*_sums("other", on)),
    )


def _now(at: datetime) -> Span:
    day = calendar.business_day(at)
    return Span.of(day, day, at)


def _sums(code: str, span: Span) -> tuple[float, float]:
    facts = KPIS[code].facts(span).subquery()
    row = db.session.execute(select(func.sum(facts.c.part), func.sum(facts.c.whole))).one()
    return float(row[0] or 0), float(row[1] or 0)


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True)
class Flow:
    """What came in between two instants."""

    contacts: int
    repeats: int
    with_topic: int
    failures: int
    """Of those with a topic."""

    @property
    def repeat_share(self) -> float | None:
        return _share(self.repeats, self.contacts)

    @property
    def failure_share(self) -> float | None:
        return _share(self.failures, self.with_topic)


def flow(start: datetime, end: datetime) -> Flow:
    row = db.session.execute(
        select(
            func.count(),
            func.count().filter(Contact.repeated),
            func.count().filter(Contact.topic_id.is_not(None)),
            func.count().filter(Contact.topic_id.is_not(None), failure()),
        )
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
            failures = [seen.failure_share for seen in flows if seen.failure_share is not None]
            return Usual(
                contacts=median(seen.contacts for seen in flows),
                repeat_share=median(seen.repeats / seen.contacts for seen in flows),
                failure_share=median(failures) if failures else 0.0,
                days=len(flows),
                same_weekday=days is weekdays,
            )
    return None


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
