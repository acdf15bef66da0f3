"""Where a matter stands, as its client reads it; and what can be sent from there."""

import io
import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from models.base import db, now, transaction
from models.contact import Contact
from models.document_request import DocumentRequest, DocumentState
from models.event import Event
from models.message import Message
from models.notice import Notice, NoticeKind, NoticeState
from models.ticket import Disposition, Status, Ticket
from tests.people import Browser, House, amelie, joris
from triage import letters, status
from triage.status import Stage

ANNEX = {"fr": "Annexe de la mutualité", "nl": "Bijlage", "en": "Annex of the health fund"}


@pytest.fixture
def ticket(house: House) -> Ticket:
    return house.ticket(house.fill_form(amelie, "Où en est mon droit passerelle ?"))


@pytest.fixture
def link(ticket: Ticket) -> str:
    return f"/status/{letters.status_token(ticket)}"


@pytest.fixture
def annex(house: House, ticket: Ticket) -> DocumentRequest:
    with transaction():
        return DocumentRequest.ask(ticket, ANNEX, at=now(), code="annex", by=house.nadia)


def words(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def read(client: Browser, link: str, **query: str) -> str:
    return words(client.get(link, query_string={"lang": "en", **query}).text)


def notice(ticket: Ticket, kind: NoticeKind, **facts: Any) -> None:
    at = now()
    told = {"source": "fund", "digest": b"", "occurred_at": at, "state": NoticeState.TOLD.value}
    with transaction():
        db.session.add(
            Notice(key=f"{kind}{at}", kind=kind.value, ticket_id=ticket.id, **(told | facts))
        )


def pdf(name: str = "annexe.pdf", content: bytes = b"%PDF-1.4 annex") -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def stored(model: Any, row_id: int) -> Any:
    db.session.expire_all()
    return db.session.get_one(model, row_id)


# --- what it says ---------------------------------------------------------------------------


def test_no_colleague_has_it_only_because_a_form_lacks_a_document(
    house: House, ticket: Ticket
) -> None:
    with transaction():
        DocumentRequest.ask(ticket, ANNEX, at=now(), code="annex", by=None)
    order = [one.stage for one in status.standing(ticket, now(), "fr").steps]
    assert order == [Stage.RECEIVED, Stage.WAITS_FOR_YOU, Stage.READ, Stage.ANSWERED]
    with transaction():
        ticket.assign(house.nadia, by=house.nadia)
    order = [one.stage for one in status.standing(ticket, now(), "fr").steps]
    assert order == [Stage.RECEIVED, Stage.READ, Stage.WAITS_FOR_YOU, Stage.ANSWERED]


def test_the_stages_follow_what_happens(house: House, ticket: Ticket) -> None:
    def stage() -> Stage:
        return status.standing(ticket, now(), "fr").stage

    assert stage() is Stage.RECEIVED
    with transaction():
        ticket.assign(house.nadia, by=house.nadia)
    assert stage() is Stage.READ
    house.answer(ticket)
    assert stage() is Stage.ANSWERED
    for kind, then in (
        (NoticeKind.COMPLETE, Stage.COMPLETE),
        (NoticeKind.SENT_TO_AUTHORITY, Stage.AT_AUTHORITY),
        (NoticeKind.APPROVED, Stage.APPROVED),
        (NoticeKind.PAYMENT_ANNOUNCED, Stage.PAYMENT),
        (NoticeKind.PAID, Stage.PAID),
    ):
        notice(ticket, kind)
        assert stage() is then
    with transaction():
        ticket.reopen(by=house.nadia)
        ticket.last_contact_at = now()
    assert stage() is Stage.READ
    with transaction():
        DocumentRequest.ask(ticket, ANNEX, at=now(), by=house.nadia)
    assert stage() is Stage.WAITS_FOR_YOU
    with transaction():
        DocumentRequest.all_there(ticket.id, at=now())
        ticket.close(Disposition.ANSWERED, by=house.nadia, at=now())
    assert stage() in (Stage.PAID, Stage.FINISHED)


def test_a_payment_is_said_with_its_day(client: Browser, ticket: Ticket, link: str) -> None:
    notice(ticket, NoticeKind.PAYMENT_ANNOUNCED, pays_on=date(2026, 5, 8))
    page = client.get(f"{link}?lang=fr").text
    assert "vendredi 8 mai" in page


def test_how_late_we_are_is_said_in_working_days(
    client: Browser, ticket: Ticket, link: str
) -> None:
    with transaction():
        ticket.due_at = now() - timedelta(days=9)
    late = status.standing(ticket, now(), "en").promise
    assert late is not None and 5 <= late.late <= 7
    page = read(client, link)
    assert "We are late, and we are sorry." in page
    assert f"that is {late.late} working days ago" in page


def test_a_new_matter_hears_what_the_queue_makes_of_the_promise(
    ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "expected_delay", lambda *_: letters.Delay(30, 480))
    new = status.promise_of(ticket, now())
    assert new is not None and new.before == 480 and new.forecast is not None
    assert new.forecast > new.day
    old = status.promise_of(ticket, ticket.opened_at + timedelta(days=1, minutes=1))
    assert old is not None and old.forecast is None


def test_nothing_of_a_private_matter_is_named(
    client: Browser, house: House, ticket: Ticket, link: str, annex: DocumentRequest
) -> None:
    page = client.get(f"{link}?lang=fr").text
    assert ANNEX["fr"] in page
    with transaction():
        annex.reject(by=house.nadia, at=now(), why="certificat illisible")
        ticket.health = True
    page = client.get(f"{link}?lang=fr").text
    assert ANNEX["fr"] not in page and "illisible" not in page
    assert "Ask us below." in read(client, link)
    assert "Droit passerelle" not in page


def test_the_page_is_for_nobodys_index_referrer_or_cache(client: Browser, link: str) -> None:
    for where in (link, "/status/1-x"):
        headers = client.get(where).headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        assert headers["Cache-Control"] == "no-store"


def test_no_log_line_holds_the_link(
    client: Browser, link: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("DEBUG")
    client.get(link)
    monkeypatch.setattr("triage.public.status_page.standing", lambda *_: 1 / 0)
    assert client.get(link).status_code == 500
    assert link.rpartition("-")[2] not in caplog.text


def test_what_changed_since_the_last_look_is_marked(
    client: Browser, house: House, ticket: Ticket, link: str
) -> None:
    assert "Something has changed" not in read(client, link)
    assert "Something has changed" not in read(client, link)
    with time_machine.travel(now() + timedelta(hours=2), tick=False):
        with transaction():
            DocumentRequest.ask(ticket, ANNEX, at=now(), by=house.nadia)
        assert "Something has changed" in read(client, link)
    with time_machine.travel(now() + timedelta(hours=3), tick=False):
        assert "Something has changed" not in read(client, link)


# --- what is sent from it -------------------------------------------------------------------


def test_a_missing_document_is_sent_from_the_page(
    client: Browser, ticket: Ticket, link: str, annex: DocumentRequest
) -> None:
    sent = client.post(f"{link}/documents", data={"document": annex.id, "files": [pdf()]})
    assert sent.status_code == 303
    assert "It belongs to message" in words(client.get(f"{sent.location}&lang=en").text)
    came = stored(DocumentRequest, annex.id)
    contact = stored(Contact, came.contact_id)
    assert came.state is DocumentState.RECEIVED
    assert (contact.ticket_id, contact.intent_id) == (ticket.id, "supply_document")
    assert contact.client_id == ticket.client_id
    assert stored(Ticket, ticket.id).status == Status.OPEN


def test_a_document_of_another_matter_is_not_taken(
    client: Browser, house: House, link: str
) -> None:
    other = house.ticket(house.fill_form(joris, "Waar blijft mijn dossier?"))
    with transaction():
        theirs = DocumentRequest.ask(other, ANNEX, at=now(), by=house.nadia)
    sent = client.post(f"{link}/documents", data={"document": theirs.id, "files": [pdf()]})
    assert sent.status_code == 422
    assert stored(DocumentRequest, theirs.id).open


@pytest.mark.parametrize(
    ("files", "words_said"),
    [
        ([], "Choose the file first."),
        ([(b"", "leer.pdf")], "is empty"),
        ([(b"<html>", "annexe.pdf")], "annexe.pdf: We take photos, PDF"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(
    client: Browser,
    link: str,
    annex: DocumentRequest,
    files: list[tuple[bytes, str]],
    words_said: str,
) -> None:
    given = [(io.BytesIO(content), name) for content, name in files]
    page = client.post(f"{link}/documents?lang=en", data={"document": annex.id, "files": given})
    assert page.status_code == 422 and words_said in words(page.text)


def test_one_bad_file_costs_nobody_the_good_ones(
    client: Browser, ticket: Ticket, link: str, annex: DocumentRequest
) -> None:
    given = [pdf("page-1.pdf"), (io.BytesIO(b"<html>"), "page-2.html")]
    sent = client.post(f"{link}/documents?lang=en", data={"document": annex.id, "files": given})
    page = words(client.get(sent.location).text)
    assert "1 file" in page and "page-2.html: We take photos" in page
    assert stored(DocumentRequest, annex.id).open
    contact = db.session.scalars(Contact.of_ticket(ticket.id)).all()[-1]
    assert [file.name for file in contact.attachments] == ["page-1.pdf"]
    assert "page-2.html" not in words(client.get(sent.location).text)


def test_asking_again_joins_the_same_matter_once(
    client: Browser, ticket: Ticket, link: str
) -> None:
    said = {"text": "J'ai oublié : mon adresse a changé.", "key": "abcdefghijkl"}
    first = client.post(f"{link}/messages", data=said)
    second = client.post(f"{link}/messages", data=said)
    assert first.location == second.location
    ours = db.session.scalars(Contact.of_ticket(ticket.id)).all()
    assert [contact.channel for contact in ours] == ["form", "form"]
    assert stored(Ticket, ticket.id).contacts_count == 2


def test_words_too_long_are_kept_on_the_page(client: Browser, link: str) -> None:
    page = client.post(f"{link}/messages?lang=en", data={"text": "x" * 20_003})
    assert page.status_code == 422
    assert "3 characters too long" in words(page.text) and "x" * 20_003 in page.text


def test_a_closed_matter_opens_again_and_one_closed_long_ago_has_a_linked_one(
    client: Browser, house: House, ticket: Ticket, link: str
) -> None:
    with transaction():
        ticket.close(Disposition.ANSWERED, by=house.nadia, at=now())
    client.post(f"{link}/messages", data={"text": "Encore une question."})
    assert stored(Ticket, ticket.id).status == Status.OPEN
    with transaction():
        ticket.close(Disposition.ANSWERED, by=house.nadia, at=now() - timedelta(days=40))
    sent = client.post(f"{link}/messages", data={"text": "Je reviens après longtemps."})
    fresh = db.session.scalars(select(Ticket).order_by(Ticket.id.desc())).first()
    assert fresh is not None and fresh.id != ticket.id and fresh.linked() == [ticket]
    assert str(fresh.number) in client.get(sent.location).text


def test_saying_that_it_is_answered_closes_nothing(
    client: Browser, house: House, ticket: Ticket, link: str
) -> None:
    with transaction():
        message = house.answer(ticket)
        message.went(now())
    assert "Has your question been answered?" in read(client, link)
    for _ in range(2):
        thanks = client.post(f"{link}/answered", data={"answered": "yes"})
    assert "Thank you." in words(client.get(f"{thanks.location}&lang=en").text)
    said = Event.of_ticket(ticket.id).where(Event.kind == "ticket.client_says_answered")
    assert [event.facts["yes"] for event in db.session.scalars(said)] == [True]
    assert stored(Ticket, ticket.id).status == Status.WAITING


def test_a_client_ends_a_link_and_gets_a_new_one_by_mail(
    client: Browser, house: House, ticket: Ticket, link: str
) -> None:
    ended = client.post(f"{link}/revocation?lang=en")
    assert "Nobody can use it any more" in words(ended.text)
    assert client.get(link).status_code == 404
    house.work()
    mail = db.session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert mail is not None and mail.recipient == amelie.email
    fresh = re.search(r"/status/[0-9a-z-]+", mail.text)
    assert fresh is not None and client.get(fresh.group()).status_code == 200
    client.post(f"{fresh.group()}/revocation")
    house.work()
    mails = db.session.scalars(
        select(Message).where(Message.cause.startswith("links ")).order_by(Message.id)
    ).all()
    assert len(mails) == 2, "whose link has ended gets a new one, also within the hour"


def test_nobody_learns_who_is_known_from_the_wish_for_links(
    client: Browser, house: House, ticket: Ticket
) -> None:
    pages = [
        client.post("/status/links?lang=en", data={"email": address})
        for address in (amelie.email, "nobody@example.com", "nonsense", "")
    ]
    assert len({page.data for page in pages}) == 1
    assert {page.status_code for page in pages} == {200}
    client.post("/status/links?lang=en", data={"email": amelie.email.upper()})
    house.work()
    mails = db.session.scalars(
        select(Message).where(Message.cause.startswith("links ")).order_by(Message.id)
    ).all()
    assert [mail.recipient for mail in mails] == [amelie.email]
    assert letters.status_token(ticket) in mails[0].text
    with time_machine.travel(now() + timedelta(minutes=61), tick=False):
        client.post("/status/links?lang=en", data={"email": amelie.email})
        house.work()
    later = db.session.scalars(
        select(Message).where(Message.cause.startswith("links ")).order_by(Message.id)
    ).all()
    assert len(later) == 2
