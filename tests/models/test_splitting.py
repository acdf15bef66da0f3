"""A part of a ticket becomes a ticket of its own: contacts, words, files; and goes back."""

import pytest
from sqlalchemy import select

from models import second_matter
from models.base import db, now, transaction
from models.contact import Contact
from models.event import Event
from models.files import Attachment, Blob
from models.note import Note
from models.splitting import Chosen, Unsplittable, split, unsplit
from models.thread import TicketFile, TicketLink
from models.ticket import Ticket
from models.topic import Topic
from models.user import User
from tests.people import Browser, House, amelie

BOTH = "Rien reçu pour mai.\nEt ma dispense pour le trimestre ?"


@pytest.fixture
def ticket(house: House) -> Ticket:
    """Two mails; the first is about two matters and has a file."""
    first = house.write(amelie, BOTH, "Paiement")
    house.write(amelie, "Merci d'avance.", "Paiement", in_reply_to=first.message_id)
    made = house.ticket(first)
    with transaction():
        first.attachments.append(
            Attachment(
                name="dispense.pdf",
                content_type="application/pdf",
                size=5,
                sha256=Blob.keep(b"%PDF-"),
            )
        )
        made.topic_id, made.needs_choice = "bridging_right", False
        made.team_id = house.nadia.team_ids[0]
    return made


def said(ticket: Ticket) -> list[Contact]:
    return list(db.session.scalars(Contact.of_ticket(ticket.id)))


def topic() -> Topic:
    found = Topic.named("exemption")
    assert found is not None
    return found


def taken_out(ticket: Ticket, chosen: Chosen, by: User) -> Ticket:
    with transaction():
        return split(ticket, chosen, topic(), by=by, at=now())


def test_marked_words_and_a_file_go_along_and_the_contact_stays_as_it_was(ticket, nadia):
    first = said(ticket)[0]
    text, file = first.text, first.attachments[0]
    own = taken_out(ticket, Chosen((), {first.id: "Et ma dispense pour le"}, [file]), nadia)
    assert (first.ticket_id, first.text, ticket.contacts_count) == (ticket.id, text, 2)
    assert (own.topic_id, own.client_id, own.needs_choice) == (
        "exemption",
        ticket.client_id,
        False,
    )
    notes = [note.text for note in db.session.scalars(Note.of_ticket(own.id))]
    assert notes == [f"#{ticket.number}\n\nEt ma dispense pour le"]
    assert TicketFile.of_ticket(own.id) == [file]
    assert TicketLink.reasons(own.id) == {ticket.id: "split"}


def test_whole_contacts_move_with_their_files(ticket, nadia):
    first, second = said(ticket)
    own = taken_out(ticket, Chosen([first]), nadia)
    assert (said(own), said(ticket)) == ([first], [second])
    assert (own.contacts_count, ticket.contacts_count) == (1, 1)
    assert ticket.preview == "Merci d'avance."


@pytest.mark.parametrize("what", ["nothing", "all", "words that nobody said", "another's words"])
def test_what_cannot_be_split(ticket, house, nadia, what):
    first, second = said(ticket)
    elsewhere = house.write(amelie, "Ailleurs.", "Autre")
    chosen = {
        "nothing": Chosen(),
        "all": Chosen([first, second]),
        "words that nobody said": Chosen((), {first.id: "Je veux tout rembourser"}),
        "another's words": Chosen((), {elsewhere.id: "Ailleurs."}),
    }[what]
    with pytest.raises(Unsplittable), transaction():
        split(ticket, chosen, topic(), by=nadia, at=now())


def test_what_was_said_under_a_restricted_topic_stays_with_its_team(ticket, nadia):
    private = db.session.scalars(select(Topic).where(Topic.restricted)).first()
    assert private is not None
    with transaction():
        ticket.topic_id = private.id
    with pytest.raises(Unsplittable), transaction():
        split(ticket, Chosen([said(ticket)[0]]), topic(), by=nadia, at=now())


def test_it_goes_back_while_nobody_has_worked_on_it(ticket, nadia):
    first, second = said(ticket)
    own = taken_out(ticket, Chosen([second], {first.id: "Et ma dispense"}), nadia)
    with transaction():
        assert unsplit(ticket, own, by=nadia, at=now())
    assert said(ticket) == [first, second] and own.merged_into_id == ticket.id
    assert (ticket.contacts_count, own.contacts_count) == (2, 0)
    assert TicketLink.reasons(ticket.id) == {}
    with transaction():
        assert not unsplit(ticket, own, by=nadia, at=now())


def test_what_somebody_works_on_stays(ticket, nadia, koen):
    own = taken_out(ticket, Chosen([said(ticket)[1]]), nadia)
    with transaction():
        own.assign(koen, by=koen)
        assert not unsplit(ticket, own, by=nadia, at=now())


def test_on_the_page_one_chooses_and_takes_it_back(client: Browser, ticket, nadia):
    client.sign_in(nadia)
    first = said(ticket)[0]
    where = f"/desk/tickets/{ticket.number}"
    page = client.get(f"{where}/split").text
    assert "dispense.pdf" in page and f'name="passage-{first.id}"' in page
    form = {
        "version": ticket.version,
        "topic": "exemption",
        "file": first.attachments[0].id,
        f"passage-{first.id}": "Jamais dit",
    }
    refused = client.post(f"{where}/splits", data=form)
    assert refused.status_code == 409 and "Jamais dit" in refused.text
    form[f"passage-{first.id}"] = "Et ma dispense pour le trimestre ?"
    assert client.post(f"{where}/splits", data=form).status_code == 302
    db.session.expire_all()
    made = db.session.scalars(Event.of_ticket(ticket.id).where(Event.kind == "ticket.split")).one()
    own = Ticket.with_number(made.facts["number"])
    assert own is not None
    file = f"/desk/tickets/{own.number}/attachments/{first.attachments[0].id}"
    with transaction():
        own.team_id = ticket.team_id
    assert file in client.get(f"/desk/tickets/{own.number}").text
    assert client.get(file).status_code == 200
    client.post(f"{where}/splits/{own.number}/withdrawal")
    db.session.expire_all()
    assert own.merged_into_id == ticket.id


def test_what_comes_back_to_a_ticket_closed_meanwhile_is_seen_there(ticket, nadia):
    own = taken_out(ticket, Chosen([said(ticket)[1]]), nadia)
    with transaction():
        ticket.close("answered", by=nadia, at=now())
    with transaction():
        assert unsplit(ticket, own, by=nadia, at=now())
    assert not ticket.closed


def test_a_second_matter_that_tells_of_health_is_guarded_like_the_first(ticket, nadia):
    first = said(ticket)[0]
    with transaction():
        first.health = ticket.health = True
        own = second_matter.split_off(ticket, first, topic(), by=nadia, at=now())
    assert own.health
