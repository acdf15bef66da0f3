"""What could not be fully read: seen by people, never lost, read again."""

import pytest

from models import quarantine
from models.base import db, transaction
from models.contact import Contact
from models.intake import Adapter, Intake, State
from models.mailbox import Mailbox
from models.user import User
from tests.people import Browser, House, amelie, letter
from triage.application import Passerelle
from triage.intake import again, reading, receive_mail


@pytest.fixture
def unread(app: Passerelle, house: House, monkeypatch: pytest.MonkeyPatch) -> Intake:
    """A mail that broke the reader five times, as long as it was broken."""
    raw = letter(amelie, "Je n'ai toujours rien reçu pour mai", "Paiement")
    intake_id = receive_mail(
        raw, adapter=Adapter.SMTP, mailbox=Mailbox.first(), mail_from=amelie.email
    )
    with transaction():
        found = Intake.named(intake_id)
        assert found is not None
        reading.quarantine(found, "ValueError('odd bytes')")
    return found


def contact_of(intake: Intake) -> Contact:
    db.session.expire_all()
    found = Contact.from_intake(intake.id)
    assert found is not None
    return found


def test_managers_supervisors_and_administrators_see_it(
    client: Browser, house: House, unread: Intake
) -> None:
    for person in (house.koen, house.ingrid, house.ada):
        client.sign_in(person)
        page = client.get("/admin/quarantine")
        assert page.status_code == 200
        assert amelie.email in page.text
    client.sign_in(house.nadia)
    assert client.get("/admin/quarantine").status_code == 403


def test_the_raw_mail_is_a_download_and_an_audited_act(
    client: Browser, koen: User, unread: Intake
) -> None:
    client.sign_in(koen)
    answer = client.get(f"/admin/quarantine/{unread.id}/raw")
    assert answer.data == unread.raw
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.mimetype == "application/octet-stream"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_reading_again_fills_in_the_same_ticket(
    client: Browser, koen: User, house: House, unread: Intake
) -> None:
    before = contact_of(unread).ticket_id
    client.sign_in(koen)
    page = client.post(f"/admin/quarantine/{unread.id}/reading", follow_redirects=True)
    contact = contact_of(unread)
    ticket = house.ticket(contact)
    assert "fully read now" in page.text
    assert contact.fully_read
    assert contact.ticket_id == before
    assert contact.new_text.strip() == "Je n'ai toujours rien reçu pour mai"
    assert ticket.subject == "Paiement"
    assert ticket.topic_id is not None
    assert unread.state == State.READ.value
    assert quarantine.not_read(koen, 10) == []


def test_a_file_found_by_reading_again_bears_no_national_number(
    client: Browser, koen: User, unread: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = ("93.05.18-223.61.pdf", "application/pdf", b"%PDF", False)
    draft = reading.Draft(new_text="Voici le scan.", text="Voici le scan.", attachments=[scan])
    monkeypatch.setattr(again, "draft_of", lambda *_: draft)
    client.sign_in(koen)
    client.post(f"/admin/quarantine/{unread.id}/reading")
    (attachment,) = contact_of(unread).attachments
    assert "93.05.18" not in attachment.name


def test_what_still_cannot_be_read_stays(
    client: Browser, koen: User, unread: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(again, "draft_of", lambda *_: 1 / 0)
    client.sign_in(koen)
    page = client.post(f"/admin/quarantine/{unread.id}/reading", follow_redirects=True)
    assert "Nothing is lost" in page.text
    db.session.expire_all()
    assert unread.state == State.QUARANTINED.value
    assert unread.last_error is not None and "ZeroDivisionError" in unread.last_error


def test_somebody_has_seen_to_it(client: Browser, koen: User, house: House, unread: Intake) -> None:
    client.sign_in(koen)
    client.post(f"/admin/quarantine/{unread.id}/settlement")
    assert quarantine.not_read(koen, 10) == []
    assert not contact_of(unread).fully_read
    assert "Everything was read in full." in client.get("/admin/quarantine").text


def test_health_matters_are_for_their_own_team_and_supervisors(
    client: Browser, house: House, unread: Intake
) -> None:
    ticket = house.ticket(contact_of(unread))
    with transaction():
        ticket.topic_id = "incapacity"
    for refused in (house.koen, house.ada):
        client.sign_in(refused)
        assert amelie.email not in client.get("/admin/quarantine").text
        assert client.get(f"/admin/quarantine/{unread.id}/raw").status_code == 404
        assert client.post(f"/admin/quarantine/{unread.id}/reading").status_code == 404
    client.sign_in(house.ingrid)
    assert client.get(f"/admin/quarantine/{unread.id}/raw").status_code == 200


def test_what_was_read_is_not_in_the_quarantine(client: Browser, koen: User, house: House) -> None:
    contact = house.write(amelie, "Bonjour")
    client.sign_in(koen)
    assert client.get(f"/admin/quarantine/{contact.intake_id}/raw").status_code == 404
