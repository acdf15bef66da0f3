"""The first page of the administrator: every section with its state in one line."""

from collections.abc import Callable
from typing import NamedTuple

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from models import house_state
from models.base import db, now
from models.mailbox import MailAccount
from models.policy import Verb, may
from models.user import User
from triage.accounts import demand
from triage.admin import wellbeing
from triage.admin.sections import groups_for


class State(NamedTuple):
    """One line about a section, and what needs somebody there."""

    line: str
    needs: str = ""


def show() -> ResponseReturnValue:
    user = demand(Verb.READ_QUARANTINE)
    if not may(user, Verb.ADMINISTER):
        return redirect(url_for("admin.quarantine.index"))
    return render_template("admin/index.html", groups=groups_for(user), states=states(user))


def states(user: User) -> dict[str, State]:
    """By endpoint; a section without a line of its own is shown by its name alone."""
    shown = {one.endpoint for group in groups_for(user) for one in group.sections}
    found: dict[str, State] = {}
    for tell in TELLERS:
        found |= {endpoint: state for endpoint, state in tell().items() if endpoint in shown}
    return found


def of_people() -> dict[str, State]:
    people, structure = house_state.people(), house_state.structure()
    line = ngettext("%(num)s person", "%(num)s people", people.active)
    sure = ngettext(
        "%(num)s with a second factor", "%(num)s with a second factor", people.second_factor
    )
    never = (
        ngettext("%(num)s has never signed in", "%(num)s have never signed in", people.never_here)
        if people.never_here
        else ""
    )
    empty = (
        ngettext("%(num)s team has nobody", "%(num)s teams have nobody", structure.teams_of_nobody)
        if structure.teams_of_nobody
        else ""
    )
    unowned = (
        ngettext(
            "%(num)s topic belongs to no team",
            "%(num)s topics belong to no team",
            structure.topics_of_nobody,
        )
        if structure.topics_of_nobody
        else ""
    )
    teams = ngettext("%(num)s team", "%(num)s teams", structure.teams)
    topics = ngettext("%(num)s topic", "%(num)s topics", structure.topics)
    return {
        "admin.people.index": State(f"{line} · {sure}", never),
        "admin.structure.teams": State(teams, empty),
        "admin.structure.topics": State(topics, unowned),
    }


def of_doors() -> dict[str, State]:
    doors = house_state.doors(now())
    failing = len(db.session.scalars(MailAccount.failing()).all())
    return {
        "admin.mailboxes.index": State(
            ngettext("%(num)s mailbox", "%(num)s mailboxes", doors.mailboxes),
            ngettext("%(num)s cannot be fetched from", "%(num)s cannot be fetched from", failing)
            if failing
            else "",
        ),
        "admin.doors.exchanges": State(
            ngettext("%(num)s exchange", "%(num)s exchanges", doors.exchanges)
        ),
        "admin.tokens.index": State(
            ngettext("%(num)s key", "%(num)s keys", doors.keys),
            ngettext(
                "%(num)s ends within two weeks",
                "%(num)s end within two weeks",
                doors.keys_ending,
            )
            if doors.keys_ending
            else "",
        ),
        "admin.webhooks.index": State(
            ngettext("%(num)s address", "%(num)s addresses", doors.webhooks),
            ngettext("%(num)s is switched off", "%(num)s are switched off", doors.webhooks_off)
            if doors.webhooks_off
            else "",
        ),
    }


def of_operation() -> dict[str, State]:
    count = len(wellbeing.faults())
    needs = ngettext("%(num)s thing needs you", "%(num)s things need you", count) if count else ""
    return {"admin.wellbeing.health": State("" if count else _("All is well"), needs)}


TELLERS: list[Callable[[], dict[str, State]]] = [of_people, of_doors, of_operation]
"""Who knows the lines; a page of somebody else's may add its own."""
