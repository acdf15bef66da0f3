"""The figures of the telephone: how calls were answered, how long they took, calls we owe."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Float, Select, and_, case, cast, func, literal, select

from models import calendar
from models.call import IN_TIME, NOT_FOR_US, TOO_SHORT, Call, CallState
from models.callback import Callback, CallbackState, Outcome
from models.callback_figures import UNCOUNTED
from models.callback_states import CONTENTMENT
from models.contact import Contact
from models.intake import Channel
from models.kpi_kinds import Span
from models.ticket import Ticket
from models.wrap_up import WrapUp

SPOKEN = (*(one.value for one in CONTENTMENT), Outcome.SETTLED.value, Outcome.MORE_TO_DO.value)
"""What came of a call-back by which somebody was reached."""


def in_time(span: Span) -> Select[Any]:
    """Of the calls offered, those answered in time."""
    return _offered(span, and_(Call.answered_at.is_not(None), _waited() <= IN_TIME))


def abandoned(span: Span) -> Select[Any]:
    """Of the calls offered, those that were given up."""
    return _offered(span, Call.answered_at.is_(None))


def handling(span: Span) -> Select[Any]:
    """Minutes of talking and of the work after it, of each call of a client answered and over."""
    talked = func.coalesce(
        cast(Call.talked_for, Float),
        func.extract("epoch", Call.ended_at - Call.answered_at),
    )
    done_at = func.least(WrapUp.finished_at, WrapUp.timed_out_at)
    wrapped = (
        select(func.sum(func.extract("epoch", done_at - WrapUp.began_at)))
        .where(WrapUp.call_id == Call.id)
        .correlate(Call)
        .scalar_subquery()
    )
    minutes = (talked + func.coalesce(wrapped, 0)) / 60
    return (
        select(
            Call.id.label("item"),
            literal(Channel.PHONE.value).label("channel"),
            func.coalesce(Contact.topic_id, "").label("topic"),
            func.coalesce(Ticket.team_id, 0).label("team"),
            func.coalesce(Contact.language, "").label("language"),
            cast(minutes, Float).label("part"),
            literal(1.0).label("whole"),
        )
        .select_from(Call)
        .outerjoin(Contact, Contact.id == Call.contact_id)
        .outerjoin(Ticket, Ticket.id == Contact.ticket_id)
        .where(
            Call.direction == "in",
            Call.initialised_at >= span.start,
            Call.initialised_at < span.end,
            Call.answered_at.is_not(None),
            Call.ended_at.is_not(None),
        )
    )


def callbacks_due(span: Span) -> Select[Any]:
    """Calls that we owed at the end of the day, or owe by the end of today."""
    until = calendar.start_of(span.day + timedelta(days=1))
    state = (
        Callback.closed_at.is_(None)
        if span.live
        else and_(
            Callback.created_at < span.at,
            func.coalesce(Callback.closed_at >= span.at, True),
        )
    )
    return _callbacks(literal(1.0), literal(0.0)).where(
        state,
        Callback.state != CallbackState.PROPOSED.value,
        Callback.due_at < until,
        func.coalesce(Callback.outcome, "").not_in(_NEVER_OWED),
    )


def callbacks_kept(span: Span) -> Select[Any]:
    """Of the calls that we owed by now, those in which the client was reached in time."""
    kept = and_(
        Callback.state == CallbackState.DONE.value,
        Callback.outcome.in_(SPOKEN),
        Callback.closed_at <= Callback.due_at,
    )
    return _callbacks(case((kept, 1.0), else_=0.0), literal(1.0)).where(
        Callback.due_at >= span.start,
        Callback.due_at < span.at,
        Callback.state != CallbackState.PROPOSED.value,
        func.coalesce(Callback.outcome, "").not_in(_NEVER_OWED),
    )


_NEVER_OWED = [*UNCOUNTED, Outcome.DISMISSED.value]


def _offered(span: Span, part: ColumnElement[bool]) -> Select[Any]:
    """Incoming calls of the time but those that hung up at once, as `call.service` counts them."""
    at_once = and_(Call.answered_at.is_(None), func.coalesce(_waited() < TOO_SHORT, False))
    return select(
        Call.id.label("item"),
        literal(Channel.PHONE.value).label("channel"),
        literal("").label("topic"),
        literal(0).label("team"),
        literal("").label("language"),
        case((part, 1.0), else_=0.0).label("part"),
        literal(1.0).label("whole"),
    ).where(
        Call.direction == "in",
        Call.initialised_at >= span.start,
        Call.initialised_at < span.end,
        Call.state != CallState.RINGING.value,
        func.coalesce(Call.cause, "").not_in(NOT_FOR_US),
        ~at_once,
    )


def _waited() -> ColumnElement[Any]:
    return func.coalesce(Call.answered_at, Call.ended_at) - Call.initialised_at


def _callbacks(part: ColumnElement[float], whole: ColumnElement[float]) -> Select[Any]:
    return select(
        Callback.id.label("item"),
        literal(Channel.PHONE.value).label("channel"),
        func.coalesce(Callback.topic_id, "").label("topic"),
        func.coalesce(Callback.team_id, 0).label("team"),
        func.coalesce(Callback.language, "").label("language"),
        cast(part, Float).label("part"),
        cast(whole, Float).label("whole"),
    ).select_from(Callback)
