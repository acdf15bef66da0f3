"""The rows of calls and of call-backs, by named columns, as their lists have them."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    cast,
    extract,
    func,
    select,
)
from sqlalchemy.orm import aliased

from models import policy
from models.call import Call
from models.callback import Callback, CallbackAttempt
from models.client import Client, ClientNumber
from models.contact import Contact
from models.data_export_rows import called
from models.ticket import Ticket
from models.user import User


def of_calls(chosen: Select[Any], user: User) -> Select[Any]:
    agent, ticket = aliased(User), aliased(Ticket)
    answered_or_ended = func.coalesce(Call.answered_at, Call.ended_at)
    talked = func.coalesce(Call.talked_for, _seconds(Call.ended_at - Call.answered_at))
    said = and_(Contact.id == Call.contact_id, Contact.ticket_id == ticket.id)
    its_ticket = (
        select(ticket.number)
        .select_from(ticket)
        .join(Contact, said)
        .where(policy.sees_ticket(user, ticket))
        .correlate(Call)
        .scalar_subquery()
    )
    return (
        chosen.with_only_columns(
            Call.initialised_at.label("initialised_at"),
            Call.direction.label("direction"),
            Call.caller.label("caller"),
            Call.caller_e164.label("caller_e164"),
            Call.called.label("called"),
            _caller().label("client"),
            Call.queue.label("queue"),
            _seconds(answered_or_ended - Call.initialised_at).label("waited"),
            talked.label("talked"),
            Call.state.label("state"),
            Call.cause.label("cause"),
            Call.answered_at.label("answered_at"),
            Call.ended_at.label("ended_at"),
            Call.voicemail.label("voicemail"),
            agent.name.label("agent"),
            its_ticket.label("number"),
        )
        .select_from(Call)
        .outerjoin(agent, agent.id == Call.user_id)
    )


def of_callbacks(chosen: Select[Any]) -> Select[Any]:
    owner, ticket = aliased(User), aliased(Ticket)
    tries = (
        select(func.count())
        .where(CallbackAttempt.callback_id == Callback.id)
        .correlate(Callback)
        .scalar_subquery()
    )
    return (
        chosen.with_only_columns(
            called().label("client"),
            func.coalesce(Callback.e164, Callback.raw_number).label("phone"),
            Callback.language.label("language"),
            Callback.topic_id.label("topic"),
            Callback.reason.label("reason"),
            Callback.priority.label("priority"),
            Callback.asked.label("asked"),
            tries.label("tries"),
            Callback.due_at.label("due_at"),
            Callback.window_from.label("window_from"),
            Callback.window_to.label("window_to"),
            Callback.state.label("state"),
            owner.name.label("owner"),
            Callback.team_id.label("team"),
            ticket.number.label("number"),
            Callback.created_at.label("created_at"),
            Callback.closed_at.label("closed_at"),
            Callback.outcome.label("outcome"),
        )
        .select_from(Callback)
        .outerjoin(Client, Client.id == Callback.client_id)
        .outerjoin(owner, owner.id == Callback.owner_id)
        .outerjoin(ticket, ticket.id == Callback.ticket_id)
    )


def _seconds(time: Any) -> ColumnElement[Any]:
    """Whole ones: a spreadsheet adds up numbers, and no decimals of a database."""
    return cast(func.floor(extract("epoch", time)), BigInteger)


def _caller() -> ScalarSelect[Any]:
    """The likeliest client behind the number of a call."""
    return (
        select(called())
        .join(ClientNumber, ClientNumber.client_id == Client.id)
        .where(ClientNumber.e164 == Call.caller_e164, Client.merged_into_id.is_(None))
        .order_by(ClientNumber.level, Client.id)
        .limit(1)
        .correlate(Call)
        .scalar_subquery()
    )
