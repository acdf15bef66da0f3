"""Changing several tickets at once: chosen in the list, looked at, made, and taken back."""

from datetime import timedelta
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from models.base import db, now
from models.bulk_change import BulkChange, Stage
from models.policy import Verb, may
from models.team import Team
from models.ticket import Ticket
from models.topic import Topic
from models.user import User
from triage import bulk
from triage.accounts import demand
from triage.bulk import Kind, Wish
from triage.desk.listing import wanted_tickets
from triage.desk.snoozing import moment
from triage.desk.tickets import pages

UNDOABLE = timedelta(minutes=10)


@pages.post("/bulk")
def choose_several() -> ResponseReturnValue:
    """Remember the chosen rows, or all of the list as it is filtered."""
    user, at = demand(Verb.WORK), now()
    wanted = wanted_tickets(request.args)
    if request.form.get("all") == "1":
        chosen = Ticket.versions(wanted.tickets(user, at).limit(bulk.MOST + 1))
    else:
        numbers = {
            int(one) for one in request.form.getlist("number") if one.isdecimal() and len(one) < 12
        }
        chosen = Ticket.versions_of(user, numbers)
    if not chosen:
        flash(_("Choose at least one row of the list."), "warning")
        return redirect(url_for("desk.index", **wanted.query()), 303)
    if len(chosen) > bulk.MOST:
        flash(
            ngettext(
                "At most %(num)s ticket can be changed at once: filter the list.",
                "At most %(num)s tickets can be changed at once: filter the list.",
                bulk.MOST,
            ),
            "warning",
        )
        return redirect(url_for("desk.index", **wanted.query()), 303)
    change = BulkChange.choose(chosen, by=user, at=at)
    return redirect(url_for("desk.several", change_id=change.id, **wanted.query()), 303)


@pages.get("/bulk/<int:change_id>")
def several(change_id: int) -> ResponseReturnValue:
    """What can be changed of the chosen; with a wish in the address, what it would do."""
    user, change = own(change_id)
    wish = wish_in(request.args)
    at = now()
    shown: dict[str, Any] = {
        "change": change,
        "stages": Stage,
        "query": wanted_tickets(request.args).query(),
        "undoable": change.undone_at is None and at - change.at < UNDOABLE,
        "numbers": Ticket.numbers_of(user, change.passed),
    }
    if change.stage is Stage.CHOSEN:
        shown |= choices(user)
        shown["wish"] = wish
        shown["preview"] = bulk.preview(change, wish, user) if wish else None
    return render_template("desk/bulk.html", **shown)


@pages.post("/bulk/<int:change_id>/run")
def change_several(change_id: int) -> ResponseReturnValue:
    user, change = own(change_id)
    wish = wish_in(request.form) or abort(400)
    held = BulkChange.held(change.id)
    if held is None or held.stage is not Stage.CHOSEN:
        abort(409)
    bulk.run(held, wish, by=user, at=now())
    query = wanted_tickets(request.args).query()
    return redirect(url_for("desk.several", change_id=change.id, **query), 303)


@pages.post("/bulk/<int:change_id>/undo")
def unchange_several(change_id: int) -> ResponseReturnValue:
    """One key takes it all back; what somebody has changed since stays and is named."""
    user, change = own(change_id)
    held = BulkChange.held(change.id)
    if held is None or now() - held.at > UNDOABLE:
        abort(409)
    bulk.undo(held, by=user, at=now())
    query = wanted_tickets(request.args).query()
    return redirect(url_for("desk.several", change_id=change.id, **query), 303)


def own(change_id: int) -> tuple[User, BulkChange]:
    user = demand(Verb.WORK)
    return user, BulkChange.chosen_by(user, change_id) or abort(404)


def wish_in(given: Any) -> Wish | None:
    """The change that is wished for; None for none and for one that makes no sense."""
    kind, value = given.get("kind", ""), given.get("value", "")
    if kind not in list(Kind):
        return None
    if kind == Kind.SNOOZE and (until := moment(value, now())) is not None:
        value = until.isoformat()
    wish = Wish(Kind(kind), value)
    return wish if wish.sensible(now()) else None


def choices(user: User) -> dict[str, Any]:
    return {
        "people": [one for one in db.session.scalars(User.everybody()) if may(one, Verb.WORK)],
        "teams": db.session.scalars(Team.in_order()).all(),
        "topic_tree": Topic.tree(),
    }
