"""What is changed on a client's card; each change can be taken back for two minutes."""

from flask import abort, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import client_deeds
from models.base import db_safe, now
from models.client import Client
from models.client_deeds import NotPossible, Way
from models.topic import LANGUAGES
from triage import routing
from triage.clients.pages import back_to, named_in, pages, the_client
from triage.intake.phone import e164

LONGEST = 300
LONGEST_REMARK = 2_000


@pages.post("/<int:client_id>/description")
def describe(client_id: int) -> ResponseReturnValue:
    """Name, the languages written and spoken, and a remark."""
    user, client = the_client(client_id)
    said: dict[str, str | None] = {"name": typed("name"), "remark": typed("remark", LONGEST_REMARK)}
    for name in ("language", "spoken_language"):
        chosen = request.form.get(name, "")
        said[name] = chosen if chosen in LANGUAGES else None
    changed = newly_said(client, said)
    if changed.get("remark"):
        changed["remark"] = routing.masked(changed["remark"] or "")
    client_deeds.describe(client, changed, by=user, at=now())
    return back_to(client)


def newly_said(client: Client, said: dict[str, str | None]) -> dict[str, str | None]:
    """What was changed in the form: of what it showed unchanged, a colleague's word since counts.

    Two remarks of the same time both stay.
    """
    shown = {name: request.form.get(f"was_{name}") for name in said}
    changed = {
        name: value
        for name, value in said.items()
        if shown[name] is None or lines(shown[name] or "") != (value or "")
    }
    was, remark = shown["remark"], changed.get("remark")
    if remark and was is not None and client.remark not in (lines(was), remark):
        changed["remark"] = f"{client.remark}\n{remark}".strip()[:LONGEST_REMARK]
    return changed


@pages.post("/<int:client_id>/representative")
def represent(client_id: int) -> ResponseReturnValue:
    """This client writes for others, or does not."""
    user, client = the_client(client_id)
    client.represent(request.form.get("on") == "1", by=user)
    return back_to(client)


@pages.post("/<int:client_id>/ways")
def add_way(client_id: int) -> ResponseReturnValue:
    """An address or a number, whichever was typed."""
    user, client = the_client(client_id)
    words = typed("value")
    number = e164(words) if "@" not in words else None
    if number is None and ("@" not in words or " " in words):
        flash(_("This is neither an e-mail address nor a telephone number."), "warning")
        return back_to(client)
    kind = "address" if number is None else "number"
    try:
        client_deeds.add_way(client, kind, number or words, by=user, at=now())
    except NotPossible:
        flash(_("It is there already."), "warning")
    return back_to(client)


@pages.post("/<int:client_id>/ways/<kind>/<int:way_id>/confirmation")
def confirm_way(client_id: int, kind: str, way_id: int) -> ResponseReturnValue:
    user, client = the_client(client_id)
    client_deeds.confirm_way(the_way(client, kind, way_id), by=user, at=now())
    return back_to(client)


@pages.post("/<int:client_id>/ways/<kind>/<int:way_id>/removal")
def remove_way(client_id: int, kind: str, way_id: int) -> ResponseReturnValue:
    user, client = the_client(client_id)
    client_deeds.remove_way(client, the_way(client, kind, way_id), by=user, at=now())
    return back_to(client)


@pages.post("/<int:client_id>/ways/<kind>/<int:way_id>/owner")
def move_way(client_id: int, kind: str, way_id: int) -> ResponseReturnValue:
    """It is another client's, for a reason that is written down."""
    user, client = the_client(client_id)
    way, to, why = the_way(client, kind, way_id), named_in(typed("to")), masked("why")
    if to is None:
        flash(_("No client is known by that number or address."), "warning")
        return back_to(client)
    if not why:
        flash(_("Say in a word why."), "warning")
        return back_to(client)
    try:
        client_deeds.move_way(client, way, to, why, by=user, at=now())
    except NotPossible:
        flash(_("It is there already."), "warning")
    return back_to(client)


@pages.post("/<int:client_id>/withdrawal")
def take_back(client_id: int) -> ResponseReturnValue:
    """What I have just changed here was a slip."""
    user, client = the_client(client_id)
    try:
        client_deeds.take_back(client, by=user, at=now())
    except NotPossible:
        flash(_("It is too late to undo this."), "warning")
    return back_to(client)


def the_way(client: Client, kind: str, way_id: int) -> Way:
    return client_deeds.way_of(client, kind, way_id) or abort(404)


def typed(name: str, longest: int = LONGEST) -> str:
    return lines(db_safe(request.form.get(name, "")))[:longest]


def masked(name: str) -> str:
    """Words that are kept as they are typed: without anybody's national number."""
    return routing.masked(typed(name))


def lines(text: str) -> str:
    """As it is kept: a browser sends the ends of lines in its own way."""
    return text.replace("\r\n", "\n").strip()
