"""Counters that only grow, for whoever watches the machines.

Counting everything anew at each look would read the whole history. So rows are counted by their
numbers: those up to a mark are counted once, the mark moves by what is older than a day, and only
what lies above it is counted at each look. Nothing that happens later, an erasure neither, lets a
counter fall.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, extract, func, literal, or_, select, union_all

from models.automatic_mail import RECEIPT_WITHHELD
from models.base import Base, db, one_at_a_time
from models.call import Call, CallState
from models.call_log import result_of, way_of
from models.contact import Contact
from models.event import Event
from models.intake import Channel, Intake, State
from models.message import Kind, Message, Sending
from models.outbox import Outbox
from models.prediction import Correction, Decision, Prediction
from models.problem import PRESSING
from models.problem_day import ProblemDay
from models.settings import Setting
from models.team import Team
from models.ticket import Status, Ticket

SETTLES = timedelta(days=1)
"""After so long a row is taken to stay as it is."""
MANY = 100_000
"""A history of more rows than this is taken as settled at the first look, and read only then."""
HOUR = 3600
ANSWERED_WITHIN = (
    HOUR // 4,
    HOUR,
    4 * HOUR,
    8 * HOUR,
    24 * HOUR,
    48 * HOUR,
    120 * HOUR,
    240 * HOUR,
)
"""Bounds of the histogram of first answers, in seconds."""
SECONDS = "seconds"

Rows = Select[*tuple[Any, ...]]
Counts = dict[tuple[str, ...], int]


@dataclass(frozen=True)
class Total:
    """One counter: over which rows, by which labels."""

    name: str
    rows: type[Base]
    labels: tuple[str, ...]
    counted: Callable[[ColumnElement[bool]], Rows]
    """Given the condition on the rows' numbers: (label, …, count)."""


def count(total: Total, at: datetime) -> Counts:
    """What `total` has come to at `at`, by its labels."""
    key = f"total.{total.name}"
    one_at_a_time("total", total.name)
    kept = Setting.read(key, {"closed": 0, "next": None, "counts": []})
    number: Any = total.rows.__table__.c.id
    counts: Counts = {tuple(labels): many for *labels, many in kept["counts"]}
    mark = kept["next"]
    if mark is None and (many := _highest(number)) > MANY:
        mark = {"id": many, "at": (at - 2 * SETTLES).isoformat()}
    if mark is None or at - datetime.fromisoformat(mark["at"]) > SETTLES:
        if mark is not None:
            _add(counts, total, (number > kept["closed"]) & (number <= mark["id"]))
            kept["closed"] = mark["id"]
        kept["next"] = {"id": _highest(number), "at": at.isoformat()}
        kept["counts"] = [[*labels, many] for labels, many in sorted(counts.items())]
        Setting.write(key, kept)
    _add(counts, total, number > kept["closed"])
    return counts


def _highest(number: Any) -> int:
    return db.session.scalar(select(func.max(number))) or 0


def _add(counts: Counts, total: Total, those: ColumnElement[bool]) -> None:
    for *labels, many in db.session.execute(total.counted(those)).all():
        named = tuple(str(label if label is not None else "") for label in labels)
        counts[named] = counts.get(named, 0) + int(many)


# --- the counters -------------------------------------------------------------------------------


def _contacts(those: ColumnElement[bool]) -> Rows:
    cut = (Contact.channel, Contact.topic_id, Contact.language)
    return select(*cut, func.count()).where(those).group_by(*cut)


def _decisions(those: ColumnElement[bool]) -> Rows:
    outcome = case(
        (Prediction.decision == Decision.AUTO.value, "auto"),
        (Prediction.decision == Decision.HUMAN.value, "abstained"),
        else_="suggested",
    ).label("outcome")
    return (
        select(outcome, Prediction.language, func.count())
        .where(those)
        .group_by("outcome", Prediction.language)
    )


def _corrections(those: ColumnElement[bool]) -> Rows:
    return (
        select(Prediction.topic_id, Correction.topic_id, func.count())
        .join(Prediction, Prediction.id == Correction.prediction_id)
        .where(those, Correction.changed)
        .group_by(Prediction.topic_id, Correction.topic_id)
    )


def _alarms(those: ColumnElement[bool]) -> Rows:
    pressing = [trend.value for trend in PRESSING]
    return (
        select(ProblemDay.trend, func.count())
        .where(those, ProblemDay.trend.in_(pressing))
        .group_by(ProblemDay.trend)
    )


def _mail_received(those: ColumnElement[bool]) -> Rows:
    return (
        select(Intake.adapter, Intake.state, func.count())
        .where(those, Intake.channel == Channel.EMAIL.value, Intake.state != State.RECEIVED.value)
        .group_by(Intake.adapter, Intake.state)
    )


def _own_loops(those: ColumnElement[bool]) -> Rows:
    return select(literal("own_loop"), func.count()).where(
        those, Intake.channel == Channel.EMAIL.value, Intake.state == State.LOOP.value
    )


def _withheld(those: ColumnElement[bool]) -> Rows:
    reason = Event.facts["reason"].as_string().label("reason")
    return (
        select(reason, func.count()).where(those, Event.kind == RECEIPT_WITHHELD).group_by("reason")
    )


def _jobs(those: ColumnElement[bool]) -> Rows:
    status = case((Outbox.done_at.is_not(None), "done"), else_="gave_up").label("status")
    ended = or_(Outbox.done_at.is_not(None), Outbox.gave_up_at.is_not(None))
    return (
        select(Outbox.kind, status, func.count())
        .where(those, ended)
        .group_by(Outbox.kind, "status")
    )


def _outbound(those: ColumnElement[bool]) -> Rows:
    ended = [Sending.SENT.value, Sending.FAILED.value, Sending.WITHDRAWN.value]
    return (
        select(Message.kind, Message.state, func.count())
        .where(those, Message.state.in_(ended))
        .group_by(Message.kind, Message.state)
    )


def _calls(those: ColumnElement[bool]) -> Rows:
    return (
        select(way_of().label("way"), result_of().label("result"), func.count())
        .where(those, Call.state == CallState.ENDED.value)
        .group_by("way", "result")
    )


def _first_answers(those: ColumnElement[bool]) -> Rows:
    """Answers that people gave to tickets which had none: by channel and bucket, and under
    `SECONDS` what they took together."""
    earlier = Message.__table__.alias("earlier")
    is_first = ~(
        select(earlier.c.id)
        .where(
            earlier.c.ticket_id == Message.ticket_id,
            earlier.c.kind == Kind.REPLY.value,
            earlier.c.id < Message.id,
        )
        .exists()
    )
    seconds = extract("epoch", Message.written_at - Ticket.opened_at)
    bucket = case(
        *((seconds <= bound, str(bound)) for bound in ANSWERED_WITHIN), else_="+Inf"
    ).label("bucket")
    taken = func.sum(func.greatest(seconds, 0)).label("taken")
    found = (
        select(Ticket.channel, bucket, func.count().label("count"), taken)
        .join(Ticket, Ticket.id == Message.ticket_id)
        .where(those, Message.kind == Kind.REPLY.value, is_first)
        .group_by(Ticket.channel, "bucket")
        .cte("found")
    )
    counts = select(found.c.channel, found.c.bucket, found.c.count)
    sums = select(found.c.channel, literal(SECONDS), func.sum(found.c.taken))
    both = union_all(counts, sums.group_by(found.c.channel)).subquery()
    return select(*both.c)


# --- what stands at this moment ---------------------------------------------------------------


def open_tickets() -> list[tuple[str, str, int]]:
    """(team, status, tickets) of all that is not closed; without a team they wait for a topic."""
    team = func.coalesce(Team.slug, "review").label("team")
    rows = db.session.execute(
        select(team, Ticket.status, func.count())
        .outerjoin(Team, Team.id == Ticket.team_id)
        .where(Ticket.status != Status.CLOSED.value, Ticket.merged_into_id.is_(None))
        .group_by("team", Ticket.status)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def oldest_open() -> list[tuple[str, datetime]]:
    """(team, when its oldest open ticket was opened)."""
    team = func.coalesce(Team.slug, "review").label("team")
    rows = db.session.execute(
        select(team, func.min(Ticket.opened_at))
        .outerjoin(Team, Team.id == Ticket.team_id)
        .where(Ticket.status != Status.CLOSED.value, Ticket.merged_into_id.is_(None))
        .group_by("team")
    )
    return [(row[0], row[1]) for row in rows]


CONTACTS = Total("contacts", Contact, ("channel", "topic", "language"), _contacts)
DECISIONS = Total("classifier_decisions", Prediction, ("outcome", "language"), _decisions)
CORRECTIONS = Total("classifier_corrections", Correction, ("from", "to"), _corrections)
ALARMS = Total("problem_alarms", ProblemDay, ("kind",), _alarms)
MAIL_RECEIVED = Total("mail_received", Intake, ("adapter", "state"), _mail_received)
WITHHELD = Total("mail_withheld", Event, ("reason",), _withheld)
OWN_LOOPS = Total("mail_own_loops", Intake, ("reason",), _own_loops)
JOBS = Total("jobs", Outbox, ("queue", "status"), _jobs)
OUTBOUND = Total("outbound_mail", Message, ("kind", "status"), _outbound)
CALLS = Total("calls", Call, ("direction", "result"), _calls)
ANSWERS = Total("first_answer_times", Message, ("channel", "le"), _first_answers)
