"""Where the modules of the clients' pages put their routes, and how they find a client."""

import re

from flask import Blueprint, abort, redirect, url_for
from flask.typing import ResponseReturnValue

from models.base import db, db_safe, now
from models.client import Client
from models.policy import Verb
from models.revealing import open_cards
from models.user import User
from triage.accounts import demand

pages = Blueprint("clients", __name__, url_prefix="/clients")


def the_client(client_id: int) -> tuple[User, Client]:
    """The person who asks, and the client of that id; 404 for none, for one that was merged away,
    and for one of whom this person sees no matter."""
    user = demand(Verb.WORK)
    client = Client.named(client_id)
    if client is None or client.merged_into_id is not None or not opens(client, user):
        abort(404)
    return user, client


def opens(client: Client, user: User) -> bool:
    """Whether the card lies open to this person."""
    return client.id in open_cards([client], user, now())


def back_to(client: Client) -> ResponseReturnValue:
    return redirect(url_for("clients.show", client_id=client.id))


def named_in(words: str) -> Client | None:
    """The one client that a person means by `#12` or by an e-mail address."""
    words = db_safe(words).strip()
    if number := re.fullmatch(r"#?([0-9]{1,9})", words):
        found = Client.named(int(number[1]))
        return found.target if found is not None else None
    return db.session.scalars(Client.by_address(words).limit(1)).first() if "@" in words else None
