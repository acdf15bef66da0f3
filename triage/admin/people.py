"""Who signs in: names, roles, teams, languages; how they come in stands in `entry`."""

from typing import Any

from flask import (
    Blueprint,
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

from models import people_list, people_together, releasing
from models.base import db, now, one_at_a_time
from models.entry_link import EntryLink, Purpose
from models.event import record
from models.house_mail import address_of
from models.people_list import PeopleFilter
from models.policy import Verb
from models.second_factor import SecondFactor
from models.team import Team
from models.topic import LANGUAGES, Topic
from models.user import Role, User, UserSession, is_address
from triage import entry_letters
from triage.accounts import demand, me
from triage.config import Settings

pages = Blueprint("people", __name__)

ASKED = ("q", "role", "team", "language", "state")


@pages.get("/people")
def index() -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    return people()


@pages.post("/people")
def add() -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    login, name = request.form.get("login", "").strip(), request.form.get("name", "").strip()
    if not name:
        return people(mistake=_("Give a name."), code=422)
    if db.session.scalar(User.by_login(login)) is not None:
        return people(mistake=_("This login is taken."), code=422)
    if not is_address(request.form.get("email", "")):
        return people(mistake=_("This is no e-mail address."), code=422)
    try:
        person = User.add(login, name, role(), language())
    except ValueError:
        return people(
            mistake=_("A login has 2 to 60 letters, digits, or . _ - @ and no spaces."), code=422
        )
    describe(person)
    record("user.added", by=by, user=person.id, login=person.login, role=person.role)
    return people(person=person, **link_for(person, Purpose.INVITE, by=by))


@pages.get("/people/<int:user_id>")
def show(user_id: int) -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    return one(person_of(user_id))


@pages.post("/people/<int:user_id>")
def change(user_id: int) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    person = person_of(user_id)
    if role() != person.role and (person.id == by.id or last_administrator(person)):
        return one(
            person, mistake=_("Your own role is changed by another administrator."), code=422
        )
    if not is_address(request.form.get("email", "")):
        return one(person, mistake=_("This is no e-mail address."), code=422)
    before, stood = as_told(person), person.role
    person.name = request.form.get("name", "").strip()[:200] or person.name
    person.role, person.language = role().value, language()
    describe(person)
    if person.role != stood:  # what the open pages offer is no longer this person's to do
        UserSession.end_all(person)
    record("user.changed", by=by, user=person.id, before=before, after=as_told(person))
    flash(_("Saved."))
    return redirect(url_for(".show", user_id=person.id), 303)


@pages.post("/people/<int:user_id>/password")
def give_password(user_id: int) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    person = person_of(user_id)
    password = person.give_password()
    EntryLink.end_all(person, now())
    record("user.password_given", by=by, user=person.id)
    return one(person, password=password)


@pages.post("/people/<int:user_id>/leave")
def disable(user_id: int) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    person = person_of(user_id)
    if person.id == by.id or last_administrator(person):
        return one(person, 422, _("You cannot disable yourself."))
    releasing.leave(person, by=by, at=now())
    EntryLink.end_all(person, now())
    record("user.disabled", by=by, user=person.id)
    flash(_("%(name)s can no longer sign in.", name=person.name))
    return redirect(url_for(".index"), 303)


@pages.post("/people/<int:user_id>/return")
def enable(user_id: int) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    person = person_of(user_id)
    releasing.come_back(person, by=by, at=now())
    record("user.enabled", by=by, user=person.id)
    flash(_("%(name)s can sign in again.", name=person.name))
    return redirect(url_for(".show", user_id=person.id), 303)


def people(code: int = 200, mistake: str = "", **shown: Any) -> ResponseReturnValue:
    wanted = PeopleFilter.read(request.args)
    page = render_template(
        "admin/people.html",
        everyone=db.session.scalars(wanted.people()).all(),
        wanted=wanted,
        last_seen=people_list.last_seen(),
        proven=people_list.with_second_factor(),
        teams=teams(),
        topics=first_level(),
        links=EntryLink.newest(),
        at=now(),
        change=people_list.joined_by(me(), request.args.get("joined", 0, int)),
        added=people_together.added_by(me(), request.args.get("added", 0, int)),
        query={name: value for name, value in request.args.items() if value and name in ASKED},
        mistake=mistake,
        **shown,
    )
    return page, code


def one(person: User, code: int = 200, mistake: str = "", **shown: Any) -> ResponseReturnValue:
    settings: Settings = current_app.extensions["settings"]
    page = render_template(
        "admin/person.html",
        person=person,
        teams=teams(),
        topics=first_level(),
        sessions=db.session.scalars(UserSession.of(person, now())).all(),
        second=SecondFactor.confirmed(person),
        waiting=EntryLink.waiting(person, now()),
        last=EntryLink.newest().get(person.id),
        at=now(),
        address=address_of(person, settings.mail_domain),
        work=people_list.work_of(person),
        mistake=mistake,
        **shown,
    )
    return page, code


def link_for(person: User, purpose: Purpose, *, by: User) -> dict[str, Any]:
    """A link that is shown this once and mailed, with the address that it goes to."""
    settings: Settings = current_app.extensions["settings"]
    written = entry_letters.write(person, purpose, settings, by=by, at=now())
    return {"link": written.link, "mailed": written.recipient}


def describe(person: User) -> None:
    """What a person's form says beside the name, role and language."""
    person.write_to(request.form.get("email", ""))
    person.phone_extension = extension()
    person.load_cap = load_cap()
    person.belong_to(teams_wanted(), now(), spoken=languages_spoken(), topics=topics_taken())


def person_of(user_id: int) -> User:
    return User.named(user_id) or abort(404)


def as_told(person: User) -> dict[str, Any]:
    """What decides what somebody sees and is given, for the record of a change."""
    return {
        "role": person.role,
        "email": person.email,
        "extension": person.phone_extension,
        "load_cap": person.load_cap,
        "teams": {
            str(one.team_id): [one.languages, one.spoken, one.topics] for one in person.memberships
        },
    }


def last_administrator(person: User) -> bool:
    """Without an administrator nobody could make another, not even when two leave at once."""
    one_at_a_time("administrators", "last")
    return [one.id for one in db.session.scalars(User.administrators())] == [person.id]


def teams() -> list[Team]:
    return list(db.session.scalars(Team.in_order()))


def first_level() -> list[Topic]:
    return list(db.session.scalars(Topic.first_level()))


def role() -> Role:
    try:
        return Role(request.form.get("role", ""))
    except ValueError:
        abort(400)


def language() -> str:
    wanted = request.form.get("language", "")
    return wanted if wanted in LANGUAGES else "fr"


def extension() -> str | None:
    return request.form.get("extension", "").strip().lower()[:40] or None


def load_cap() -> int | None:
    """So many open tickets at once; None for as many as there are."""
    given = request.form.get("load_cap", "").strip()
    return int(given) if given.isdecimal() and len(given) < 4 else None


def languages_spoken() -> dict[int, list[str]]:
    return {team.id: languages_in(f"spoken-{team.id}") for team in teams()}


def topics_taken() -> dict[int, list[str]]:
    known = {topic.id for topic in db.session.scalars(Topic.first_level())}
    return {
        team.id: [one for one in request.form.getlist(f"topics-{team.id}") if one in known]
        for team in teams()
    }


def languages_in(name: str) -> list[str]:
    return [code for code in LANGUAGES if code in request.form.getlist(name)]


def teams_wanted() -> dict[int, list[str]]:
    """The ticked teams, each with the languages ticked beside it."""
    ticked = set(request.form.getlist("team"))
    return {
        team.id: languages_in(f"languages-{team.id}") for team in teams() if str(team.id) in ticked
    }
