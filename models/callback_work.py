"""The work of calling back: take, try, put off, hand on, call off. Each deed can be undone.

What stood before is kept on the call-back itself until its next deed.
"""

from datetime import datetime, timedelta
from typing import Any

from models.base import db
from models.callback import AttemptResult, Callback, CallbackAttempt, CallbackReason, CallbackState
from models.callback_list import in_order, offered_to, visible_to
from models.callback_rules import rules
from models.callback_states import Outcome
from models.callback_times import next_slot, rest_of
from models.client import ClientNumber, Level
from models.event import record
from models.service_level import OpeningHours, business_after
from models.team import Team
from models.user import User

TIME_TO_UNDO = timedelta(minutes=1)
"""So long a deed can be taken back; a letter about it is written only afterwards."""
KEPT = (
    "state",
    "owner_id",
    "team_id",
    "taken_at",
    "due_at",
    "window_from",
    "window_to",
    "priority",
    "e164",
    "reason",
    "closed_at",
    "closed_by_id",
    "outcome",
    "outcome_note",
)
CLIENTS_WISH = ("due_at", "window_from", "window_to", "priority", "reason")
"""What a client who asks again says anew."""
STAYS_WITH_ITS_OWNER = (CallbackReason.PROMISED.value, CallbackReason.DISSATISFIED.value)
"""Who has promised, or listened to somebody angry, tries again himself."""


def take_next(user: User, at: datetime) -> Callback | None:
    """The most pressing call-back that `user` may have is his from now on; None: nothing waits.

    Many may ask at once: each is given once.
    """
    rows = visible_to(user).where(offered_to(user, at)).order_by(*in_order()).limit(1)
    chosen = db.session.scalar(
        rows.with_for_update(skip_locked=True, of=Callback).execution_options(
            populate_existing=True
        )
    )
    if chosen is not None:
        take(chosen, by=user, at=at)
    return chosen


def take(callback: Callback, *, by: User, at: datetime) -> None:
    """`by` makes this call."""
    _keep(callback, "taken", by, at)
    callback.state, callback.owner_id = CallbackState.TAKEN.value, by.id
    callback.taken_at = at
    callback.record("callback.taken", by, at)


def put_back(callback: Callback, *, by: User, at: datetime) -> None:
    """Not now, not me: anybody may take it."""
    _keep(callback, "put_back", by, at)
    _leave(callback, None)
    callback.record("callback.put_back", by, at)


def retry_at(callback: Callback, result: AttemptResult, at: datetime) -> datetime:
    """When to try again after `result`: by the house's rule, in the client's hours and in ours."""
    pause = rules().get(f"retry_{result.value}", 0)
    wanted = business_after(at, pause, callback.team_id)
    return next_slot(wanted, callback.window, OpeningHours.week_of(callback.team_id))


def tried(
    callback: Callback,
    result: AttemptResult,
    *,
    by: User,
    at: datetime,
    note: str = "",
    again_at: datetime | None = None,
) -> CallbackAttempt:
    """Nobody was spoken to: try again later, or give up after the last try.

    A wrong number is not called again: the client's next one is, or it is given up.
    """
    attempt = _attempt(callback, result, note, by, at)
    _keep(callback, result.value, by, at, attempt=attempt.id)
    callback.record("callback.tried", by, at, result=result.value, tries=callback.tries)
    if result is AttemptResult.WRONG_NUMBER and not _another_number(callback, by, at):
        callback.end(CallbackState.GIVEN_UP, Outcome.WRONG_NUMBER, by=by, at=at)
        return attempt
    if callback.tries >= callback.most_attempts:
        callback.end(CallbackState.GIVEN_UP, Outcome.NOT_REACHED, by=by, at=at)
        return attempt
    again_at = again_at or retry_at(callback, result, at)
    window = callback.window
    callback.window_to = rest_of(window, again_at) if window else None
    callback.window_from = callback.due_at = again_at
    _leave(callback, by if callback.reason in STAYS_WITH_ITS_OWNER else None)
    return attempt


def reached(
    callback: Callback,
    outcome: Outcome,
    *,
    by: User,
    at: datetime,
    note: str = "",
) -> CallbackAttempt:
    """They have spoken: the call-back is over, and what was said is a contact of its own."""
    attempt = _attempt(callback, AttemptResult.REACHED, note, by, at)
    _keep(callback, AttemptResult.REACHED.value, by, at, attempt=attempt.id)
    callback.owner_id = callback.owner_id or by.id
    callback.record("callback.tried", by, at, result=attempt.result, tries=callback.tries)
    callback.end(CallbackState.DONE, outcome, note, by=by, at=at)
    return attempt


def snooze(callback: Callback, until: datetime, *, by: User, at: datetime) -> None:
    """Not before `until`, which is then the moment it is due."""
    _keep(callback, "snoozed", by, at)
    window = callback.window
    callback.window_to = rest_of(window, until) if window else None
    callback.window_from = callback.due_at = until
    _leave(callback, by if callback.owner_id == by.id else None)
    callback.record("callback.snoozed", by, at, until=until.isoformat())


def hand(
    callback: Callback, *, to: User | None = None, team: Team | None = None, by: User, at: datetime
) -> None:
    """A colleague makes the call, or somebody of another team."""
    _keep(callback, "handed", by, at)
    if team is not None:
        callback.team_id = team.id
    _leave(callback, to)
    callback.record(
        "callback.handed", by, at, to=to.id if to else None, team=team.id if team else None
    )


def cancel(callback: Callback, why: Outcome, *, by: User, at: datetime, note: str = "") -> None:
    """Nobody needs to call; or, of what was only proposed, nobody ever will for that matter."""
    _keep(callback, "cancelled", by, at)
    callback.end(CallbackState.CANCELLED, why, note, by=by, at=at)


def accept(
    callback: Callback,
    *,
    by: User,
    at: datetime,
    due_at: datetime | None = None,
    to: User | None = None,
    note: str = "",
) -> None:
    """What was proposed is work from now on, perhaps with another hour, owner or word."""
    _keep(callback, "accepted", by, at)
    soon = business_after(at, rules()[f"due_{callback.reason}"], callback.team_id)
    callback.state, callback.due_at = CallbackState.OPEN.value, due_at or soon
    callback.owner_id = to.id if to else None
    if note.strip():
        callback.note = f"{callback.note}\n{note.strip()}".strip()[:2_000]
    callback.record("callback.accepted", by, at, to=callback.owner_id)


def undo(callback: Callback, *, by: User, at: datetime) -> bool:
    """Take my last deed back; False when it is too late or was somebody else's."""
    if not undoable(callback, by, at):
        return False
    deed = callback.deed or {}
    before = {name: _read(name, value) for name, value in deed["before"].items()}
    if callback.asked != deed["asked"]:  # what the client has said since then stands
        before = {name: value for name, value in before.items() if name not in CLIENTS_WISH}
        before["due_at"] = min(callback.due_at, _read("due_at", deed["before"]["due_at"]))
    for name, value in before.items():
        setattr(callback, name, value)
    if deed.get("doubted"):
        _believe_again(deed["doubted"])
    if deed.get("attempt"):
        attempt = db.session.get(CallbackAttempt, deed["attempt"])
        if attempt is not None:
            attempt.withdrawn_at = at
    callback.deed = None
    callback.record("callback.undone", by, at, deed=deed["kind"])
    return True


def conversation_of(callback: Callback) -> int | None:
    """The contact that my last deed made of what was said."""
    attempt_id = (callback.deed or {}).get("attempt")
    attempt = db.session.get(CallbackAttempt, attempt_id) if attempt_id else None
    return attempt.contact_id if attempt is not None else None


def undoable(callback: Callback, user: User, at: datetime) -> bool:
    """Whether it was my deed, just now, and nothing else has ended the call-back since."""
    deed = callback.deed
    return (
        deed is not None
        and deed["by"] == user.id
        and callback.closed_at in (None, datetime.fromisoformat(deed["at"]))
        and at - datetime.fromisoformat(deed["at"]) <= TIME_TO_UNDO
        and callback.mailed_at is None
    )


def _attempt(
    callback: Callback, result: AttemptResult, note: str, by: User, at: datetime
) -> CallbackAttempt:
    attempt = CallbackAttempt(
        callback_id=callback.id,
        user_id=by.id,
        at=at,
        result=result.value,
        note=note.strip()[:1_000],
        number=callback.number,
    )
    callback.attempts.append(attempt)
    db.session.flush()
    return attempt


def _another_number(callback: Callback, by: User, at: datetime) -> bool:
    """Whether the client can be called at another number, which counts from now on."""
    client, wrong = callback.client, callback.e164
    if client is None:
        return False
    tried_already = {attempt.number for attempt in callback.attempts if not attempt.withdrawn_at}
    for number in client.numbers:
        if number.e164 == wrong and number.level == Level.KNOWN:
            doubted = {"number": number.id, "confirmed_at": _written(number.confirmed_at)}
            callback.deed = {**(callback.deed or {}), "doubted": doubted}
            number.level, number.confirmed_at = Level.MAYBE.value, None
            record("client.number_doubted", by=by, at=at, client_id=client.id, number=number.id)
    other = next((n.e164 for n in client.numbers if n.e164 not in tried_already), None)
    callback.e164 = other or callback.e164
    return other is not None


def _believe_again(doubted: dict[str, Any]) -> None:
    number = db.session.get(ClientNumber, doubted["number"])
    if number is not None and number.level == Level.MAYBE:
        number.level = Level.KNOWN.value
        number.confirmed_at = _read("confirmed_at", doubted["confirmed_at"])


def _leave(callback: Callback, owner: User | None) -> None:
    callback.state = CallbackState.OPEN.value
    callback.owner_id, callback.taken_at = owner.id if owner else None, None


def _keep(callback: Callback, kind: str, by: User, at: datetime, **facts: Any) -> None:
    """Remember what stands, so that it can be put back."""
    before = {name: _written(getattr(callback, name)) for name in KEPT}
    callback.deed = {
        "kind": kind,
        "by": by.id,
        "at": at.isoformat(),
        "asked": callback.asked,
        "before": before,
        **facts,
    }


def _written(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _read(name: str, value: Any) -> Any:
    timed = name.endswith(("_at", "_from", "_to"))
    return datetime.fromisoformat(value) if timed and value is not None else value
