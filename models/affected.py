"""Whom a problem has hit: its tickets, and why one of them gets no answer that goes to all."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.orm import aliased

from models import policy
from models.base import db, now
from models.client import UNDELIVERABLE, Client, ClientAddress
from models.contact import Contact
from models.message import Kind, Message, Sending
from models.problem import Occurrence, Problem, ProblemState
from models.team import Team
from models.ticket import Status, Ticket
from models.together import COMPLAINTS, CONTESTED
from models.topic import LANGUAGES


class LeftOut(StrEnum):
    """Why a ticket gets no answer with the others."""

    PRIVATE = "private"
    """About health or privacy: answered by a person who has read it."""
    COMPLAINT = "complaint"
    CONTESTED = "contested"
    """The client contests a decision: like a complaint it is answered by itself, always."""
    CLOSED = "closed"
    NO_ADDRESS = "no_address"
    NO_TEXT = "no_text"
    """Nothing is written in the client's language."""
    NO_NAME = "no_name"
    """The text calls the client by a name that we do not know."""
    ANOTHER_PROBLEM = "another_problem"
    ANSWERED = "answered"
    SAME_CLIENT = "same_client"
    """Another ticket of the same client gets it."""
    UNSURE = "unsure"
    """The machine alone calls it a case, and not surely: a person looks first."""
    BY_HAND = "by_hand"


SURE = 0.8
"""The placing's score from which on the machine's word needs no person's look."""


@dataclass(frozen=True)
class Affected:
    """One ticket with a case of the problem; `why` it is left out, if it is."""

    ticket_id: int
    number: int
    language: str
    client_id: int | None
    name: str
    team: Mapping[str, Any]
    """The names of its team, by language."""
    sure: bool
    """Whether people, or the machine with hardly a doubt, call it a case."""
    why: LeftOut | None

    def without(self, why: LeftOut) -> "Affected":
        return replace(self, why=why)


def affected(problem: Problem, default_language: str) -> list[Affected]:
    """The tickets of a problem's cases, by number; of a client with several open ones, the ticket
    whose case is the newest stays in. One statement, however many they are."""
    rows = db.session.execute(_tickets(problem)).all()
    found = []
    served: set[int] = set()
    for row in rows:
        why = _why(row)
        if why is None and row.client_id in served:
            why = LeftOut.SAME_CLIENT
        if why is None:
            served.add(row.client_id)
        found.append(
            Affected(
                ticket_id=row.id,
                number=row.number,
                language=next(
                    (code for code in (row.language, row.spoken) if code in LANGUAGES),
                    default_language,
                ),
                client_id=row.client_id,
                name=row.name or "",
                team=row.team or {},
                sure=row.sure,
                why=why,
            )
        )
    return sorted(found, key=lambda one: one.number)


def _why(row: Row[Any]) -> LeftOut | None:
    reasons = {
        LeftOut.PRIVATE: row.private,
        LeftOut.COMPLAINT: row.complaint,
        LeftOut.CONTESTED: row.contested,
        LeftOut.CLOSED: row.status == Status.CLOSED,
        LeftOut.NO_ADDRESS: not row.reachable,
        LeftOut.ANOTHER_PROBLEM: row.another,
        LeftOut.ANSWERED: row.answered,
    }
    return next((why for why, holds in reasons.items() if holds), None)


def _tickets(problem: Problem) -> Select[Any]:
    cases = (
        select(
            Contact.ticket_id,
            func.max(Contact.said_at).label("said_at"),
            func.bool_or(surely_a_case()).label("sure"),
        )
        .join(Occurrence, Occurrence.contact_id == Contact.id)
        .where(
            Occurrence.problem_id == problem.id,
            Occurrence.until.is_(None),
            Contact.ticket_id.is_not(None),
        )
        .group_by(Contact.ticket_id)
        .subquery()
    )
    private = _said(or_(policy.restricted(Contact.topic_id), Contact.health))
    reachable = (
        select(ClientAddress.id)
        .where(
            ClientAddress.client_id == Ticket.client_id,
            or_(
                ClientAddress.undeliverable_at.is_(None),
                ClientAddress.undeliverable_at < now() - UNDELIVERABLE,
            ),
        )
        .exists()
    )
    answered = (
        select(Message.id).where(Message.written_at > cases.c.said_at, *answers(Ticket.id)).exists()
    )
    return (
        select(
            Ticket.id,
            Ticket.number,
            Ticket.status,
            Ticket.language,
            Ticket.client_id,
            Client.name,
            Client.language.label("spoken"),
            Team.names.label("team"),
            or_(private, policy.restricted(Ticket.topic_id), Ticket.health).label("private"),
            or_(_said(Contact.intent_id.in_(COMPLAINTS)), Ticket.intent_id.in_(COMPLAINTS)).label(
                "complaint"
            ),
            or_(_said(Contact.intent_id.in_(CONTESTED)), Ticket.intent_id.in_(CONTESTED)).label(
                "contested"
            ),
            cases.c.sure,
            reachable.label("reachable"),
            answered.label("answered"),
            _another(problem).label("another"),
        )
        .join(cases, cases.c.ticket_id == Ticket.id)
        .outerjoin(Client, Client.id == Ticket.client_id)
        .outerjoin(Team, Team.id == Ticket.team_id)
        .where(Ticket.merged_into_id.is_(None))
        .order_by(cases.c.said_at.desc(), Ticket.id.desc())
    )


def surely_a_case() -> ColumnElement[bool]:
    """Whether an occurrence is one by a person's word, or by the machine's with hardly a doubt."""
    return or_(Occurrence.by_id.is_not(None), Occurrence.score >= SURE)


def said_apart(ticket_id: int) -> LeftOut | None:
    """Whether anything said on the ticket wants an answer of its own, whatever it is filed as."""
    row = db.session.execute(
        select(
            func.bool_or(or_(policy.restricted(Contact.topic_id), Contact.health)).label("private"),
            func.bool_or(Contact.intent_id.in_(COMPLAINTS)).label("complaint"),
            func.bool_or(Contact.intent_id.in_(CONTESTED)).label("contested"),
        ).where(Contact.ticket_id == ticket_id)
    ).one()
    found = {
        LeftOut.PRIVATE: row.private,
        LeftOut.COMPLAINT: row.complaint,
        LeftOut.CONTESTED: row.contested,
    }
    return next((why for why, holds in found.items() if holds), None)


def _said(what: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether something of that kind was said on the ticket."""
    return select(Contact.id).where(Contact.ticket_id == Ticket.id, what).exists()


def answers(ticket_id: Any) -> tuple[ColumnElement[bool], ...]:
    """The conditions under which a message answers a ticket: a person's, or one of a mailing that
    people let go.

    One that a colleague reads first counts: nobody is to answer beside it.
    """
    gone = (Sending.HELD.value, Sending.WAITING.value, Sending.SENT.value)
    return (
        Message.ticket_id == ticket_id,
        Message.kind.in_((Kind.REPLY.value, Kind.MAILING.value)),
        Message.state.in_(gone),
    )


def _another(problem: Problem) -> ColumnElement[bool]:
    """Whether the ticket also has a case of another problem: one text does not answer both."""
    other = aliased(Problem)
    said = aliased(Contact)
    return (
        select(Occurrence.id)
        .join(said, said.id == Occurrence.contact_id)
        .join(other, other.id == Occurrence.problem_id)
        .where(
            said.ticket_id == Ticket.id,
            Occurrence.until.is_(None),
            other.id != problem.id,
            other.merged_into_id.is_(None),
            other.state != ProblemState.NOT_A_PROBLEM.value,
        )
        .exists()
    )
