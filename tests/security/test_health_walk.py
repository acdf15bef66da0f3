"""Whoever sees that a ticket tells of somebody's health reads it on no page, before giving a
reason."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from models import sensitive
from models.audit import Audit
from models.base import db, now, transaction
from models.contact import Contact
from models.event import Event
from models.message import Message
from models.ticket import Ticket
from models.user import Role, User
from tests.people import Browser, House
from tests.test_access import MARK, address, names, routes

__all__ = ["names"]  # the fixture: what really exists under every address

ELSEWHERE = {"accounts.logout", "static", "assets.file"}
OF_THE_CLIENT = {"public.status", "public.receipt", "public.owner.show"}
"""Reached by the client's own secret address, or by an owner's."""


@pytest.fixture
def greta(house: House) -> User:
    """She leads another team: she sees every ticket, and is near none of these."""
    return house.person("greta", "Greta Maes", Role.MANAGER, "affiliation", ["nl"])


@pytest.fixture
def ticket(house: House, names: dict[str, Any]) -> Ticket:
    """The ticket of the table of access, with words, a file, an answer and a note of health."""
    found = Ticket.with_number(names["number"])
    assert found is not None
    with transaction():
        for contact in db.session.scalars(select(Contact).where(Contact.ticket_id.is_not(None))):
            sensitive.mark(contact, True, by=house.nadia, at=now())
        found.subject = f"{MARK} 1"
        found.note(f"{MARK} 2", by=house.nadia, at=now())
        found.assignee_id = house.nadia.id
        for message in db.session.scalars(select(Message).where(Message.ticket_id == found.id)):
            message.text = f"{MARK} 3"
    assert found.health
    return found


def shown(app: Flask, client: Browser, names: dict[str, Any]) -> dict[str, int]:
    """The endpoints that show the client's word, with how often, over everything one can get."""
    found: dict[str, int] = {}
    for endpoint, method, rule in routes(app):
        if method != "GET" or endpoint in ELSEWHERE | OF_THE_CLIENT or "stream" in endpoint:
            continue
        answer = client.get(address(app, rule, names), query_string={"view": "all"})
        assert answer.status_code < 500, endpoint
        seen = answer.get_data().decode("utf-8", "replace").count(MARK)
        answer.close()
        if seen:
            found[endpoint] = seen
    return found


def test_nobody_who_is_not_near_it_reads_it_anywhere(
    app: Flask, client: Browser, names: dict[str, Any], ticket: Ticket, greta: User
) -> None:
    client.sign_in(greta)
    page = client.get(f"/desk/tickets/{ticket.number}?view=all").text
    assert "Health data" in page
    found = shown(app, client, names)
    assert not found, sorted(found)


@pytest.mark.parametrize("page", ["/desk/?view=all", "/search/?in=all"])
def test_looking_for_a_word_does_not_tell_that_it_stands_there(
    client: Browser, house: House, ticket: Ticket, greta: User, page: str
) -> None:
    client.sign_in(greta)
    link = f"/desk/tickets/{ticket.number}"
    assert link not in client.get(f"{page}&q={MARK}").text
    client.sign_in(house.nadia)
    assert link in client.get(f"{page}&q={MARK}").text


def test_its_team_reads_it(
    app: Flask, client: Browser, house: House, names: dict[str, Any], ticket: Ticket
) -> None:
    client.sign_in(house.nadia)
    found = shown(app, client, names)
    assert found["desk.ticket"] > 0
    assert found["desk.mail"] > 0 or found["desk.attachment"] > 0


def test_a_reason_opens_it_and_is_audited(client: Browser, ticket: Ticket, greta: User) -> None:
    client.sign_in(greta)
    here = f"/desk/tickets/{ticket.number}"
    assert client.post(f"{here}/health-look", data={"reason": " "}).status_code == 303
    assert MARK not in client.get(f"{here}?view=all").text
    client.post(f"{here}/health-look", data={"reason": "The client stands before me."})
    assert MARK in client.get(f"{here}?view=all").text
    kept = db.session.scalars(
        select(Audit).where(Audit.action == "ticket.health_opened", Audit.actor_id == greta.id)
    ).one()
    assert kept.facts["reason"].startswith("~")  # whoever knows the words can prove them
    told = db.session.scalars(
        select(Event)
        .where(Event.kind == "ticket.health_opened", Event.actor_id == greta.id)
        .order_by(Event.id)
    ).one()
    assert told.facts == {"reason": "The client stands before me."}


def test_the_team_says_that_it_is_none(
    client: Browser, house: House, ticket: Ticket, greta: User
) -> None:
    contact = db.session.scalars(Contact.of_ticket(ticket.id)).first()
    assert contact is not None
    here = f"/desk/tickets/{ticket.number}/contacts/{contact.id}/health"
    client.sign_in(greta)
    assert client.post(here, data={"on": "0"}).status_code == 403
    client.sign_in(house.nadia)
    assert client.post(here, data={"on": "0"}).status_code == 303
    db.session.expire_all()
    assert not contact.health
