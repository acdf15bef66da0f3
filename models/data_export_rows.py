"""What stands in each kind of table: the rows that somebody may see, by named columns.

Each takes a list as its page has it and keeps its conditions and its order. National numbers are
in none; words about somebody's health are left empty for whom they are closed. Calls are in
`data_export_calls`, what the house itself does in `data_export_house`.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from models import policy
from models.calendar import business_day, start_of
from models.client import Client, ClientAddress, ClientIdentifier, ClientNumber, Level
from models.contact import Contact
from models.mailing import MailingRecipient
from models.message import Message
from models.ticket import Ticket
from models.user import User


def of_tickets(chosen: Select[Any], user: User, at: datetime) -> Select[Any]:
    open_ = policy.words_seen(user, Ticket, _today(at))
    assignee = aliased(User)
    return (
        chosen.with_only_columns(
            Ticket.number.label("number"),
            case((open_, Ticket.subject), else_=null()).label("subject"),
            case((open_, Ticket.preview), else_=null()).label("preview"),
            called().label("client"),
            Ticket.channel.label("channel"),
            Ticket.language.label("language"),
            Ticket.topic_id.label("topic"),
            Ticket.subtopic_id.label("subtopic"),
            Ticket.intent_id.label("intent"),
            Ticket.team_id.label("team"),
            assignee.name.label("assignee"),
            Ticket.status.label("status"),
            Ticket.urgent.label("urgent"),
            Ticket.flagged.label("flagged"),
            Ticket.contacts_count.label("contacts"),
            Ticket.opened_at.label("opened_at"),
            Ticket.last_contact_at.label("last_contact_at"),
            Ticket.due_at.label("due_at"),
            Ticket.first_answer_at.label("first_answer_at"),
            Ticket.closed_at.label("closed_at"),
            Ticket.disposition.label("disposition"),
            Ticket.deadline_on.label("deadline_on"),
        )
        .select_from(Ticket)
        .outerjoin(Client, Client.id == Ticket.client_id)
        .outerjoin(assignee, assignee.id == Ticket.assignee_id)
    )


def seen(chosen: Select[Any], user: User) -> Select[Any]:
    """Of these tickets, those that `user` may see."""
    return chosen.where(policy.sees_ticket(user, Ticket))


def tickets_among(ids: Select[int], user: User) -> Select[Any]:
    """Of the tickets with these ids, those that `user` may see, the newest first."""
    return seen(select(Ticket).where(Ticket.id.in_(ids)), user).order_by(Ticket.id.desc())


def contacts_among(ids: Select[int]) -> Select[Any]:
    return select(Contact).where(Contact.id.in_(ids))


def in_this_order(user: User, ids: list[int]) -> Select[Any]:
    """Tickets that a search has found, as it has put them."""
    place = func.array_position(literal(ids), Ticket.id)
    return Ticket.visible_to(user).where(Ticket.id.in_(ids)).order_by(place, Ticket.id)


def of_contacts(chosen: Select[Any], user: User, at: datetime) -> Select[Any]:
    """Of these contacts, those in matters that `user` may see, the newest first."""
    open_ = or_(~Contact.health, policy.words_seen(user, Ticket, _today(at)))
    return (
        chosen.with_only_columns(
            Contact.said_at.label("said_at"),
            Contact.channel.label("channel"),
            Contact.language.label("language"),
            called().label("client"),
            Ticket.number.label("number"),
            Contact.topic_id.label("topic"),
            Contact.subtopic_id.label("subtopic"),
            Contact.intent_id.label("intent"),
            case((open_, Contact.subject), else_=null()).label("subject"),
            case((open_, func.left(Contact.new_text, 500)), else_=null()).label("text"),
            Contact.repeated.label("repeated"),
            Contact.decision.label("decision"),
        )
        .join(Ticket, Ticket.id == Contact.ticket_id)
        .outerjoin(Client, Client.id == Contact.client_id)
        .where(policy.sees_ticket(user, Ticket))
        .order_by(None)
        .order_by(Contact.said_at.desc(), Contact.id.desc())
    )


def of_clients(user: User) -> Select[Any]:
    """Everybody in whose matters `user` sees one, with the ways to reach each."""
    known = ClientAddress.level == Level.KNOWN.value
    sure = ClientNumber.level == Level.KNOWN.value
    of_enterprise = ClientIdentifier.kind == "kbo"
    theirs = and_(Ticket.client_id == Client.id, policy.sees_ticket(user, Ticket))
    seen_in = true() if policy.sees_every_ticket(user) else select(Ticket.id).where(theirs).exists()
    return (
        select(
            Client.id.label("client_id"),
            Client.name.label("client"),
            Client.language.label("language"),
            Client.spoken_language.label("spoken"),
            Client.representative.label("representative"),
            _joined(ClientAddress.address, ClientAddress, known).label("addresses"),
            _joined(ClientNumber.e164, ClientNumber, sure).label("phones"),
            _joined(ClientIdentifier.masked, ClientIdentifier, of_enterprise).label("enterprises"),
            Client.created_at.label("created_at"),
        )
        .where(Client.merged_into_id.is_(None), Client.erased_at.is_(None), seen_in)
        .order_by(Client.id)
    )


def of_messages(chosen: Select[Any], user: User, at: datetime) -> Select[Any]:
    writer = aliased(User)
    open_ = policy.words_seen(user, Ticket, _today(at))
    return (
        chosen.with_only_columns(
            Message.written_at.label("written_at"),
            Message.kind.label("kind"),
            Ticket.number.label("number"),
            Message.recipient.label("recipient"),
            case((open_, Message.subject), else_=null()).label("subject"),
            Message.language.label("language"),
            writer.name.label("writer"),
            Message.state.label("state"),
            Message.sent_at.label("sent_at"),
            Message.last_error.label("error"),
        )
        .select_from(Message)
        .join(Ticket, Ticket.id == Message.ticket_id)
        .outerjoin(writer, writer.id == Message.by_id)
    )


def of_recipients(chosen: Select[Any], user: User) -> Select[Any]:
    one, answered = MailingRecipient, aliased(Ticket)
    seen = and_(answered.id == one.reply_ticket_id, policy.sees_ticket(user, answered))
    columns: list[Any] = [
        one.name.label("client"),
        one.address.label("address"),
        one.language.label("language"),
        one.state.label("state"),
        one.why.label("why"),
        one.by_hand.label("by_hand"),
        one.ended_at.label("ended_at"),
        one.replied_at.label("replied_at"),
        answered.number.label("number"),
    ]
    return chosen.with_only_columns(*columns).select_from(one).outerjoin(answered, seen)


def _today(at: datetime) -> datetime:
    return start_of(business_day(at))


def called() -> ColumnElement[Any]:
    """A client's name, else an address, else a number: `Client.called`."""
    address = (
        select(ClientAddress.address)
        .where(ClientAddress.client_id == Client.id)
        .order_by(ClientAddress.id)
        .limit(1)
        .correlate(Client)
        .scalar_subquery()
    )
    number = (
        select(ClientNumber.e164)
        .where(ClientNumber.client_id == Client.id)
        .order_by(ClientNumber.id)
        .limit(1)
        .correlate(Client)
        .scalar_subquery()
    )
    return func.coalesce(func.nullif(Client.name, ""), address, number, "")


def _joined(column: Any, table: Any, condition: ColumnElement[bool]) -> ScalarSelect[Any]:
    several = select(func.string_agg(column, "~~~")).where(table.client_id == Client.id, condition)
    return several.correlate(Client).scalar_subquery()
