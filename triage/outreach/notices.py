"""Notices: what the back office said happened, how clients were told, and what needs a person.

Who works reads everything that may be seen and tells by telephone; who leads matches, sets aside
and sends files.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import notice_deeds
from models.base import db, now
from models.callback import Callback
from models.callback_states import CallbackReason
from models.client import Client
from models.notice import Notice, NoticeKind, NoticeState
from models.notice_batch import NoticeBatch
from models.notice_match import candidates
from models.policy import Verb, may
from models.ticket import Ticket
from models.user import User
from triage.accounts import demand
from triage.notice_labels import KINDS, STATES, WHO, WHYS
from triage.outreach import notice_files, notice_texts
from triage.outreach.notice_page import address, lead, notice_of, pages

__all__ = ["notice_files", "notice_texts", "pages"]

SIZE = 40
FIGURES = timedelta(days=14)
LATEST_FILES = 5
TO_DO = (NoticeState.UNMATCHED, NoticeState.NO_ADDRESS)


@dataclass(frozen=True)
class Asked:
    """Which notices are asked for."""

    state: str
    kind: str
    file: str
    batch: int | None
    number: int

    @classmethod
    def read(cls) -> "Asked":
        state, kind = (request.args.get(name, "") for name in ("state", "kind"))
        return cls(
            state if state in list(NoticeState) else "",
            kind if kind in list(NoticeKind) else "",
            request.args.get("file", "").strip()[:120],
            request.args.get("batch", type=int),
            max(1, request.args.get("page", 1, type=int)),
        )

    def url(self, number: int = 1, **other: object) -> str:
        kept = {"state": self.state, "kind": self.kind, "file": self.file, "batch": self.batch}
        return address("index", **(kept | {"page": number if number > 1 else None} | other))


@dataclass(frozen=True)
class Listed:
    """One page of the list."""

    rows: list[Notice]
    number: int
    more: bool


@pages.get("/notices")
def index() -> ResponseReturnValue:
    return listing(demand(Verb.WORK))


def listing(user: User, trouble: str = "", code: int = 200) -> ResponseReturnValue:
    asked, at, leads = Asked.read(), now(), may(user, Verb.LEAD)
    listed = list_of(user, asked)
    unmatched = [one for one in listed.rows if one.state == NoticeState.UNMATCHED]
    page = render_template(
        "outreach/notices.html",
        asked=asked,
        listed=listed,
        counted=Notice.counted(user),
        days=Notice.by_day(user, at - FIGURES),
        batches=db.session.scalars(NoticeBatch.latest().limit(LATEST_FILES)).all(),
        meant={one.id: candidates(one) for one in unmatched} if leads else {},
        words={"kinds": KINDS, "states": STATES, "whys": WHYS, "who": WHO},
        to_do=TO_DO,
        leads=leads,
        undo=undo(user),
        trouble=trouble,
    )
    return page, code


def list_of(user: User, asked: Asked) -> Listed:
    rows = Notice.chosen(
        user, state=asked.state, kind=asked.kind, file=asked.file, batch_id=asked.batch
    )
    beyond = rows.offset((asked.number - 1) * SIZE).limit(SIZE + 1)
    found = list(db.session.scalars(beyond))
    return Listed(found[:SIZE], asked.number, len(found) > SIZE)


# --- deeds ----------------------------------------------------------------------------------


@pages.post("/notices/<int:notice_id>/client")
def match(notice_id: int) -> ResponseReturnValue:
    """A person says whose it is, by a proposed client, or by the number of a ticket."""
    by = lead()
    notice = notice_of(by, notice_id)
    ticket = None
    if number := request.form.get("ticket", "").strip().removeprefix("#"):
        ticket = Ticket.numbered(by, int(number)) if number.isdecimal() else None
        client = ticket.target.client if ticket is not None else None
    else:
        client = Client.named(request.form.get("client", type=int))
    if client is None:
        return listing(by, _("No client was found by this number."), 422)
    target = ticket.target if ticket is not None else None
    attempt(notice_deeds.match_by_hand, notice, client.target, target, by)
    return back(notice, "client")


@pages.post("/notices/<int:notice_id>/client/undo")
def unmatch(notice_id: int) -> ResponseReturnValue:
    by = lead()
    notice = notice_of(by, notice_id)
    attempt(notice_deeds.unmatch, notice, by)
    return back()


@pages.post("/notices/<int:notice_id>/dismissal")
def dismiss(notice_id: int) -> ResponseReturnValue:
    by = lead()
    notice, why = notice_of(by, notice_id), request.form.get("why", "")
    if not why.strip():
        return listing(by, _("Say why."), 422)
    attempt(notice_deeds.dismiss, notice, why, by)
    return back(notice, "dismissal")


@pages.post("/notices/<int:notice_id>/dismissal/undo")
def put_back(notice_id: int) -> ResponseReturnValue:
    by = lead()
    attempt(notice_deeds.put_back, notice_of(by, notice_id), by)
    return back()


@pages.post("/notices/<int:notice_id>/telephone")
def tell_by_phone(notice_id: int) -> ResponseReturnValue:
    by = demand(Verb.WORK)
    notice = notice_of(by, notice_id)
    attempt(notice_deeds.tell_by_phone, notice, by)
    return back(notice, "telephone")


@pages.post("/notices/<int:notice_id>/telephone/undo")
def untell(notice_id: int) -> ResponseReturnValue:
    by = demand(Verb.WORK)
    attempt(notice_deeds.untell, notice_of(by, notice_id), by)
    return back()


@pages.post("/notices/<int:notice_id>/callback")
def owe_a_call(notice_id: int) -> ResponseReturnValue:
    """The client stands on the list of calls; once it was done, the notice is told."""
    by = demand(Verb.WORK)
    notice = notice_of(by, notice_id)
    if notice.client is None or notice.state != NoticeState.NO_ADDRESS:
        abort(409)
    owed = Callback.ask(
        client=notice.client.target,
        ticket=notice.ticket,
        topic_id=notice.topic_id,
        reason=CallbackReason.PROMISED,
        by=by,
        at=now(),
        note=str(KINDS[NoticeKind(notice.kind)]),
    )
    return redirect(url_for("calls.callback", callback_id=owed.id), 303)


def attempt(deed: Callable[..., object], *given: object) -> None:
    """Do it now; 409 where it does not stand so any more."""
    *things, by = given
    try:
        deed(*things, by=by, at=now())
    except notice_deeds.NotNow:
        abort(409)


def back(notice: Notice | None = None, done: str = "") -> ResponseReturnValue:
    """To the list from which it was done, with the way back."""
    state = request.form.get("state", "")
    kept = {"state": state if state in list(NoticeState) else None}
    if notice is not None:
        kept |= {"undo": done, "notice": str(notice.id)}
    return redirect(address("index", **kept), 303)


def undo(user: User) -> tuple[str, str] | None:
    """(what was just done, the address that takes it back)."""
    notice = Notice.seen_one(user, request.args.get("notice", 0, type=int))
    if notice is None:
        return None
    words = {
        "client": (_("Matched. The client is told in a few seconds."), "unmatch"),
        "dismissal": (_("Set aside: nobody is told."), "put_back"),
        "telephone": (_("Noted: told by telephone."), "untell"),
    }
    found = words.get(request.args.get("undo", ""))
    return (found[0], address(found[1], notice_id=notice.id)) if found else None
