"""The doors of the telephone: exchanges, each with a secret address in the words of its format."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import db, now
from models.call import Call
from models.event import record
from models.exchange import REFUSED, CallEvent, Exchange, Kind
from models.policy import Verb
from triage import call_care
from triage.accounts import demand

pages = Blueprint("doors", __name__)

LATEST = 20
SHOWN_DIGITS = 3
NUMBERS = ("from", "to", "diversion")
TOLD_APART = ("raw", "error", "event", "callId", "call_id", "direction", *NUMBERS)
SHORTEST_SECRET = 5
ADDRESSES = {
    Kind.GENERIC: ("exchange.report",),
    Kind.SIPGATE: ("exchange.sipgate_in", "exchange.sipgate_out"),
    Kind.PLACETEL: ("exchange.placetel_event",),
}


@dataclass(frozen=True)
class Heard:
    """One report of an exchange and the call that was made of it."""

    event: CallEvent
    call: Call | None
    numbers: str
    more: str

    @property
    def refused(self) -> bool:
        return self.event.event in REFUSED


@pages.get("/exchanges")
def exchanges() -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    return exchange_page()


@pages.post("/exchanges")
def connect() -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    name, kind = request.form.get("name", "").strip()[:60], request.form.get("kind", "generic")
    if not name:
        return exchange_page(_("Give a name."), 422)
    if name in {one.name for one in db.session.scalars(Exchange.in_order())}:
        return exchange_page(_("This name is taken."), 422)
    if kind not in list(Kind):
        return exchange_page(_("Choose a format."), 422)
    made, token = Exchange.connect(name, Kind(kind))
    record("exchange.connected", by=by, exchange=made.name, format=made.kind)
    return exchange_page(fresh=made, addresses=addresses(made, token))


@pages.get("/exchanges/<int:exchange_id>")
def exchange(exchange_id: int) -> ResponseReturnValue:
    """Whether reports arrive, and what was made of the last ones."""
    demand(Verb.ADMINISTER)
    return one_page(Exchange.named(exchange_id) or abort(404))


@pages.post("/exchanges/<int:exchange_id>/address")
def renew(exchange_id: int) -> ResponseReturnValue:
    """Another address; the old one is dead at once."""
    by = demand(Verb.ADMINISTER)
    found = Exchange.named(exchange_id) or abort(404)
    token = found.renew()
    record("exchange.address_renewed", by=by, exchange=found.name)
    return one_page(found, addresses=addresses(found, token))


@pages.post("/exchanges/<int:exchange_id>/secret")
def set_secret(exchange_id: int) -> ResponseReturnValue:
    """With what its reports are signed from now on; it is never shown again."""
    by = demand(Verb.ADMINISTER)
    found = Exchange.named(exchange_id) or abort(404)
    secret = request.form.get("secret", "").strip()[:200]
    if secret and len(secret) < SHORTEST_SECRET:
        return one_page(found, _("A secret has at least five characters."), 422)
    found.set_secret(secret)
    record(
        "exchange.secret_set" if secret else "exchange.secret_removed", by=by, exchange=found.name
    )
    flash(
        _("Reports without the right signature are refused from now on.")
        if secret
        else _("Reports need no signature any more.")
    )
    return redirect(url_for(".exchange", exchange_id=found.id), 303)


@pages.post("/exchanges/<int:exchange_id>/disconnection")
def disconnect(exchange_id: int) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    found = Exchange.named(exchange_id) or abort(404)
    found.active = False
    record("exchange.disconnected", by=by, exchange=found.name)
    flash(_("%(name)s is disconnected: its address no longer works.", name=found.name))
    return redirect(url_for(".exchanges"), 303)


# --- what the pages show --------------------------------------------------------------------


def exchange_page(mistake: str = "", code: int = 200, **shown: Any) -> ResponseReturnValue:
    found = db.session.scalars(Exchange.in_order()).all()
    page = render_template(
        "admin/exchanges.html",
        exchanges=found,
        heard={one.id: CallEvent.last_of(one) for one in found},
        refused={one.id: CallEvent.last_refused(one) for one in found},
        kinds=list(Kind),
        old=call_care.old(now()),
        mistake=mistake,
        **shown,
    )
    return page, code


def one_page(
    found: Exchange, mistake: str = "", code: int = 200, **shown: Any
) -> ResponseReturnValue:
    page = render_template(
        "admin/exchange.html",
        exchange=found,
        latest=latest(found),
        refused=CallEvent.last_refused(found),
        mistake=mistake,
        **shown,
    )
    return page, code


def addresses(exchange: Exchange, token: str) -> list[str]:
    """What is to be entered in the exchange."""
    base = current_app.extensions["settings"].base_url
    return [base + url_for(one, token=token) for one in ADDRESSES[Kind(exchange.kind)]]


def latest(exchange: Exchange) -> list[Heard]:
    """Its last reports. Whoever installs needs to see that they arrive, not who called."""
    events = list(db.session.scalars(CallEvent.latest(exchange).limit(LATEST)))
    calls = Call.reported_as(exchange, [event.call_id for event in events])
    return [
        Heard(
            event,
            calls.get(event.call_id),
            " → ".join(hidden(event.body.get(name)) for name in NUMBERS[:2]),
            ", ".join(
                f"{name}: {written(value)}"
                for name, value in event.body.items()
                if name not in TOLD_APART
            )[:300],
        )
        for event in events
    ]


def written(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(str(one) for one in value)[:60]
    return str(value)[:60]


def hidden(number: Any) -> str:
    """A number of which only the end can be recognised."""
    written = str(number or "")[:40]
    kept = written[-SHOWN_DIGITS:] if len(written) > 2 * SHOWN_DIGITS else ""
    return f"•••{kept}" if kept else written or "—"
