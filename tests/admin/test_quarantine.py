"""What could not be fully read: seen by people, never lost, read again."""

import re
from html import unescape

import pytest
from sqlalchemy import insert, select

from models import correspondence, quarantine
from models.audit import Audit
from models.base import db, now, transaction
from models.contact import Contact
from models.intake import Adapter, Intake, State
from models.mailbox import Mailbox
from models.quarantine import Kind
from models.topic import Topic
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
    act = db.session.scalars(select(Audit)).one()
    assert (act.action, act.actor_id) == ("intake.raw_downloaded", koen.id)
    assert act.facts == {"intake": unread.id}


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
    assert quarantine.page(koen, Kind.UNREAD).rows == []


def test_who_really_wrote_is_answered_and_not_the_envelopes_sender(
    app: Passerelle, koen: User, house: House
) -> None:
    raw = letter(amelie, "Je n'ai toujours rien reçu pour mai", "Paiement")
    intake_id = receive_mail(
        raw, adapter=Adapter.SMTP, mailbox=Mailbox.first(), mail_from="bounce-7@mailer.example"
    )
    with transaction():
        found = Intake.named(intake_id)
        assert found is not None
        reading.quarantine(found, "ValueError('odd bytes')")
        assert again.read_again(found, app.extensions["settings"], by=koen)
    ticket = house.ticket(contact_of(found))
    assert correspondence.answer_address(ticket) == amelie.email


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
    page = client.post(f"/admin/quarantine/{unread.id}/settlement", follow_redirects=True).text
    assert f'action="/admin/quarantine/{unread.id}/settlement/withdrawal"' in page, "undo"
    assert quarantine.page(koen, Kind.UNREAD).rows == []
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


def test_what_was_seen_to_can_be_put_back(
    client: Browser, koen: User, house: House, unread: Intake
) -> None:
    client.sign_in(koen)
    client.post(f"/admin/quarantine/{unread.id}/settlement")
    assert amelie.email in client.get("/admin/quarantine?kind=seen").text
    page = client.post(f"/admin/quarantine/{unread.id}/settlement/withdrawal")
    assert page.status_code == 303
    db.session.expire_all()
    assert unread.state == State.QUARANTINED.value
    assert amelie.email in client.get("/admin/quarantine").text
    assert quarantine.page(koen, Kind.SEEN).rows == []


def test_a_topic_less_mail_of_a_team_of_health_matters_is_not_for_everybody(
    client: Browser, house: House, unread: Intake
) -> None:
    """Nobody knows yet what it is about, but everybody knows what that team is about."""
    topic = Topic.named("incapacity")
    assert topic is not None
    ticket = house.ticket(contact_of(unread))
    with transaction():
        ticket.topic_id, ticket.team_id = None, topic.team_id
    for refused in (house.koen, house.ada):
        client.sign_in(refused)
        assert amelie.email not in client.get("/admin/quarantine").text
        assert client.get(f"/admin/quarantine/{unread.id}/raw").status_code == 404
    client.sign_in(house.ingrid)
    assert amelie.email in client.get("/admin/quarantine").text


def partial(house: House, defect: str, at: str = "") -> Intake:
    """A mail that was read, but for what `defect` names."""
    contact = house.write(amelie, f"Bonjour, ceci est le message {defect}{at}.")
    with transaction():
        contact.fully_read, contact.defects = False, [defect]
        contact.intake.state = State.PARTIAL.value
    return contact.intake


def test_each_kind_has_its_list_and_its_count(
    client: Browser, koen: User, house: House, unread: Intake
) -> None:
    large, part = partial(house, "too_large"), partial(house, "part_unreadable")
    stopped, seen = partial(house, "reading_stopped"), partial(house, "text_cut")
    with transaction():
        quarantine.see_to(seen, by=koen, at=now())
    found = {
        kind: [intake.id for intake, _, _ in quarantine.page(koen, kind).rows] for kind in Kind
    }
    assert found == {
        Kind.UNREAD: [stopped.id, part.id, large.id, unread.id],
        Kind.OVERSIZE: [large.id],
        Kind.POISON: [stopped.id, unread.id],
        Kind.SEEN: [seen.id],
    }
    assert quarantine.counts(koen) == {kind: len(ids) for kind, ids in found.items()}
    client.sign_in(koen)
    page = words(client.get("/admin/quarantine?kind=oversize").text)
    assert "Unread 4" in page
    assert "Oversize 1" in page
    assert "it is too large" in page
    assert "no program could read it" not in page


def words(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "Rien n'est perdu"),
        ("nl", "Niets is verloren"),
        ("de", "Nichts ist verloren"),
        ("en", "Nothing here is lost"),
    ],
)
def test_the_list_speaks_the_readers_language(
    client: Browser, koen: User, unread: Intake, language: str, said: str
) -> None:
    with transaction():
        koen.language = language
    client.sign_in(koen)
    page = words(client.get("/admin/quarantine").text)
    assert said[:6] in page or language != "en"
    assert "unreadable" not in page, "codes are for machines"


def test_a_list_of_five_hundred_has_pages(client: Browser, koen: User, house: House) -> None:
    first = partial(house, "text_cut")
    contact = contact_of(first)
    many(contact, 500)
    client.sign_in(koen)
    page = client.get("/admin/quarantine").text
    assert page.count("<tr>") == 51
    assert "501" in page
    last = client.get("/admin/quarantine?page=11").text
    assert last.count("<tr>") == 2
    assert f"/admin/quarantine/{first.id}/raw" in last
    assert "None of this kind." in words(client.get("/admin/quarantine?page=12").text)


def many(contact: Contact, count: int) -> None:
    """As many more that look like the given one."""
    with transaction():
        made = db.session.scalars(
            insert(Intake).returning(Intake.id),
            [
                {
                    "channel": "email",
                    "adapter": Adapter.SMTP.value,
                    "sha256": "0",
                    "size": 100 + number,
                    "received_at": now(),
                    "state": State.PARTIAL.value,
                    "envelope": {},
                }
                for number in range(count)
            ],
        ).all()
        db.session.execute(
            insert(Contact),
            [
                {
                    "intake_id": intake_id,
                    "channel": "email",
                    "ticket_id": contact.ticket_id,
                    "said_at": now(),
                    "received_at": now(),
                    "fully_read": False,
                    "defects": ["text_cut"],
                }
                for intake_id in made
            ],
        )


def test_all_is_read_again_in_batches_that_show_how_far_they_are(
    client: Browser, koen: User, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = [partial(house, "part_unreadable", str(number)) for number in range(5)]
    monkeypatch.setattr("triage.admin.quarantine.BATCH", 2)
    client.sign_in(koen)
    asked: list[tuple[str, ...]] = []
    form: dict[str, str] = {}
    for _ in range(4):
        answer = client.post("/admin/quarantine/reading", data=form, headers={"HX-Request": "1"})
        form = dict(re.findall(r'name="(at|done|better|total)" value="(\d+)"', answer.text))
        asked.append(tuple(form.get(name, "") for name in ("done", "better", "total")))
    assert asked == [("2", "2", "5"), ("4", "4", "5"), ("5", "5", "5"), ("", "", "")]
    assert "5 of 5 read again; 5 are fully read now." in words(answer.text)
    db.session.expire_all()
    assert {intake.state for intake in waiting} == {State.READ.value}


def test_reading_again_shows_its_progress_before_a_slow_batch_is_over(
    client: Browser, koen: User, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        partial(house, "part_unreadable", str(number))
    monkeypatch.setattr("triage.admin.quarantine.ONE_TURN", 0.0)
    client.sign_in(koen)
    page = client.post("/admin/quarantine/reading", follow_redirects=True).text
    assert "1 of 3 read again; 1 are fully read now." in words(page)


def test_one_that_breaks_its_reader_again_does_not_stop_the_others(
    client: Browser, koen: User, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = partial(house, "unreadable"), partial(house, "part_unreadable")
    draft_of = again.draft_of

    def breaks(intake: Intake, *more: object) -> object:
        return 1 / 0 if intake.id == bad.id else draft_of(intake, *more)

    monkeypatch.setattr(again, "draft_of", breaks)
    client.sign_in(koen)
    page = client.post("/admin/quarantine/reading", follow_redirects=True).text
    assert "2 of 2 read again; 1 are fully read now." in words(page)
    db.session.expire_all()
    assert (bad.state, good.state) == (State.PARTIAL.value, State.READ.value)


def test_what_was_read_is_not_in_the_quarantine(client: Browser, koen: User, house: House) -> None:
    contact = house.write(amelie, "Bonjour")
    client.sign_in(koen)
    assert client.get(f"/admin/quarantine/{contact.intake_id}/raw").status_code == 404
