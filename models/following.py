"""What follows a ticket into another one, row by row, and goes back exactly where it was."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import aliased

from models.base import db
from models.callback import Callback
from models.contact import Contact
from models.document_request import DocumentRequest
from models.draft import Draft
from models.files import Attachment
from models.flag import Flag
from models.mandate import Represented
from models.message import Message
from models.note import Note
from models.prepared import PreparedAnswer, Readiness
from models.stale_day import StaleDay
from models.thread import MERGED, TicketContact, TicketFile, TicketLink
from models.ticket import Ticket
from models.wrap_up import WrapUp

FOLLOWING = (Note, Callback, Flag, WrapUp, Represented, DocumentRequest)
"""Rows that simply belong to the other ticket from now on."""


def contacts_follow(source: Ticket, target: Ticket, at: datetime) -> dict[str, int]:
    """The places that the contacts had, by contact."""
    standing = select(TicketContact).where(
        TicketContact.ticket_id == source.id, TicketContact.until.is_(None)
    )
    places = db.session.scalars(standing.order_by(TicketContact.id)).all()
    for place in places:
        place.until = at
    db.session.flush()
    for place in places:
        db.session.add(
            TicketContact(ticket_id=target.id, contact_id=place.contact_id, since=at, rule=MERGED)
        )
    _changed(source, Contact.ticket_id == source.id)
    db.session.execute(
        update(Contact).where(Contact.ticket_id == source.id).values(ticket_id=target.id)
    )
    return {str(place.contact_id): place.id for place in places}


def _changed(source: Ticket, which: ColumnElement[bool]) -> None:
    """The days on which its contacts were said, and it was opened, answered and closed."""
    StaleDay.mark_contacts(which)
    StaleDay.mark(source.opened_at, source.first_answer_at, source.closed_at)


def files_follow(source: Ticket, target: Ticket) -> list[int]:
    """The files of other tickets that the target shows from now on, because the source did."""
    here = select(Attachment.id).join(Contact, Contact.id == Attachment.contact_id)
    lent = select(TicketFile.attachment_id).where(TicketFile.ticket_id == source.id)
    known = select(TicketFile.attachment_id).where(TicketFile.ticket_id == target.id)
    new = here.where(
        Attachment.id.in_(lent), Attachment.id.not_in(known), Contact.ticket_id != target.id
    )
    ids = list(db.session.scalars(new.order_by(Attachment.id)))
    db.session.add_all(TicketFile(ticket_id=target.id, attachment_id=one) for one in ids)
    return ids


def rows_follow(
    source: Ticket, target: Ticket, causes: dict[str, str], stays: Collection[int] = ()
) -> dict[str, list[int]]:
    """The ids of the rows that went along, by table; the requests that stay are asked there too."""
    moved: dict[str, list[int]] = {}
    for message in db.session.scalars(select(Message).where(Message.ticket_id == source.id)):
        causes[str(message.id)] = message.cause
        message.ticket_id, message.cause = target.id, f"{message.cause}/{source.id}"
    moved["message"] = [int(message_id) for message_id in causes]
    for model in FOLLOWING:
        here = [DocumentRequest.id.not_in(stays)] if model is DocumentRequest else []
        moved[model.__tablename__] = _move(model, source, target, here)
    has = select(PreparedAnswer.reply_id).where(PreparedAnswer.ticket_id == target.id)
    moved["prepared_answer"] = _move(
        PreparedAnswer,
        source,
        target,
        [
            PreparedAnswer.state == Readiness.PREPARED.value,
            PreparedAnswer.reply_id.not_in(has),
        ],
    )
    moved["draft"] = _move_drafts(source, target)
    return moved


def _move_drafts(source: Ticket, target: Ticket) -> list[int]:
    """What somebody is writing goes along, unless the same person writes in the target too.

    What that person has thrown away in the target makes room for it.
    """
    coming = aliased(Draft)
    same = select(coming.id).where(
        coming.ticket_id == source.id,
        coming.ended_at.is_(None),
        coming.user_id == Draft.user_id,
        coming.kind == Draft.kind,
    )
    over = delete(Draft).where(
        Draft.ticket_id == target.id, Draft.ended_at.is_not(None), same.exists()
    )
    db.session.execute(over.execution_options(synchronize_session="fetch"))
    there = select(Draft.id).where(Draft.ticket_id == target.id)
    also = aliased(Draft)
    twice = there.join(also, (also.user_id == Draft.user_id) & (also.kind == Draft.kind))
    keep = twice.with_only_columns(also.id).where(also.ticket_id == source.id)
    return _move(Draft, source, target, [Draft.ended_at.is_(None), Draft.id.not_in(keep)])


def _move(
    model: Any, source: Ticket, target: Ticket, conditions: Iterable[ColumnElement[bool]]
) -> list[int]:
    mine = select(model.id).where(model.ticket_id == source.id, *conditions).order_by(model.id)
    ids = list(db.session.scalars(mine))
    if ids:
        db.session.execute(update(model).where(model.id.in_(ids)).values(ticket_id=target.id))
    return ids


def links_follow(source: Ticket, target: Ticket) -> dict[str, list[Any]]:
    """The target knows whom the source knew; of each other they need not know any more."""
    known = TicketLink.reasons(target.id)
    made, dropped = [], []
    for link in db.session.scalars(TicketLink.of_ticket(source.id)).all():
        other = link.other_id if link.ticket_id == source.id else link.ticket_id
        if other == target.id:
            dropped.append([link.ticket_id, link.other_id, link.why])
            db.session.delete(link)
        elif other not in known:
            TicketLink.keep(target.id, other, link.why)
            made.append([target.id, other])
    db.session.flush()
    return {"links_made": made, "links_dropped": dropped}


# --- and back -------------------------------------------------------------------------------


def contacts_return(source: Ticket, target: Ticket, places: Mapping[str, int]) -> int:
    """How many went back; one that has a ticket of its own by now stays there."""
    merged = select(TicketContact).where(
        TicketContact.ticket_id == target.id,
        TicketContact.contact_id.in_([int(contact_id) for contact_id in places]),
        TicketContact.rule == MERGED,
        TicketContact.until.is_(None),
    )
    ids = []
    for place in db.session.scalars(merged).all():
        ids.append(place.contact_id)
        db.session.delete(place)
    db.session.flush()
    before = [places[str(contact_id)] for contact_id in ids]
    db.session.execute(update(TicketContact).where(TicketContact.id.in_(before)).values(until=None))
    db.session.execute(update(Contact).where(Contact.id.in_(ids)).values(ticket_id=source.id))
    _changed(source, Contact.ticket_id == source.id)
    return len(ids)


def rows_return(source: Ticket, target: Ticket, before: Mapping[str, Any]) -> None:
    causes = before["causes"]
    for message in db.session.scalars(
        select(Message).where(
            Message.id.in_(before["moved"]["message"]), Message.ticket_id == target.id
        )
    ):
        message.ticket_id, message.cause = source.id, causes[str(message.id)]
    for model in (*FOLLOWING, PreparedAnswer, Draft):
        back = update(model).where(
            model.id.in_(before["moved"].get(model.__tablename__, [])),
            model.ticket_id == target.id,
        )
        if model is PreparedAnswer:
            back = back.where(PreparedAnswer.state != Readiness.SENT.value)
        db.session.execute(back.values(ticket_id=source.id))


def files_return(target: Ticket, ids: Iterable[int]) -> None:
    shown = delete(TicketFile).where(
        TicketFile.ticket_id == target.id, TicketFile.attachment_id.in_(list(ids))
    )
    db.session.execute(shown)


def links_return(before: Mapping[str, Any]) -> None:
    for ticket_id, other_id in before["links_made"]:
        TicketLink.drop(ticket_id, other_id)
    for ticket_id, other_id, why in before["links_dropped"]:
        TicketLink.keep(ticket_id, other_id, why)
