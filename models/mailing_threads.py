"""Mailings of prepared answers and of rounds: their people, what is still owed at the moment it
leaves, what the answer becomes, and the closings taken back.

Whoever sends asks `why_not` under the ticket's lock; what an agent has answered meanwhile, closed
or found to be another matter gets no second answer.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select

from models.affected import said_apart
from models.base import db, now
from models.bulk_change import BulkChange
from models.call_round import CallRound
from models.call_round_helped import answers_of, asked_in, token_of
from models.event import record
from models.mailing import Mailing
from models.mailing_audience import AUDIENCES, Person
from models.mailing_recipient import MailingRecipient, Why
from models.message import Message, Sending
from models.prepared import PreparedAnswer, Readiness, ReplyToAll, owed
from models.standing import put_back, standing, stands
from models.ticket import Ticket
from models.together import ENDED, OF_THE_CLOCK, Apart, apart
from models.user import User

REOPENED = "mailing_closings"
"""The kind of a bulk change that opens again what a mailing has closed."""

APART = {
    Apart.CLOSED: Why.CLOSED,
    Apart.RESTRICTED: Why.PRIVATE,
    Apart.HEALTH: Why.PRIVATE,
    Apart.COMPLAINT: Why.COMPLAINT,
    Apart.CONTESTED: Why.CONTESTED,
}


def still_owed(recipient: MailingRecipient) -> bool:
    """Whether this recipient of a mailing on threads still waits for it.

    Holds the ticket until the transaction ends: an agent who answers now learns of the mail.
    """
    return why_not(recipient) is None


def why_not(recipient: MailingRecipient) -> Why | None:
    """Why nothing may leave on the ticket's thread; None: it may. Holds the ticket."""
    answer = PreparedAnswer.named(recipient.prepared_id) if recipient.prepared_id else None
    if answer is not None:
        db.session.refresh(answer)
        recipient.ticket_id = answer.ticket_id  # it follows when tickets become one
    ticket = _held(recipient.ticket_id)
    kept_apart = apart(ticket) if ticket is not None else Apart.CLOSED
    if kept_apart is not None:
        return APART[kept_apart]
    assert ticket is not None
    told_apart = said_apart(ticket.id)
    if told_apart is not None:
        return Why(told_apart.value)
    return _why_not_answered(answer) if answer is not None else None


def words(recipient: MailingRecipient) -> str | None:
    """The text that was prepared for this recipient's ticket; None: the mailing's own holds."""
    answer = PreparedAnswer.named(recipient.prepared_id) if recipient.prepared_id else None
    return answer.text if answer is not None else None


def left(recipient: MailingRecipient, message: Message, at: datetime) -> None:
    """The mail has left: what was prepared for its ticket is sent."""
    answer = PreparedAnswer.named(recipient.prepared_id) if recipient.prepared_id else None
    if answer is not None:
        answer.sent_with(message, at)


def give_way(ticket: Ticket, at: datetime) -> None:
    """An agent answers now: the mail of a mailing that waits for the same ticket is withdrawn."""
    waiting = select(Message).where(
        Message.ticket_id == ticket.id,
        Message.mailing_id.is_not(None),
        Message.state == Sending.WAITING.value,
    )
    for message in db.session.scalars(waiting):
        if message.withdraw():
            MailingRecipient.overtaken(message.id, at)


def mailings_of_round(round_id: int) -> Select[Mailing]:
    """What has told a round's people what was changed, the newest first."""
    return Mailing.everything().where(Mailing.round_id == round_id)


def asked_by_mailing(round_id: int, client_id: int) -> int | None:
    """The mailing that asked a client of a round last whether it helped."""
    return db.session.scalar(
        select(MailingRecipient.mailing_id)
        .join(Mailing, Mailing.id == MailingRecipient.mailing_id)
        .where(
            Mailing.round_id == round_id,
            MailingRecipient.client_id == client_id,
            MailingRecipient.message_id.is_not(None),
        )
        .order_by(MailingRecipient.id.desc())
        .limit(1)
    )


def mailings_of_reply(reply_id: int) -> Select[Mailing]:
    """The mailings that send what was prepared, the newest first."""
    return Mailing.everything().where(Mailing.reply_id == reply_id)


# --- closed, and opened again ---------------------------------------------------------------


def close(
    recipient: MailingRecipient, ticket: Ticket, disposition: str, *, by: User, at: datetime
) -> bool:
    """End the matter with its mail, remembering how it stood; False for what is never ended so."""
    if apart(ticket) is not None or said_apart(ticket.id) is not None:
        return False
    was = standing(ticket, ENDED + OF_THE_CLOCK)
    ticket.close(disposition, by=by, at=at)
    recipient.ended = {"was": was, "now": standing(ticket, ENDED), "ticket": ticket.id}
    return True


def closed_by(mailing_id: int) -> int:
    """How many tickets a mailing has closed that nobody has opened again by one deed."""
    mine = select(func.count()).where(*_closings(mailing_id))
    return db.session.scalar(mine) or 0


def reopen_all(mailing_id: int, *, by: User, at: datetime) -> tuple[int, int]:
    """Open again what a mailing has closed: (how many, how many were worked on since and stay)."""
    rows = db.session.scalars(
        select(MailingRecipient).where(*_closings(mailing_id)).with_for_update(of=MailingRecipient)
    ).all()
    opened = 0
    for recipient in sorted(rows, key=lambda one: int((one.ended or {})["ticket"])):
        kept = recipient.ended or {}
        ticket = _held(kept["ticket"])
        recipient.ended = {**kept, "undone_at": at.isoformat()}
        if ticket is None or ticket.merged_into_id is not None or not stands(ticket, kept["now"]):
            continue
        ticket.open_again()  # with the calls that ended with it
        put_back(ticket, kept["was"])
        record("ticket.reopened", by=by, at=at, ticket_id=ticket.id, mailing=mailing_id)
        opened += 1
    db.session.add(
        BulkChange(
            kind=REOPENED,
            by_id=by.id,
            at=at,
            change={"mailing": mailing_id, "opened": opened, "stay": len(rows) - opened},
            before={},
        )
    )
    return opened, len(rows) - opened


def _closings(mailing_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        MailingRecipient.mailing_id == mailing_id,
        MailingRecipient.ended.is_not(None),
        MailingRecipient.ended["undone_at"].astext.is_(None),
    )


# --- whom they are for ----------------------------------------------------------------------


def of_prepared(mailing: Mailing) -> Iterator[Person]:
    """The tickets of a reply to all with a prepared answer; what was settled since is left out."""
    reply = ReplyToAll.named(mailing.reply_id or 0)
    if reply is None:
        return
    rows = db.session.execute(
        select(PreparedAnswer, Ticket.client_id, owed(reply.problem_id, reply.at).label("owed"))
        .join(Ticket, Ticket.id == PreparedAnswer.ticket_id)
        .where(
            PreparedAnswer.reply_id == reply.id,
            PreparedAnswer.state == Readiness.PREPARED.value,
        )
        .order_by(Ticket.number)
    )
    for answer, client_id, waits in rows:
        yield Person(
            client_id=client_id,
            language=answer.language,
            ticket_id=answer.ticket_id,
            prepared_id=answer.id,
            why=None if waits and reply.withdrawn_at is None else Why.ANSWERED,
        )


def of_round(mailing: Mailing) -> Iterator[Person]:
    """The clients of a round, reached or not, and those without a number; each with a link on
    which to say whether it helped. Who has said so is asked no more."""
    shown = CallRound.named(mailing.round_id)
    if shown is None:
        return
    said = answers_of(shown)
    for client_id, language in asked_in(shown):
        yield Person(
            client_id=client_id,
            language=language,
            fields={"helped": token_of(shown.id, client_id, now())},
            why=Why.ANSWERED if client_id in said else None,
        )


AUDIENCES |= {"prepared": of_prepared, "round": of_round}


def _held(ticket_id: int | None) -> Ticket | None:
    if ticket_id is None:
        return None
    held = select(Ticket).where(Ticket.id == ticket_id).with_for_update(of=Ticket)
    return db.session.scalar(held.execution_options(populate_existing=True))


def _why_not_answered(answer: PreparedAnswer) -> Why | None:
    reply = answer.reply
    db.session.refresh(reply)
    if answer.state == Readiness.LEFT_OUT:
        return Why.BY_HAND
    if answer.state == Readiness.SENT:
        return Why.ANSWERED
    if reply.withdrawn_at is not None:
        return Why.WITHDRAWN
    waits = select(owed(reply.problem_id, reply.at)).select_from(Ticket)
    if db.session.scalar(waits.where(Ticket.id == answer.ticket_id)):
        return None
    return Why.ANSWERED if answer.answered else Why.NO_CASE
