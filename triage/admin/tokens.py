"""Keys for other programs: issued for a person, shown once, limited in scope and time, revoked."""

from datetime import datetime, time, timedelta
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.api_token import LONGEST_NAME, ApiToken, Scope, may_carry
from models.base import db, now
from models.calendar import business_day, start_of
from models.policy import Verb
from models.user import User
from triage import notice_file
from triage.accounts import demand

pages = Blueprint("tokens", __name__)

USUAL_LIFE = timedelta(days=365)


@pages.get("/tokens")
def index() -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    return tokens()


@pages.post("/tokens")
def issue() -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    name = request.form.get("name", "").strip()[:LONGEST_NAME]
    scopes = [scope for scope in Scope if scope.value in request.form.getlist("scope")]
    person = User.named(request.form.get("person", by.id, type=int))
    if not name:
        return tokens(_("Give a name."), 422)
    if name.casefold() == notice_file.SOURCE:
        return tokens(_("Tables go by this name: give another one."), 422)
    if not scopes:
        return tokens(_("Choose what it may do."), 422)
    if person is None or not all(may_carry(person, scope) for scope in scopes):
        return tokens(_("This person may not speak for a program."), 422)
    try:
        ends = end_of(request.form.get("expires_on", ""))
    except ValueError:
        return tokens(_("This is not a day."), 422)
    made, shown = ApiToken.issue(person, name, scopes, ends, by=by)
    return tokens(fresh=made, shown=shown)


@pages.post("/tokens/<int:token_id>/revocation")
def revoke(token_id: int) -> ResponseReturnValue:
    """At once: its next request is refused."""
    by = demand(Verb.ADMINISTER)
    (ApiToken.named(token_id) or abort(404)).revoke(by=by, at=now())
    return redirect(url_for(".index", undo=token_id), 303)


@pages.post("/tokens/<int:token_id>/revocation/undo")
def bring_back(token_id: int) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    (ApiToken.named(token_id) or abort(404)).bring_back(by=by, at=now())
    return redirect(url_for(".index"), 303)


def tokens(mistake: str = "", code: int = 200, **shown: Any) -> ResponseReturnValue:
    at = now()
    people = list(db.session.scalars(User.everybody()))
    page = render_template(
        "admin/tokens.html",
        tokens=db.session.scalars(ApiToken.in_order()).all(),
        scopes=words_of_scopes(),
        docs=url_for("api.description.docs"),
        people=people,
        at=at,
        until=business_day(at) + USUAL_LIFE,
        undo=ApiToken.named(request.args.get("undo", 0, type=int)),
        mistake=mistake,
        **shown,
    )
    return page, code


def words_of_scopes() -> dict[Scope, str]:
    """What a key may do, in words; in the order in which they are offered."""
    return {
        Scope.NOTICES: _("send events of files"),
        Scope.FORMS: _("hand in web forms"),
        Scope.TICKETS_READ: _("read tickets"),
        Scope.TICKETS_WRITE: _("begin, answer and close tickets"),
        Scope.CLIENTS_READ: _("read clients"),
        Scope.CLIENTS_WRITE: _("add and change clients"),
        Scope.PROBLEMS_READ: _("read problems and actions"),
        Scope.MEASURES_READ: _("read measures"),
        Scope.PREDICTIONS_READ: _("read predictions"),
        Scope.PREDICTIONS_WRITE: _("correct predictions"),
        Scope.REPORTS_READ: _("read figures"),
        Scope.EXPORTS: _("take lists along"),
        Scope.MONITORING: _("ask whether all is well"),
    }


def end_of(given: str) -> datetime | None:
    """The end of a day in Belgium; empty for none. Raises ValueError for what is no day."""
    if not given.strip():
        return None
    day = datetime.fromisoformat(given).date()
    return start_of(day + timedelta(days=1), time(0))
