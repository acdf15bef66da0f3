"""Lists that people name: saved from the filter as it stands, shared with a team, put in order."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import db, now
from models.policy import Verb
from models.saved_view import SavedView
from models.user import User
from triage.accounts import demand
from triage.desk.listing import saved_counts, wanted_tickets
from triage.desk.narrowing import narrowing
from triage.desk.tickets import pages


@pages.get("/views")
def saved_views() -> ResponseReturnValue:
    """My lists and those of my teams."""
    user = demand(Verb.WORK)
    saved = list(db.session.scalars(SavedView.seen_by(user)))
    return render_template(
        "desk/views.html",
        saved=saved,
        counts_of_views=saved_counts(user, saved),
        narrowing=narrowing,
        removed=request.args.get("removed", type=int),
    )


@pages.post("/views")
def save_view() -> ResponseReturnValue:
    """Name the filter as it stands in the address."""
    user = demand(Verb.WORK)
    wanted = wanted_tickets(request.args)
    team = request.form.get("team", type=int)
    if team is not None and team not in user.team_ids:
        abort(400)
    try:
        view = SavedView.keep(request.form.get("name", ""), wanted, by=user, team_id=team)
    except ValueError:
        flash(_("Give a name; nobody has more than 30 lists."), "warning")
    else:
        flash(_("Saved as “%(name)s”.", name=view.name))
    return redirect(url_for("desk.index", **wanted.query()), 303)


@pages.post("/views/<int:view_id>")
def change_view(view_id: int) -> ResponseReturnValue:
    """Another name; with a filter in the address, that filter too."""
    user, view = owned(view_id)
    wanted = wanted_tickets(request.args) if "view" in request.args else None
    try:
        view.change(request.form.get("name", view.name), wanted, by=user)
    except ValueError:
        flash(_("Give a name."), "warning")
    target = url_for("desk.index", **wanted.query()) if wanted else url_for("desk.saved_views")
    return redirect(target, 303)


@pages.post("/views/<int:view_id>/place")
def move_view(view_id: int) -> ResponseReturnValue:
    user, view = owned(view_id)
    view.move(-1 if request.form.get("to") == "up" else 1, by=user)
    return redirect(url_for("desk.saved_views"), 303)


@pages.post("/views/<int:view_id>/removal")
def remove_view(view_id: int) -> ResponseReturnValue:
    user, view = owned(view_id)
    view.remove(by=user, at=now())
    return redirect(url_for("desk.saved_views", removed=view.id), 303)


@pages.post("/views/<int:view_id>/return")
def restore_view(view_id: int) -> ResponseReturnValue:
    """It was removed by a slip."""
    user = demand(Verb.WORK)
    if SavedView.restore(view_id, by=user) is None:
        abort(404)
    return redirect(url_for("desk.saved_views"), 303)


def owned(view_id: int) -> tuple[User, SavedView]:
    """The person and a view that he or she may change; 404 for any other."""
    user = demand(Verb.WORK)
    view = SavedView.for_user(user, view_id)
    if view is None or not view.changed_by(user):
        abort(404)
    return user, view
