"""What stands below our mails: of each team and of the house, the four languages side by side."""

from dataclasses import dataclass

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import db
from models.event import record
from models.policy import Verb
from models.signature import FIELDS, LONGEST, Signature, filled, unknown_fields
from models.team import Team
from models.topic import LANGUAGES
from models.user import User
from triage.accounts import demand
from triage.config import Settings

pages = Blueprint("signatures", __name__)

HOUSE = 0
"""The house's place among the teams: it has no team."""


@dataclass(frozen=True)
class Owner:
    """A team, or the house, with its texts by language and somebody's name as an example."""

    team: Team | None
    texts: dict[str, str]
    example: str

    @property
    def id(self) -> int:
        return self.team.id if self.team else HOUSE

    def shown(self, language: str) -> str:
        """How its text will stand below a mail in that language."""
        return self.fill(self.texts.get(language, ""), language)

    def fill(self, text: str, language: str) -> str:
        settings: Settings = current_app.extensions["settings"]
        team = self.team.name(language) if self.team else ""
        return filled(text, self.example, team, settings.triage_name)


@pages.get("/signatures")
def index() -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    return render_template("admin/signatures.html", owners=owners(), fields=FIELDS, longest=LONGEST)


@pages.post("/signatures/<int:team_id>")
def write(team_id: int) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    team = team_of(team_id)
    for language in LANGUAGES:
        Signature.write(team.id if team else None, language, typed(language))
    record("signature.changed", by=by, team=team.slug if team else None)
    unknown = unknown_fields(" ".join(typed(language) for language in LANGUAGES))
    if unknown:
        names = ", ".join(unknown)
        flash(
            _("Saved. Nothing is known for %(names)s: it leaves as it is written.", names=names),
            "warning",
        )
    else:
        flash(_("Saved."))
    return redirect(url_for(".index", _anchor=f"signature-{team_id}"), 303)


@pages.post("/signatures/<int:team_id>/preview")
def preview(team_id: int) -> ResponseReturnValue:
    """How a text that is being typed will look."""
    demand(Verb.ADMINISTER)
    language = request.form.get("language", "")
    if language not in LANGUAGES:
        abort(400)
    text = owner_of(team_of(team_id), {}).fill(typed(language), language)
    return render_template("admin/_signature.html", text=text, language=language)


def owners() -> list[Owner]:
    """The house first, then the teams."""
    texts: dict[int, dict[str, str]] = {}
    for one in db.session.scalars(Signature.in_order()):
        texts.setdefault(one.team_id or HOUSE, {})[one.language] = one.text
    teams: list[Team | None] = [None, *db.session.scalars(Team.in_order())]
    return [owner_of(team, texts.get(team.id if team else HOUSE, {})) for team in teams]


def owner_of(team: Team | None, texts: dict[str, str]) -> Owner:
    """The example is an agent of the team where it has any, else the reader."""
    agents = [membership.user_id for membership in team.members] if team else []
    agent = User.named(agents[0]) if agents else None
    return Owner(team, texts, (agent or demand(Verb.ADMINISTER)).name)


def team_of(team_id: int) -> Team | None:
    if team_id == HOUSE:
        return None
    return Team.named(team_id) or abort(404)


def typed(language: str) -> str:
    return request.form.get(f"text-{language}", "").replace("\r\n", "\n").strip()[:LONGEST]
