"""One change of many tickets: previewed, made with a check of each, undone by one key.

A few are changed at once; many by a worker, a handful at a time, with progress to look at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from models import outbox, ticket_clock, together, urgency
from models.base import db, now, transaction
from models.bulk_change import BulkChange, Stage
from models.calendar import business_day
from models.contact import Contact
from models.ending import Ending
from models.event import record
from models.outbox import Job, later
from models.policy import Verb, may
from models.prediction import Correction
from models.standing import put_back, standing
from models.team import Team
from models.ticket import Status, Ticket
from models.user import User
from triage import labels, routing

MOST = 5_000
"""More than that at once is no choice any more."""
AT_ONCE = 200
"""So many are changed while the person waits."""
TURN = 100
LEASE = timedelta(minutes=2)
PAUSE = timedelta(seconds=20)
KEPT = (
    "status",
    "disposition",
    "closed_at",
    "assignee_id",
    "needs_choice",
    "topic_id",
    "subtopic_id",
    "intent_id",
    "team_id",
    "decision",
    "urgent",
    "urgent_until",
    "due_at",
    "clock_stopped_at",
    "snoozed_until",
    "snoozed_by_id",
)
"""What such a change may touch, and what undoing it puts back."""


class Kind(StrEnum):
    """What can be changed of several at once."""

    ASSIGN = "assign"
    TOPIC = "topic"
    TEAM = "team"
    STATUS = "status"
    SNOOZE = "snooze"
    URGENCY = "urgency"
    CLOSE = "close"


class Passed(StrEnum):
    """Why a chosen ticket stays as it is; the reasons of `together` stand beside these."""

    CLOSED = "closed"
    SAME = "same"
    RESTRICTED = "restricted"
    HEALTH = "health"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True)
class Wish:
    """A change: what of a ticket, and to what."""

    kind: Kind
    value: str

    def sensible(self, at: datetime) -> bool:
        """Whether it names something that there is."""
        value = self.value
        if self.kind is Kind.ASSIGN:
            colleague = User.named(int(value)) if _is_id(value) else None
            return not value or (colleague is not None and may(colleague, Verb.WORK))
        if self.kind is Kind.TOPIC:
            return labels.topic_in(value) is not None
        if self.kind is Kind.TEAM:
            return _is_id(value) and Team.named(int(value)) is not None
        if self.kind is Kind.STATUS:
            return value in (Status.OPEN, Status.WAITING)
        if self.kind is Kind.SNOOZE:
            return _moment(value) is not None and _until(value) > at
        if self.kind is Kind.URGENCY:
            return value in ("0", "1")
        return Ending.choosable(value, business_day(at)) is not None


@dataclass(frozen=True)
class Preview:
    """What a wish would do to the chosen tickets."""

    changes: int
    passed: dict[str, list[int]]
    """By reason: the numbers of the tickets that stay as they are."""


def preview(change: BulkChange, wish: Wish, user: User) -> Preview:
    found = Ticket.seen_of(user, list(change.versions))
    reasons = [(ticket, _why_not(ticket, wish)) for ticket in found.values()]
    passed: dict[str, list[int]] = {}
    for ticket, why in reasons:
        if why is not None:
            passed.setdefault(why, []).append(ticket.number)
    return Preview(sum(why is None for _, why in reasons), passed)


def run(change: BulkChange, wish: Wish, *, by: User, at: datetime) -> None:
    """Make the change: at once when it is small, else as a promise for a worker."""
    change.at = at
    change.note(stage=Stage.RUNNING.value, do=[wish.kind.value, wish.value], passed={})
    _begin(change, len(change.versions), by, at)


def undo(change: BulkChange, *, by: User, at: datetime) -> None:
    """Take it back; a ticket that somebody has changed since stays, and is named."""
    if change.stage is not Stage.DONE or change.undone_at is not None:
        return
    change.undone_at = at
    change.note(stage=Stage.UNDOING.value, undone=[], stays=[])
    _begin(change, len(change.before), by, at)


def work_waiting(owner: str) -> int:
    """A worker's turn at what is too large for one request."""
    with transaction():
        claims = outbox.claim(Job.BULK, owner, 1, LEASE)
    for claimed in claims:
        try:
            with transaction():
                outbox.finish(claimed, owner)
                _go_on(claimed.ref_id)
        except outbox.LeaseLost:
            continue
        except Exception as failure:
            with transaction():
                _failed(claimed, owner, repr(failure))
    return len(claims)


def _go_on(change_id: int) -> None:
    change = BulkChange.held(change_id)
    by = User.named(change.by_id) if change is not None else None
    if change is not None and by is not None and change.stage in (Stage.RUNNING, Stage.UNDOING):
        _turn(change, TURN, by, now())


def _failed(claimed: outbox.Claim, owner: str, error: str) -> None:
    """Try again; in the end stop where it stands, and say so on its page."""
    if not claimed.last_try:
        outbox.fail(claimed, owner, error, PAUSE)
        return
    outbox.give_up(claimed, owner, error)
    change = BulkChange.held(claimed.ref_id)
    if change is not None:
        change.note(stage=Stage.DONE.value, stopped=True)


def _begin(change: BulkChange, count: int, by: User, at: datetime) -> None:
    if count <= AT_ONCE:
        _turn(change, AT_ONCE, by, at)
    else:
        later(Job.BULK, change.id, cause=_step(change))


def _turn(change: BulkChange, most: int, by: User, at: datetime) -> None:
    """Some tickets more; the last turn says that it is done."""
    if change.stage is Stage.RUNNING:
        _make(change, change.left[:most], by)
        ended, left = Stage.DONE, bool(change.left)
    else:
        had = set(change.change.get("undone", []))
        _unmake(change, [one for one in map(int, change.before) if one not in had][:most], by, at)
        ended, left = Stage.UNDONE, len(change.change["undone"]) < len(change.before)
    if left:
        later(Job.BULK, change.id, cause=_step(change))
    else:
        change.note(stage=ended.value)


def _step(change: BulkChange) -> str:
    """A promise of its own for each turn."""
    done = len(change.before) + len(change.passed) + len(change.change.get("undone", []))
    return f"{change.stage}:{done}"


# --- one ticket after the other -------------------------------------------------------------


def _make(change: BulkChange, ids: Sequence[int], by: User) -> None:
    kind, value = change.change["do"]
    wish, at = Wish(Kind(kind), value), change.at
    found = {ticket.id: ticket for ticket in Ticket.hold(by, ids)}
    passed = {str(one): why for one, why in change.passed.items()}
    changed: dict[int, dict[str, object]] = {}
    for ticket_id in ids:
        ticket = found.get(ticket_id)
        why = _passed_over(ticket, change.versions[ticket_id], wish)
        if ticket is None or why is not None:
            passed[str(ticket_id)] = why or Passed.GONE.value
            continue
        changed[ticket_id] = standing(ticket, KEPT)
        _apply(ticket, wish, by, at)
        record("ticket.changed", by=by, at=at, ticket_id=ticket_id, change=change.id, what=kind)
    db.session.flush()
    change.before = change.before | {
        str(one): {"was": was, "version": found[one].version} for one, was in changed.items()
    }
    change.note(passed=passed)


def _unmake(change: BulkChange, ids: Sequence[int], by: User, at: datetime) -> None:
    stays = list(change.change.get("stays", []))
    for ticket in Ticket.hold(None, ids):
        kept = change.before[str(ticket.id)]
        if ticket.version != kept["version"] or ticket.merged_into_id is not None:
            stays.append(ticket.number)
            continue
        if change.change["do"][0] == Kind.TOPIC:
            _unsay(ticket, change, by)
        if ticket.closed:
            ticket.open_again()  # with the calls that ended with it
        put_back(ticket, kept["was"])
        record("ticket.change_undone", by=by, at=at, ticket_id=ticket.id, change=change.id)
    change.note(stays=stays, undone=[*change.change.get("undone", []), *ids])


def _passed_over(ticket: Ticket | None, version: int, wish: Wish) -> str | None:
    if ticket is None or ticket.merged_into_id is not None:
        return Passed.GONE.value
    return _why_not(ticket, wish) or (Passed.CHANGED.value if ticket.version != version else None)


def _why_not(ticket: Ticket, wish: Wish) -> str | None:
    """Why this ticket stays as it is, if it does."""
    if wish.kind is Kind.CLOSE:
        apart = together.sorted_out([ticket]).apart
        return apart[0][1].value if apart else None
    if ticket.closed:
        return Passed.CLOSED.value
    if wish.kind in (Kind.ASSIGN, Kind.TOPIC, Kind.TEAM):
        if ticket.topic is not None and ticket.topic.restricted:
            return Passed.RESTRICTED.value
        if ticket.health:
            return Passed.HEALTH.value
    return Passed.SAME.value if _is_so(ticket, wish) else None


def _is_so(ticket: Ticket, wish: Wish) -> bool:
    return {
        Kind.ASSIGN: str(ticket.assignee_id or "") == wish.value,
        Kind.TOPIC: wish.value == (ticket.subtopic_id or ticket.topic_id)
        and not ticket.needs_choice,
        Kind.TEAM: str(ticket.team_id) == wish.value,
        Kind.STATUS: ticket.status == wish.value,
        Kind.URGENCY: ticket.urgent == (wish.value == "1") and ticket.urgent_until is None,
    }.get(wish.kind, False)


def _apply(ticket: Ticket, wish: Wish, by: User, at: datetime) -> None:
    if wish.kind is Kind.ASSIGN:
        ticket.assign(User.named(int(wish.value)) if wish.value else None, by=by)
    elif wish.kind is Kind.TOPIC:
        topic, subtopic = labels.topic_in(wish.value) or (wish.value, None)
        routing.correct(ticket, topic, subtopic, None, by=by, at=at)
    elif wish.kind is Kind.TEAM:
        ticket.hand_to(int(wish.value), by=by, at=at)
    elif wish.kind is Kind.STATUS:
        ticket.stand(Status(wish.value), by=by, at=at)
    elif wish.kind is Kind.SNOOZE:
        ticket_clock.snooze(ticket, _until(wish.value), by=by, at=at)
    elif wish.kind is Kind.URGENCY:
        urgency.decide(ticket, wish.value == "1", by=by)
    else:
        ticket.close(wish.value, by=by, at=at)


def _unsay(ticket: Ticket, change: BulkChange, by: User) -> None:
    """The word on what its contacts are about was a slip, as if it had not been said."""
    for contact in db.session.scalars(Contact.of_ticket(ticket.id)).all():
        said = Correction.last_of(contact.id)
        if said is not None and said.by_id == by.id and said.at == change.at:
            labels.take_back(contact, by=by, at=change.at)


def _is_id(value: str) -> bool:
    return value.isdecimal() and len(value) < 10


def _moment(value: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _until(value: str) -> datetime:
    found = _moment(value)
    assert found is not None
    return found
