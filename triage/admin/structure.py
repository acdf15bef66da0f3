"""Teams and topics: names in four languages, who takes what, and how fast."""

import re

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import topic_change
from models.base import db, now
from models.event import record
from models.policy import Verb
from models.team import Assignment, Membership, Team
from models.topic import Topic
from models.topic_touch import touched
from triage.accounts import demand, me
from triage.admin.naming import LONGEST_ANSWER, names_typed

pages = Blueprint("structure", __name__)

SLUG = re.compile(r"[a-z][a-z0-9-]{1,39}")


@pages.get("/teams")
def teams() -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    return team_page()


@pages.post("/teams")
def add_team() -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    slug, names = request.form.get("slug", "").strip().lower(), names_typed()
    if not SLUG.fullmatch(slug):
        return team_page(_("A short name has small letters, digits and hyphens."), 422)
    if names is None:
        return team_page(_("Give the name in all four languages."), 422)
    standing = all_teams()
    if slug in {team.slug for team in standing}:
        return team_page(_("This short name is taken."), 422)
    db.session.add(Team(slug=slug, names=names, position=len(standing)))
    record("team.added", by=by, team=slug)
    flash(_("Saved."))
    return redirect(url_for(".teams"), 303)


@pages.post("/teams/<int:team_id>/names")
def rename_team(team_id: int) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    team = Team.named(team_id) or abort(404)
    names = names_typed()
    if names is None:
        return team_page(_("Give the name in all four languages."), 422)
    record("team.renamed", by=by, team=team.slug, before=team.names, after=names)
    team.names = names
    flash(_("Saved."))
    return redirect(url_for(".teams"), 303)


@pages.post("/teams/<int:team_id>/rules")
def rule_team(team_id: int) -> ResponseReturnValue:
    """How its tickets find somebody, and whether they may go to who has another language."""
    by = demand(Verb.ADMINISTER)
    team = Team.named(team_id) or abort(404)
    wanted = request.form.get("assignment", "")
    if wanted not in list(Assignment):
        abort(400)
    before = [team.assignment, team.overflow]
    team.assignment, team.overflow = wanted, request.form.get("overflow") == "1"
    after = [team.assignment, team.overflow]
    record("team.ruled", by=by, team=team.slug, before=before, after=after)
    flash(_("Saved."))
    return redirect(url_for(".teams"), 303)


@pages.get("/topics")
def topics() -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    every = Topic.everything().values()
    return render_template(
        "admin/topics.html",
        topics=first_level(),
        retired=[one for one in every if one.parent_id is None and not one.active],
    )


@pages.get("/topics/<path:topic_id>")
def topic(topic_id: str) -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    return topic_page(topic_of(topic_id))


@pages.post("/topics/<path:topic_id>")
def change_topic(topic_id: str) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    found = topic_of(topic_id)
    names = names_typed()
    if names is None:
        return topic_page(found, _("Give the name in all four languages."), 422)
    team, days = None, 0
    if found.parent_id is None:
        team = Team.named(request.form.get("team", 0, int)) or abort(400)
        days = request.form.get("answer_days", 0, int)
        if not 1 <= days <= LONGEST_ANSWER:
            return topic_page(found, _("An answer takes 1 to 60 working days."), 422)
    done = topic_change.change(
        found,
        names,
        by=by,
        at=now(),
        team=team,
        restricted=request.form.get("restricted") == "1",
        answer_days=days,
    )
    return redirect(url_for(".topic", topic_id=found.parent_id or found.id, changed=done.id), 303)


def team_page(mistake: str = "", code: int = 200) -> ResponseReturnValue:
    takes: dict[int, list[Topic]] = {}
    for one in first_level():
        if one.team_id is not None:
            takes.setdefault(one.team_id, []).append(one)
    page = render_template(
        "admin/teams.html",
        teams=all_teams(),
        sizes=Membership.sizes(),
        takes=takes,
        mistake=mistake,
    )
    return page, code


def topic_page(found: Topic, mistake: str = "", code: int = 200) -> ResponseReturnValue:
    page = render_template(
        "admin/topic.html",
        topic=found,
        below=db.session.scalars(Topic.below(found.id)).all(),
        ended=[
            one
            for one in Topic.everything().values()
            if one.parent_id == found.id and not one.active
        ],
        others=[
            one
            for one in first_level()
            if one.id != found.id and one.restricted == found.restricted
        ],
        counts=touched(found),
        change=topic_change.of(me(), request.args.get("changed", 0, int), now()),
        teams=all_teams(),
        mistake=mistake,
    )
    return page, code


def topic_of(topic_id: str) -> Topic:
    return Topic.named(topic_id) or abort(404)


def all_teams() -> list[Team]:
    return list(db.session.scalars(Team.in_order()))


def first_level() -> list[Topic]:
    return list(db.session.scalars(Topic.first_level()))
