"""Call-backs for all whom a problem has hit: who is called, who is left out and why, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import aliased
from sqlalchemy.orm.attributes import flag_modified

from models import policy
from models.base import db
from models.bulk_change import BulkChange
from models.callback import Callback, CallbackReason, CallbackState, Outcome
from models.client import Client, ClientNumber
from models.contact import Contact
from models.event import record
from models.problem import Occurrence, Problem
from models.ticket import Status, Ticket
from models.user import User

KIND = "callbacks"
IN_ONE_GO = 50
"""So many are asked for in one transaction; more than that is a worker's."""
COMPLAIN = "complain"


class NotCalled(StrEnum):
    """Why a client is left out."""

    NO_NUMBER = "no_number"
    OPEN_ALREADY = "open_already"
    CALLED_ALREADY = "called_already"
    """Of this problem, with success."""
    COMPLAINT = "complaint"
    """A complaint is being worked on: its agent calls."""
    PRIVATE = "private"
    LANGUAGE = "language"
    """Not of the languages that were chosen."""
    TOO_MANY = "too_many"


@dataclass(frozen=True)
class Hit:
    """A client with a case of the problem; `why` is set for who is not called."""

    client_id: int
    name: str
    language: str | None
    ticket_id: int | None
    ticket_number: int | None
    why: NotCalled | None


def hit_by(problem: Problem, most: int) -> list[Hit]:
    """The clients of a problem's present cases, those who came last first. One statement."""
    found: list[Hit] = []
    called = 0
    for row in db.session.execute(clients_of(problem)):
        why = _why(row)
        if why is None and called >= most:
            why = NotCalled.TOO_MANY
        called += why is None
        found.append(Hit(row.id, row.name, row.language, row.ticket_id, row.number, why))
    return found


def _why(row: Row[Any]) -> NotCalled | None:
    holds = {
        NotCalled.PRIVATE: row.private,
        NotCalled.COMPLAINT: row.complaint,
        NotCalled.OPEN_ALREADY: row.open_already,
        NotCalled.CALLED_ALREADY: row.called_already,
        NotCalled.NO_NUMBER: not row.reachable,
    }
    return next((why for why, is_so in holds.items() if is_so), None)


def clients_of(problem: Problem) -> Select[Any]:
    """Whoever has a case of it, with what speaks against calling, those who came last first.

    `open_already`: a call is owed or proposed; `owed`: not proposed only.
    """
    cases = (
        select(
            Contact.client_id,
            func.max(Contact.said_at).label("said_at"),
            func.max(Contact.ticket_id).label("ticket_id"),
            func.bool_or(
                policy.restricted(Contact.topic_id)
                | policy.restricted(Ticket.topic_id)
                | Contact.health
            ).label("private"),
        )
        .join(Occurrence, Occurrence.contact_id == Contact.id)
        .outerjoin(Ticket, Ticket.id == Contact.ticket_id)
        .where(
            Occurrence.problem_id == problem.id,
            Occurrence.until.is_(None),
            Contact.client_id.is_not(None),
        )
        .group_by(Contact.client_id)
        .subquery()
    )
    theirs = Callback.client_id == Client.id
    other = aliased(Ticket)
    complaint = select(other.id).where(
        other.client_id == Client.id,
        other.status != Status.CLOSED.value,
        other.intent_id == COMPLAIN,
    )
    number = select(ClientNumber.id).where(ClientNumber.client_id == Client.id)
    called = select(Callback.id).where(
        theirs, Callback.problem_id == problem.id, Callback.state == CallbackState.DONE.value
    )
    return (
        select(
            Client.id,
            Client.name,
            func.coalesce(Client.spoken_language, Client.language).label("language"),
            cases.c.ticket_id,
            Ticket.number,
            cases.c.private,
            complaint.exists().label("complaint"),
            select(Callback.id)
            .where(theirs, Callback.closed_at.is_(None))
            .exists()
            .label("open_already"),
            select(Callback.id)
            .where(
                theirs,
                Callback.closed_at.is_(None),
                Callback.state != CallbackState.PROPOSED.value,
            )
            .exists()
            .label("owed"),
            called.exists().label("called_already"),
            number.exists().label("reachable"),
        )
        .join(cases, cases.c.client_id == Client.id)
        .outerjoin(Ticket, Ticket.id == cases.c.ticket_id)
        .where(Client.merged_into_id.is_(None))
        .order_by(cases.c.said_at.desc(), Client.id)
    )


def begin(
    problem: Problem, hits: Sequence[Hit], note: str, *, by: User, at: datetime
) -> BulkChange:
    """Remember who shall be called; `go_on` asks for them, some at a time."""
    waiting = [[hit.client_id, hit.ticket_id] for hit in hits if hit.why is None]
    change = BulkChange(
        kind=KIND,
        by_id=by.id,
        at=at,
        change={"problem": problem.id, "note": note, "waiting": waiting, "all": len(waiting)},
        before={"callbacks": []},
    )
    db.session.add(change)
    db.session.flush()
    record("problem.called", by=by, at=at, problem_id=problem.id, clients=len(waiting))
    return change


def go_on(change: BulkChange, *, at: datetime) -> int:
    """Ask for some of those that are left; returns how many still are."""
    waiting: list[list[int | None]] = change.change["waiting"]
    now_called, left = waiting[:IN_ONE_GO], waiting[IN_ONE_GO:]
    if change.undone_at is not None:
        now_called, left = [], []
    clients = _by_id(Client, [client_id for client_id, _ in now_called])
    tickets = _by_id(Ticket, [ticket_id for _, ticket_id in now_called])
    round_id: int | None = change.change.get("round")
    owing = _still_open([client_id for client_id, _ in now_called], proposed=round_id is None)
    by = User.named(change.by_id)
    for client_id, ticket_id in sorted(now_called, key=lambda pair: pair[0] or 0):
        client = clients.get(client_id)
        if client is None or client_id in owing:
            continue  # meanwhile somebody else owes it, or the client was merged
        each: dict[str, Any] = change.change.get("each", {}).get(str(client_id), {})
        asked = Callback.ask(
            client=client,
            reason=CallbackReason(each.get("reason", CallbackReason.PROBLEM)),
            by=by,
            at=at,
            due_at=datetime.fromisoformat(each["due"]) if each else None,
            ticket=tickets.get(ticket_id),
            problem_id=change.change["problem"],
            note=change.change["note"],
        )
        if round_id is not None:
            asked.round_id, asked.problem_id = round_id, change.change["problem"]
            asked.reasons, asked.due_at = each["facts"], datetime.fromisoformat(each["due"])
        change.before["callbacks"].append(asked.id)
    change.change["waiting"] = left
    flag_modified(change, "change")
    flag_modified(change, "before")
    db.session.flush()
    return len(left)


def _by_id(model: Any, ids: Sequence[int | None]) -> Mapping[int | None, Any]:
    rows = db.session.scalars(select(model).where(model.id.in_([one for one in ids if one])))
    return {row.id: row for row in rows}


def _still_open(client_ids: Sequence[int | None], *, proposed: bool) -> set[int | None]:
    """Whom somebody owes a call by now; what is only `proposed` counts where that is asked."""
    rows = select(Callback.client_id).where(
        Callback.client_id.in_([one for one in client_ids if one]), Callback.closed_at.is_(None)
    )
    if not proposed:
        rows = rows.where(Callback.state != CallbackState.PROPOSED.value)
    return set(db.session.scalars(rows))


def undo(change: BulkChange, *, by: User, at: datetime) -> tuple[int, int]:
    """(how many are called off again, how many were begun meanwhile and stay)."""
    change.undone_at = at
    rows = db.session.scalars(
        select(Callback)
        .where(Callback.id.in_(change.before["callbacks"]), Callback.closed_at.is_(None))
        .order_by(Callback.id)
        .with_for_update(of=Callback)
    ).all()
    taken_back = 0
    for callback in rows:
        if callback.state == CallbackState.OPEN and not callback.attempts and callback.asked == 1:
            callback.end(CallbackState.CANCELLED, Outcome.UNDONE, by=by, at=at)
            taken_back += 1
    record("problem.not_called", by=by, at=at, problem_id=change.change["problem"])
    return taken_back, len(change.before["callbacks"]) - taken_back


def last_of(problem: Problem) -> BulkChange | None:
    """The last time that everybody of this problem was to be called."""
    return db.session.scalar(
        select(BulkChange)
        .where(
            BulkChange.kind == KIND,
            BulkChange.change["problem"].as_integer() == problem.id,
            BulkChange.change["round"].astext.is_(None),
            BulkChange.undone_at.is_(None),
        )
        .order_by(BulkChange.id.desc())
        .limit(1)
    )


def held(change_id: int) -> BulkChange | None:
    """The change, which nobody else goes on with until the transaction ends."""
    return db.session.scalar(
        select(BulkChange)
        .where(BulkChange.id == change_id, BulkChange.kind == KIND)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
