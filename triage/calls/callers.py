"""Who is calling: a number proposes, the agent says; the file opens after a recorded check."""

from dataclasses import dataclass
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models import caller
from models.base import db, db_safe, now
from models.call_draft import CallDraft
from models.client import Client, Level
from models.contact import Contact
from models.identity_check import IdentityCheck, Proof
from models.policy import Verb
from models.revealing import open_cards
from models.ticket import Ticket
from models.ticket_list import contacts_visible_to
from models.user import User
from triage.accounts import demand
from triage.calls.drafts import kept_draft
from triage.calls.pages import pages
from triage.calls.proposal import Known, said_of
from triage.calls.typed import Typed, line
from triage.intake.phone import e164

SHORTEST_NUMBER = 6
SHORTEST_SEARCH = 2
CANDIDATES = 5
FOUND = 8
SOMEBODY_ELSE = "new"
"""The choice that the caller is none of those who are known by the number."""


@pages.get("/callers")
def callers() -> ResponseReturnValue:
    """Who has this number, with what they said last, as a part of the form."""
    user = demand(Verb.WORK)
    args = request.args
    typed = Typed(
        number=line(args.get("number", ""), 60),
        client=line(args.get("client", ""), 20),
        once=line(args.get("once", ""), 64),
    )
    return the_callers(user, typed)


@pages.get("/clients")
def clients() -> ResponseReturnValue:
    """Clients found by name, number or address, each to be linked by one click."""
    user = demand(Verb.WORK)
    words = line(db_safe(request.args.get("find", "")), 120)
    searched = len(words) >= SHORTEST_SEARCH
    found = db.session.scalars(Client.found_by(words).limit(FOUND)).all() if searched else []
    return render_template(
        "calls/_found.html", found=found, opened=open_cards(found, user, now()), searched=searched
    )


@pages.post("/link")
def link() -> ResponseReturnValue:
    """This client is calling: a number that we did not know, or were not sure of, is theirs."""
    user, typed = demand(Verb.WORK), Typed.from_form()
    client = Client.named(request.form.get("link", 0, type=int)) or abort(400)
    draft = kept_draft(user, typed)
    draft.client_id, typed.client = client.id, str(client.id)
    draft.fields = typed.as_fields()
    number = e164(typed.number)
    if number is not None:
        caller.link(client, number, typed.number, by=user, at=now())
    return back_to_form(user, typed)


@pages.post("/link/withdrawal")
def unlink() -> ResponseReturnValue:
    """It was a slip: the number is as it was, and nobody is chosen."""
    user, typed = demand(Verb.WORK), Typed.from_form()
    draft = kept_draft(user, typed)
    client = Client.named(draft.client_id)
    number = e164(typed.number)
    if client is not None and number is not None:
        caller.unlink(client, number, since=draft.started_at, by=user, at=now())
    draft.client_id, typed.client = None, ""
    draft.fields = typed.as_fields()
    return back_to_form(user, typed)


@pages.post("/identity")
def identify() -> ResponseReturnValue:
    """The caller has shown who he or she is: the file opens for this note."""
    user, typed = demand(Verb.WORK), Typed.from_form()
    client_id, _, how = request.form.get("proof", "").partition(":")
    known = {str(one.client.id): one.client for one in candidates_of(user, typed)}
    if client_id not in known or how not in list(Proof):
        abort(400)
    draft = kept_draft(user, typed)
    typed.client = client_id
    draft.fields = typed.as_fields()
    IdentityCheck.note(
        known[client_id],
        Proof(how),
        once=typed.once,
        call_id=draft.call_id,
        by=user,
        at=now(),
    )
    return back_to_form(user, typed)


@pages.post("/identity/withdrawal")
def withdraw_identity() -> ResponseReturnValue:
    user, typed = demand(Verb.WORK), Typed.from_form()
    kept_draft(user, typed)
    check = IdentityCheck.of(user, request.form.get("check", 0, type=int)) or abort(400)
    check.withdraw(by=user, at=now())
    return back_to_form(user, typed)


def back_to_form(user: User, typed: Typed) -> ResponseReturnValue:
    """The part about the caller; without JavaScript the whole form, from its draft."""
    db.session.flush()
    if "HX-Request" in request.headers:
        return the_callers(user, typed)
    return redirect(url_for("calls.new", draft=typed.once), 303)


def the_callers(user: User, typed: Typed) -> str:
    return render_template("calls/_callers.html", typed=typed, **who_calls(user, typed))


# --- what is known --------------------------------------------------------------------------


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be calling, with what the reader may know of the matter."""

    client: Client
    sure: bool
    linked: bool
    """The agent has said so in this note; it can be taken back."""
    check: IdentityCheck | None
    """Who the caller is has been shown: the file is open."""
    contacts: list[Contact]
    tickets: list[Ticket]
    known: list[Known]


def who_calls(user: User, typed: Typed) -> dict[str, Any]:
    return {
        "candidates": candidates_of(user, typed),
        "number_known": e164(typed.number) is not None,
        "number_typed": len(typed.number) >= SHORTEST_NUMBER,
    }


def candidates_of(user: User, typed: Typed) -> list[Candidate]:
    """Everybody known by the number, and whoever the agent has said to be calling, first."""
    number, linked = e164(typed.number), linked_to(user, typed)
    clients = [*([linked] if linked else []), *known_by(typed.number)]
    checks = IdentityCheck.standing(user, typed.once)
    return [
        candidate(client, number, user, checks.get(client.id), client is linked)
        for client in dict.fromkeys(clients)
    ]


def candidate(
    client: Client, number: str | None, user: User, check: IdentityCheck | None, linked: bool
) -> Candidate:
    tickets = list(db.session.scalars(Ticket.open_of(user, client.id).limit(5)))
    own = caller.number_of(client, number) if number else None
    return Candidate(
        client=client,
        sure=(own is not None and own.level == Level.KNOWN) or linked,
        linked=linked,
        check=check,
        contacts=list(db.session.scalars(contacts_visible_to(user, client.id).limit(3))),
        tickets=tickets,
        known=said_of(tickets),
    )


def known_by(written: str) -> list[Client]:
    number = e164(written)
    if number is None:
        return []
    return list(db.session.scalars(Client.by_number(number).limit(CANDIDATES)).unique())


def linked_to(user: User, typed: Typed) -> Client | None:
    """Whom the agent has said to be calling, in the draft of this note."""
    draft = CallDraft.by_once(user, typed.once) if typed.once else None
    return Client.named(draft.client_id) if draft else None


def chosen_client(user: User, typed: Typed) -> Client | None:
    """The chosen one among those who have this number or were linked to the note: no other."""
    linked = linked_to(user, typed)
    found = [*known_by(typed.number), *([linked] if linked else [])]
    return next((client for client in found if str(client.id) == typed.client), None)
