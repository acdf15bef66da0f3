"""Tickets that belong together: one merged pair, one linked pair, and an answer half written."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from models.base import db
from models.draft import Draft, DraftKind
from models.merge import merge, why_not
from models.ticket import Ticket
from models.user import User

HALF_WRITTEN = "Bonjour,\n\nVotre paiement de mai part"


def furnish(at: datetime, nadia: User, koen: User) -> None:
    """Of what waits on the last day; nothing where no client has come twice."""
    waiting = list(db.session.scalars(Ticket.waiting_since(at - timedelta(days=30))))
    topics = pairs(waiting, lambda one: (one.client_id, one.topic_id))
    for earlier, later in topics:
        if why_not(later, earlier, at) is None:
            merge(later, earlier, by=koen, at=at)
            break
    clients = pairs(waiting, lambda one: (one.client_id,))
    for earlier, later in clients:
        if earlier.topic_id != later.topic_id and None is later.merged_into_id:
            earlier.link(later, "related")
            break
    mine = next((one for one in reversed(waiting) if one.language == "fr" and one.client_id), None)
    if mine is not None and mine.merged_into_id is None:
        Draft.save(nadia, mine.id, DraftKind.REPLY, HALF_WRITTEN, page="demo", revision=1, at=at)


def pairs(
    tickets: Iterable[Ticket], of: Callable[[Ticket], tuple[object, ...]]
) -> list[tuple[Ticket, Ticket]]:
    """The first two tickets of each that has several and is known in every part.

    Who writes for many has a matter for each of them, and a machine's flood is a scene of its own.
    """
    tickets = list(tickets)
    floods = {ticket.client_id for ticket in tickets if ticket.burst_of is not None}
    alike: dict[tuple[object, ...], list[Ticket]] = defaultdict(list)
    for ticket in tickets:
        alone = ticket.merged_into_id is None and ticket.client_id not in floods
        own = ticket.client is not None and not ticket.client.represents_others
        if None not in of(ticket) and alone and own:
            alike[of(ticket)].append(ticket)
    return [(found[0], found[1]) for found in alike.values() if len(found) > 1]
