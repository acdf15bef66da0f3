"""How a ticket's page says what presses and when to call back."""

import pytest

from models import urgency
from models.base import db, transaction
from models.contact import Contact
from models.ticket import Ticket
from models.user import User
from tests.people import Browser, House, amelie

ANGRY = "C'est un scandale, vous vous moquez de moi ! Toujours rien et personne ne répond !!"
BAILIFF = "L'huissier vient demain pour saisir mon four, je n'ai plus de quoi manger."


def in_team_of(nadia: User, ticket: Ticket) -> Ticket:
    with transaction():
        ticket.team_id, ticket.needs_choice = nadia.team_ids[0], False
    return ticket


@pytest.fixture
def pressing(house: House, nadia: User) -> Ticket:
    return in_team_of(nadia, house.ticket(house.write(amelie, BAILIFF, "Huissier")))


def page_of(client: Browser, ticket: Ticket) -> str:
    return client.get(f"/desk/tickets/{ticket.number}").text


def test_the_mark_says_why_and_until_when(client: Browser, pressing: Ticket, nadia: User) -> None:
    client.sign_in(nadia)
    page = page_of(client, pressing)
    assert "urgent: bailiff" in page
    assert "until " in page
    assert "urgent: bailiff" in client.get("/desk/list").text


def test_a_person_takes_the_mark_off_and_puts_it_on(
    client: Browser, pressing: Ticket, nadia: User
) -> None:
    client.sign_in(nadia)
    address = f"/desk/tickets/{pressing.number}/urgency"
    for on, marked in (("0", False), ("1", True)):
        assert client.post(address, data={"on": on}).status_code == 302
        db.session.expire_all()
        assert (pressing.urgent, pressing.urgent_until) == (marked, None)
    assert "urgent: bailiff" not in page_of(client, pressing).split('class="thread"')[0]
    assert "said that it is urgent" in page_of(client, pressing)


def test_one_key_puts_the_mark_on_and_off(client: Browser, pressing: Ticket, nadia: User) -> None:
    client.sign_in(nadia)
    for on in ("0", "1"):
        keyed = page_of(client, pressing).split('data-key="u"')
        assert len(keyed) == 2
        assert keyed[0].endswith(f'name="on" value="{on}" ')
        client.post(f"/desk/tickets/{pressing.number}/urgency", data={"on": on})


def test_who_is_unhappy_again_is_proposed_a_call_back(
    client: Browser, house: House, nadia: User
) -> None:
    ticket = in_team_of(nadia, house.ticket(house.write(amelie, ANGRY, "Honte")))
    client.sign_in(nadia)
    assert "Sounds unhappy: a call-back may help." in page_of(client, ticket)
    first = db.session.scalars(Contact.of_ticket(ticket.id)).one()
    again = house.write(amelie, f"{ANGRY} Encore !", "Re: Honte", in_reply_to=first.message_id)
    assert house.ticket(again).number == ticket.number
    assert "Unhappy 2 times: propose a call-back." in page_of(client, ticket)
    assert not ticket.urgent


def test_switched_off_the_page_says_nothing_of_it(
    client: Browser, house: House, nadia: User, koen: User
) -> None:
    ticket = in_team_of(nadia, house.ticket(house.write(amelie, ANGRY, "Honte")))
    with transaction():
        urgency.listen(False, by=koen)
    client.sign_in(nadia)
    assert "call-back may help" not in page_of(client, ticket)


def test_switched_off_the_history_no_longer_says_why(
    client: Browser, pressing: Ticket, nadia: User, koen: User
) -> None:
    client.sign_in(nadia)
    assert "nothing to live on" in page_of(client, pressing)
    with transaction():
        urgency.listen(False, by=koen)
    assert "nothing to live on" not in page_of(client, pressing)
