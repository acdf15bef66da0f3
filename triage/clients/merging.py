"""Two records of one person: who may be the same, side by side, put together, taken apart."""

from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import timeline
from models.base import db, db_safe, now
from models.client import Client
from models.client_likeness import Candidate, candidates
from models.client_merge import ClientMerge, NotToBeMerged, merge, unmerge
from models.policy import Verb
from models.revealing import open_cards
from models.ticket import Ticket
from models.timeline import Figures
from models.user import User
from triage.accounts import demand
from triage.clients.pages import back_to, opens, pages, the_client


@dataclass(frozen=True)
class Record:
    """One of two records, with what the reader may see of it."""

    client: Client
    figures: Figures
    open_tickets: list[Ticket]


@pages.get("/<int:client_id>/doubles")
def doubles(client_id: int) -> ResponseReturnValue:
    """Who may be the same person; or two records side by side, when one was chosen."""
    user, client = the_client(client_id)
    words = db_safe(request.args.get("q", "")).strip()[:200]
    other = chosen(client, request.args.get("other", type=int), user)
    found = list(db.session.scalars(Client.found_by(words))) if len(words) > 1 else []
    opened = open_cards(found, user, now())
    return render_template(
        "clients/doubles.html",
        client=client,
        other=other,
        both=[record_of(one, user) for one in (client, other)] if other is not None else [],
        alike=alike_for(client, user),
        found=[one for one in found if one.id != client.id and one.id in opened],
        words=words,
    )


@pages.post("/<int:client_id>/doubles")
def put_together(client_id: int) -> ResponseReturnValue:
    """The other record goes into this one."""
    user, client = the_client(client_id)
    other = chosen(client, request.form.get("other", type=int), user) or abort(400)
    try:
        merge(other, client, by=user, at=now())
    except NotToBeMerged:
        flash(_("One of the two has been merged meanwhile."), "warning")
    return back_to(client)


@pages.post("/merges/<int:merge_id>/withdrawal")
def take_apart(merge_id: int) -> ResponseReturnValue:
    """They were two people after all."""
    user = demand(Verb.WORK)
    merged = ClientMerge.named(merge_id) or abort(404)
    into = Client.named(merged.into_id) or abort(404)
    if not opens(into.target, user):
        abort(404)
    try:
        absorbed = unmerge(merged, by=user, at=now())
    except NotToBeMerged as why:
        flash(
            _("Take the later merge apart first.")
            if str(why) == "merged_on"
            else _("They are apart already."),
            "warning",
        )
        return redirect(url_for("clients.show", client_id=into.target.id))
    flash(_("%(one)s and %(other)s are two again.", one=into.called, other=absorbed.called))
    return back_to(into)


def chosen(client: Client, other_id: int | None, user: User) -> Client | None:
    """Another record that lies open to this person as well."""
    other = Client.named(other_id)
    return other if other and other.target.id != client.id and opens(other, user) else None


def alike_for(client: Client, user: User) -> list[Candidate]:
    """Who may be the same person, of those who lie open to the reader."""
    found = candidates(client)
    opened = open_cards([one.client for one in found], user, now())
    return [one for one in found if one.client.id in opened]


def record_of(client: Client, user: User) -> Record:
    tickets = db.session.scalars(Ticket.open_of(user, client.id))
    return Record(client, timeline.figures(client, user, now()), list(tickets))
