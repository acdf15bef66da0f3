"""Whom a call concerns now: the people at whose telephones it rings, or everybody while nobody is
named; then whoever has answered, until it is written down."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from models.base import db
from models.call import Call, CallState
from models.wrap_up import WrapUp

RINGS = timedelta(minutes=10)
"""An exchange may forget to say that a call was not answered."""
SPEAKS = timedelta(hours=4)


@dataclass(frozen=True)
class Concern:
    """One call as far as it concerns people: what a browser must show again when it changes."""

    call_id: int
    state: str
    answered_by: int | None
    rung: frozenset[int]
    """Empty: nobody is named."""

    def touches(self, user_id: int) -> bool:
        if self.answered_by is not None:
            return self.answered_by == user_id
        return not self.rung or user_id in self.rung


def concerns(at: datetime) -> list[Concern]:
    """Every call that rings, is spoken, or waits for its wrap-up within its time."""
    wrapping = select(WrapUp.call_id).where(WrapUp.finished_at.is_(None), WrapUp.ends_at > at)
    rows = db.session.execute(
        select(Call.id, Call.state, Call.answered_at, Call.user_id, Call.rung)
        .where(
            Call.direction == "in",
            or_(
                (Call.state == CallState.RINGING.value) & (Call.initialised_at > at - RINGS),
                (Call.state == CallState.ANSWERED.value) & (Call.initialised_at > at - SPEAKS),
                Call.id.in_(wrapping),
            ),
        )
        .order_by(Call.initialised_at, Call.id)
    )
    return [
        Concern(
            row.id,
            row.state,
            row.user_id if row.answered_at is not None else None,
            frozenset([*(row.rung or []), *([row.user_id] if row.user_id else [])]),
        )
        for row in rows
    ]


def mark(found: list[Concern], user_id: int) -> str:
    """What tells whether anything has changed for this person; empty when nothing is there."""
    return ".".join(f"{one.call_id}{one.state[0]}" for one in found if one.touches(user_id))


def concerning(user_id: int, at: datetime) -> list[Call]:
    """The calls to be shown to this person now, the oldest first."""
    ids = [one.call_id for one in concerns(at) if one.touches(user_id)]
    rows = {call.id: call for call in db.session.scalars(select(Call).where(Call.id.in_(ids)))}
    return [rows[call_id] for call_id in ids if call_id in rows]
