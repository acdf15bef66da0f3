"""What I have just done to a ticket: offered for undoing as long as an answer is."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from models import second_matter, together
from models.base import db, now
from models.contact import Contact
from models.correspondence import GRACE
from models.draft import Draft
from models.event import Event
from models.prediction import Correction
from models.ticket import Ticket
from models.user import User
from triage.display import full, topic_name


class Deed(NamedTuple):
    """What was done, in words, the endpoint that undoes it, and what that must be told."""

    words: str
    undo: str
    facts: dict[str, Any] = {}


def last_deed(ticket: Ticket, contacts: list[Contact], user: User) -> Deed | None:
    """The last that I did within the last ten seconds and can take back."""
    since = now() - GRACE
    found = [
        topic_chosen(contacts, user, since),
        split_off(ticket, user, since),
        ended_together(ticket, user, since),
        thrown_away(ticket, user, since),
        told_by_event(ticket, user, since),
    ]
    done = [one for one in found if one is not None]
    return max(done, key=lambda one: one[0])[1] if done else None


Found = tuple[datetime, Deed] | None


def topic_chosen(contacts: list[Contact], user: User, since: datetime) -> Found:
    said = Correction.last_of(contacts[-1].id) if contacts else None
    if said is None or said.by_id != user.id or said.at < since:
        return None
    filed = topic_name(said.subtopic_id or said.topic_id)
    return said.at, Deed(_("Filed under %(topic)s.", topic=filed), "desk.unchoose")


def split_off(ticket: Ticket, user: User, since: datetime) -> Found:
    split = second_matter.last_split(ticket)
    if split is None or split[1].actor_id != user.id or split[1].at < since:
        return None
    words = _("#%(own)s was made of it.", own=split[0].number)
    return split[1].at, Deed(words, "desk.put_together")


def ended_together(ticket: Ticket, user: User, since: datetime) -> Found:
    change = together.last_of(user, since)
    if change is None or change.change.get("beside") not in (None, ticket.number):
        return None
    ended = ", ".join(f"#{number}" for number in change.change["settled"]) or "—"
    words = _("Ended together: %(numbers)s.", numbers=ended)
    return change.at, Deed(words, "desk.undo_together", {"ended_id": change.id})


def thrown_away(ticket: Ticket, user: User, since: datetime) -> Found:
    draft = db.session.scalar(Draft.thrown_away(user, ticket.id, since))
    if draft is None or draft.ended_at is None:
        return None
    return draft.ended_at, Deed(_("Draft thrown away."), "desk.restore_draft", {"what": draft.kind})


def told_by_event(ticket: Ticket, user: User, since: datetime) -> Found:
    mine = Event.of_ticket(ticket.id).where(
        Event.actor_id == user.id,
        Event.at >= since,
        Event.kind.in_([*BY_EVENT, *TAKEN_BACK]),
    )
    event = db.session.scalars(mine.order_by(None).order_by(Event.id.desc()).limit(1)).first()
    if event is None or event.kind not in BY_EVENT:
        return None
    return event.at, BY_EVENT[event.kind](event.facts)


def _took_in(facts: dict[str, Any]) -> Deed:
    words = _("#%(number)s is part of this ticket now.", number=facts["number"])
    return Deed(words, "desk.take_apart", {"joined_id": facts["merge"]})


def _gave_back(facts: dict[str, Any]) -> Deed:
    words = _("#%(own)s is a ticket of its own again.", own=facts["number"])
    return Deed(words, "desk.put_in", {"other": facts["number"]})


def _linked(facts: dict[str, Any]) -> Deed:
    words = _("Linked with #%(number)s.", number=facts["number"])
    return Deed(words, "desk.unlink", {"other_number": facts["number"]})


def _unlinked(facts: dict[str, Any]) -> Deed:
    words = _("No longer linked with #%(number)s.", number=facts["number"])
    return Deed(words, "desk.link", {"other": facts["number"], "why": facts["why"]})


def _split(facts: dict[str, Any]) -> Deed:
    words = _("#%(own)s was made of it.", own=facts["number"])
    return Deed(words, "desk.unsplit", {"other_number": facts["number"]})


def _laid_aside(facts: dict[str, Any]) -> Deed:
    until = full(datetime.fromisoformat(facts["until"]))
    return Deed(_("Laid aside until %(when)s.", when=until), "desk.unsnooze")


def _did_with_document(words: LazyString) -> Callable[[dict[str, Any]], Deed]:
    def deed(facts: dict[str, Any]) -> Deed:
        return Deed(str(words), "desk.undo_document", {"request_id": facts["request"]})

    return deed


def _ended_links(_facts: dict[str, Any]) -> Deed:
    return Deed(_("Links sent before lead nowhere now."), "desk.restore_page_links")


BY_EVENT: dict[str, Callable[[dict[str, Any]], Deed]] = {
    "ticket.took_in": _took_in,
    "ticket.gave_back": _gave_back,
    "ticket.linked": _linked,
    "ticket.unlinked": _unlinked,
    "ticket.split": _split,
    "ticket.snoozed": _laid_aside,
    "document.asked": _did_with_document(lazy("The client is asked for the document.")),
    "document.received": _did_with_document(lazy("The document has come.")),
    "document.accepted": _did_with_document(lazy("The document is in order.")),
    "document.rejected": _did_with_document(lazy("The client is asked for it once more.")),
    "document.waived": _did_with_document(lazy("The document is not needed any more.")),
    "ticket.links_revoked": _ended_links,
}
TAKEN_BACK = (
    "ticket.unsnoozed",
    "ticket.split_undone",
    "document.deed_undone",
    "ticket.links_restored",
)
"""After these nothing is offered: what they end is over."""
