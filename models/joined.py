"""What a ticket is like once another has gone into it: one rule for every column.

The ticket that stays keeps its word; what is owed is owed by the earlier date and by nobody's
forgetting. Times and people come in from the two tickets alone.
"""

from datetime import datetime
from typing import Any

from models.ticket import Status, Ticket

COLUMNS = (
    "client_id",
    "topic_id",
    "subtopic_id",
    "intent_id",
    "decision",
    "needs_choice",
    "team_id",
    "language",
    "assignee_id",
    "status",
    "closed_at",
    "disposition",
    "due_at",
    "clock_stopped_at",
    "warned_at",
    "breached_at",
    "snoozed_until",
    "snoozed_by_id",
    "urgent",
    "urgent_until",
    "first_answer_at",
    "deadline_on",
    "deadline_version_id",
    "deadline_name",
    "deadline_quarter",
    "told",
    "flagged",
    "attention",
    "health",
    "burst_of",
    "contacts_count",
    "preview",
    "last_contact_at",
)
"""What a merge may change, and what an unmerge puts back."""
WORK = (
    "status",
    "closed_at",
    "disposition",
    "due_at",
    "clock_stopped_at",
    "warned_at",
    "breached_at",
    "snoozed_until",
    "snoozed_by_id",
    "preview",
    "last_contact_at",
)
"""Of these, what was said since has the last word."""
FILED = ("topic_id", "subtopic_id", "intent_id", "decision", "needs_choice", "team_id")


def joined(source: Ticket, target: Ticket) -> dict[str, Any]:
    """The columns of `target` that change when `source` goes into it."""
    newer = source if source.last_contact_at > target.last_contact_at else target
    found: dict[str, Any] = {
        "client_id": target.client_id or source.client_id,
        "language": target.language or source.language,
        "assignee_id": target.assignee_id or source.assignee_id,
        "first_answer_at": _earlier(source.first_answer_at, target.first_answer_at),
        "contacts_count": target.contacts_count + source.contacts_count,
        "preview": newer.preview,
        "last_contact_at": newer.last_contact_at,
        "told": "\n".join(dict.fromkeys(line for line in (target.told, source.told) if line)),
        "flagged": target.flagged or source.flagged,
        "attention": target.attention or source.attention,
        "health": target.health or source.health,
        "deadline_quarter": target.deadline_quarter or source.deadline_quarter,
        **_urgency(source, target),
        **_deadline(source, target),
        **_work(source, target),
    }
    if source.topic_id is not None and (
        target.topic_id is None or (target.needs_choice and not source.needs_choice)
    ):
        found |= {name: getattr(source, name) for name in FILED}
    elif found["status"] == Status.CLOSED:
        found["needs_choice"] = False
    return {name: value for name, value in found.items() if value != getattr(target, name)}


def _work(source: Ticket, target: Ticket) -> dict[str, Any]:
    """Whoever of the two still waits for us decides: the work goes on, by the earlier promise."""
    if source.closed:
        return {"status": target.status}
    if target.closed:
        return _as_in(source) | {"closed_at": None, "disposition": None}
    owing = [one for one in (target, source) if one.status != Status.WAITING]
    if not owing:
        return {"status": target.status} | _sleep(source, target)
    if len(owing) == 1:
        return _as_in(owing[0])
    new = target.status == source.status == Status.NEW
    first = min(owing, key=lambda one: (one.due_at is None, one.due_at, one is source))
    return {
        "status": (Status.NEW if new else Status.OPEN).value,
        **{name: getattr(first, name) for name in ("due_at", "warned_at", "breached_at")},
        **_sleep(source, target),
    }


def _as_in(owing: Ticket) -> dict[str, Any]:
    names = ("status", "due_at", "warned_at", "breached_at", "snoozed_until", "snoozed_by_id")
    return {name: getattr(owing, name) for name in (*names, "clock_stopped_at")}


def _sleep(source: Ticket, target: Ticket) -> dict[str, Any]:
    """It sleeps while both do, and wakes with the first."""
    asleep = [one for one in (target, source) if one.snoozed_until is not None]
    if len(asleep) < 2:
        return {"snoozed_until": None, "snoozed_by_id": None}
    first = min(asleep, key=lambda one: one.snoozed_until or one.opened_at)
    return {"snoozed_until": first.snoozed_until, "snoozed_by_id": first.snoozed_by_id}


def _urgency(source: Ticket, target: Ticket) -> dict[str, Any]:
    """A person's word that waiting does harm outlives a machine's."""
    urgent = [one for one in (target, source) if one.urgent]
    ends = [one.urgent_until for one in urgent]
    last = None if not ends or None in ends else max(end for end in ends if end is not None)
    return {"urgent": bool(urgent), "urgent_until": last}


def _deadline(source: Ticket, target: Ticket) -> dict[str, Any]:
    """The nearer day on which the client loses something."""
    nearer = source.deadline_on is not None and (
        target.deadline_on is None or source.deadline_on < target.deadline_on
    )
    names = ("deadline_on", "deadline_version_id", "deadline_name")
    return {name: getattr(source, name) for name in names} if nearer else {}


def _earlier(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time is not None), default=None)
