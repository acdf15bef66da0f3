"""Who complains or asks to be called, by whatever form, is owed a call with all that it needs."""

from typing import Any

from sqlalchemy import select

from models.api_token import ApiToken, Scope
from models.base import db, transaction
from models.calendar import BRUSSELS
from models.callback import Callback, CallbackReason, CallbackState
from models.contact import Contact
from tests.people import Browser, House, amelie

COMPLAINT = {
    "name": amelie.name,
    "email": amelie.email,
    "phone": "0475 12 34 56",
    "about": "wrong_info",
    "number": "104",
    "text": "On m'a dit que mai était payé.",
    "call_back": "yes",
    "call_when": "afternoon",
}
SENT = {"key": "a1b2c3d4e5f6g7h8i9j0", "step": "all", "go": "send"}


def complain(client: Browser, **change: Any) -> Any:
    return client.post("/contact/complaint?lang=fr", data=COMPLAINT | SENT | change)


def owed() -> list[Callback]:
    db.session.expire_all()
    return list(db.session.scalars(select(Callback).order_by(Callback.id)))


def only_contact() -> Contact:
    (found,) = db.session.scalars(select(Contact)).all()
    return found


def test_a_complaint_that_wants_a_call_is_a_complaint_and_a_call_with_its_hours(
    client: Browser, house: House
) -> None:
    assert "/receipt/" in complain(client).location
    contact = only_contact()
    ticket = house.ticket(contact)
    (call,) = owed()
    assert (ticket.topic_id, ticket.intent_id) == ("complaint", "complain")
    assert ticket.team is not None and ticket.language == "fr"
    assert (call.reason, call.state) == (CallbackReason.REQUESTED, CallbackState.OPEN)
    assert (call.e164, call.language, call.topic_id) == ("+32475123456", "fr", "complaint")
    assert (call.ticket_id, call.contact_id) == (ticket.id, contact.id)
    assert call.client_id == ticket.client_id == contact.client_id
    assert call.window_from is not None and call.window_to is not None
    hours = [one.astimezone(BRUSSELS).hour for one in (call.window_from, call.window_to)]
    assert hours == [13, 16] and call.due_at == call.window_to
    assert contact.text.startswith(COMPLAINT["text"])
    for said in ("104", "Oui", amelie.name):
        assert said in contact.text


def test_a_complaint_that_wants_no_call_is_proposed_for_one(client: Browser, house: House) -> None:
    complain(client, call_back="no", call_when="afternoon")
    (call,) = owed()
    assert (call.reason, call.state) == (CallbackReason.DISSATISFIED, CallbackState.PROPOSED)
    assert call.window_from is None


def test_a_call_is_not_promised_without_a_number(client: Browser) -> None:
    again = complain(client, phone="", go="send")
    assert "again=1" in again.location
    assert "number on which" in client.get(again.location.replace("lang=fr", "lang=en")).text
    assert owed() == [] and not db.session.scalars(select(Contact)).all()


def test_the_general_form_asks_for_a_call_too(client: Browser, house: House) -> None:
    said = {"name": amelie.name, "phone": "0475 12 34 56", "text": "Quand ?", "call_back": "1"}
    assert client.post("/contact?lang=fr", data=said).status_code == 303
    (call,) = owed()
    assert (call.reason, call.e164) == (CallbackReason.REQUESTED, "+32475123456")
    assert call.ticket_id == house.ticket(only_contact()).id


def test_a_complaint_by_a_program_is_owed_the_same_call(client: Browser, house: House) -> None:
    with transaction():
        _row, secret = ApiToken.issue(house.koen, "portal", (Scope.FORMS,), None)
    taken = client.post(
        "/api/v1/forms/complaint",
        json={"language": "fr", "answers": COMPLAINT},
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert taken.status_code == 202
    (call,) = owed()
    assert call.window_from is not None and call.ticket_id == house.ticket(only_contact()).id
