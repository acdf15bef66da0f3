"""A page asks the database as often for many rows as for few."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event

from models.base import db, now, transaction
from models.callback import Callback, CallbackReason
from models.saved_view import SavedView, counts_of
from models.ticket import Ticket
from models.ticket_list import TicketFilter, waiting_counts
from models.user import User
from tests.people import Browser, House, amelie, emily, joris

QUESTION = "Bonjour, je n'ai toujours rien reçu pour mon droit passerelle du mois de mai."


@pytest.fixture
def ticket(house: House, nadia: User) -> Ticket:
    made = house.ticket(house.write(amelie, QUESTION))
    with transaction():
        made.team_id, made.needs_choice = nadia.team_ids[0], False
    return made


def test_a_long_thread_is_read_like_a_short_one(
    client: Browser, house: House, nadia: User, ticket: Ticket
) -> None:
    client.sign_in(nadia)
    page, ticket_id = f"/desk/tickets/{ticket.number}", ticket.id
    assert client.get(page).status_code == 200  # with what is noted at a first look
    short = asked(lambda: client.get(page))
    for who in (joris, emily, amelie):
        contact = house.write(who, f"{QUESTION} {who.name}", f"About {who.name}")
        with transaction():
            contact.ticket_id = ticket_id
    assert emily.name in client.get(page).text
    assert asked(lambda: client.get(page)) <= short + LOADED


LOADED = 4
"""Clients other than the ticket's, with their addresses, numbers and identifiers: all at once."""


def test_every_named_list_is_counted_in_one_question(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    with transaction():
        SavedView.keep("one", TicketFilter("all"), by=nadia)
    one = asked(lambda: client.get("/desk/waiting"))
    with transaction():
        again = db.session.merge(nadia)
        for name in ("two", "three", "four"):
            SavedView.keep(name, TicketFilter("all", languages=("nl",)), by=again)
    assert asked(lambda: client.get("/desk/waiting")) == one


def test_the_counts_are_those_of_each_list(house: House, nadia: User, ticket: Ticket) -> None:
    house.write(joris, "Dag, waar blijft mijn overbruggingsrecht?")
    with transaction():
        kept = [
            SavedView.keep(name, TicketFilter("all", languages=(name,)), by=nadia)
            for name in ("fr", "nl", "de")
        ]
    at = now()
    assert counts_of(kept, nadia, at) == {one.id: one.wanted.count(nadia, at) for one in kept}
    assert counts_of(kept, nadia, at)[kept[0].id] == 1
    assert counts_of([], nadia, at) == {}
    views = waiting_counts(nadia, at)
    assert views == {view: TicketFilter(view).count(nadia, at) for view in views}
    assert views["all"] == 2


def test_many_who_are_owed_a_call_are_loaded_at_once(
    client: Browser, house: House, nadia: User
) -> None:
    client.sign_in(nadia)
    owe(house.ticket(house.write(amelie, QUESTION)))
    one = asked(lambda: client.get("/calls/"))
    for who in (joris, emily):
        owe(house.ticket(house.write(who, f"{QUESTION} {who.name}")))
    page = client.get("/calls/").text
    assert joris.name in page and emily.name in page
    assert asked(lambda: client.get("/calls/")) == one


def owe(ticket: Ticket) -> None:
    with transaction():
        Callback.ask(
            ticket=ticket,
            number="+32475123456",
            reason=CallbackReason.REQUESTED,
            at=now(),
            due_at=now() + timedelta(hours=1),
        )


def asked(work: Callable[[], object]) -> int:
    """How many statements are sent while `work` is done, with nothing loaded before."""
    db.session.remove()
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(sent)
