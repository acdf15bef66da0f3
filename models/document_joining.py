"""Documents that two tickets ask for, while they are one ticket: each is asked for once."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from models.document_request import DocumentRequest
from models.standing import put_back, standing, stands
from models.ticket import Ticket

JOINED = (
    "asked_at",
    "due_on",
    "times",
    "told_at",
    "message_id",
    "reminded_at",
    "received_at",
    "contact_id",
    "untold",
)
SETTLED = (
    "received_at",
    "contact_id",
    "accepted_at",
    "accepted_by_id",
    "waived_at",
    "waived_by_id",
    "why",
)


def join(source: Ticket, target: Ticket) -> list[dict[str, Any]]:
    """The target asks for both from the first day on; the source's own request stays where it is,
    asleep. Returns by pair how the target's stood and stands."""
    waits = [one for one in DocumentRequest.of_ticket(target.id) if not one.settled]
    pairs = []
    for theirs in DocumentRequest.of_ticket(source.id):
        ours = next((one for one in waits if one.is_for(theirs.code, theirs.names)), None)
        if theirs.settled or ours is None:
            continue
        before = standing(ours, JOINED + SETTLED)
        _take_over(ours, theirs, clock=target.clock_stopped_at)
        pairs.append(
            {
                "stays": theirs.id,
                "request": ours.id,
                "was": before,
                "now": standing(ours, JOINED + SETTLED),
            }
        )
    return pairs


def part(pairs: list[Mapping[str, Any]]) -> None:
    """Both ask again as before; what came or was settled meanwhile was so for both."""
    for pair in reversed(pairs):
        ours, theirs = DocumentRequest.named(pair["request"]), DocumentRequest.named(pair["stays"])
        if ours is None or theirs is None:
            continue
        if stands(ours, pair["now"]):
            put_back(ours, pair["was"])
        else:
            put_back(theirs, standing(ours, SETTLED))


def _take_over(ours: DocumentRequest, theirs: DocumentRequest, *, clock: datetime | None) -> None:
    """The earlier dates hold; the client knows of it as soon as he knows of one, and what lies here
    for one lies here for both. Since when the ticket waits for it is told by its own date."""
    if clock != ours.asked_at:
        ours.asked_at = min(ours.asked_at, theirs.asked_at)
    ours.due_on = _earlier_day(ours.due_on, theirs.due_on)
    ours.times = max(ours.times, theirs.times)
    if ours.told_at is None:
        ours.told_at, ours.message_id = theirs.told_at, theirs.message_id
        ours.untold = theirs.untold if theirs.told_at is None else ""
    ours.reminded_at = _later(ours.reminded_at, theirs.reminded_at)
    if ours.received_at is None:
        ours.received_at, ours.contact_id = theirs.received_at, theirs.contact_id


def _earlier_day(*days: date | None) -> date | None:
    return min((day for day in days if day is not None), default=None)


def _later(*times: datetime | None) -> datetime | None:
    return max((time for time in times if time is not None), default=None)
