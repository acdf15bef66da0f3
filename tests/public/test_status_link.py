"""The link to a matter's public page: who holds it sees that matter, and nobody else does."""

from datetime import timedelta

import pytest
import time_machine

from models.base import db, now, transaction
from models.client import Client
from models.event import Event
from models.keys import ring
from models.merge import merge
from models.status_link import restore_links, revoke_links
from models.ticket import Ticket
from tests.people import Browser, House, amelie, joris
from triage.letters import status_token, ticket_of_token


@pytest.fixture
def ticket(house: House) -> Ticket:
    return house.ticket(house.fill_form(amelie, "Où en est mon dossier ?"))


def test_a_link_names_its_last_day_and_is_signed_with_130_bits(ticket: Ticket) -> None:
    number, day, signature = status_token(ticket).split("-")
    assert int(number) == ticket.number
    assert int(day, 36) - now().date().toordinal() in (180, 181)
    assert (
        len(signature) == 26 and len(set("abcdefghijklmnopqrstuvwxyz234567")) == 32
    )  # 5 bits each


def test_a_link_ends_after_its_last_day_and_each_mail_carries_a_fresh_one(ticket: Ticket) -> None:
    token, sent = status_token(ticket), now()
    assert ticket_of_token(token, sent + timedelta(days=179)) is not None
    assert ticket_of_token(token, sent + timedelta(days=182)) is None
    with time_machine.travel(sent + timedelta(days=100), tick=False):
        fresh = status_token(ticket)
    assert ticket_of_token(fresh, sent + timedelta(days=182)) is not None


def test_a_link_without_a_day_works_as_long_as_the_matter_is_spoken_of(ticket: Ticket) -> None:
    old = f"{ticket.number}-{ring().sign('status', ticket.id, ticket.number)}"
    assert ticket_of_token(old) is not None
    assert ticket_of_token(old, ticket.last_contact_at + timedelta(days=181)) is None
    with transaction():
        revoke_links(ticket, by=None, at=now())
    assert ticket_of_token(old) is None


def test_a_revoked_link_leads_nowhere_until_that_is_undone(house: House, ticket: Ticket) -> None:
    token, at = status_token(ticket), now()
    with transaction():
        revoke_links(ticket, by=house.nadia, at=at, why="lost telephone")
    assert ticket_of_token(token) is None and ticket_of_token(status_token(ticket)) is not None
    with transaction():
        assert not restore_links(ticket, by=house.koen, at=at)
        assert not restore_links(ticket, by=house.nadia, at=at + timedelta(minutes=2))
        assert restore_links(ticket, by=house.nadia, at=at + timedelta(seconds=9))
    assert ticket_of_token(token) is not None
    kinds = [event.kind for event in db.session.scalars(Event.of_ticket(ticket.id))]
    assert kinds[-2:] == ["ticket.links_revoked", "ticket.links_restored"]


def test_a_matter_that_was_somebody_elses_is_shut_to_the_one_before(
    house: House, ticket: Ticket
) -> None:
    token = status_token(ticket)
    with transaction():
        ticket.give_to(Client.unknown("Somebody else", "fr"), by=house.nadia)
    assert ticket_of_token(token) is None


def test_a_merged_tickets_link_follows_to_the_same_client_only(
    house: House, ticket: Ticket
) -> None:
    second = house.ticket(house.fill_form(amelie, "Où en est mon dossier, toujours rien ?"))
    stranger = house.ticket(house.fill_form(joris, "Waar blijft mijn dossier?"))
    with transaction():
        merge(second, ticket, by=house.koen, at=now())
    assert ticket_of_token(status_token(second)) is ticket
    with transaction():
        merge(stranger, ticket, by=house.koen, at=now(), client=ticket.client)
    assert ticket_of_token(status_token(stranger)) is None


def forged(ticket: Ticket, other: Ticket) -> dict[str, str]:
    number, day, signature = status_token(ticket).split("-")
    later = f"{int(day, 36) + 1:x}"
    return {
        "guessed": f"{number}-{day}-{'a' * 26}",
        "of another": f"{number}-{day}-{status_token(other).split('-')[2]}",
        "another's number": f"{other.number}-{day}-{signature}",
        "a later day": f"{number}-{later}-{signature}",
        "no day": f"{number}-{signature}",
        "a receipt's": f"{number}-{day}-{ring().sign('receipt', ticket.id)}",
        "cut": f"{number}-{day}-{signature[:-1]}",
        "nobody's": f"999999999999-{day}-{signature}",
        "no number": f"²-{day}-{signature}",
        "é": "é-é",
        "empty parts": "--",
    }


def test_whatever_is_wrong_with_a_link_the_answer_is_the_same_page(
    client: Browser, house: House, ticket: Ticket
) -> None:
    other = house.ticket(house.fill_form(joris, "Waar blijft mijn dossier?"))
    revoked = house.ticket(house.fill_form(joris, "En nog iets?"))
    tokens = forged(ticket, other) | {"revoked": status_token(revoked)}
    with transaction():
        revoke_links(revoked, by=None, at=now())
    answers = {name: client.get(f"/status/{token}?lang=en") for name, token in tokens.items()}
    with time_machine.travel(now() + timedelta(days=200), tick=False):
        answers["outlived"] = client.get(f"/status/{status_token_of(ticket)}?lang=en")
    pages = {answer.data for answer in answers.values()}
    assert {answer.status_code for answer in answers.values()} == {404}
    assert len(pages) == 1
    assert all("Set-Cookie" not in answer.headers for answer in answers.values())


def status_token_of(ticket: Ticket) -> str:
    with time_machine.travel(now() - timedelta(days=200), tick=False):
        return status_token(ticket)
