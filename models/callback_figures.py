"""How calling back goes: what was asked for in some days, what came of it, and how long it took."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from models.base import db
from models.callback import Callback, CallbackReason, CallbackState, Outcome
from models.callback_list import visible_to
from models.callback_states import CONTENTMENT
from models.user import User

UNCOUNTED = (Outcome.MISTAKE.value, Outcome.UNDONE.value, Outcome.JOINED.value)
"""These were no call-backs."""


@dataclass(frozen=True)
class CallbackFigures:
    """Of the call-backs asked for in a time, as far as one reader may see them.

    `median_minutes`: from asking to reaching, of those reached by a call, by the clock.
    """

    made: int
    reached: int
    otherwise: int
    given_up: int
    median_minutes: float | None
    contentment: dict[str, int]

    @property
    def share(self) -> float | None:
        return self.reached / self.made if self.made else None


def figures(user: User, start: datetime, end: datetime) -> CallbackFigures:
    """What was asked for from `start` on and before `end`; proposals count once accepted."""
    spoken = Callback.outcome.in_([*(one.value for one in CONTENTMENT), "settled", "more_to_do"])
    done = Callback.state == CallbackState.DONE.value
    minutes = func.extract("epoch", Callback.closed_at - Callback.created_at) / 60
    counted = (
        visible_to(user)
        .where(
            Callback.created_at >= start,
            Callback.created_at < end,
            Callback.state != CallbackState.PROPOSED.value,
            func.coalesce(Callback.outcome, "").not_in([*UNCOUNTED, Outcome.DISMISSED.value]),
        )
        .order_by(None)
    )
    row = db.session.execute(
        counted.with_only_columns(
            func.count(),
            func.count().filter(done, spoken),
            func.count().filter(done, ~spoken),
            func.count().filter(Callback.state == CallbackState.GIVEN_UP.value),
            func.percentile_cont(0.5).within_group(minutes).filter(done, spoken),
        )
    ).one()
    asked = counted.with_only_columns(Callback.outcome, func.count()).group_by(Callback.outcome)
    let_down = asked.where(
        Callback.reason == CallbackReason.DISSATISFIED.value, Callback.outcome.is_not(None)
    )
    outcomes = {str(outcome): count for outcome, count in db.session.execute(let_down)}
    return CallbackFigures(
        made=row[0],
        reached=row[1],
        otherwise=row[2],
        given_up=row[3],
        median_minutes=float(row[4]) if row[4] is not None else None,
        contentment=outcomes,
    )


def open_by_reason() -> dict[str, int]:
    """How many are owed now, by reason: for the metrics."""
    rows = db.session.execute(
        select(Callback.reason, func.count())
        .where(Callback.closed_at.is_(None), Callback.state != CallbackState.PROPOSED.value)
        .group_by(Callback.reason)
    )
    return {str(reason): count for reason, count in rows}
