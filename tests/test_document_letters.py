"""Letters about missing documents: one that asks, one that reminds, none too many."""

from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from models.base import db, now, transaction
from models.document_request import DocumentRequest
from models.message import Kind, Message
from models.ticket import Disposition, Status, Ticket
from models.topic import Topic
from tests.people import House, amelie
from triage import document_letters, letters
from triage.config import Settings

TUESDAY = datetime.fromisoformat("2026-05-12T10:00:00+02:00")
ANNEX = {"fr": "Annexe de la mutualité", "nl": "Bijlage", "de": "Anlage", "en": "Annex"}
WORDS = {
    "fr": ("Il nous manque un document", "Rappel : "),
    "nl": ("We missen nog een document", "Herinnering: "),
    "de": ("Uns fehlt noch ein Dokument", "Erinnerung: "),
    "en": ("We still need a document", "Reminder: "),
}


@pytest.fixture
def ticket(house: House) -> Ticket:
    with time_machine.travel(TUESDAY, tick=False):
        return house.ticket(house.write(amelie, "Je demande le droit passerelle."))


def ask(house: House, ticket: Ticket, name: str = "", at: datetime = TUESDAY) -> DocumentRequest:
    with transaction():
        return DocumentRequest.ask(ticket, {"fr": name} if name else ANNEX, at=at, by=house.nadia)


def write(settings: Settings, at: datetime) -> int:
    with time_machine.travel(at, tick=False):
        return document_letters.write_waiting(settings)


def sent(ticket: Ticket) -> list[Message]:
    rows = Message.of_ticket(ticket.id).where(Message.kind == Kind.NOTICE.value)
    return list(db.session.scalars(rows))


def test_the_letter_waits_until_it_can_no_longer_be_taken_back(
    house: House, ticket: Ticket, settings: Settings
) -> None:
    asked = ask(house, ticket)
    assert write(settings, TUESDAY + timedelta(seconds=59)) == 0
    assert write(settings, TUESDAY + timedelta(seconds=61)) == 1
    assert write(settings, TUESDAY + timedelta(seconds=62)) == 0
    (message,) = sent(ticket)
    assert (message.recipient, asked.message_id) == (amelie.email, message.id)
    assert ANNEX["fr"] in message.text and str(ticket.number) in message.text
    assert message.subject.endswith(letters.tag(ticket.number, settings))


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_it_speaks_the_clients_language_and_holds_the_link(
    house: House, ticket: Ticket, settings: Settings, language: str
) -> None:
    with transaction():
        ticket.language = language
    ask(house, ticket)
    with time_machine.travel(TUESDAY + timedelta(minutes=2), tick=False):
        document_letters.write_waiting(settings)
        link = f"/status/{letters.status_token(ticket)}"
    write(settings, TUESDAY + timedelta(days=8))
    first, second = sent(ticket)
    asks, reminds = WORDS[language]
    assert first.subject.startswith(asks) and second.subject.startswith(reminds)
    assert link in first.text and ANNEX[language] in first.text
    assert "\n\n\n" not in first.text + second.text


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
@pytest.mark.parametrize("why", ["health", "restricted"])
def test_of_a_private_matter_no_document_is_named(
    house: House, ticket: Ticket, settings: Settings, language: str, why: str
) -> None:
    annex = ask(house, ticket)
    ask(house, ticket, "Certificat médical")
    with transaction():
        annex.received_at = TUESDAY
        annex.reject(by=house.nadia, at=TUESDAY, why="le diagnostic manque")
        ticket.language = language
        if why == "health":
            ticket.health = True
        else:
            ticket.topic = db.session.scalars(select(Topic).where(Topic.restricted)).first()
    write(settings, TUESDAY + timedelta(minutes=2))
    write(settings, TUESDAY + timedelta(days=8))
    for message in sent(ticket):
        assert "/status/" in message.text and "2 " in message.text
        assert not any(name in message.text for name in (*ANNEX.values(), "médical", "diagnostic"))
        assert "\n\n\n" not in message.text
    receipt = letters.acknowledgement(ticket, settings, TUESDAY).text
    assert "médical" not in receipt and ANNEX[language] not in receipt


def test_several_documents_are_one_letter_with_reasons_and_the_last_day(
    house: House, ticket: Ticket, settings: Settings
) -> None:
    annex, lease = ask(house, ticket), ask(house, ticket, "Bail")
    with transaction():
        annex.received_at, annex.due_on = TUESDAY, (TUESDAY + timedelta(days=10)).date()
        annex.reject(by=house.nadia, at=TUESDAY, why="la page 2 manque")
    assert write(settings, TUESDAY + timedelta(minutes=2)) == 1
    (message,) = sent(ticket)
    assert "à renvoyer : la page 2 manque" in message.text and "Bail" in message.text
    assert "vendredi 22 mai" in message.text
    assert lease.told_at == annex.told_at


def test_one_reminder_by_day_and_no_second(
    house: House, ticket: Ticket, settings: Settings
) -> None:
    ask(house, ticket)
    write(settings, TUESDAY + timedelta(minutes=2))
    due = TUESDAY + timedelta(days=7, minutes=2)
    assert write(settings, due - timedelta(minutes=1)) == 0
    assert write(settings, due.replace(hour=22)) == 0
    assert write(settings, due) == 1
    assert write(settings, due + timedelta(days=3)) == 0


@pytest.mark.parametrize("end", ["received", "waived", "closed"])
def test_nobody_is_reminded_of_what_is_over(
    house: House, ticket: Ticket, settings: Settings, end: str
) -> None:
    asked = ask(house, ticket)
    write(settings, TUESDAY + timedelta(minutes=2))
    with transaction():
        if end == "received":
            asked.received_at = now()
        elif end == "waived":
            asked.waive(by=house.nadia, at=TUESDAY, why="")
        else:
            ticket.close(Disposition.ANSWERED, by=house.nadia, at=TUESDAY)
    assert write(settings, TUESDAY + timedelta(days=8)) == 0


def test_what_the_client_was_told_otherwise_gets_no_letter_but_a_reminder(
    house: House, ticket: Ticket, settings: Settings
) -> None:
    with transaction():
        DocumentRequest.ask(ticket, ANNEX, at=TUESDAY, cause="form", told=True)
    assert write(settings, TUESDAY + timedelta(minutes=2)) == 0
    assert write(settings, TUESDAY + timedelta(days=8)) == 1


def test_who_has_no_address_is_a_persons_to_tell(
    house: House, ticket: Ticket, settings: Settings
) -> None:
    asked = ask(house, ticket)
    assert ticket.client is not None
    with transaction():
        ticket.client.cannot_be_reached_at(amelie.email, TUESDAY)
    assert write(settings, TUESDAY + timedelta(minutes=2)) == 0
    assert (asked.untold, ticket.attention) == ("no_address", "document_untold")
    assert write(settings, TUESDAY + timedelta(minutes=3)) == 0
    assert sent(ticket) == [] and ticket.status == Status.WAITING


def test_what_could_not_be_told_for_days_is_a_persons_to_tell(
    house: House, ticket: Ticket, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask(house, ticket)
    monkeypatch.setattr(document_letters.automatic_mail, "withheld", lambda *_: "ladder")
    assert write(settings, TUESDAY + timedelta(days=4)) == 0
    assert (asked.untold, ticket.attention) == ("", None)
    assert write(settings, TUESDAY + timedelta(days=5, minutes=1)) == 0
    assert (asked.untold, ticket.attention) == ("late", "document_untold")


def test_the_worker_writes_it(house: House, ticket: Ticket) -> None:
    with transaction():
        DocumentRequest.ask(ticket, ANNEX, at=now() - timedelta(minutes=2), by=house.nadia)
    house.work()
    mails = db.session.scalars(select(Message).where(Message.cause.startswith("documents ")))
    assert [mail.recipient for mail in mails] == [amelie.email]
