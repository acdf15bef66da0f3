"""How somebody comes in, and how that is ended: links, the second proof, open browsers."""

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import now
from models.entry_link import EntryLink, Purpose
from models.event import record
from models.policy import Verb
from models.second_factor import SecondFactor
from models.user import UserSession
from triage.accounts import demand
from triage.admin.people import link_for, one, person_of

pages = Blueprint("entry", __name__)


@pages.post("/people/<int:user_id>/invitation")
def invite(user_id: int) -> ResponseReturnValue:
    """A link for the first time, good for three days; it ends what was made before.

    Who has a password already gets the link of half an hour.
    """
    by = demand(Verb.ADMINISTER)
    person = person_of(user_id)
    if not person.active or person.password_hash:
        abort(409)
    return one(person, **link_for(person, Purpose.INVITE, by=by))


@pages.post("/people/<int:user_id>/reset")
def reset(user_id: int) -> ResponseReturnValue:
    """A link for who has forgotten the password, good for half an hour."""
    by = demand(Verb.ADMINISTER)
    person = person_of(user_id)
    if not person.active:
        abort(409)
    return one(person, **link_for(person, Purpose.RESET, by=by))


@pages.post("/people/<int:user_id>/links/end")
def end_links(user_id: int) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    person = person_of(user_id)
    EntryLink.end_all(person, now())
    record("user.links_ended", by=by, user=person.id)
    flash(_("Links made before lead nowhere now."))
    return redirect(url_for("admin.people.show", user_id=person.id), 303)


@pages.post("/people/<int:user_id>/second-factor/reset")
def forget_second_factor(user_id: int) -> ResponseReturnValue:
    """Phone and paper are lost: the person begins anew, and every browser is signed out."""
    by = demand(Verb.ADMINISTER)
    person = person_of(user_id)
    SecondFactor.forget(person)
    record("user.second_factor_reset", by=by, user=person.id)
    flash(_("%(name)s signs in by the password, and connects a phone anew.", name=person.name))
    return redirect(url_for("admin.people.show", user_id=person.id), 303)


@pages.post("/people/<int:user_id>/sessions/<id_hash>/end")
def end_session(user_id: int, id_hash: str) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    person = person_of(user_id)
    UserSession.revoke(person, id_hash, now())
    record("user.session_ended", by=by, user=person.id)
    return redirect(url_for("admin.people.show", user_id=person.id), 303)


@pages.post("/people/<int:user_id>/sessions/end")
def end_sessions(user_id: int) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    person = person_of(user_id)
    UserSession.end_all(person)
    record("user.sessions_ended", by=by, user=person.id)
    flash(_("%(name)s is signed out everywhere.", name=person.name))
    return redirect(url_for("admin.people.show", user_id=person.id), 303)
