"""The numbers for everybody in the room: no menu, nothing to press, three screens in turn."""

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from models.base import now
from models.policy import Verb
from triage.accounts import demand
from triage.dashboards.pages import pages
from triage.dashboards.wall import asked_of
from triage.dashboards.wall_figures import Shown, Wall

SCREENS = 3


@pages.get("/wall")
def wall() -> ResponseReturnValue:
    """`?theme=dark` for a dark room; a cut narrows it to a team, topic, channel or language."""
    user = demand(Verb.SEE_FIGURES)
    theme = request.args.get("theme")
    numbers = screen(asked_of(user, now()), 0)
    return render_template(
        "dashboards/wall.html", wall_theme=theme if theme in ("dark", "light") else None, **numbers
    )


@pages.get("/wall/numbers")
def wall_refreshed() -> ResponseReturnValue:
    """One of the three screens."""
    user = demand(Verb.SEE_FIGURES)
    place = max(request.args.get("screen", 0, int), 0) % SCREENS
    return render_template("dashboards/_wall.html", **screen(asked_of(user, now()), place))


def screen(wall: Wall, place: int) -> dict[str, Any]:
    return {
        "at": wall.at,
        "day": wall.day,
        "asked": wall.asked,
        "screen": place,
        "next": (place + 1) % SCREENS,
        "screens": SCREENS,
        "numbers": figures_on(wall, place),
    }


def figures_on(wall: Wall, place: int) -> list[Shown]:
    """Six figures at most: what comes and waits; how we serve; what it is worth."""
    if place == 0:
        return [
            wall.shown("inflow"),
            wall.waiting(),
            wall.oldest(),
            wall.shown("phone_service"),
            wall.shown("repeats"),
            wall.shown("failures"),
        ]
    if place == 1:
        codes = ("overdue", "due_soon", "abandonment", "mail_service", "mail_median")
        return wall.several((*codes, "callbacks_due"))
    codes = ("first_contact", "misroutes", "automatic", "corrected", "answered")
    return wall.several((*codes, "closed"))
