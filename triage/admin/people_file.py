"""Many people from a file: looked at row by row, added and invited in one deed, taken back."""

from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import people_together
from models.base import db, now, one_at_a_time
from models.entry_link import Purpose
from models.policy import Verb
from models.team import Team
from triage import entry_letters, people_file
from triage.accounts import demand
from triage.people_file import Unreadable

pages = Blueprint("people_file", __name__, url_prefix="/people/file")


@pages.get("/")
def index() -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    return page()


@pages.get("/example.csv")
def example() -> ResponseReturnValue:
    """A file that would be taken."""
    demand(Verb.ADMINISTER)
    told = {"Content-Disposition": "attachment; filename=people-example.csv"}
    return Response("\ufeff" + people_file.EXAMPLE, mimetype="text/csv", headers=told)


@pages.post("/trial")
def try_out() -> ResponseReturnValue:
    """What would become of each row; nothing is kept."""
    demand(Verb.ADMINISTER)
    given = request.files.get("file")
    content = given.read(people_file.MOST_BYTES + 1) if given is not None else b""
    if not content.strip():
        return page(mistake=_("Choose a file that is not empty."))
    try:
        text = people_file.as_text(content)
        return page(rows=people_file.read(text), content=text)
    except Unreadable as why:
        return page(mistake=str(why))


@pages.post("/")
def add() -> ResponseReturnValue:
    """Add and invite those whose rows are right, looked at once more as things stand now."""
    by, at = demand(Verb.ADMINISTER), now()
    text = request.form.get("content", "")
    one_at_a_time("people", "file")
    try:
        rows = people_file.read(text)
    except Unreadable:
        abort(400)
    newcomers = [row.newcomer for row in rows if row.newcomer is not None]
    if not newcomers:
        return page(rows=rows, content=text)
    change, people = people_together.add(newcomers, by=by, at=at)
    settings = current_app.extensions["settings"]
    for person in people:
        entry_letters.write(person, Purpose.INVITE, settings, by=by, at=at)
    return redirect(url_for("admin.people.index", state="never", added=change.id), 303)


@pages.post("/<int:change_id>/undo")
def take_back(change_id: int) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    change = people_together.added_by(by, change_id)
    if change is not None:
        stay = people_together.take_back(change, by=by, at=now())
        if stay:
            names = ", ".join(person.name for person in stay)
            flash(_("Undone, but for who has come in already: %(names)s.", names=names), "warning")
        else:
            flash(_("Undone."))
    return redirect(url_for("admin.people.index"), 303)


def page(mistake: str = "", **shown: Any) -> ResponseReturnValue:
    right = [row for row in shown.get("rows", []) if row.newcomer is not None]
    teams = db.session.scalars(Team.in_order()).all()
    told = render_template(
        "admin/people_file.html", mistake=mistake, right=right, teams=teams, **shown
    )
    return told, 422 if mistake else 200
