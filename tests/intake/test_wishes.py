"""Who asks in writing for a call is owed one; who complains is proposed."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.base import db, now, transaction
from models.callback import Callback, CallbackReason, CallbackState, Outcome
from models.contact import Contact
from tests.people import amelie
from triage.intake import wishes


def owed():
    return db.session.scalars(select(Callback)).all()


@pytest.fixture
def read_as(monkeypatch):
    """Let the classifier's word on the intent be what the test needs."""

    def set_to(intent):
        told = wishes.owe_a_call

        def owe(contact, ticket, draft, opinion):
            contact.intent_id = intent
            told(contact, ticket, draft, opinion)

        monkeypatch.setattr("triage.intake.filing.owe_a_call", owe)

    return set_to


def test_a_form_whose_field_asks_for_a_call_makes_one_due(house, read_as):
    read_as("ask_information")
    contact = house.fill_form(amelie, "Mon paiement ?", fields={"call_back": "1"})
    (one,) = owed()
    assert (one.reason, one.state) == (CallbackReason.REQUESTED, CallbackState.OPEN)
    assert (one.contact_id, one.e164) == (contact.id, amelie.number)


def test_who_seems_to_ask_for_a_call_is_proposed_when_we_are_not_sure(house, read_as, monkeypatch):
    monkeypatch.setattr(wishes, "SURE", 2.0)
    read_as("call_back")
    house.fill_form(amelie, "Pouvez-vous me rappeler au sujet de mon paiement ?")
    (one,) = owed()
    assert (one.reason, one.state) == (CallbackReason.REQUESTED, CallbackState.PROPOSED)


def test_a_complaint_is_proposed(house, read_as):
    read_as("complain")
    house.fill_form(amelie, "Je suis très mécontente de votre service.")
    (one,) = owed()
    assert (one.reason, one.state) == (CallbackReason.DISSATISFIED, CallbackState.PROPOSED)
    assert one.reasons == [{"kind": "complaint"}]


def test_without_a_number_nobody_can_be_called(house, read_as):
    read_as("complain")
    house.write(amelie, "Je suis très mécontente de votre service.")
    assert owed() == []


def test_old_mail_that_is_read_in_owes_no_call(house, read_as):
    read_as("complain")
    house.fill_form(amelie, "Je suis mécontente.", at=now() - timedelta(days=30))
    assert owed() == []
    assert Contact.any()


def test_whom_we_have_spoken_with_or_answered_is_no_longer_a_missed_call(house):
    with transaction():
        missed = Callback.ask(number=amelie.number, reason=CallbackReason.MISSED_CALL, at=now())
    house.call(amelie, "Sie ruft wieder an.", by=house.nadia)
    assert (missed.state, missed.outcome) == (CallbackState.DONE, Outcome.OTHERWISE)
    ticket = house.ticket(house.write(amelie, "Et mon paiement ?"))
    with transaction():
        again = Callback.ask(
            client=ticket.client, reason=CallbackReason.MISSED_CALL, at=now(), ticket=ticket
        )
    house.answer(ticket)
    house.work()
    assert (again.state, again.outcome_note) == (CallbackState.DONE, "mail")


def test_the_form_on_which_a_call_is_ticked_needs_a_number(client, house):
    typed = {"name": amelie.name, "email": amelie.email, "text": "Bonjour", "call_back": "1"}
    page = client.post("/contact?lang=en", data=typed)
    assert "Give the number on which we may call you." in page.text
    client.post("/contact?lang=en", data=typed | {"phone": amelie.number})
    house.work()
    (one,) = owed()
    assert (one.reason, one.state) == (CallbackReason.REQUESTED, CallbackState.OPEN)
