"""The page of the second reader: what newcomers wrote is let go, changed or sent back."""

import pytest

from models.base import db, now, transaction
from models.contact import Contact
from models.message import Message, Sending
from models.second_reader import Newcomer, SecondReader
from models.ticket import Ticket
from models.user import Role, User
from tests.people import House, amelie
from triage import clock


@pytest.fixture
def mia(house: House, koen: User) -> User:
    made = house.person("mia", "Mia Peeters", Role.AGENT, "bridging", ["fr", "nl"])
    with transaction():
        Newcomer.welcome(made, by=koen, at=now())
    return made


@pytest.fixture
def ticket(house: House, nadia: User) -> Ticket:
    made = house.ticket(house.write(amelie, "Où en est mon droit passerelle ?", "Droit"))
    with transaction():
        made.team_id, made.needs_choice = nadia.team_ids[0], False
        made.topic_id = "bridging_right"
    return made


@pytest.fixture
def held(client, ticket: Ticket, mia: User) -> Message:
    """Mia has answered and closed the ticket; nobody has read it yet."""
    client.sign_in(mia)
    form = {"version": ticket.version, "language": "fr", "text": "Tou est en ordre.", "close": "1"}
    client.post(f"/desk/tickets/{ticket.number}/replies", data=form)
    db.session.expire_all()
    return db.session.scalars(Message.of_ticket(ticket.id)).all()[-1]


def post(client, held: Message, ticket: Ticket, noun: str, **fields: str):
    address = f"/desk/tickets/{ticket.number}/replies/{held.id}/{noun}"
    answer = client.post(address, data={"version": ticket.version, **fields})
    db.session.expire_all()
    return answer


def test_the_newcomer_sees_where_it_stands_and_the_ticket_stays_open(client, ticket, held):
    assert (held.state, held.closes_as, ticket.closed) == (Sending.HELD, "answered", False)
    page = client.get(f"/desk/tickets/{ticket.number}").text
    assert "A colleague reads it first" in page
    mine = client.get("/desk/reading").text
    assert f"#{ticket.number}" in mine
    assert "Let it go" not in mine


def test_the_reader_corrects_it_lets_it_go_and_the_ticket_is_closed(client, ticket, held, koen):
    client.sign_in(koen)
    page = client.get("/desk/reading").text
    assert "Où en est mon droit passerelle ?" in page
    assert "Mia Peeters" in page
    assert "1 answer to read" in client.get("/desk/").text
    back = post(client, held, ticket, "release", text="Tout est en ordre.")
    assert held.state == Sending.WAITING
    assert ticket.disposition == "answered"
    page = client.get(back.location).text
    assert f"/replies/{held.id}/release/withdrawal" in page
    thread = client.get(f"/desk/tickets/{ticket.number}").text
    assert "Read by Koen Wouters" in thread
    assert "Tou est en ordre." in thread
    post(client, held, ticket, "release/withdrawal")
    assert (held.state, ticket.closed) == (Sending.HELD, False)


def test_sent_back_its_author_finds_the_remark_and_the_text_again(client, ticket, held, mia, koen):
    client.sign_in(koen)
    post(client, held, ticket, "return", remark="One letter is missing.")
    client.sign_in(mia)
    assert "One letter is missing." in client.get("/desk/reading").text
    page = client.get(f"/desk/tickets/{ticket.number}").text
    assert "One letter is missing." in page
    again = client.get(f"/desk/tickets/{ticket.number}?withdrawn={held.id}").text
    assert ">Tou est en ordre.</textarea>" in again


def test_nobody_lets_an_answer_go_who_may_not(client, ticket, held, mia, nadia, stranger):
    for person in (mia, nadia, stranger):
        client.sign_in(person)
        assert post(client, held, ticket, "release", text="Oui.").status_code == 404
        assert post(client, held, ticket, "return", remark="Non.").status_code == 404
    assert held.state == Sending.HELD
    with transaction():
        SecondReader.allow(nadia, by=nadia, at=now())
    client.sign_in(nadia)
    assert post(client, held, ticket, "release", text="Oui.").status_code == 303
    assert held.state == Sending.WAITING


def test_what_is_not_filled_in_is_not_let_go_either(client, ticket, held, koen):
    client.sign_in(koen)
    back = post(client, held, ticket, "release", text="Il manque {document}.")
    assert "{document}" in client.get(back.location).text
    assert held.state == Sending.HELD


def test_the_author_may_take_it_back_from_the_thread(client, ticket, held):
    back = client.post(f"/desk/tickets/{ticket.number}/replies/{held.id}/withdrawal")
    db.session.expire_all()
    assert held.state == Sending.WITHDRAWN
    assert ">Tou est en ordre.</textarea>" in client.get(back.location).text


def test_the_minute_calls_for_somebody_when_nobody_has_read(house, ticket, held, client, koen):
    with transaction():
        held.written_at = now().replace(year=2025)
    clock.tend(now())
    db.session.expire_all()
    assert ticket.attention == "answer_not_read"
    client.sign_in(koen)
    assert "nobody has read the answer yet" in client.get("/desk/reading").text


def test_what_the_client_has_said_since_is_not_closed_away(client, house, ticket, held, koen):
    house.write(amelie, "Encore une question.", "Re: Droit", in_reply_to=first_of(ticket))
    db.session.expire_all()
    client.sign_in(koen)
    assert "the client has written since" in client.get("/desk/reading").text
    post(client, held, ticket, "release", text="Tout est en ordre.")
    assert held.state == Sending.WAITING
    assert (ticket.status, ticket.contacts_count) == ("open", 2)


def test_words_of_health_are_read_by_who_is_near_or_has_a_reason(client, ticket, held, house):
    far = house.person("rita", "Rita Maes", Role.MANAGER, "affiliation", ["fr"])
    client.sign_in(far)
    assert "Tou est en ordre." in client.get("/desk/reading").text
    with transaction():
        ticket.health = True
    page = client.get("/desk/reading").text
    assert "Tou est en ordre." not in page
    assert "Nothing waits to be read." in page
    assert post(client, held, ticket, "release", text="Tout va bien.").status_code == 403
    assert held.state == Sending.HELD


def test_of_a_ticket_out_of_sight_the_author_reads_nothing(client, ticket, held, house):
    with transaction():
        ticket.team_id = house.stranger.team_ids[0]
        ticket.assignee_id = None
    assert f"#{ticket.number}" not in client.get("/desk/reading").text


def first_of(ticket: Ticket) -> str | None:
    return db.session.scalars(Contact.of_ticket(ticket.id)).all()[0].message_id
