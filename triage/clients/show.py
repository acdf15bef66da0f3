"""A client's page as it is read: the head, what is open, and the stream of all that was said."""

from dataclasses import dataclass
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models import timeline
from models.base import db, db_safe, now
from models.client import Client
from models.client_deeds import last_deed
from models.client_merge import ClientMerge, all_ids
from models.intake import Channel
from models.look import Look, Thing
from models.mandate import Mandate, ending_soon
from models.opt_out import OptOut
from models.policy import Verb
from models.revealing import concerned, open_cards
from models.ticket import Ticket
from models.topic import LANGUAGES, Topic
from models.user import User
from triage.accounts import demand
from triage.clients.merging import alike_for
from triage.clients.pages import opens, pages, the_client

MOST_ENDING = 50
LOOKS = 100
DEEPEST = 100_000
"""Pages; nobody goes so far."""


@pages.get("/")
def index() -> ResponseReturnValue:
    """Look for a client by name, address or number; below, the mandates that end soon."""
    words = db_safe(request.args.get("q", "")).strip()[:200]
    user = demand(Verb.WORK)
    found = list(db.session.scalars(Client.found_by(words))) if len(words) > 1 else []
    opened = open_cards(found, user, now())
    ending = [] if words else list(db.session.scalars(ending_soon(now()).limit(MOST_ENDING)))
    seen = open_cards([one.client for one in ending], user, now())
    return render_template(
        "clients/index.html",
        words=words,
        found=found,
        opened=opened,
        ending=[one for one in ending if one.client_id in seen],
    )


@pages.get("/<int:client_id>")
def show(client_id: int) -> ResponseReturnValue:
    """One person over mail, phone, forms and letters; a merged record leads to where it went."""
    user = demand(Verb.WORK)
    client = Client.named(client_id) or abort(404)
    if client.merged_into_id is not None:
        return redirect(url_for("clients.show", client_id=client.target.id))
    at = now()
    Look.keep(user, Thing.CLIENT, client.id, at)
    if not opens(client, user):
        return render_template("clients/closed.html", client=client)
    return render_template("clients/show.html", **the_page(client, user))


@pages.get("/<int:client_id>/looks")
def looks(client_id: int) -> ResponseReturnValue:
    """Who of us has opened this client's pages."""
    demand(Verb.SEE_LOOKS)
    client = the_client(client_id)[1]
    number = page_asked()
    rows = Look.page_at_client(all_ids(client), number, LOOKS)
    page = {"rows": rows[:LOOKS], "number": number, "more": len(rows) > LOOKS}
    return render_template("clients/looks.html", client=client, page=page)


def page_asked() -> int:
    return max(1, min(request.args.get("page", 1, type=int), DEEPEST))


@dataclass(frozen=True)
class Asked:
    """What the stream is narrowed to."""

    channel: str
    topic_id: str

    @classmethod
    def of_request(cls) -> "Asked":
        channel, topic_id = request.args.get("channel", ""), request.args.get("topic", "")
        return cls(
            channel if channel in list(Channel) else "",
            topic_id if topic_id in Topic.everything() else "",
        )

    @property
    def query(self) -> dict[str, str]:
        named = {"channel": self.channel, "topic": self.topic_id}
        return {name: value for name, value in named.items() if value}


def the_page(client: Client, user: User) -> dict[str, Any]:
    """All that the page shows."""
    at, asked = now(), Asked.of_request()
    number = page_asked()
    return {
        "client": client,
        "asked": asked,
        "stream": timeline.stream(
            client, user, at, channel=asked.channel, topic_id=asked.topic_id, number=number
        ),
        "figures": timeline.figures(client, user, at),
        "problems": timeline.problems_of(client, user),
        "open_tickets": db.session.scalars(Ticket.open_of(user, client.id)).all(),
        "callbacks": db.session.scalars(timeline.calls_owed(client, user)).all(),
        "no_news": {one.address: one for one in db.session.scalars(OptOut.of_client(client))},
        "mandates": db.session.scalars(Mandate.of_client(client.id)).all(),
        "held": db.session.scalars(Mandate.of_representative(client.id)).all(),
        "merges": db.session.scalars(ClientMerge.into(client.id)).all(),
        "alike": alike_for(client, user)[:3],
        "deed": last_deed(client, user, at),
        "reveals": concerned(client, user),
        "topics": db.session.scalars(Topic.first_level()).all(),
        "channels": list(Channel),
        "languages": LANGUAGES,
        "at": at,
    }
