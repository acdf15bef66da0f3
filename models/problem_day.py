"""What each problem drew on each day, kept so that a past board can be shown as it was."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Select,
    UniqueConstraint,
    case,
    delete,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, contains_eager, joinedload, mapped_column, relationship

from models.base import Base, SafeJSON, db
from models.contact import Contact
from models.counting import spoken_for
from models.intake import Channel
from models.problem import PRESSING, Occurrence, Problem, ProblemState, private_matter
from models.ticket import Ticket

PARTS = ("languages", "channels", "topics")


@dataclass(frozen=True)
class Lately:
    """What a board shows of a problem: what came since the last held meeting.

    Without `since` it is what its calendar day drew, as boards of before were counted.
    """

    since: datetime | None
    contacts: int
    clients: int
    expected: float | None
    low: float | None
    high: float | None
    languages: dict[str, int]
    channels: dict[str, int]
    topics: dict[str, int]


class ProblemDay(Base):
    """A problem's figures of one day, kept so that a past board can be shown as it was."""

    __tablename__ = "problem_day"
    __table_args__ = (UniqueConstraint("problem_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    problem_id: Mapped[int] = mapped_column(ForeignKey("problem.id"))
    day: Mapped[date] = mapped_column(index=True)
    contacts: Mapped[int]
    clients: Mapped[int]
    expected: Mapped[float | None]
    low: Mapped[float | None]
    high: Mapped[float | None]
    trend: Mapped[str]
    score: Mapped[float] = mapped_column(default=0.0)
    """By what the board ranks."""
    languages: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    channels: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    topics: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    intents: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    teams: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    total: Mapped[int] = mapped_column(default=0)
    """All contacts of that day, about anything: the rate is counted on these."""
    total_clients: Mapped[int] = mapped_column(default=0)
    grounds: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """Of the trend: the run of days that differs most, what everything did, days of history."""
    repeats: Mapped[int] = mapped_column(default=0)
    dissatisfied: Mapped[int] = mapped_column(default=0)
    since: Mapped[datetime | None]
    """When the last meeting that was held by then had begun; what follows came after it."""
    since_contacts: Mapped[int] = mapped_column(default=0)
    since_clients: Mapped[int] = mapped_column(default=0)
    since_expected: Mapped[float | None]
    since_low: Mapped[float | None]
    since_high: Mapped[float | None]
    since_parts: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """Its languages, channels and topics."""

    problem: Mapped[Problem] = relationship()

    @classmethod
    def write(cls, problem_id: int, day: date, **values: Any) -> None:
        """The day's figures, replacing what was written earlier that day."""
        cls.write_all([{"problem_id": problem_id, "day": day, **values}])

    @classmethod
    def write_all(cls, rows: Sequence[dict[str, Any]]) -> None:
        """The figures of many problems at once; every row names the same columns."""
        if rows:
            statement = insert(cls)
            given = [name for name in rows[0] if name not in ("problem_id", "day")]
            db.session.execute(
                statement.on_conflict_do_update(
                    index_elements=["problem_id", "day"],
                    set_={name: statement.excluded[name] for name in given},
                ),
                rows,
            )

    @classmethod
    def clear(cls, day: date, keep: list[int]) -> None:
        """Forget the day's figures of problems that have no case any more."""
        db.session.execute(delete(cls).where(cls.day == day, cls.problem_id.not_in(keep)))

    @property
    def lately(self) -> Lately:
        """The figures of its card; those of the day itself are for charts and effects."""
        if self.since is None:
            return Lately(
                None,
                self.contacts,
                self.clients,
                self.expected,
                self.low,
                self.high,
                self.languages or {},
                self.channels or {},
                self.topics or {},
            )
        return Lately(
            self.since,
            self.since_contacts,
            self.since_clients,
            self.since_expected,
            self.since_low,
            self.since_high,
            *(self.since_parts.get(name, {}) for name in PARTS),
        )

    @classmethod
    def board(cls, day: date, also: Collection[int] = ()) -> Select[Self]:
        """The cards of a day, the most pressing first; without what people called no problem.

        On it stands what drew a client since the last held meeting, and the problems in `also`.
        """
        drew = case((cls.since.is_(None), cls.clients), else_=cls.since_clients)
        return (
            select(cls)
            .join(Problem)
            .options(contains_eager(cls.problem).joinedload(Problem.owner))
            .where(
                cls.day == day,
                or_(drew > 0, cls.problem_id.in_(also)),
                Problem.merged_into_id.is_(None),
                Problem.state != ProblemState.NOT_A_PROBLEM.value,
                or_(Problem.state != ProblemState.ARCHIVED.value, cls.trend.in_(PRESSING)),
            )
            .order_by(cls.score.desc(), drew.desc(), cls.problem_id)
        )

    @classmethod
    def matching(cls, day: date, thing: str, symptom: str, topic_id: str) -> Self | None:
        """The card of a day with this thing and symptom, the one of the topic first."""
        same = cls.board(day).where(Problem.thing == thing, Problem.symptom == symptom)
        of_topic = (func.coalesce(Problem.topic_id, "") == topic_id).desc()
        ranked = same.order_by(None).order_by(of_topic, cls.score.desc(), cls.problem_id)
        return db.session.scalars(ranked.limit(1)).first()

    @classmethod
    def pressing(cls, day: date) -> int:
        """How many cards of a day are new or rising."""
        pressing = cls.board(day).where(cls.trend.in_(PRESSING))
        count = pressing.order_by(None).with_only_columns(func.count())
        return db.session.scalar(count) or 0

    @classmethod
    def on(cls, problem_id: int, day: date) -> Self | None:
        return db.session.scalar(select(cls).where(cls.problem_id == problem_id, cls.day == day))

    @classmethod
    def of_problem(cls, problem_id: int) -> Select[Self]:
        """Its days with a board, the first day first."""
        return select(cls).where(cls.problem_id == problem_id).order_by(cls.day)

    @classmethod
    def history(cls, problem_ids: list[int], first: date, last: date) -> dict[int, dict[date, int]]:
        """Clients per problem and day."""
        rows = db.session.execute(
            select(cls.problem_id, cls.day, cls.clients).where(
                cls.problem_id.in_(problem_ids), cls.day >= first, cls.day <= last
            )
        )
        found: dict[int, dict[date, int]] = {problem_id: {} for problem_id in problem_ids}
        for problem_id, day, clients in rows:
            found[problem_id][day] = clients
        return found

    @classmethod
    def clients_between(cls, first: date, last: date) -> dict[int, dict[date, int]]:
        """Clients per problem and day, as they were counted, of whatever a board has shown."""
        rows = db.session.execute(
            select(cls.problem_id, cls.day, cls.clients)
            .join(Problem)
            .where(
                cls.day >= first,
                cls.day <= last,
                Problem.state != ProblemState.NOT_A_PROBLEM.value,
            )
        )
        found: dict[int, dict[date, int]] = {}
        for problem_id, day, clients in rows:
            found.setdefault(problem_id, {})[day] = clients
        return found

    @classmethod
    def days(cls) -> list[date]:
        """All days that have a board, the newest first."""
        return list(db.session.scalars(select(cls.day).distinct().order_by(cls.day.desc())))


def quotable_on(
    problem_ids: list[int],
    start: datetime,
    end: datetime,
    only: Sequence[ColumnElement[bool]] = (),
    per_language: int = 4,
) -> dict[int, list[Contact]]:
    """Some contacts of each problem whose words may be shown, a few in each language; of a contact
    must hold what `only` says.

    What clients wrote comes before what was noted of their calls, the most typical first.
    """
    rank = (
        func.row_number()
        .over(
            partition_by=(Occurrence.problem_id, Contact.language),
            order_by=(Contact.channel == Channel.PHONE.value, Occurrence.score.desc(), Contact.id),
        )
        .label("rank")
    )
    ranked = (
        select(Occurrence.problem_id, Contact.id, rank)
        .join(Contact, Contact.id == Occurrence.contact_id)
        .where(
            Occurrence.problem_id.in_(problem_ids),
            Occurrence.until.is_(None),
            Contact.said_at >= start,
            Contact.said_at < end,
            Contact.new_text != "",
            ~private_matter(),
            *only,
        )
        .subquery()
    )
    rows = db.session.execute(
        select(ranked.c.problem_id, Contact)
        .join(Contact, Contact.id == ranked.c.id)
        .options(joinedload(Contact.client).lazyload("*"))
        .where(ranked.c.rank <= per_language)
        .order_by(ranked.c.rank, Contact.id)
    )
    found: dict[int, list[Contact]] = {problem_id: [] for problem_id in problem_ids}
    for problem_id, contact in rows:
        found[problem_id].append(contact)
    return found


@dataclass(frozen=True)
class DayCount:
    """What was seen of one problem in one day, or since a meeting."""

    problem_id: int
    contacts: int = 0
    clients: int = 0
    languages: dict[str, int] = field(default_factory=dict)
    channels: dict[str, int] = field(default_factory=dict)
    topics: dict[str, int] = field(default_factory=dict)
    intents: dict[str, int] = field(default_factory=dict)
    teams: dict[str, int] = field(default_factory=dict)
    """By id; of tickets that still wait for one: none."""
    repeats: int = 0
    dissatisfied: int = 0

    @property
    def parts(self) -> dict[str, dict[str, int]]:
        return {name: getattr(self, name) for name in PARTS}


def counts_until(
    end: datetime, start: datetime, since: datetime
) -> tuple[dict[int, DayCount], dict[int, DayCount]]:
    """What each problem drew from `start` and from `since` on; clients are counted once each."""
    rows = db.session.execute(
        select(
            Occurrence.problem_id,
            Contact.id,
            func.coalesce(Contact.client_id, -Contact.id),
            Contact.language,
            Contact.channel,
            Contact.topic_id,
            Contact.repeated,
            Contact.dissatisfied,
            Contact.intent_id,
            Ticket.team_id,
            Contact.said_at,
        )
        .join(Contact, Contact.id == Occurrence.contact_id)
        .outerjoin(Ticket, Ticket.id == Contact.ticket_id)
        .where(
            Occurrence.until.is_(None), Contact.said_at >= min(start, since), Contact.said_at < end
        )
    ).all()
    others = spoken_for(row[1] for row in rows)
    return (
        _counted((row for row in rows if row[10] >= start), others),
        _counted((row for row in rows if row[10] >= since), others),
    )


def _counted(rows: Iterable[Any], others: Mapping[int, Collection[int]]) -> dict[int, DayCount]:
    grouped: dict[int, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row[0], []).append(row)
    return {
        problem_id: DayCount(
            problem_id=problem_id,
            contacts=len(members),
            clients=len({one for row in members for one in others.get(row[1], (row[2],))}),
            languages=_tally(row[3] for row in members),
            channels=_tally(row[4] for row in members),
            topics=_tally(row[5] for row in members),
            intents=_tally(row[8] for row in members),
            teams=_tally(row[9] for row in members),
            repeats=sum(1 for row in members if row[6]),
            dissatisfied=sum(1 for row in members if row[7] >= 0.5),
        )
        for problem_id, members in sorted(grouped.items())
    }


def _tally(values: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for value in values:
        if value is not None:
            counts[str(value)] = counts.get(str(value), 0) + 1
    return dict(sorted(counts.items(), key=lambda item: -item[1]))
