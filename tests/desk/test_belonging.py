"""What only a person decides: whose matter it is, what belongs to it, what has been looked at."""

import pytest

from models import correspondence, figures
from models.base import db, now, transaction
from models.calendar import business_day
from models.contact import Contact
from models.event import Event
from models.thread import TicketContact
from models.ticket import Disposition, Status, Ticket
from models.topic import Topic
from tests.people import Browser, House, amelie


@pytest.fixture
def said(house: House) -> list[Contact]:
    """Three mails of Amélie on one ticket."""
    first = house.write(amelie, "Où en est mon droit passerelle ?", "Dossier")
    replies = [
        house.write(amelie, text, "Dossier", in_reply_to=first.message_id)
        for text in ("Je voudrais aussi parler de ma pension.", "Merci.")
    ]
    return [first, *replies]


@pytest.fixture
def ticket(house: House, said: list[Contact]) -> Ticket:
    return house.ticket(said[0])


@pytest.fixture
def desk(client: Browser, house: House) -> Browser:
    client.sign_in(house.koen)
    return client


def kinds(ticket: Ticket) -> list[str]:
    return [event.kind for event in db.session.scalars(Event.of_ticket(ticket.id))]


def own(desk: Browser, ticket: Ticket, contact: Contact) -> Ticket:
    answer = desk.post(f"/desk/tickets/{ticket.number}/contacts/{contact.id}/ticket")
    assert answer.status_code == 302
    db.session.expire_all()
    made = Ticket.named(contact.ticket_id)
    assert made is not None
    return made


# --- attention ------------------------------------------------------------------------------


def test_what_was_pointed_out_is_shown_until_somebody_has_looked(desk, ticket):
    with transaction():
        ticket.call_attention("sender_unclear", now())
    where = f"/desk/tickets/{ticket.number}"
    assert f'action="{where}/attention' in desk.get(where).text
    desk.post(f"{where}/attention")
    db.session.expire_all()
    assert ticket.attention is None
    assert kinds(ticket)[-2:] == ["ticket.attention", "ticket.attended"]
    assert f'action="{where}/attention' not in desk.get(where).text


def test_the_first_reason_stands(ticket):
    with transaction():
        ticket.call_attention("burst", now())
        ticket.call_attention("sender_unclear", now())
    assert ticket.attention == "burst"


def test_who_has_looked_where_nothing_was_leaves_no_trace(desk, ticket):
    before = kinds(ticket)
    desk.post(f"/desk/tickets/{ticket.number}/attention")
    assert kinds(ticket) == before


# --- parted and put back --------------------------------------------------------------------


def test_a_mail_is_made_its_own_ticket(desk, house, ticket, said):
    made = own(desk, ticket, said[1])
    assert made.id != ticket.id
    assert (made.contacts_count, ticket.contacts_count) == (1, 2)
    assert (made.client_id, made.preview) == (ticket.client_id, said[1].first_line)
    assert made.linked_for(house.koen) == [(ticket, "split")]
    places = db.session.scalars(TicketContact.of_contact(said[1].id)).all()
    assert [(one.ticket_id, one.rule) for one in places] == [
        (ticket.id, "in_reply_to"),
        (made.id, "split"),
    ]
    assert (places[0].until, places[1].until) == (places[1].since, None)


def test_the_list_then_shows_the_last_of_what_is_left(desk, ticket, said):
    assert ticket.preview == "Merci."
    own(desk, ticket, said[2])
    assert ticket.preview == said[1].first_line
    assert ticket.last_contact_at == said[1].said_at


def test_an_answer_to_what_was_parted_goes_to_its_own_ticket(desk, house, ticket, said):
    made = own(desk, ticket, said[1])
    again = house.write(amelie, "Et alors ?", "Dossier", in_reply_to=said[1].message_id)
    assert again.ticket_id == made.id


def test_what_was_parted_can_be_put_back(desk, ticket, said):
    made = own(desk, ticket, said[2])
    page = desk.get(f"/desk/tickets/{made.number}").text
    back = f"/desk/tickets/{made.number}/contacts/{said[2].id}/ticket/withdrawal"
    assert back in page
    desk.post(back)
    db.session.expire_all()
    assert said[2].ticket_id == ticket.id
    assert (ticket.contacts_count, ticket.preview) == (3, "Merci.")
    assert (made.contacts_count, made.merged_into_id) == (0, ticket.id)
    rules = [one.rule for one in db.session.scalars(TicketContact.of_contact(said[2].id))]
    assert rules == ["in_reply_to", "split", "returned"]
    assert kinds(ticket)[-3:-1] == ["ticket.parted", "ticket.contact_added"]


def put_back(desk: Browser, made: Ticket, contact: Contact) -> int:
    where = f"/desk/tickets/{made.number}/contacts/{contact.id}/ticket/withdrawal"
    answer = desk.post(where)
    db.session.expire_all()
    return answer.status_code


def test_what_was_put_back_waits_only_once(desk, ticket, said):
    assert put_back(desk, own(desk, ticket, said[2]), said[2]) == 302
    assert figures.today(business_day(now()), now()).waiting == 1


def test_what_is_put_back_into_a_ticket_closed_meanwhile_opens_it(desk, house, ticket, said):
    made = own(desk, ticket, said[2])
    with transaction():
        ticket.close(Disposition.ANSWERED, by=house.nadia, at=now())
    assert put_back(desk, made, said[2]) == 302
    assert ticket.status == Status.OPEN


def test_what_is_parted_from_a_ticket_that_was_closed_leaves_it_closed(desk, house, ticket, said):
    with transaction():
        ticket.close(Disposition.ANSWERED, by=house.nadia, at=now())
    made = own(desk, ticket, said[2])
    assert put_back(desk, made, said[2]) == 302
    assert ticket.status == Status.CLOSED


def test_what_was_said_under_a_restricted_topic_is_parted_under_it(house, client, ticket, said):
    nadia, stranger = house.nadia, house.stranger
    with transaction():
        topic = Topic.named("bridging_right")
        topic.restricted, ticket.topic_id, ticket.team_id = True, topic.id, nadia.team_ids[0]
        said[1].topic_id = None
    client.sign_in(nadia)
    made = own(client, ticket, said[1])
    assert Ticket.numbered(nadia, made.number) is not None
    assert Ticket.numbered(stranger, made.number) is None


def test_what_was_answered_stays(desk, house, ticket, said):
    made = own(desk, ticket, said[1])
    with transaction():
        correspondence.answer(
            made,
            "Bonjour",
            by=house.nadia,
            at=now(),
            mailbox_address="contact@fund.example",
            domain="fund.example",
            tag="",
        )
    where = f"/desk/tickets/{made.number}/contacts/{said[1].id}/ticket/withdrawal"
    assert desk.post(where).status_code == 409
    assert said[1].ticket_id == made.id


def test_the_only_contact_of_a_ticket_stays(desk, house):
    contact = house.write(amelie, "Bonjour.")
    ticket = house.ticket(contact)
    where = f"/desk/tickets/{ticket.number}"
    assert f"/contacts/{contact.id}/ticket" not in desk.get(where).text
    assert desk.post(f"{where}/contacts/{contact.id}/ticket").status_code == 409


def test_a_contact_of_another_ticket_is_not_reached_from_here(desk, house, ticket):
    other = house.write(amelie, "Autre chose.", "Autre")
    assert desk.post(f"/desk/tickets/{ticket.number}/contacts/{other.id}/ticket").status_code == 404


# --- who the client is ----------------------------------------------------------------------


def test_a_client_is_marked_as_writing_for_others_and_unmarked(desk, ticket):
    where = f"/desk/tickets/{ticket.number}"
    desk.post(f"{where}/client/representative", data={"on": "1"})
    db.session.expire_all()
    assert ticket.client is not None and ticket.client.represents_others
    assert "represents others" in desk.get(where).text
    desk.post(f"{where}/client/representative", data={"on": "0"})
    db.session.expire_all()
    assert ticket.client is not None and not ticket.client.represents_others


@pytest.mark.parametrize(
    "written, writer",
    [
        ("Dujardin, Amélie <amelie@bakery.example>", ("Dujardin, Amélie", amelie.email)),
        (
            "joris@plumbing.example, A <amelie@bakery.example>",
            ("joris@plumbing.example, A", amelie.email),
        ),
        ("<amelie@bakery.example>", ("", amelie.email)),
        ("Amélie", ("", "")),
        ("", ("", "")),
    ],
)
def test_who_wrote_first_is_the_address_and_not_what_a_name_says(written, writer):
    assert Contact(fields={"forwarded_from": written}).first_writer == writer


def test_nobody_can_be_named_the_client_whom_no_mail_names(desk, ticket, said):
    answer = desk.post(f"/desk/tickets/{ticket.number}/client", data={"contact": said[0].id})
    assert answer.status_code == 400


# --- long threads ---------------------------------------------------------------------------


def test_a_long_thread_shows_its_first_and_last_until_all_is_asked_for(desk, house, nadia):
    first = house.write(amelie, "Mot numéro 0.", "Dossier")
    ticket = house.ticket(first)
    with transaction():
        for number in range(1, 70):
            ticket.note(f"Mot numéro {number}.", by=nadia, at=now())
    where = f"/desk/tickets/{ticket.number}"
    page = desk.get(where).text
    assert "Mot numéro 0." in page and "Mot numéro 69." in page
    assert "Mot numéro 20." not in page
    assert "between, show all" in page
    whole = desk.get(f"{where}?whole=1").text
    assert "Mot numéro 20." in whole and "between, show all" not in whole


def test_who_parts_what_goes_to_another_team_stays_with_the_ticket(house, client, ticket, said):
    with transaction():
        ticket.topic_id, ticket.team_id = "bridging_right", house.nadia.memberships[0].team_id
        said[1].topic_id, said[1].decision = "complaint", "auto"
    client.sign_in(house.nadia)
    answer = client.post(f"/desk/tickets/{ticket.number}/contacts/{said[1].id}/ticket")
    assert f"/desk/tickets/{ticket.number}?" in answer.location
    assert "with another team" in client.get(answer.location).text
