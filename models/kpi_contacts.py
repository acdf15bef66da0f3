"""The figures that count what clients said: inflow, coming back, failure demand, the classifier."""

from typing import Any

from sqlalchemy import ColumnElement, Float, Select, case, cast, func, literal, or_, select

from models.contact import Contact
from models.kpi_kinds import Span
from models.prediction import Correction, Decision, Prediction
from models.ticket import Ticket
from models.topic import Intent

OTHER = "other"


def inflow(span: Span) -> Select[Any]:
    """Every contact of the time; a burst of one sender once."""
    return _contacts(span, literal(1.0), literal(0.0))


def repeats(span: Span) -> Select[Any]:
    """Of all contacts, those whose client had come about the same topic shortly before."""
    return _contacts(span, _one(Contact.repeated.is_(True)))


def failures(span: Span) -> Select[Any]:
    """Of what has a topic, what a failure of ours has caused."""
    return _contacts(span, _one(failure())).where(Contact.topic_id.is_not(None))


def failure() -> ColumnElement[bool]:
    """`Contact.failure`, for queries that have joined `Intent`."""
    again = or_(Contact.repeated, Contact.supplied_again)
    return case((again, True), else_=func.coalesce(Intent.failure, False))


def others(span: Span) -> Select[Any]:
    """Of what has a topic, what fits none."""
    return _contacts(span, _one(Contact.topic_id == OTHER)).where(Contact.topic_id.is_not(None))


def automatic(span: Span) -> Select[Any]:
    """Of what the classifier read, what it was sure enough of to route by itself."""
    return _contacts(span, _one(_said() == Decision.AUTO.value)).where(_said().is_not(None))


def abstained(span: Span) -> Select[Any]:
    """Of what the classifier read, what it left wholly to a person."""
    return _contacts(span, _one(_said() == Decision.HUMAN.value)).where(_said().is_not(None))


def corrected(span: Span) -> Select[Any]:
    """Of the contacts on which somebody's last word was said, those where it changed the topic."""
    return (
        _columns(_one(Correction.changed.is_(True)), literal(1.0))
        .join(Correction, Correction.contact_id == Contact.id)
        .where(Correction.at >= span.start, Correction.at < span.end, ~_said_later())
    )


def _contacts(
    span: Span, part: ColumnElement[float], whole: ColumnElement[float] | None = None
) -> Select[Any]:
    counted = Contact.counted(span.start, span.end)
    return _columns(part, literal(1.0) if whole is None else whole).where(counted)


def _columns(part: ColumnElement[float], whole: ColumnElement[float]) -> Select[Any]:
    return (
        select(
            Contact.id.label("item"),
            Contact.channel.label("channel"),
            func.coalesce(Contact.topic_id, "").label("topic"),
            func.coalesce(Ticket.team_id, 0).label("team"),
            func.coalesce(Contact.language, "").label("language"),
            cast(part, Float).label("part"),
            cast(whole, Float).label("whole"),
        )
        .select_from(Contact)
        .outerjoin(Ticket, Ticket.id == Contact.ticket_id)
        .outerjoin(Intent, Intent.id == Contact.intent_id)
    )


def _one(condition: ColumnElement[bool]) -> ColumnElement[float]:
    return case((condition, 1.0), else_=0.0)


def _said() -> ColumnElement[str]:
    """What the classifier decided last."""
    return (
        select(Prediction.decision)
        .where(Prediction.contact_id == Contact.id)
        .order_by(Prediction.id.desc())
        .limit(1)
        .correlate(Contact)
        .scalar_subquery()
    )


def _said_later() -> ColumnElement[bool]:
    later = Correction.__table__.alias("later")
    return (
        select(literal(1))
        .select_from(later)
        .where(later.c.contact_id == Correction.contact_id, later.c.id > Correction.id)
        .correlate(Correction)
        .exists()
    )
