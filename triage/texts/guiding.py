"""Whose answers a colleague reads first, in which topics no more, and who may read them."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import db, now
from models.policy import Verb, may
from models.second_reader import (
    Newcomer,
    Release,
    SecondReader,
    clean_runs,
    proposed_releases,
)
from models.topic import Topic
from models.user import User
from triage.accounts import demand
from triage.texts.listing import pages


@pages.get("/newcomers")
def newcomers() -> ResponseReturnValue:
    """All newcomers with their topics, and all who may read for others."""
    demand(Verb.GUIDE)
    people = [one for one in db.session.scalars(User.everybody()) if may(one, Verb.WORK)]
    new = {one.id for one in db.session.scalars(Newcomer.everybody())}
    return render_template(
        "texts/newcomers.html",
        newcomers=[one for one in people if one.id in new],
        others=[one for one in people if one.id not in new and not may(one, Verb.GUIDE)],
        readers={one.id for one in people if SecondReader.allowed(one.id)},
        topics=db.session.scalars(Topic.first_level()).all(),
        released={user_id: Release.topics_of(user_id) for user_id in new},
        runs={user_id: clean_runs(user_id) for user_id in new},
        proposed={user_id: proposed_releases(user_id) for user_id in new},
    )


@pages.post("/newcomers/<int:user_id>")
def welcome(user_id: int) -> ResponseReturnValue:
    """From now on a colleague reads first what this person answers."""
    by, person = demand(Verb.GUIDE), person_of(user_id)
    Newcomer.welcome(person, by=by, at=now())
    flash(_("A colleague reads first what %(name)s answers.", name=person.name))
    return back(person)


@pages.post("/newcomers/<int:user_id>/graduation")
def graduate(user_id: int) -> ResponseReturnValue:
    """Nobody needs to read first any more, in no topic."""
    by, person = demand(Verb.GUIDE), person_of(user_id)
    Newcomer.graduate(person, by=by, at=now())
    flash(_("What %(name)s answers leaves at once.", name=person.name))
    return back(person)


@pages.post("/newcomers/<int:user_id>/topics")
def release(user_id: int) -> ResponseReturnValue:
    """In exactly the ticked topics this newcomer's answers leave at once."""
    by, person = demand(Verb.GUIDE), person_of(user_id)
    wanted = set(request.form.getlist("topic"))
    for topic in db.session.scalars(Topic.first_level()):
        if topic.id in wanted:
            Release.give(person, topic.id, by=by, at=now())
        else:
            Release.take(person, topic.id, by=by)
    flash(_("Saved."))
    return back(person)


@pages.post("/readers/<int:user_id>")
def allow(user_id: int) -> ResponseReturnValue:
    """This agent may read for others, or may no longer."""
    by, person = demand(Verb.GUIDE), person_of(user_id)
    if request.form.get("on") == "1":
        SecondReader.allow(person, by=by, at=now())
    else:
        SecondReader.end(person, by=by, at=now())
    return back(person)


@pages.app_context_processor
def how_somebody_is_guided() -> dict[str, Any]:
    return {"guided": guided}


def guided(person: User) -> tuple[bool, bool]:
    """(whether a colleague reads first what this person answers, whether it may read for others)"""
    return Newcomer.standing(person.id) is not None, SecondReader.allowed(person.id)


def person_of(user_id: int) -> User:
    person = User.named(user_id)
    if person is None or not may(person, Verb.WORK):
        abort(404)
    return person


def back(person: User) -> ResponseReturnValue:
    """To the page from which it came: the person's, or that of all newcomers."""
    if request.form.get("from") == "person" and may(demand(Verb.GUIDE), Verb.ADMINISTER):
        return redirect(url_for("admin.people.show", user_id=person.id), 303)
    return redirect(url_for("texts.newcomers"), 303)
