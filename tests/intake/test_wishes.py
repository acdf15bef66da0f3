"""Who asks in writing for a call is owed one; who complains is proposed."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.base import db, now
from models.callback import Callback, CallbackReason, CallbackState
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
