"""The recipients of a mailing, one by one: read as each reads it, left out, put back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from models.base import db, now
from models.mailing import (
    NOT_BEGUN,
    Mailing,
    MailingRecipient,
    MailingState,
    NotNow,
    RecipientState,
    Why,
)
from models.mailing_sight import (
    Look,
    beside,
    hidden,
    one_seen,
    seen,
    several_seen,
)
from models.policy import Verb
from models.ticket import Ticket
from models.user import User
from triage.accounts import by_htmx, demand
from triage.display import language_name
from triage.outreach import mailing_letters
from triage.outreach.mailing_count import count_page
from triage.outreach.mailing_page import (
    changing,
    mailing_or_404,
    mailing_page,
    pages,
    step_address,
    trouble,
)
from triage.recipient_list import look_asked, why_word

ROWS = 50
LARGEST = 2**31
Deed = Callable[..., None]
"""What is decided of one recipient: of (mailing, recipient, by, at)."""


@dataclass(frozen=True)
class Row:
    """One recipient as its line shows it."""

    recipient: MailingRecipient
    ticket: Ticket | None
    reply_ticket: Ticket | None
    why: str
    changeable: bool


@dataclass(frozen=True)
class Page:
    number: int
    more: bool


def query_of(look: Look) -> dict[str, Any]:
    """The look as it stands in an address, without what is not set."""
    asked = {
        "state": next(iter(look.states), ""),
        "why": look.why,
        "language": look.language,
        "replied": "1" if look.replied else "",
        "q": look.words,
        "hand": "1" if look.hand else "",
    }
    return {name: value for name, value in asked.items() if value}


@pages.get("/mailings/<int:mailing_id>/recipients")
def recipients(mailing_id: int) -> ResponseReturnValue:
    user, mailing = demand(Verb.WORK), mailing_or_404(mailing_id)
    wanted = look_asked(request.args)
    page = max(1, min(request.args.get("page", 1, type=int), 100_000))
    rows = seen(mailing.id, user, wanted).offset((page - 1) * ROWS).limit(ROWS + 1)
    found = list(db.session.scalars(rows))
    return mailing_page(
        "mailing_recipients.html",
        mailing,
        "results" if mailing.started_at else "count",
        rows=rows_of(mailing, found[:ROWS], user),
        page=Page(page, len(found) > ROWS),
        wanted=query_of(wanted),
        recipient_states=list(RecipientState),
        undo=returned(mailing),
        # Sought by name, a count would tell of whom it is.
        private=0 if wanted.words else hidden(mailing.id, user, wanted),
    )


def rows_of(mailing: Mailing, found: list[MailingRecipient], user: User) -> list[Row]:
    ids = [one.ticket_id for one in found] + [one.reply_ticket_id for one in found]
    tickets = Ticket.seen_of(user, ids)
    return [row_of(mailing, one, tickets) for one in found]


def row_of(mailing: Mailing, one: MailingRecipient, tickets: dict[int, Ticket]) -> Row:
    queued = one.state == RecipientState.QUEUED
    left_out = one.state == RecipientState.LEFT_OUT and not one.final
    before = mailing.state in NOT_BEGUN and mailing.state != MailingState.COUNTING
    running = mailing.state in (MailingState.RUNNING, MailingState.PAUSED)
    return Row(
        one,
        tickets.get(one.ticket_id or 0),
        tickets.get(one.reply_ticket_id or 0),
        why_word(one.why),
        (queued and (before or running)) or (left_out and before),
    )


@pages.get("/mailings/<int:mailing_id>/recipients/<int:recipient_id>")
def recipient(mailing_id: int, recipient_id: int) -> ResponseReturnValue:
    """Read as this one client reads it."""
    user, mailing = demand(Verb.WORK), mailing_or_404(mailing_id)
    one = one_seen(mailing.id, recipient_id, user) or abort(404)
    before, after = beside(one, user)
    fallback = ""
    if one.why == Why.OTHER_LANGUAGE:
        name = language_name(one.language)
        fallback = _("Told in %(language)s, which is not the client’s language.", language=name)
    return mailing_page(
        "mailing_recipient.html",
        mailing,
        "results" if mailing.started_at else "count",
        row=rows_of(mailing, [one], user)[0],
        before=before,
        after=after,
        fallback=fallback,
        letter=mailing_letters.letter_to(mailing, one),
    )


@pages.post("/mailings/<int:mailing_id>/recipients/<int:recipient_id>/omission")
def omit(mailing_id: int, recipient_id: int) -> ResponseReturnValue:
    return decided(mailing_id, recipient_id, Mailing.leave_out, _("Left out."), "put_back")


@pages.post("/mailings/<int:mailing_id>/recipients/<int:recipient_id>/omission/withdrawal")
def put_back(mailing_id: int, recipient_id: int) -> ResponseReturnValue:
    return decided(mailing_id, recipient_id, Mailing.put_back, _("Put back."), "omit")


def decided(
    mailing_id: int, recipient_id: int, deed: Deed, words: str, way_back: str
) -> ResponseReturnValue:
    """What a person decides of one recipient, if it can be decided yet."""
    by, mailing = changing(mailing_id)
    one = one_seen(mailing.id, recipient_id, by) or abort(404)
    try:
        deed(mailing, one, by=by, at=now())
    except NotNow as error:
        return count_page(mailing, trouble(error)), 409
    return row_or_back(mailing, one, by, words, way_back)


@pages.post("/mailings/<int:mailing_id>/recipients/returns")
def put_several_back(mailing_id: int) -> ResponseReturnValue:
    """Those of one page of the list, after somebody has looked at them."""
    by, mailing = changing(mailing_id)
    wanted = look_asked(request.args)
    done = []
    try:
        for one in several(mailing, by, request.form.get("ids", "")):
            if one.state == RecipientState.LEFT_OUT and not one.final:
                mailing.put_back(one, by=by, at=now())
                done.append(str(one.id))
    except NotNow as error:
        return count_page(mailing, trouble(error)), 409
    address = step_address(mailing, "recipients", **query_of(wanted), returned=",".join(done))
    return redirect(address, 303)


@pages.post("/mailings/<int:mailing_id>/recipients/returns/withdrawal")
def leave_several_out(mailing_id: int) -> ResponseReturnValue:
    """Undo: the same ones are left out again, now by a person's word."""
    by, mailing = changing(mailing_id)
    for one in several(mailing, by, request.args.get("ids", "")):
        if one.state == RecipientState.QUEUED:
            mailing.leave_out(one, by=by, at=now())
    return redirect(step_address(mailing, "recipients"), 303)


def several(mailing: Mailing, user: User, written: str) -> list[MailingRecipient]:
    """Of the ids in a list, those of this mailing that `user` may see; a page at most."""
    ids = [int(one) for one in written.split(",")[:ROWS] if one.isascii() and one.isdigit()]
    return several_seen(mailing.id, [one for one in ids if one < LARGEST], user)


def returned(mailing: Mailing) -> tuple[str, str] | None:
    """(what was just done, where it is taken back)."""
    ids = request.args.get("returned", "")
    if not ids or mailing.state not in NOT_BEGUN:
        return None
    many = len(ids.split(","))
    done = ngettext("%(num)s put back.", "%(num)s put back.", many)
    return str(done), step_address(mailing, "leave_several_out", ids=ids)


def row_or_back(
    mailing: Mailing, one: MailingRecipient, by: User, done: str, back: str
) -> ResponseReturnValue:
    """The line anew where htmx asked, with what takes it back; else the list."""
    if not by_htmx():
        return redirect(step_address(mailing, "recipients"), 303)
    db.session.flush()
    row = rows_of(mailing, [one], by)[0]
    undo = (done, step_address(mailing, back, recipient_id=one.id)) if row.changeable else None
    return render_template(
        "outreach/_mailing_row.html", mailing=mailing, row=row, leads=True, undo=undo
    )
