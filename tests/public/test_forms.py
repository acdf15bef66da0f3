"""The web forms: step by step, all at once, with mistakes, with files, and what becomes of them."""

import io
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from models.base import db, now, transaction
from models.callback import Callback
from models.contact import Contact
from models.document_request import DocumentRequest
from models.intake import Intake
from models.message import Message
from models.ticket import Ticket
from models.web_form import FormSubmission
from models.web_form_draft import FormDraft, FormDraftFile
from tests.people import Browser, House, amelie
from triage.config import Settings
from triage.intake import again, reading
from triage.public import forms

KEY = "a1b2c3d4e5f6g7h8i9j0"
WHO = {
    "name": amelie.name,
    "national_number": "85.07.30-033.28",
    "enterprise_number": "0403.019.261",
    "email": amelie.email,
    "phone": "0475 12 34 56",
}
WHAT = {
    "reason": "economic",
    "sector": "Boulangerie",
    "family": "yes",
    "other_income": "no",
    "iban": "BE71 0961 2345 6769",
    "text": "Je n'ai plus de clients depuis mars.",
}
PDF = b"%PDF-1.4 proof of the interruption"


def contacts() -> list[Contact]:
    db.session.expire_all()
    return list(db.session.scalars(select(Contact).order_by(Contact.id)))


def words(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def month_offered(page: str) -> str:
    found = re.search(r'name="months" type="checkbox" value="([\d-]+)"', page)
    assert found is not None
    return found.group(1)


def whole(client: Browser, **change: Any) -> dict[str, Any]:
    page = client.get("/contact/bridging-right?whole=1&lang=en").text
    begun = re.search(r'name="begun" value="([^"]+)"', page)
    assert begun is not None
    filled = WHO | WHAT | {"months": month_offered(page), "key": KEY, "step": "all", "go": "send"}
    return filled | {"begun": begun.group(1)} | change


def send_whole(client: Browser, language: str = "en", **change: Any) -> Any:
    return client.post(f"/contact/bridging-right?lang={language}", data=whole(client, **change))


def test_the_door_shows_five_choices_and_the_general_form(client: Browser) -> None:
    page = client.get("/contact?lang=en").text
    for code in ("bridging-right", "deferral", "exemption", "question", "complaint"):
        assert f'href="/contact/{code}?lang=en"' in page
    assert 'name="text"' in page


def test_a_form_says_first_what_it_needs_and_where_that_comes_from(client: Browser) -> None:
    said = words(client.get("/contact/bridging-right?lang=en").text)
    assert said.index("What you need") < said.index("Your first name and surname")
    assert "annex from the health fund" in said
    assert "Application form" not in said
    assert "To be confirmed" in said and "Source:" in said and "Valid from" in said


def test_a_request_goes_step_by_step_to_its_receipt(client: Browser, house: House) -> None:
    first = client.post("/contact/bridging-right?lang=en", data=WHO | {"key": KEY, "step": "who"})
    assert first.status_code == 303 and first.location.startswith(
        f"/contact/bridging-right/{KEY}/what"
    )
    page = client.get(first.location).text
    second = client.post(first.location, data=WHAT | {"months": month_offered(page)})
    assert "/documents" in second.location
    files = {"file-proof-of-the-interruption-or-cessation": (io.BytesIO(PDF), "preuve.pdf")}
    third = client.post(second.location, data=files)
    assert "/check" in third.location
    seen = words(client.get(third.location).text)
    assert amelie.name in seen and "preuve.pdf" in seen
    assert "033" not in seen and "•••.28" in seen
    assert "0961" not in seen and "6769" in seen
    assert "Still missing" in seen and "annex from the health fund" in seen
    receipt = client.post(third.location, data={"go": "send"}, follow_redirects=True)
    (contact,) = contacts()
    ticket = house.ticket(contact)
    said = words(receipt.text)
    assert str(ticket.number) in said and "not an approval" in said
    assert "annex from the health fund" in said and "•••.28" in said
    assert (ticket.topic_id, ticket.subtopic_id, ticket.intent_id) == (
        "bridging_right",
        "bridging_right/application",
        "submit_request",
    )
    assert not ticket.needs_choice and ticket.team is not None
    assert [file.name for file in contact.attachments] == ["preuve.pdf"]
    assert [one.code for one in DocumentRequest.open_of(ticket.id)] == [
        "with-family-charge-annex-from-the-health-fund"
    ]


@pytest.mark.parametrize("genuine", [True, False], ids=["fresh", "open-too-long"])
def test_a_mistake_that_the_last_step_finds_is_shown_where_it_is(
    client: Browser, monkeypatch: pytest.MonkeyPatch, genuine: bool
) -> None:
    client.post("/contact/bridging-right?lang=en", data=WHO | {"key": KEY, "step": "who"})
    monkeypatch.setattr(forms, "genuine", lambda: genuine)
    sent = client.post(f"/contact/bridging-right/{KEY}/check?lang=en", data={"go": "send"})
    assert (sent.status_code, "again=1" in sent.location) == (303, True)
    assert sent.location.startswith(f"/contact/bridging-right/{KEY}/what")


def test_hidden_numbers_stand_in_full_nowhere_but_sealed(client: Browser, house: House) -> None:
    receipt = send_whole(client, language="fr")
    (contact,) = contacts()
    submission = FormSubmission.of_contact(contact.id)
    assert submission is not None and contact.client is not None
    everything = (
        f"{contact.text}{contact.fields}{submission.answers}{client.get(receipt.location).text}"
    )
    assert "033.28" not in everything and "0961 2345" not in everything
    kinds = {one.kind: one.masked for one in contact.client.identifiers}
    assert kinds["niss"].endswith(".28") and kinds["kbo"] == "0403019261"


def test_a_form_that_could_not_be_read_is_whole_once_it_is_read_again(
    client: Browser, house: House, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(reading, "file", lambda *_: 1 / 0)
        send_whole(client)
    intake = db.session.scalars(select(Intake)).one()
    with transaction():
        contact = reading.quarantine(intake, "broken")
        assert again.read_again(intake, settings, by=None)
    ticket = house.ticket(contact)
    submission = FormSubmission.of_contact(contact.id)
    assert submission is not None and submission.answers["sector"] == "Boulangerie"
    assert (ticket.topic_id, contact.topic_id) == ("bridging_right", "bridging_right")
    assert len(DocumentRequest.open_of(ticket.id)) == len(submission.missing) > 0


def test_the_clients_words_are_heard_and_the_answers_are_read(client: Browser) -> None:
    send_whole(client, language="fr")
    (contact,) = contacts()
    assert contact.new_text == WHAT["text"]
    assert "Avez-vous une charge de famille: Oui" in contact.text
    assert contact.subject.startswith("Demander le droit passerelle · ")
    assert contact.decision == "auto"


def test_sending_again_or_going_back_is_one_request(client: Browser) -> None:
    first = send_whole(client)
    again = send_whole(client)
    assert first.location == again.location and "/receipt/" in first.location
    assert len(contacts()) == 1
    changed = send_whole(client, text="Et mon adresse a changé.")
    assert changed.location != first.location
    assert len(contacts()) == 2


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"name": ""}, "Fill this in"),
        ({"email": "", "phone": ""}, "Give an e-mail address or a phone number."),
        ({"email": "amelie@gmial.com"}, "Many addresses end in gmail.com"),
        ({"national_number": "85.07.30-033.29"}, "two have changed places"),
        ({"enterprise_number": "403019261"}, "Did you mean 0403.019.261"),
        ({"iban": "BE71 0961 2345 676"}, "fourteen figures"),
        ({"family": ""}, "Choose one of these."),
        ({"months": "1999-01"}, "Choose at least one."),
    ],
)
def test_a_mistake_is_explained_and_nothing_typed_is_lost(
    client: Browser, change: dict[str, str], complaint: str
) -> None:
    files = {"files": (io.BytesIO(PDF), "preuve.pdf")}
    back = send_whole(client, **change, **files)
    assert back.status_code == 303 and "/all" in back.location
    page = client.get(back.location).text
    assert complaint in words(page)
    assert "preuve.pdf" in page and "Boulangerie" in page
    assert 'href="#' in page
    assert contacts() == []


def test_what_was_pointed_out_once_is_believed_the_second_time(client: Browser) -> None:
    asked = send_whole(client, email="amelie@gmial.com")
    page = client.get(asked.location).text
    looked = re.search(r'name="looked" value="([^"]+)"', page)
    assert looked is not None
    filled = whole(client, email="amelie@gmial.com", looked=looked.group(1))
    del filled["national_number"], filled["iban"]
    sent = client.post(asked.location, data=filled)
    assert "/receipt/" in sent.location
    (contact,) = contacts()
    assert "gmial" in contact.sender


def test_the_likely_fix_is_taken_by_one_button(client: Browser) -> None:
    first = client.post(
        "/contact/bridging-right?lang=en",
        data=WHO | {"enterprise_number": "403019261", "key": KEY, "step": "who"},
    )
    assert "again=1" in first.location
    taken = client.post(
        first.location, data=WHO | {"enterprise_number": "403019261", "use": "enterprise_number"}
    )
    assert "/what" in taken.location or "again" in taken.location
    assert 'value="0403019261"' in client.get(f"/contact/bridging-right/{KEY}/who").text


def test_files_are_refused_one_by_one_and_the_others_stay(client: Browser) -> None:
    client.post("/contact/question?lang=en", data={"key": KEY, "step": "who", "name": "A"})
    files = [
        (io.BytesIO(PDF), "good.pdf"),
        (io.BytesIO(b""), "empty.pdf"),
        (io.BytesIO(b"MZ\x90\0program"), "photo.jpg"),
    ]
    step = f"/contact/question/{KEY}/documents?lang=en"
    back = client.post(step, data={"files": files})
    said = words(client.get(back.location).text)
    assert "again=1" in back.location
    assert "✓ good.pdf" in said
    assert "empty.pdf : This file is empty." in said
    assert "photo.jpg : We take photos" in said
    number = re.search(r'name="drop" value="(\d+)"', client.get(step).text)
    assert number is not None
    client.post(step, data={"drop": number.group(1), "go": "stay"})
    assert "good.pdf" not in client.get(step).text


def test_a_complaint_asks_for_its_call(client: Browser, house: House) -> None:
    filled = {
        "name": amelie.name,
        "phone": "0475 12 34 56",
        "about": "wrong_info",
        "text": "On m'a dit que mai était payé.",
        "call_back": "yes",
        "call_when": "morning",
        "key": KEY,
        "step": "all",
        "go": "send",
    }
    client.post("/contact/complaint?lang=fr", data=filled)
    (contact,) = contacts()
    ticket = house.ticket(contact)
    assert (ticket.topic_id, ticket.subtopic_id, ticket.intent_id) == (
        "complaint",
        "complaint/wrong_info",
        "complain",
    )
    (call,) = db.session.scalars(select(Callback)).all()
    assert call.window_from is not None and call.ticket_id == ticket.id


def test_an_account_is_never_changed_by_a_form(client: Browser, house: House) -> None:
    house.write(amelie, "Bonjour, une question sur mes cotisations.")
    send_whole(client, iban_changed="yes", phone="")
    contact = contacts()[-1]
    assert house.ticket(contact).attention == "account_changed"
    assert db.session.scalars(select(Callback)).all() == []


def test_what_looks_like_a_robot_is_kept_and_marked(client: Browser, house: House) -> None:
    sent = send_whole(client, website="https://spam.example")
    assert "/receipt/" in sent.location
    (contact,) = contacts()
    assert house.ticket(contact).attention == "looks_like_a_robot"


def test_a_draft_belongs_to_the_browser_that_began_it(client: Browser, app: Any) -> None:
    client.post("/contact/question", data={"key": KEY, "step": "who", "name": amelie.name})
    assert amelie.name in client.get(f"/contact/question/{KEY}/who").text
    stranger = app.test_client().get(f"/contact/question/{KEY}/who")
    assert stranger.status_code == 303 and "late=1" in stranger.location


def test_who_typed_for_longer_than_an_hour_loses_nothing_of_that_page(client: Browser) -> None:
    client.post("/contact/bridging-right", data={"key": KEY, "step": "who", "name": amelie.name})
    with transaction():
        FormDraft.sweep(now() + timedelta(minutes=61))
    typed = {"text": "Je n'ai plus de clients.", "iban": "BE71 0961 2345 6769"}
    page = client.post(f"/contact/bridging-right/{KEY}/what?lang=en", data=typed)
    assert page.status_code == 400 and "Nothing was sent." in words(page.text)
    for value in typed.values():
        assert value in unescape(page.text)
    assert 'action="/contact/bridging-right?lang=en"' in page.text
    again = client.post("/contact/bridging-right?lang=en", data={**typed, "step": "what"})
    assert "/what" in again.location and typed["text"] in unescape(client.get(again.location).text)


def test_much_too_large_files_cost_nobody_what_was_typed(
    client: Browser, settings: Settings
) -> None:
    client.post("/contact/question", data={"key": KEY, "step": "who", "name": amelie.name})
    sent = client.post(
        f"/contact/question/{KEY}/documents?lang=en",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(2 * settings.form_bytes + 2**22)},
    )
    assert sent.status_code == 303
    assert "too large together" in words(client.get(sent.location).text)
    assert amelie.name in client.get(f"/contact/question/{KEY}/who").text


def test_a_second_click_keeps_a_file_once(client: Browser) -> None:
    client.post("/contact/question", data={"key": KEY, "step": "who", "name": amelie.name})
    for _ in range(2):
        files = {"files": (io.BytesIO(PDF), "preuve.pdf")}
        client.post(f"/contact/question/{KEY}/documents", data=files)
    assert len(db.session.scalars(select(FormDraftFile)).all()) == 1


def test_an_unknown_or_closed_form_leads_to_the_general_one(client: Browser) -> None:
    page = client.get("/contact/pension?lang=en")
    assert page.status_code == 404 and 'href="/contact?lang=en"' in page.text


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_each_form_speaks_each_language_without_scripts(client: Browser, language: str) -> None:
    for code in ("bridging-right", "deferral", "exemption", "question", "complaint"):
        page = client.get(f"/contact/{code}?whole=1&lang={language}").text
        assert f'<html lang="{language}">' in page
        assert "<script" not in page
    assert db.session.scalars(select(Ticket)).all() == []


def test_the_receipt_by_mail_names_what_is_missing(client: Browser) -> None:
    send_whole(client, language="nl")
    (message,) = db.session.scalars(select(Message)).all()
    assert "- Met gezinslast: bijlage van het ziekenfonds" in message.text
    assert "/status/" in message.text


def test_a_draft_and_its_files_are_forgotten_after_an_hour(client: Browser) -> None:
    client.post("/contact/question", data={"key": KEY, "step": "who", "name": amelie.name})
    files = {"files": (io.BytesIO(PDF), "preuve.pdf")}
    client.post(f"/contact/question/{KEY}/documents", data=files)
    with transaction():
        FormDraft.sweep(now() + timedelta(minutes=59))
    assert "preuve.pdf" in client.get(f"/contact/question/{KEY}/documents").text
    with transaction():
        FormDraft.sweep(now() + timedelta(minutes=61))
    assert db.session.scalars(select(FormDraftFile)).all() == []
    gone = client.get(f"/contact/question/{KEY}/documents")
    assert "late=1" in gone.location
