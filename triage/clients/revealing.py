"""Hidden numbers: shown for a minute to who says why, in a part of the page that nobody keeps."""

from flask import Response, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue

from models.base import db_safe, now
from models.client import Client, ClientIdentifier
from models.revealing import Reason, Refused, TooMany, identifier_of, reveal
from triage import routing
from triage.clients.pages import pages, the_client

SHOWN_SECONDS = 60
LONGEST = 300


@pages.get("/<int:client_id>/identifiers/<int:identifier_id>")
def hidden(client_id: int, identifier_id: int) -> ResponseReturnValue:
    """The masked form again, once the minute is over."""
    client = the_client(client_id)[1]
    return part(client, the_identifier(client, identifier_id))


@pages.post("/<int:client_id>/identifiers/<int:identifier_id>/revelation")
def reveal_number(client_id: int, identifier_id: int) -> ResponseReturnValue:
    """The number itself, for a reason; who may not, or not so often, is told so."""
    user, client = the_client(client_id)
    identifier = the_identifier(client, identifier_id)
    chosen = request.form.get("reason", "")
    if chosen not in list(Reason):
        abort(400)
    words = routing.masked(db_safe(request.form.get("words", ""))[:LONGEST])
    try:
        value = reveal(client, identifier, Reason(chosen), words, by=user, at=now())
    except TooMany:
        abort(429)
    except Refused as refused:
        abort(400 if str(refused) == "words" else 403)
    response = part(client, identifier, value)
    response.headers["Cache-Control"] = "no-store, private"
    if "HX-Request" not in request.headers:  # without scripts the whole page goes away again
        response.headers["Refresh"] = f"{SHOWN_SECONDS}; url=/clients/{client.id}"
    return response


def part(client: Client, identifier: ClientIdentifier, value: str = "") -> Response:
    return make_response(
        render_template(
            "clients/_identifier.html",
            client=client,
            identifier=identifier,
            value=value,
            reveals=True,
            seconds=SHOWN_SECONDS,
        )
    )


def the_identifier(client: Client, identifier_id: int) -> ClientIdentifier:
    return identifier_of(client, identifier_id) or abort(404)
