"""A round begun and taken back: whom it calls is settled once, asked for in turns, and spread over
the working days by how many calls a day can take.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, time

from sqlalchemy import select

from models import callback_bulk
from models.base import db, one_at_a_time
from models.bulk_change import BulkChange
from models.calendar import BRUSSELS, business_day, start_of, working_day, working_day_after
from models.call_round import CallRound
from models.call_round_people import Ground, LetDown, Wanted, people_of
from models.callback import Callback, CallbackReason, CallbackState, Outcome
from models.callback_bulk import KIND, NotCalled
from models.event import record
from models.problem import Problem
from models.user import User

DUE = time(17)
TOO_LATE_TODAY = time(15)
"""From then on a round begins on the next working day."""
LET_DOWN = (Ground.COMPLAINED, Ground.DISSATISFIED)


class Nobody(ValueError):
    """There is nobody whom the round could call."""


def start(
    problem: Problem,
    name: str,
    wanted: Wanted,
    texts: Mapping[str, Mapping[str, str]],
    *,
    by: User,
    at: datetime,
) -> tuple[CallRound, BulkChange]:
    """A round for these people; `callback_bulk.go_on` asks for the calls, some at a time.

    Of two who start the same, the second calls nobody twice; raises `Nobody` when nobody is left.
    """
    one_at_a_time("call round", str(problem.id))
    people = people_of(problem, wanted)
    called = [one for one in people if one.why is None]
    if not called:
        raise Nobody("nobody is left to call")
    by_mail = [one for one in people if one.why is NotCalled.NO_NUMBER]
    reasons = Counter(one.why.value for one in people if one.why not in (None, NotCalled.PRIVATE))
    who = {
        **wanted.kept(),
        "left_out": dict(reasons),
        "by_mail": [[one.client_id, one.ticket_id] for one in by_mail],
    }
    made = CallRound.begin(problem, name, who, texts, by=by, at=at)
    change = BulkChange(
        kind=KIND,
        by_id=by.id,
        at=at,
        change={
            "problem": problem.id,
            "round": made.id,
            "note": "",
            "waiting": [[one.client_id, one.ticket_id] for one in called],
            "all": len(called),
            "each": {
                str(one.client_id): _asked(one, due)
                for one, due in zip(called, due_dates(len(called), wanted.a_day, at), strict=True)
            },
        },
        before={"callbacks": []},
    )
    db.session.add(change)
    db.session.flush()
    return made, change


def _asked(one: LetDown, due: datetime) -> dict[str, object]:
    let_down = one.ground in LET_DOWN
    reason = CallbackReason.DISSATISFIED if let_down else CallbackReason.PROBLEM
    return {"reason": reason.value, "facts": list(one.facts), "due": due.isoformat()}


def due_dates(count: int, a_day: int, at: datetime) -> list[datetime]:
    """By when each of so many is called: the end of a working day, `a_day` on each."""
    today = business_day(at)
    late = at.astimezone(BRUSSELS).time() >= TOO_LATE_TODAY
    first = today if working_day(today) and not late else working_day_after(today)
    days = [first if not n else working_day_after(first, n) for n in range(-(-count // a_day))]
    return [start_of(days[place // a_day], DUE) for place in range(count)]


def asking_of(call_round: CallRound) -> BulkChange | None:
    """What asks for the calls of a round."""
    return db.session.scalar(
        select(BulkChange).where(
            BulkChange.kind == KIND, BulkChange.change["round"].as_integer() == call_round.id
        )
    )


def take_back(call_round: CallRound, *, by: User, at: datetime) -> tuple[int, int]:
    """As if it had not been begun: (how many are called off again, how many were begun and stay).

    A round of which something was begun stays open for that.
    """
    found = asking_of(call_round)
    change = callback_bulk.held(found.id) if found is not None else None
    if change is None or change.undone_at is not None:
        return 0, 0
    taken_back, stay = callback_bulk.undo(change, by=by, at=at)
    if not stay:
        call_round.closed_at = at
    return taken_back, stay


def close(call_round: CallRound, *, by: User, at: datetime) -> int:
    """It is over: what nobody has begun is called off; returns how many that are."""
    found = asking_of(call_round)
    change = callback_bulk.held(found.id) if found is not None else None
    if change is not None and change.undone_at is None:
        change.change = {**change.change, "waiting": [], "not_asked": change.change["waiting"]}
    called_off = 0
    for callback in Callback.locked(
        Callback.round_id == call_round.id,
        Callback.closed_at.is_(None),
        Callback.state == CallbackState.OPEN.value,
    ):
        if not callback.tries:
            callback.end(CallbackState.CANCELLED, Outcome.NOT_NEEDED, by=by, at=at)
            called_off += 1
    call_round.closed_at = at
    facts = {"round": call_round.id, "called_off": called_off}
    record("problem.round_closed", by=by, at=at, problem_id=call_round.problem_id, **facts)
    return called_off


def reopen(call_round: CallRound, *, by: User, at: datetime) -> int:
    """Closing it was a slip: what was called off with it is owed again; returns how many.

    What was not yet asked for then waits again, for `callback_asking.ask`.
    """
    found = asking_of(call_round)
    change = callback_bulk.held(found.id) if found is not None else None
    if change is not None and change.undone_at is None:
        change.change = {**change.change, "waiting": change.change.get("not_asked", [])}
    closed_at, call_round.closed_at = call_round.closed_at, None
    again = Callback.locked(
        Callback.round_id == call_round.id,
        Callback.closed_at == closed_at,
        Callback.outcome == Outcome.NOT_NEEDED.value,
    )
    for callback in again:
        callback.open_again(by=by, at=at)
    facts = {"round": call_round.id}
    record("problem.round_reopened", by=by, at=at, problem_id=call_round.problem_id, **facts)
    return len(again)
