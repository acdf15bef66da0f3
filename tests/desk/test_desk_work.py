"""Working on a ticket: answering, choosing the topic, assigning, closing, and being in time."""

import pytest

from models.base import db, transaction
from models.contact import Contact
from models.message import Message, Sending
from models.ticket import Note, Status, Ticket
from models.user import User
from tests.people import Browser, House, amelie, joris

LATE_PAYMENT = (
    "Bonjour, je n'ai toujours rien reçu pour mon droit passerelle du mois de mai, "
    "le paiement du droit passerelle devait arriver la semaine passée."
)


@pytest.fixture
def ticket(house: House, nadia: User) -> Ticket:
    """Amélie's mail about her late payment, in Nadia's team."""
    made = house.ticket(house.write(amelie, LATE_PAYMENT, "Mon paiement"))
    with transaction():
        made.team_id = nadia.team_ids[0]
    return made


def post(client: Browser, ticket: Ticket, noun: str, **fields: object) -> int:
    form = {"version": ticket.version, **fields}
    response = client.post(f"/desk/tickets/{ticket.number}/{noun}", data=form)
    db.session.expire_all()
    return response.status_code


def test_the_page_shows_the_thread_the_proposal_and_the_client(
    client: Browser, ticket: Ticket, nadia: User
) -> None:
    client.sign_in(nadia)
    page = client.get(f"/desk/tickets/{ticket.number}").text
    assert "toujours rien reçu" in page
    assert "Why the machine says" in page
    assert amelie.email in page


def test_htmx_gets_the_ticket_without_the_frame(
    client: Browser, ticket: Ticket, nadia: User
) -> None:
    client.sign_in(nadia)
    part = client.get(f"/desk/tickets/{ticket.number}", headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert 'class="ticket"' in part


def test_an_answer_is_promised_and_the_ticket_waits(
    client: Browser, ticket: Ticket, nadia: User
) -> None:
    client.sign_in(nadia)
    assert post(client, ticket, "replies", text="Bonjour, vendredi.", language="fr") == 302
    message = db.session.scalars(Message.of_ticket(ticket.id)).all()[-1]
    assert message.words == "Bonjour, vendredi."
    assert message.recipient == amelie.email
    assert ticket.status == Status.WAITING
    assert ticket.assignee_id == nadia.id


def test_an_answer_can_be_taken_back_for_ten_seconds_with_its_text(
    client: Browser, ticket: Ticket, nadia: User
) -> None:
    client.sign_in(nadia)
    post(client, ticket, "replies", text="Trop vite.", language="fr", disposition="answered")
    assert ticket.closed
    message = db.session.scalars(Message.of_ticket(ticket.id)).all()[-1]
    assert "Undo" in client.get(f"/desk/tickets/{ticket.number}").text
    back = client.post(f"/desk/tickets/{ticket.number}/replies/{message.id}/withdrawal")
    db.session.expire_all()
    assert message.state == Sending.WITHDRAWN
    assert ticket.status == Status.OPEN
    assert "Trop vite." in client.get(back.location).text


def test_an_answer_that_has_left_stays_sent(client: Browser, ticket: Ticket, nadia: User) -> None:
    client.sign_in(nadia)
    post(client, ticket, "replies", text="Voilà.", language="fr")
    message = db.session.scalars(Message.of_ticket(ticket.id)).all()[-1]
    with transaction():
        message.state = Sending.SENT.value
    back = client.post(f"/desk/tickets/{ticket.number}/replies/{message.id}/withdrawal")
    assert back.status_code == 409
    assert "already been sent" in back.text


def test_a_colleague_cannot_take_back_my_answer(
    client: Browser, ticket: Ticket, nadia: User, koen: User
) -> None:
    client.sign_in(nadia)
    post(client, ticket, "replies", text="Voilà.", language="fr")
    message = db.session.scalars(Message.of_ticket(ticket.id)).all()[-1]
    client.sign_in(koen)
    url = f"/desk/tickets/{ticket.number}/replies/{message.id}/withdrawal"
    assert client.post(url).status_code == 404


def test_an_empty_answer_is_no_answer(client: Browser, ticket: Ticket, nadia: User) -> None:
    client.sign_in(nadia)
    before = len(db.session.scalars(Message.of_ticket(ticket.id)).all())
    assert post(client, ticket, "replies", text="  \n ") == 400
    assert len(db.session.scalars(Message.of_ticket(ticket.id)).all()) == before


def test_no_second_recipient_hides_in_an_address(
    client: Browser, house: House, nadia: User
) -> None:
    contact = house.call(joris, "belt over zijn uitstel van betaling", by=nadia)
    ticket = house.ticket(contact)
    with transaction():
        ticket.assignee_id = nadia.id
    client.sign_in(nadia)
    hidden = "joris@plumbing.example, boss@fund.example"
    assert post(client, ticket, "replies", text="Dag Joris", recipient=hidden) == 409
    assert post(client, ticket, "replies", text="Dag Joris", recipient=joris.email) == 302


def test_who_answers_what_has_changed_meanwhile_keeps_the_text(
    client: Browser, ticket: Ticket, nadia: User, house: House
) -> None:
    client.sign_in(nadia)
    seen = ticket.version
    with transaction():
        ticket.urgent = True
    url = f"/desk/tickets/{ticket.number}/replies"
    answer = client.post(url, data={"version": seen, "text": "Une longue réponse"})
    assert answer.status_code == 409
    assert "Une longue réponse" in answer.text
    db.session.expire_all()
    assert f'name="version" value="{ticket.version}"' in answer.text
    assert ticket.status != Status.WAITING


def test_a_persons_choice_of_topic_is_a_correction(
    client: Browser, ticket: Ticket, nadia: User
) -> None:
    client.sign_in(nadia)
    choice = {"topic": "deferral/request", "intent": "chase_status"}
    assert post(client, ticket, "topic", **choice) == 302
    assert (ticket.topic_id, ticket.subtopic_id) == ("deferral", "deferral/request")
    assert ticket.intent_id == "chase_status"
    assert not ticket.needs_choice
    assert all(contact.corrected for contact in db.session.scalars(Contact.of_ticket(ticket.id)))


def test_an_invented_topic_is_refused(client: Browser, ticket: Ticket, nadia: User) -> None:
    client.sign_in(nadia)
    assert post(client, ticket, "topic", topic="nonsense") == 400
    assert post(client, ticket, "topic", topic="deferral", intent="nonsense") == 400


def test_a_note_stays_in_the_house(client: Browser, ticket: Ticket, nadia: User) -> None:
    client.sign_in(nadia)
    before = len(db.session.scalars(Message.of_ticket(ticket.id)).all())
    assert post(client, ticket, "notes", text="Elle rappelle jeudi.") == 302
    assert db.session.scalars(Note.of_ticket(ticket.id)).one().text == "Elle rappelle jeudi."
    assert len(db.session.scalars(Message.of_ticket(ticket.id)).all()) == before


def test_a_ticket_goes_to_me_to_a_colleague_and_back(
    client: Browser, ticket: Ticket, nadia: User, koen: User, ada: User
) -> None:
    client.sign_in(nadia)
    post(client, ticket, "assignment", to=nadia.id)
    assert ticket.assignee_id == nadia.id
    post(client, ticket, "assignment", to=koen.id)
    assert ticket.assignee_id == koen.id
    assert post(client, ticket, "assignment", to=ada.id) == 400
    post(client, ticket, "assignment", to="")
    assert ticket.assignee_id is None


def test_closing_needs_a_disposition_and_can_be_undone(
    client: Browser, ticket: Ticket, nadia: User
) -> None:
    client.sign_in(nadia)
    assert post(client, ticket, "closure") == 400
    assert post(client, ticket, "closure", disposition="redirected") == 302
    assert ticket.closed
    assert ticket.disposition == "redirected"
    post(client, ticket, "reopening")
    assert ticket.status == Status.OPEN


def test_an_agent_can_say_that_this_keeps_happening(
    client: Browser, ticket: Ticket, nadia: User
) -> None:
    client.sign_in(nadia)
    post(client, ticket, "flag", on="1")
    assert ticket.flagged
    post(client, ticket, "flag", on="0")
    assert not ticket.flagged


def test_a_number_that_was_mentioned_is_confirmed_by_one_click(
    client: Browser, house: House, nadia: User
) -> None:
    text = f"{LATE_PAYMENT} Vous pouvez m'appeler au 0470 55 66 77."
    ticket = house.ticket(house.write(amelie, text))
    with transaction():
        ticket.team_id = nadia.team_ids[0]
    assert ticket.client is not None
    number = next(known for known in ticket.client.numbers if known.level == "maybe")
    client.sign_in(nadia)
    assert "maybe" in client.get(f"/desk/tickets/{ticket.number}").text
    assert post(client, ticket, f"client/numbers/{number.id}/confirmation") == 302
    assert number.level == "known"
    assert post(client, ticket, "client/numbers/99999/confirmation") == 404


@pytest.mark.parametrize(
    "noun", ["topic", "replies", "notes", "assignment", "flag", "closure", "reopening"]
)
def test_a_stranger_finds_nothing_to_work_on(
    client: Browser, ticket: Ticket, stranger: User, noun: str
) -> None:
    with transaction():
        ticket.needs_choice = False
    client.sign_in(stranger)
    assert client.get(f"/desk/tickets/{ticket.number}").status_code == 404
    form = {"text": "x", "topic": "deferral", "disposition": "answered"}
    assert client.post(f"/desk/tickets/{ticket.number}/{noun}", data=form).status_code == 404
