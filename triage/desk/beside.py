"""What stands beside a ticket: others of the same matter, what was merged into it, who else is
here, what I was writing."""

from typing import Any

from models.base import db, now
from models.draft import Draft, Viewer
from models.merge import TicketMerge, origins
from models.message import Kind, Message, Sending
from models.thread import TicketFile
from models.ticket import Ticket
from models.together import likely_duplicates, same_matter, sorted_out
from models.user import User


def beside(user: User, ticket: Ticket, messages: list[Message]) -> dict[str, Any]:
    """`origins`, `merges`: what was another ticket's; `alike`: of the same matter, the open ones
    first; `together`: which of these one key may end with it; `present`; `drafts` by kind;
    `lent`: files of another ticket's contact."""
    at = now()
    whose, topic_id = ticket.client_id, ticket.topic_id
    waiting = [one for one in same_matter(ticket, topic_id, at, seen_by=user) if one is not ticket]
    lately = likely_duplicates(whose, topic_id, at, seen_by=user)
    alike = waiting + [one for one in lately if one is not ticket and one not in waiting]
    merges = TicketMerge.within(ticket.id)
    drafts = list(db.session.scalars(Draft.standing(user, [ticket.id])))
    return {
        "origins": origins(ticket.id) if merges else {},
        "merges": {made.id: made for made in merges if made.into_id == ticket.id},
        "alike": alike,
        "together": sorted_out(waiting) if waiting and has_answer(ticket, messages) else None,
        "present": Viewer.others(user, [ticket.id], at).get(ticket.id, []),
        "drafts": {draft.kind: draft for draft in drafts},
        "lent": TicketFile.of_ticket(ticket.id),
        "left_drafts": left_drafts(user, merges),
    }


def on_rows(user: User, ticket_ids: list[int]) -> dict[str, Any]:
    """`present_on`: who else has each of these tickets open; `drafts_on`: where I was writing."""
    drafts = db.session.scalars(Draft.standing(user, ticket_ids))
    return {
        "present_on": Viewer.others(user, ticket_ids, now()),
        "drafts_on": {draft.ticket_id for draft in drafts},
    }


def has_answer(ticket: Ticket, messages: list[Message]) -> bool:
    """Whether something was said to the client that may count for another ticket as well."""
    return bool(ticket.told) or last_answer(messages) is not None


def last_answer(messages: list[Message]) -> Message | None:
    """The last answer of a person that left or is about to."""
    gone = (Sending.WAITING, Sending.SENT)
    return next(
        (one for one in reversed(messages) if one.kind == Kind.REPLY and one.state in gone), None
    )


def left_drafts(user: User, merges: list[TicketMerge]) -> list[tuple[int, Draft]]:
    """(number, draft): what I was writing on a ticket that came in, while I write here too."""
    numbers = {made.from_id: made.source.number for made in merges}
    if not numbers:
        return []
    left = db.session.scalars(Draft.standing(user, list(numbers)))
    return [(numbers[draft.ticket_id], draft) for draft in left]
