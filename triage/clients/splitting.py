"""One mail of a representative for many clients: proposed client by client, confirmed once.

A few tickets are made at once; those of a long list by a worker, and the page tells how far it is.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flask import (
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from classifiers.engine import Decision, Text
from models import outbox, representing
from models.base import db, db_safe, now, transaction
from models.client import Client, blind
from models.client_split import ClientSplit
from models.contact import Contact
from models.mandate import Represented, Standing, standings_in
from models.outbox import Job, later
from models.policy import Verb
from models.representing import NotToBeSplit, Part
from models.ticket import Ticket
from models.topic import Topic
from models.user import User
from models.wording import plain
from triage import routing
from triage.accounts import demand
from triage.clients.naming import Named, files_named, named_in
from triage.clients.pages import pages
from triage.config import Settings
from triage.discretion import demand_contact
from triage.intake.draft import draft_of

AT_ONCE = 20
"""So many tickets are made while a person waits; a worker makes more."""
BATCH = 25
_LEASE = timedelta(seconds=120)


@dataclass(frozen=True)
class Proposed:
    """One client found in a contact, with what would become of the passage."""

    key: str
    part: Part
    standing: Standing | None

    @property
    def known(self) -> bool:
        return self.part.client_id is not None


@pages.get("/contacts/<int:contact_id>/split")
def propose(contact_id: int) -> ResponseReturnValue:
    """The clients named in a contact, each with the words and files that are about them."""
    user, contact, ticket = the_contact(contact_id)
    split = representing.standing_split(contact.id)
    return render_template(
        "clients/split.html",
        contact=contact,
        ticket=ticket,
        split=split,
        proposed=[] if split else proposals(contact),
        made=made_of(contact, user) if split else [],
        topics=db.session.scalars(Topic.first_level()).all(),
    )


@pages.post("/contacts/<int:contact_id>/split")
def confirm_split(contact_id: int) -> ResponseReturnValue:
    """One confirmation: a ticket for each client that is still ticked."""
    user, contact, ticket = the_contact(contact_id)
    chosen = request.form.getlist("take")
    wanted = [
        {
            "key": key,
            "name": db_safe(request.form.get(f"name-{key}", "")).strip()[:300],
            "topic": topic_in(request.form.get(f"topic-{key}", "")),
        }
        for key in chosen
    ]
    try:
        split = representing.begin_split(contact, ticket, wanted, by=user, at=now())
    except NotToBeSplit:
        flash(_("Nothing is left to be split here."), "warning")
        return back(contact)
    if len(wanted) > AT_ONCE:
        later(Job.SPLIT, split.id)
    else:
        go_on(split, len(wanted))
    return back(contact)


@pages.get("/splits/<int:split_id>/progress")
def progress(split_id: int) -> ResponseReturnValue:
    """How far it is, as a part of the page that asks again until it is done."""
    split, _user = the_split(split_id)
    response = make_response(render_template("clients/_progress.html", split=split))
    if split.finished_at is not None and "HX-Request" in request.headers:
        response.headers["HX-Refresh"] = "true"  # the tickets can be shown now
    return response


@pages.post("/splits/<int:split_id>/withdrawal")
def undo(split_id: int) -> ResponseReturnValue:
    """They were not to be split; tickets on which somebody has worked stay."""
    split, user = the_split(split_id)
    stay = representing.undo_split(split, by=user, at=now())
    if stay:
        flash(
            ngettext(
                "%(num)s ticket stays: somebody has worked on it.",
                "%(num)s tickets stay: somebody has worked on them.",
                stay,
            ),
            "warning",
        )
    contact = Contact.named(split.contact_id) or abort(404)
    return back(contact)


@pages.post("/represented/<int:represented_id>/addressee")
def addressee(represented_id: int) -> ResponseReturnValue:
    """Answers go to the client, or to the representative again."""
    user = demand(Verb.WORK)
    part = db.session.get(Represented, represented_id) or abort(404)
    ticket = Ticket.seen_of(user, [part.ticket_id]).get(part.ticket_id or 0) or abort(404)
    representing.write_to(part, request.form.get("to") == "client", by=user, at=now())
    return redirect(url_for("desk.ticket", number=ticket.number, view="all"))


# --- what is proposed -----------------------------------------------------------------------


def proposals(contact: Contact) -> list[Proposed]:
    """The clients named in a contact, in their order; nothing is kept yet."""
    parts = parts_of(contact)
    matters = [
        (client, part.topic_id)
        for _key, part in parts
        if (client := Client.named(part.client_id)) is not None
    ]
    judged = {one.client.id: one for one in standings_in(contact.client_id or 0, matters, now())}
    return [Proposed(key, part, judged.get(part.client_id or 0)) for key, part in parts]


def parts_of(contact: Contact, only: Collection[str] | None = None) -> list[tuple[str, Part]]:
    """Each client's part, under a key that names the client without telling the number; `only`
    those with such a key, where not all are needed."""
    settings: Settings = current_app.extensions["settings"]
    draft = draft_of(contact.intake, settings)
    sender = contact.client_id or 0
    known = {plain(one.name): one.id for one in representing.spoken_for_by(sender) if one.name}
    named = named_in(draft.new_text or draft.text, known)
    numbers = [(kind, one.value) for n in named for kind, one in n.numbers.items()]
    owners = representing.by_numbers(numbers, but=sender)
    files = [file for file in contact.attachments if file.shown]
    kept: dict[str, Part] = {}
    for one in named:
        client = _client_of(one, owners)
        key = _key(one, client)
        part = Part(
            name=client.called if client is not None else one.name,
            words=routing.masked(one.words),
            topic_id=contact.topic_id,
            sure=False,
            client_id=client.id if client is not None else None,
            numbers={kind: (n.value, n.masked) for kind, n in one.numbers.items()},
            files=[
                files[place].id
                for place in files_named(
                    [file.name for file in files], one, client.name if client else one.name
                )
            ],
        )
        kept[key] = _joined(kept[key], part) if key in kept else part
    asked = {key: part for key, part in kept.items() if only is None or key in only}
    return list(zip(asked, _with_topics(list(asked.values()), contact), strict=True))


def _client_of(one: Named, owners: dict[tuple[str, str], Client]) -> Client | None:
    for kind in ("niss", "kbo"):
        number = one.numbers.get(kind)
        if number is not None and (kind, number.value) in owners:
            return owners[kind, number.value]
    found = Client.named(one.client_id)
    return found.target if found is not None else None


def _key(one: Named, client: Client | None) -> str:
    if client is not None:
        return f"c{client.id}"
    kind, number = next(iter(sorted(one.numbers.items())))
    return blind(kind, number.value).hex()[:16]


def _joined(first: Part, second: Part) -> Part:
    """Named by the enterprise number here and by name there: one client all the same."""
    return replace(
        first,
        words=f"{first.words}\n{second.words}",
        numbers={**second.numbers, **first.numbers},
        files=list(dict.fromkeys([*first.files, *second.files])),
    )


def _with_topics(parts: list[Part], contact: Contact) -> list[Part]:
    """What the machine makes of each passage; where it is not sure, the topic of the whole."""
    texts = [Text(one.words, "", contact.channel, contact.language) for one in parts]
    judged = routing.opine(texts) if texts else []
    return [
        replace(part, topic_id=opinion.topic, sure=opinion.decision is Decision.AUTO)
        if opinion is not None and opinion.decision in (Decision.AUTO, Decision.PRESELECT)
        else part
        for part, opinion in zip(parts, judged, strict=True)
    ]


# --- what is done ---------------------------------------------------------------------------


def go_on(split: ClientSplit, most: int) -> bool:
    """Make up to `most` further tickets; returns whether all are made, or none are wanted."""
    representing.hold(split)
    if split.undone_at is not None:
        return True
    contact = Contact.named(split.contact_id)
    by = User.named(split.by_id)
    assert contact is not None and by is not None
    wishes = split.wanted[split.done : split.done + most]
    parts = dict(parts_of(contact, {wish["key"] for wish in wishes}))
    for wish in wishes:
        part = parts.get(wish["key"])
        if part is not None:
            representing.open_part(split, _as_wished(part, wish), by=by, at=now())
        split.done += 1
    if split.done >= len(split.wanted):
        representing.finish_split(split, now())
    return split.finished_at is not None


def _as_wished(part: Part, wish: dict[str, Any]) -> Part:
    """What a person has put right counts more than what was found."""
    name = wish["name"] or part.name
    topic = wish["topic"]
    return replace(part, name=name, topic_id=topic or part.topic_id, sure=bool(topic) or part.sure)


def split_waiting(owner: str, _settings: Settings) -> int:
    """Make the tickets of long lists, some at a time; returns how many promises were taken up."""
    with transaction():
        claims = outbox.claim(Job.SPLIT, owner, 1, _LEASE)
    for claimed in claims:
        done = False
        while not done:
            with transaction():
                if not outbox.renew([claimed], owner, _LEASE):
                    break
                split = db.session.get(ClientSplit, claimed.ref_id)
                done = split is None or split.undone_at is not None or go_on(split, BATCH)
                if done:
                    outbox.finish(claimed, owner)
    return len(claims)


# --- what came with the address -------------------------------------------------------------


def the_contact(contact_id: int) -> tuple[User, Contact, Ticket]:
    """A contact with its ticket, of those that the person who asks may see and read."""
    user = demand(Verb.WORK)
    contact = Contact.named(contact_id) or abort(404)
    ticket = Ticket.seen_of(user, [contact.ticket_id]).get(contact.ticket_id or 0) or abort(404)
    demand_contact(user, contact)
    return user, contact, ticket


def the_split(split_id: int) -> tuple[ClientSplit, User]:
    user = demand(Verb.WORK)
    split = db.session.get(ClientSplit, split_id) or abort(404)
    if split.ticket_id not in Ticket.seen_of(user, [split.ticket_id]):
        abort(404)
    return split, user


def made_of(contact: Contact, user: User) -> list[tuple[Represented, Ticket | None]]:
    """The clients told apart, each with the ticket where the reader may see it."""
    rows = db.session.scalars(Represented.of_contact(contact.id)).all()
    tickets = Ticket.seen_of(user, [row.ticket_id for row in rows])
    return [(row, tickets.get(row.ticket_id or 0)) for row in rows]


def topic_in(value: str) -> str | None:
    return value if value in Topic.everything() else None


def back(contact: Contact) -> ResponseReturnValue:
    return redirect(url_for("clients.propose", contact_id=contact.id))
