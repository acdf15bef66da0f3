"""What a client meets without an account: the form, the receipt, the page that says where it is."""

import io
import re
import shutil
from collections import namedtuple
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from sqlalchemy import select

from models.base import db, now, transaction
from models.contact import Contact
from models.message import Message
from models.status_link import revoke_links
from models.ticket import Disposition, Ticket
from models.user import User
from tests.people import Browser, House, amelie
from triage import letters
from triage.application import Passerelle
from triage.intake import reading
from triage.public import form, limits

FILLED = {
    "name": amelie.name,
    "email": amelie.email,
    "phone": "0475 12 34 56",
    "enterprise": "BE 0403.019.261",
    "topic": "bridging_right",
    "text": "Je n'ai toujours rien reçu pour mai, quand serai-je payée ?",
    "key": "abcdefghijklmnop",
}


def contacts() -> list[Contact]:
    db.session.expire_all()
    return list(db.session.scalars(select(Contact).order_by(Contact.id)))


def words(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def test_a_client_writes_and_sees_the_number(client: Browser, house: House) -> None:
    receipt = client.post("/contact?lang=en", data=FILLED, follow_redirects=True)
    (contact,) = contacts()
    ticket = house.ticket(contact)
    said = words(receipt.text)
    assert receipt.status_code == 200
    assert str(ticket.number) in said
    assert "not an approval" in said
    assert "+32 475 12 34 56" in said and amelie.email in said
    assert letters.status_token(ticket) in receipt.text
    assert contact.channel == "form"
    assert contact.fields == {"enterprise_number": "0403019261"}
    assert ticket.client is not None and ticket.client.called == amelie.name


def test_the_receipt_is_confirmed_by_mail_in_the_clients_language(
    client: Browser, house: House
) -> None:
    client.post("/contact?lang=fr", data=FILLED)
    (message,) = db.session.scalars(select(Message)).all()
    assert message.recipient == amelie.email
    assert message.subject.startswith("Nous avons bien reçu votre message")
    assert "ni un accord" in message.text
    assert "/status/" in message.text


def test_sending_twice_is_one_message(client: Browser) -> None:
    first = client.post("/contact", data=FILLED)
    second = client.post("/contact", data=FILLED)
    assert first.location == second.location
    assert len(contacts()) == 1


def test_changed_words_under_the_same_key_are_not_lost(client: Browser) -> None:
    client.post("/contact", data=FILLED)
    client.post("/contact", data=FILLED | {"text": "J'ai oublié : mon compte a changé."})
    assert [contact.text for contact in contacts()][1:] == ["J'ai oublié : mon compte a changé."]


def test_files_come_along(client: Browser) -> None:
    files = [(io.BytesIO(b"%PDF-1.4 proof"), "attestation.pdf"), (io.BytesIO(b"scan"), "scan.jpg")]
    sent = client.post("/contact", data={**FILLED, "files": files})
    assert sent.status_code == 303
    (contact,) = contacts()
    assert [(a.name, a.size) for a in contact.attachments] == [
        ("attestation.pdf", 14),
        ("scan.jpg", 4),
    ]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"name": " "}, "Tell us your name."),
        ({"email": "", "phone": ""}, "Give an e-mail address or a phone number."),
        ({"email": "amelie.bakery.example"}, "This address is not complete."),
        ({"phone": "0475 12"}, "This number is not complete."),
        ({"enterprise": "0403.019.262"}, "You may also leave it empty."),
        ({"text": ""}, "Write your message."),
        ({"text": "x" * 20_003}, "3 characters too long"),
        ({"website": "https://spam.example"}, "trap for robots"),
    ],
)
def test_a_mistake_is_explained_and_nothing_typed_is_lost(
    client: Browser, change: dict[str, str], complaint: str
) -> None:
    page = client.post("/contact?lang=en", data=FILLED | change)
    assert page.status_code == 422
    assert complaint in words(page.text)
    kept = [v for k, v in FILLED.items() if k not in change and k in ("name", "email", "text")]
    assert all(value in unescape(page.text) for value in kept)
    assert contacts() == []


def test_too_many_and_too_large_files_are_named(
    client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form, "MOST_BYTES", 1_000)
    six = [(io.BytesIO(b"x"), f"{n}.txt") for n in range(6)]
    heavy = [(io.BytesIO(b"x" * 600), f"{n}.pdf") for n in range(2)]
    too_many = client.post("/contact?lang=en", data={**FILLED, "files": six})
    too_heavy = client.post("/contact?lang=en", data={**FILLED, "files": heavy})
    assert "at most five" in words(too_many.text)
    assert "larger than 10 MB" in words(too_heavy.text)
    assert "Choose your files again" in words(too_heavy.text)
    assert contacts() == []


def test_a_page_left_open_costs_nobody_the_message(client: Browser, app: Passerelle) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    late = client.post("/contact?lang=en", data=FILLED)
    assert late.status_code == 400
    assert "once more" in words(late.text)
    assert FILLED["text"] in unescape(late.text)
    token = re.search(r'name="csrf_token" value="([^"]+)"', late.text)
    assert token is not None
    again = client.post("/contact?lang=en", data={**FILLED, "csrf_token": token.group(1)})
    assert again.status_code == 303


def test_one_address_that_floods_is_asked_to_wait(
    client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PER_PROXY", 3)
    for number in range(3):
        client.post("/contact", data=FILLED | {"text": f"Message {number}"})
    refused = client.post("/contact?lang=en", data=FILLED | {"text": "One more"})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 600
    assert "One more" in refused.text
    assert len(contacts()) == 3
    with time_machine.travel(now() + timedelta(minutes=11)):
        assert client.post("/contact", data=FILLED | {"text": "One more"}).status_code == 303


def test_the_addresses_of_senders_are_counted_but_not_kept(client: Browser) -> None:
    client.post("/contact", data=FILLED, environ_base={"REMOTE_ADDR": "8.8.4.4"})
    with client.application.test_request_context(environ_base={"REMOTE_ADDR": "8.8.4.4"}):
        assert "8.8.4.4" not in limits.visitor()
    assert limits.PER_ADDRESS < limits.PER_PROXY
    assert not limits.shared("8.8.4.4")
    assert limits.shared("10.0.0.7")


def test_a_full_disk_is_said_before_anything_is_promised(
    client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10, 10, 0))
    refused = client.post("/contact?lang=en", data=FILLED)
    assert refused.status_code == 503
    assert "It is not sent" in words(refused.text)
    assert FILLED["text"] in unescape(refused.text)
    assert contacts() == []


def test_what_cannot_be_read_at_once_still_gets_a_receipt(
    client: Browser, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(reading, "draft_of", lambda *_: 1 / 0)
        receipt = client.post("/contact?lang=en", data=FILLED, follow_redirects=True)
    said = words(receipt.text)
    assert receipt.status_code == 200
    assert "Your reference F-" in said
    assert "You get an answer by" in said
    house.work()
    (contact,) = contacts()
    later = client.get(receipt.request.path)
    assert str(house.ticket(contact).number) in later.text


def test_a_receipt_belongs_to_the_browser_that_sent(client: Browser, app: Passerelle) -> None:
    sent = client.post("/contact", data=FILLED)
    stranger = app.test_client().get(sent.location)
    assert stranger.status_code == 200
    assert amelie.email not in stranger.text
    assert app.test_client().get("/contact/receipt/1-aaaa").status_code == 404


def test_a_receipt_leads_nowhere_once_the_links_have_ended(
    client: Browser, house: House, nadia: User
) -> None:
    there = client.post("/contact", data=FILLED).location
    ticket = house.ticket(contacts()[0])
    assert letters.status_token(ticket) in client.get(there).text
    with time_machine.travel(now() + timedelta(days=181), tick=False):
        assert "/status/" not in client.get(there).text
    with transaction():
        revoke_links(ticket, by=nadia, at=now())
    assert "/status/" not in client.get(there).text


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_the_form_speaks_the_language_asked_for(client: Browser, language: str) -> None:
    page = client.get(f"/contact?lang={language}").text
    assert f'<html lang="{language}">' in page
    assert "<script" not in page


# --- where it stands ------------------------------------------------------------------------


def test_the_status_page_follows_the_ticket(client: Browser, house: House, nadia: User) -> None:
    ticket = house.ticket(house.fill_form(amelie, "Où en est mon dossier ?"))
    address = f"/status/{letters.status_token(ticket)}?lang=en"
    assert "You get an answer by" in words(client.get(address).text)
    with transaction():
        ticket.assign(nadia, by=nadia)
    taken = client.get(address).text
    assert 'aria-current="step"> <span class="word">With a colleague' in re.sub(r"\s+", " ", taken)
    with transaction():
        ticket.close(Disposition.REDIRECTED, by=nadia, at=now())
    assert "We have finished with this message." in words(client.get(address).text)


def test_a_late_answer_is_admitted(client: Browser, house: House) -> None:
    ticket = house.ticket(house.fill_form(amelie, "Toujours rien ?"))
    with transaction():
        ticket.due_at = now() - timedelta(days=1)
    page = words(client.get(f"/status/{letters.status_token(ticket)}?lang=en").text)
    assert "We are late, and we are sorry." in page


def test_the_status_page_tells_nothing_sensitive(client: Browser, house: House) -> None:
    contact = house.fill_form(amelie, "Je suis malade depuis mars, arrêt complet, grippe")
    ticket = house.ticket(contact)
    with transaction():
        ticket.topic_id = "incapacity"
    page = client.get(f"/status/{letters.status_token(ticket)}?lang=fr").text
    for secret in ("malade", "grippe", "Incapacité", amelie.name, amelie.email, "475"):
        assert secret not in page


def test_the_page_of_a_joined_ticket_shows_the_one_that_goes_on(
    client: Browser, house: House
) -> None:
    first = house.ticket(house.fill_form(amelie, "Où en est mon dossier ?"))
    second = house.ticket(house.fill_form(amelie, "Où en est mon dossier, toujours rien ?"))
    with transaction():
        second.merged_into_id = first.id
    page = client.get(f"/status/{letters.status_token(second)}").text
    assert str(first.number) in page


def test_it_speaks_the_clients_language_unless_another_is_chosen(
    client: Browser, house: House
) -> None:
    ticket = house.ticket(house.fill_form(amelie, "Bonjour, où en est mon dossier ?"))
    with transaction():
        ticket.language = "de"
    address = f"/status/{letters.status_token(ticket)}"
    assert '<html lang="de">' in client.get(address).text
    assert '<html lang="nl">' in client.get(f"{address}?lang=nl").text


@pytest.mark.parametrize("token", ["1-x", "100001-" + "a" * 26, "²-a", "x", "9" * 40 + "-a", "é-é"])
def test_an_unknown_token_is_a_404_in_words(client: Browser, token: str) -> None:
    page = client.get(f"/status/{token}?lang=en")
    assert page.status_code == 404
    assert "We cannot find this message" in words(page.text)


def test_status_and_ticket_are_one_to_one(house: House) -> None:
    ticket = house.ticket(house.fill_form(amelie, "Bonjour"))
    found = letters.ticket_of_token(letters.status_token(ticket))
    assert isinstance(found, Ticket) and found.id == ticket.id
