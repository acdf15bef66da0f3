"""Erasures: what is asked, by whom it is decided, and what exactly would go.

Two people decide. Administrators see numbers only: they read no client's matter.
"""

from datetime import timedelta

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import erasure, erasure_blocks, erasure_reach, erasure_steps
from models.base import db, now
from models.calendar import business_day
from models.client import Client
from models.contact import Contact
from models.data_export import DataExport
from models.erasure import Cause, Erasure, NotNow
from models.event import record
from models.legal_hold import LegalHold
from models.policy import Verb, may
from models.revealing import concerned
from models.ticket import Ticket
from models.user import User
from triage.accounts import demand
from triage.admin import privacy_words as words

pages = Blueprint("privacy", __name__, url_prefix="/privacy")

SHOWN = 100
SHORTEST_REASON = 5
MOST_CONTACTS = 50


@pages.get("/")
def index() -> ResponseReturnValue:
    """What waits for a decision, and what was done."""
    user = demand(Verb.ERASE)
    return the_list(user)


@pages.get("/clients/<int:client_id>")
def client(client_id: int) -> ResponseReturnValue:
    """One client: what is kept, what an erasure would take, what stands in its way."""
    user = demand(Verb.ERASE)
    return the_client(the_one(client_id), user)


@pages.post("/clients/<int:client_id>/erasure")
def ask(client_id: int) -> ResponseReturnValue:
    user, found = demand(Verb.ERASE), the_one(client_id)
    reason = request.form.get("reason", "").strip()
    if len(reason) < SHORTEST_REASON:
        return the_client(found, user, "reason"), 422
    try:
        Erasure.ask(found, [], Cause.REQUEST, reason, by=user, at=now())
    except NotNow as why:
        return the_client(found, user, str(why)), 422
    flash(_("Asked. A second person decides."))
    return redirect(url_for(".index"), 303)


@pages.post("/contacts/<int:contact_id>/erasure")
def ask_for_contact(contact_id: int) -> ResponseReturnValue:
    """One contact alone, which was sent to us by mistake."""
    user = demand(Verb.ERASE)
    contact = db.session.get(Contact, contact_id) or abort(404)
    ticket = Ticket.named(contact.ticket_id)
    if ticket is None or Ticket.numbered(user, ticket.number) is None:
        abort(404)
    reason = request.form.get("reason", "").strip()
    try:
        if len(reason) < SHORTEST_REASON:
            raise NotNow("reason")
        Erasure.ask(None, [contact], Cause.MISTAKE, reason, by=user, at=now())
    except NotNow as why:
        return the_list(user, str(why)), 422
    flash(_("Asked. A second person decides."))
    return redirect(url_for(".index"), 303)


@pages.post("/erasures/<int:erasure_id>/agreement")
def agree(erasure_id: int) -> ResponseReturnValue:
    """The second person's yes; until the day of grace is over it can be called off."""
    user, asked = demand(Verb.ERASE), Erasure.held(erasure_id) or abort(404)
    settings = current_app.extensions["settings"]
    try:
        asked.agree(by=user, at=now(), grace=timedelta(hours=settings.erasure_grace_hours))
    except NotNow as why:
        return the_list(user, str(why)), 422
    flash(_("Agreed. It can be called off until it begins."))
    return redirect(url_for(".index"), 303)


@pages.post("/erasures/<int:erasure_id>/refusal")
def refuse(erasure_id: int) -> ResponseReturnValue:
    user, asked = demand(Verb.ERASE), Erasure.held(erasure_id) or abort(404)
    try:
        asked.refuse(by=user, at=now())
    except NotNow as why:
        return the_list(user, str(why)), 422
    return redirect(url_for(".index", undo=asked.id), 303)


@pages.post("/erasures/<int:erasure_id>/turn")
def try_again(erasure_id: int) -> ResponseReturnValue:
    """What stood in its way is settled, or the disk has room again."""
    user, asked = demand(Verb.ERASE), Erasure.held(erasure_id) or abort(404)
    try:
        asked.try_again(by=user, at=now())
    except NotNow as why:
        return the_list(user, str(why)), 422
    flash(_("It will be tried again."))
    return redirect(url_for(".index"), 303)


@pages.post("/erasures/<int:erasure_id>/question")
def ask_again(erasure_id: int) -> ResponseReturnValue:
    """A refusal that was a mistake is taken back."""
    user, asked = demand(Verb.ERASE), Erasure.held(erasure_id) or abort(404)
    try:
        asked.ask_again(by=user, at=now())
    except NotNow as why:
        return the_list(user, str(why)), 422
    return redirect(url_for(".index"), 303)


@pages.post("/clients/<int:client_id>/copy")
def take_along(client_id: int) -> ResponseReturnValue:
    """All that is kept of one person, as a file for that person; for who sees the matter."""
    user, found = demand(Verb.ERASE), the_one(client_id)
    if not concerned(found, user):
        abort(404)
    at = now()
    made = DataExport.ask(
        "person", {"client": str(found.id)}, "zip", 0, by=user, language=user.language, at=at
    )
    record("client.copied", by=user, at=at, client_id=found.id, export=made.id)
    return redirect(url_for("exports.show", export_id=made.id), 303)


# --- what the pages show --------------------------------------------------------------------


def the_one(client_id: int) -> Client:
    found: Client = Client.named(client_id) or abort(404)
    return found.target


def the_list(user: User, why: str = "") -> str:
    rows = list(db.session.scalars(Erasure.newest_first().limit(SHOWN)))
    return render_template(
        "admin/privacy.html",
        erasures=rows,
        names=names_of(rows, user),
        words=words,
        mistake=words.NOT_NOW.get(why, ""),
        undo=undone(),
    )


def undone() -> Erasure | None:
    """What has just been refused, to be taken back."""
    found = Erasure.named(request.args.get("undo", 0, type=int))
    return found if found is not None and found.state == erasure.ErasureState.REFUSED else None


def the_client(found: Client, user: User, why: str = "") -> str:
    reach = erasure_reach.of_client(found)
    day = business_day(now())
    return render_template(
        "admin/privacy_client.html",
        client=found,
        name=name_of(found, user),
        counts=erasure_steps.count(reach),
        blocks=erasure_blocks.blocks(found, reach, day),
        holds=LegalHold.over(sorted(reach["client"]), sorted(reach["ticket"]), day),
        open_erasure=Erasure.open_for(found.id),
        sees=may(user, Verb.WORK) and concerned(found, user),
        contacts=list(db.session.scalars(erasure.contacts_of(found).limit(MOST_CONTACTS))),
        words=words,
        mistake=words.NOT_NOW.get(why, ""),
    )


def name_of(found: Client | None, user: User) -> str:
    """The client's name for who reads his matters; the number for everybody else."""
    if found is None:
        return ""
    return found.called if concerned(found, user) else f"#{found.id}"


def names_of(rows: list[Erasure], user: User) -> dict[int, str]:
    return {row.id: name_of(Client.named(row.client_id), user) for row in rows}
