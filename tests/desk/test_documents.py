"""Documents on a ticket: asked for with a key, seen when they come, asked again, not needed."""

import re
from html import unescape

import pytest

from models.base import db, now, transaction
from models.document_request import DocumentRequest, DocumentState
from models.event import Event
from models.files import Attachment, Blob
from models.ticket import Status, Ticket
from tests.people import Browser, House, amelie
from triage.letters import status_token, ticket_of_token


@pytest.fixture
def ticket(house: House) -> Ticket:
    found = house.ticket(house.write(amelie, "Je demande le droit passerelle."))
    with transaction():
        found.team_id, found.needs_choice = house.nadia.team_ids[0], False
        found.topic_id, found.language = "bridging_right", "fr"
    return found


@pytest.fixture
def desk(house: House, client: Browser) -> Browser:
    client.sign_in(house.nadia)
    return client


@pytest.fixture
def asked(house: House, ticket: Ticket) -> DocumentRequest:
    with transaction():
        return DocumentRequest.ask(ticket, {"fr": "Bail commercial"}, at=now(), cause="notice")


def words(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def fresh(document: DocumentRequest) -> DocumentRequest:
    db.session.expire_all()
    return db.session.get_one(DocumentRequest, document.id)


def send(desk: Browser, ticket: Ticket, path: str, **form: str) -> str:
    where = f"/desk/tickets/{ticket.number}/{path}"
    return words(desk.post(where, data=form, follow_redirects=True).text)


def test_what_is_missing_is_asked_in_ones_own_words_and_taken_back(
    desk: Browser, ticket: Ticket
) -> None:
    page = send(desk, ticket, "documents", name="  Bail   commercial ")
    (made,) = DocumentRequest.of_ticket(ticket.id)
    assert made.names == {"fr": "Bail commercial"} and made.times == 1
    assert "The client is asked for the document." in page and "Bail commercial" in page
    send(desk, ticket, f"documents/{made.id}/undo")
    db.session.expire_all()
    assert DocumentRequest.of_ticket(ticket.id) == []


def test_a_measures_document_is_asked_for_by_its_place(desk: Browser, ticket: Ticket) -> None:
    page = desk.get(f"/desk/tickets/{ticket.number}").text
    codes = re.findall(r'name="document" value="([^"]+)"', page)
    assert codes
    send(desk, ticket, "documents", document=codes[0])
    (made,) = DocumentRequest.of_ticket(ticket.id)
    assert made.code == codes[0] and set(made.names) == {"fr", "nl", "de", "en"}
    again = desk.get(f"/desk/tickets/{ticket.number}").text
    assert codes[0] not in re.findall(r'name="document" value="([^"]+)"', again)


def test_nothing_is_asked_for_that_no_measure_names(desk: Browser, ticket: Ticket) -> None:
    where = f"/desk/tickets/{ticket.number}/documents"
    assert desk.post(where, data={"document": "made-up"}).status_code == 400
    assert desk.post(where, data={"name": " "}).status_code == 400


def test_files_that_came_by_mail_are_proposed_and_a_person_says_so(
    house: House, desk: Browser, ticket: Ticket, asked: DocumentRequest
) -> None:
    contact = house.write(amelie, "Voici le document.", "Re: Question")
    with transaction():
        digest = Blob.keep(b"%PDF lease")
        contact.attachments.append(
            Attachment(name="bail.pdf", content_type="application/pdf", size=10, sha256=digest)
        )
        contact.ticket_id = ticket.id
    assert "Perhaps in the files" in words(desk.get(f"/desk/tickets/{ticket.number}").text)
    assert fresh(asked).open
    with transaction():
        asked.times = 2
    page = send(desk, ticket, f"documents/{asked.id}/arrival", contact=str(contact.id))
    assert fresh(asked).state is DocumentState.RECEIVED
    assert "The document has come." in page and contact.supplied_again
    send(desk, ticket, f"documents/{asked.id}/undo")
    assert fresh(asked).open and not contact.supplied_again
    send(desk, ticket, f"documents/{asked.id}/arrival", contact=str(contact.id))
    assert "nobody has looked" in words(desk.get(f"/desk/tickets/{ticket.number}").text)


def test_what_is_wrong_with_a_document_is_said_to_the_client(
    desk: Browser, ticket: Ticket, asked: DocumentRequest
) -> None:
    with transaction():
        asked.received_at = now()
    assert "Say why" in send(desk, ticket, f"documents/{asked.id}/rejection", why=" ")
    page = send(desk, ticket, f"documents/{asked.id}/rejection", why="Page 2 manque")
    assert "asked 2 times" in page
    assert (fresh(asked).why, fresh(asked).told_at) == ("Page 2 manque", None)


def test_a_document_is_here_or_not_needed_and_the_ticket_is_ours_again(
    desk: Browser, ticket: Ticket, asked: DocumentRequest
) -> None:
    with transaction():
        ticket.wait_for_client(asked.asked_at)
    send(desk, ticket, f"documents/{asked.id}/acceptance")
    assert fresh(asked).state is DocumentState.ACCEPTED
    send(desk, ticket, f"documents/{asked.id}/undo")
    assert fresh(asked).open
    send(desk, ticket, f"documents/{asked.id}/waiver", why="")
    assert fresh(asked).state is DocumentState.WAIVED
    assert db.session.get_one(Ticket, ticket.id).status == Status.OPEN


def test_a_document_of_another_ticket_is_out_of_reach(
    house: House, desk: Browser, ticket: Ticket, asked: DocumentRequest
) -> None:
    other = house.ticket(house.write(amelie, "Autre chose.", "Autre sujet"))
    path = f"/desk/tickets/{other.number}/documents/{asked.id}/acceptance"
    assert desk.post(path).status_code == 404
    assert fresh(asked).open


def test_links_that_fell_into_wrong_hands_end_and_the_slip_is_undone(
    desk: Browser, ticket: Ticket
) -> None:
    token = status_token(ticket)
    page = send(desk, ticket, "links/revocation", why="téléphone volé")
    assert "Links sent before lead nowhere now." in page
    assert ticket_of_token(token) is None
    send(desk, ticket, "links/restoration")
    db.session.expire_all()
    assert ticket_of_token(token) is not None
    kinds = [event.kind for event in db.session.scalars(Event.of_ticket(ticket.id))]
    assert "ticket.links_revoked" in kinds
