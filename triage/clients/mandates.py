"""Who may speak for whom: mandates given, ended and resumed by hand, after their proof was seen."""

from datetime import date

from flask import abort, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import now
from models.calendar import business_day
from models.client import Client
from models.mandate import Mandate
from models.policy import Verb
from models.topic import Topic
from models.user import User
from triage.accounts import demand
from triage.clients.changing import masked, typed
from triage.clients.pages import back_to, named_in, opens, pages, the_client

YEARS = (1950, 2200)
"""Nobody speaks for anybody outside of these."""


@pages.post("/<int:client_id>/mandates")
def give(client_id: int) -> ResponseReturnValue:
    """Somebody may speak for this client, in these topics and days."""
    user, client = the_client(client_id)
    representative = named_in(typed("representative"))
    if representative is None:
        flash(_("No client is known by that number or address."), "warning")
        return back_to(client)
    first, last = day_in("first_day"), day_in("last_day")
    known = Topic.everything()
    try:
        Mandate.give(
            representative,
            client,
            topics=[topic for topic in request.form.getlist("topics") if topic in known],
            first_day=first or business_day(now()),
            last_day=last,
            proof=masked("proof"),
            by=user,
            at=now(),
        )
    except ValueError:
        flash(_("A mandate is somebody else’s, and ends after it begins."), "warning")
    return back_to(client)


@pages.post("/mandates/<int:mandate_id>/end")
def end_mandate(mandate_id: int) -> ResponseReturnValue:
    user, mandate = the_mandate(mandate_id)
    mandate.end(by=user, at=now())
    return back_to(shown_at(mandate))


@pages.post("/mandates/<int:mandate_id>/resumption")
def resume_mandate(mandate_id: int) -> ResponseReturnValue:
    """It was ended by mistake."""
    user, mandate = the_mandate(mandate_id)
    mandate.resume(by=user, at=now())
    return back_to(shown_at(mandate))


def the_mandate(mandate_id: int) -> tuple[User, Mandate]:
    user = demand(Verb.WORK)
    mandate = Mandate.named(mandate_id) or abort(404)
    if not opens(mandate.client, user):
        abort(404)
    return user, mandate


def shown_at(mandate: Mandate) -> Client:
    """Back to the page on which the button stood."""
    at_representative = request.form.get("at") == str(mandate.representative_id)
    return mandate.representative if at_representative else mandate.client


def day_in(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        return None
    return day if YEARS[0] <= day.year <= YEARS[1] else None
