"""Who is called in a round: whom a problem has let down, why each, and who is left out and why.

What is about health or privacy is in no round at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, func, or_, select, union_all
from sqlalchemy.orm import aliased

from models import policy
from models.base import db
from models.callback_bulk import COMPLAIN, NotCalled, clients_of
from models.callback_rules import rules
from models.contact import Contact
from models.measure import MeasureVersion
from models.message import Message, Sending
from models.problem import Occurrence, Problem
from models.ticket import Ticket
from models.topic import LANGUAGES
from models.wrap_up import Misinformed, WrapUp

COMPLAINT = "complaint"
"""The topic of complaints about us."""
MOST = 500
A_DAY = 40


class Ground(StrEnum):
    """Why somebody is called, the heaviest first."""

    COMPLAINED = "complaint"
    DISSATISFIED = "dissatisfied"
    MISINFORMED = "misinformed"
    """Was told by us what has been corrected since."""
    HIT = "hit"


@dataclass(frozen=True)
class Wanted:
    """Whom a round is for."""

    grounds: tuple[Ground, ...] = (Ground.COMPLAINED, Ground.DISSATISFIED, Ground.MISINFORMED)
    languages: tuple[str, ...] = LANGUAGES
    most: int = MOST
    a_day: int = A_DAY
    """Calls on one working day."""

    def kept(self) -> dict[str, Any]:
        return {
            "grounds": [ground.value for ground in self.grounds],
            "languages": list(self.languages),
            "most": self.most,
            "a_day": self.a_day,
        }


@dataclass(frozen=True)
class LetDown:
    """One client of a round; `why` is set for who is not called."""

    client_id: int
    name: str
    language: str | None
    ticket_id: int | None
    ticket_number: int | None
    facts: tuple[dict[str, Any], ...]
    """The grounds, the heaviest first, as `callback.reasons` keeps them."""
    why: NotCalled | None

    @property
    def ground(self) -> Ground:
        return Ground(self.facts[0]["kind"])


def people_of(problem: Problem, wanted: Wanted) -> list[LetDown]:
    """The clients of a problem for whom the round is, the heaviest ground first."""
    known = _grounds(problem)
    found = []
    for row in db.session.execute(clients_of(problem)):
        mine = {**known.get(row.id, {}), Ground.HIT: {}}
        chosen = [ground for ground in Ground if ground in mine and ground in wanted.grounds]
        if len(chosen) > 1 and Ground.HIT in chosen:
            chosen.remove(Ground.HIT)  # whoever is called for more was hit anyway
        if chosen:
            found.append((row, chosen, mine))
    found.sort(key=lambda one: list(Ground).index(one[1][0]))
    people, called = [], 0
    for row, chosen, mine in found:
        why = _why(row, wanted)
        if why is None and called >= wanted.most:
            why = NotCalled.TOO_MANY
        called += why is None
        people.append(_person(row, chosen, mine, why))
    return people


def _person(
    row: Row[Any], chosen: list[Ground], mine: Mapping[Ground, dict[str, Any]], why: Any
) -> LetDown:
    about = mine.get(Ground.COMPLAINED, {}) if Ground.COMPLAINED in chosen else {}
    return LetDown(
        client_id=row.id,
        name=row.name,
        language=row.language,
        ticket_id=about.get("ticket", row.ticket_id),
        ticket_number=about.get("number", row.number),
        facts=tuple({"kind": ground.value, **_fact(mine[ground])} for ground in chosen),
        why=why,
    )


def _fact(known: dict[str, Any]) -> dict[str, Any]:
    return {"at": known["at"].isoformat()} if "at" in known else {}


def _why(row: Row[Any], wanted: Wanted) -> NotCalled | None:
    spoken = row.language if row.language in LANGUAGES else None
    holds = {
        NotCalled.PRIVATE: row.private,
        NotCalled.COMPLAINT: row.complaint and Ground.COMPLAINED not in wanted.grounds,
        NotCalled.OPEN_ALREADY: row.owed,
        NotCalled.CALLED_ALREADY: row.called_already,
        NotCalled.NO_NUMBER: not row.reachable,
        NotCalled.LANGUAGE: spoken is not None and spoken not in wanted.languages,
    }
    return next((why for why, is_so in holds.items() if is_so), None)


# --- why ------------------------------------------------------------------------------------


def _grounds(problem: Problem) -> dict[int, dict[Ground, dict[str, Any]]]:
    """By client: each ground with what is known of it."""
    found: dict[int, dict[Ground, dict[str, Any]]] = {}
    for ground, rows in (
        (Ground.DISSATISFIED, _dissatisfied(problem)),
        (Ground.MISINFORMED, _misinformed(problem)),
        (Ground.COMPLAINED, _complained(problem)),
    ):
        for row in db.session.execute(rows):
            found.setdefault(row.client_id, {})[ground] = dict(row._mapping)
    return found


def _dissatisfied(problem: Problem) -> Select[Any, Any]:
    """Who sounded angry enough in a case of it, by the rule of the nightly proposals."""
    angry = rules()["dissatisfied_score"] / 100
    return (
        select(Contact.client_id, func.max(Contact.said_at).label("at"))
        .join(Occurrence, Occurrence.contact_id == Contact.id)
        .where(
            Occurrence.problem_id == problem.id,
            Occurrence.until.is_(None),
            Contact.client_id.is_not(None),
            Contact.dissatisfied >= angry,
        )
        .group_by(Contact.client_id)
    )


def _complained(problem: Problem) -> Select[Any]:
    """Who complains about us, in a case of it or in a matter of its own that is open."""
    tickets = (
        select(
            Ticket.client_id,
            func.max(Ticket.last_contact_at).label("at"),
            func.max(Ticket.id).label("ticket"),
        )
        .where(
            Ticket.client_id.in_(_clients_hit(problem)),
            or_(Ticket.intent_id == COMPLAIN, Ticket.topic_id == COMPLAINT),
            Ticket.merged_into_id.is_(None),
            ~policy.restricted(Ticket.topic_id),
            ~Ticket.health,
            Ticket.opened_at >= problem.first_seen_at,
        )
        .group_by(Ticket.client_id)
        .subquery()
    )
    return select(tickets, Ticket.number).join(Ticket, Ticket.id == tickets.c.ticket)


def _misinformed(problem: Problem) -> Select[Any]:
    """Who was told an answer whose words were corrected afterwards, or otherwise told wrong by us,
    in a ticket with a case of it."""
    newer = aliased(MeasureVersion)
    corrected = or_(
        newer.answers != MeasureVersion.answers,
        newer.scripts != MeasureVersion.scripts,
        newer.rules != MeasureVersion.rules,
    )
    cases = (
        select(Contact.ticket_id)
        .join(Occurrence, Occurrence.contact_id == Contact.id)
        .where(Occurrence.problem_id == problem.id, Occurrence.until.is_(None))
    )
    written = (
        select(Ticket.client_id, Message.written_at.label("at"))
        .join(Message, Message.ticket_id == Ticket.id)
        .join(MeasureVersion, MeasureVersion.id == Message.answer_version_id)
        .join(newer, newer.id == MeasureVersion.replaced_by_id)
        .where(
            Ticket.id.in_(cases),
            Message.state == Sending.SENT.value,
            newer.created_at > Message.written_at,
            corrected,
        )
    )
    spoken = (
        select(Ticket.client_id, WrapUp.began_at.label("at"))
        .join(WrapUp, WrapUp.ticket_id == Ticket.id)
        .join(MeasureVersion, MeasureVersion.id == WrapUp.answer_version_id)
        .join(newer, newer.id == MeasureVersion.replaced_by_id)
        .where(Ticket.id.in_(cases), newer.created_at > WrapUp.began_at, corrected)
    )
    by_us = (
        select(Ticket.client_id, WrapUp.began_at.label("at"))
        .join(WrapUp, WrapUp.ticket_id == Ticket.id)
        .where(Ticket.id.in_(cases), WrapUp.misinformed_by == Misinformed.US.value)
    )
    told = union_all(written, spoken, by_us).subquery()
    return (
        select(told.c.client_id, func.max(told.c.at).label("at"))
        .where(told.c.client_id.is_not(None))
        .group_by(told.c.client_id)
    )


def _clients_hit(problem: Problem) -> Select[Any]:
    return (
        select(Contact.client_id)
        .join(Occurrence, Occurrence.contact_id == Contact.id)
        .where(
            Occurrence.problem_id == problem.id,
            Occurrence.until.is_(None),
            Contact.client_id.is_not(None),
        )
    )
