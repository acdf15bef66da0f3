"""What people type: the note of a call, a form, a letter that came by post."""

import base64

from models.base import db, now, transaction
from models.call import Call, CallState, Exchange
from models.client import Client
from models.contact import Contact
from models.intake import Adapter, Channel, Intake, State
from models.message import Message
from models.outbox import waiting
from models.ticket import Disposition, Status
from tests.people import House, amelie, emily, joris
from triage.intake import reading, receive_typed


def test_the_note_of_a_call_is_a_contact_and_a_ticket(house, nadia):
    contact = house.call(joris, "Vraagt of hij uitstel kan krijgen voor zijn bijdragen.", by=nadia)
    assert (contact.channel, contact.taken_by_id) == (Channel.PHONE, nadia.id)
    assert contact.client is not None
    assert [number.e164 for number in contact.client.numbers] == [joris.number]
    assert house.ticket(contact).topic_id == "deferral"


def test_nobody_is_thanked_by_mail_for_a_call(house, nadia):
    contact = house.call(joris, "Vraagt uitstel.", by=nadia, email=joris.email)
    assert db.session.scalars(Message.of_ticket(house.ticket(contact).id)).all() == []


def test_the_topic_that_the_agent_chose_wins_over_the_machine(house, nadia):
    contact = house.call(
        joris,
        "Vraagt uitstel voor zijn bijdragen.",
        by=nadia,
        topic="pension",
        intent="ask_information",
    )
    ticket = house.ticket(contact)
    assert (contact.topic_id, contact.intent_id) == ("pension", "ask_information")
    assert (ticket.topic_id, ticket.needs_choice) == ("pension", False)
    assert contact.prediction is not None and contact.prediction.topic_id == "deferral"


def test_the_client_whom_the_agent_chose_is_the_client(house, nadia):
    first = house.write(amelie, "Bonjour, une question.")
    contact = house.call(joris, "Appelle pour Amélie.", by=nadia, client_id=first.client_id)
    assert contact.client_id == first.client_id


def test_a_call_about_an_open_ticket_joins_it(house, nadia):
    first = house.write(amelie, "Bonjour, où en est mon droit passerelle ?")
    contact = house.call(amelie, "Toujours rien.", by=nadia, ticket_id=first.ticket_id)
    assert contact.ticket_id == first.ticket_id
    assert house.ticket(first).contacts_count == 2


def test_the_call_knows_its_note(house, nadia):
    with transaction():
        exchange, _ = Exchange.connect("Brussels")
        call = Call.take_event(
            exchange, CallState.RINGING, "c1", at=now(), facts={"caller_e164": joris.number}
        )
    contact = house.call(joris, "Vraagt uitstel.", by=nadia, call_id=call.id)
    assert (call.contact_id, call.done) == (contact.id, True)


def test_a_withheld_number_with_a_name_is_a_client_all_the_same(house, nadia):
    contact = house.call(joris, "Belt anoniem.", by=nadia, number="anonymous")
    assert contact.client is not None
    assert (contact.client.called, contact.client.numbers) == (joris.name, [])


def test_a_form_is_confirmed_by_mail(house):
    contact = house.fill_form(amelie, "Bonjour, où en est mon droit passerelle ?")
    (message,) = db.session.scalars(Message.of_ticket(house.ticket(contact).id)).all()
    assert (message.kind, message.recipient) == ("acknowledgement", amelie.email)
    assert contact.channel == Channel.FORM


def test_the_same_form_sent_twice_is_one(app, settings):
    said = {"name": amelie.name, "email": amelie.email, "text": "Bonjour"}
    first = receive_typed(Channel.FORM, said, adapter=Adapter.FORM, once="form|abc")
    second = receive_typed(Channel.FORM, said, adapter=Adapter.FORM, once="form|abc")
    assert first == (second[0], True)
    assert second == (first[0], False)
    assert reading.read_now(first[0], settings) is reading.read_now(first[0], settings)


def test_what_is_read_while_somebody_waits_is_not_read_again(house):
    house.fill_form(amelie, "Bonjour, une question.")
    assert "read" not in waiting()
    house.work()
    assert len(db.session.scalars(db.select(Contact)).all()) == 1


def test_what_cannot_be_read_while_somebody_waits_is_left_to_the_worker(
    house, settings, monkeypatch
):
    def broken(*_: object) -> None:
        raise RuntimeError("poison")

    intake_id, _ = receive_typed(Channel.FORM, {"text": "Bonjour"}, adapter=Adapter.FORM)
    with monkeypatch.context() as once:
        once.setattr(reading, "file", broken)
        assert reading.read_now(intake_id, settings) is None
    house.work()
    intake = Intake.named(intake_id)
    assert intake is not None and intake.state == State.READ


def test_the_files_of_a_form_are_kept(house):
    files = [["proof.pdf", "application/pdf", base64.b64encode(b"%PDF-1.4").decode()]]
    contact = house.fill_form(amelie, "Voici la preuve.", files=files)
    assert [(file.name, file.blob.content) for file in contact.attachments] == [
        ("proof.pdf", b"%PDF-1.4")
    ]


def test_the_same_file_is_kept_once_for_all(house):
    files = [["proof.pdf", "application/pdf", base64.b64encode(b"%PDF-1.4").decode()]]
    first = house.fill_form(amelie, "Voici la preuve.", files=files)
    second = house.fill_form(emily, "Here is my proof.", files=files)
    assert first.attachments[0].blob is second.attachments[0].blob


def test_what_a_form_chose_is_a_hint_and_no_persons_word(house):
    contact = house.fill_form(
        amelie, "Quand serai-je payée de mon droit passerelle ?", topic="pension"
    )
    assert contact.topic_id == "bridging_right"
    assert not contact.corrected


def test_a_letter_that_came_by_post_is_typed_by_an_agent(house: House, settings, nadia):
    intake_id, _ = receive_typed(
        Channel.POST,
        {"name": "Frieda Maraite", "text": "Bitte um Aufschub.", "taken_by": nadia.id},
        adapter=Adapter.DESK,
    )
    contact = reading.read_now(intake_id, settings)
    assert contact is not None
    assert (contact.channel, contact.taken_by_id) == (Channel.POST, nadia.id)
    assert contact.client is not None and contact.client.called == "Frieda Maraite"
    assert db.session.scalars(db.select(Client)).all() == [contact.client]


def test_a_national_number_in_a_forms_field_is_masked(house):
    contact = house.fill_form(
        amelie, "Bonjour.", fields={"number": "93.05.18-223.61", "enterprise": "0403019261"}
    )
    assert contact.fields == {"number": "••.••.••-•••.61", "enterprise": "0403019261"}


def test_who_comes_back_about_the_same_within_a_week_is_repeated(house, nadia):
    first = house.call(amelie, "Demande quand son droit passerelle est payé.", by=nadia)
    second = house.call(amelie, "Redemande quand son droit passerelle est payé.", by=nadia)
    assert (first.repeated, second.repeated) == (False, True)


def test_a_number_in_the_public_form_is_only_perhaps_the_clients(house, nadia):
    known = house.write(amelie, "Bonjour.")
    claimed = house.fill_form(amelie, "Rappelez-moi ici.", number=joris.number)
    assert claimed.client_id == known.client_id
    assert [number.level for number in claimed.client.numbers] == ["maybe"]


# --- how a call ended -----------------------------------------------------------------------


def test_a_call_is_wrapped_up_as_the_agent_wrote_down(house, nadia):
    fields = {"outcome": "answered", "told": "Tout est en ordre.", "promise": ""}
    ticket = house.ticket(house.call(amelie, "Demande son dossier.", by=nadia, fields=fields))
    assert (ticket.status, ticket.disposition) == (Status.CLOSED, Disposition.ANSWERED)
    assert (ticket.told, ticket.assignee_id) == ("Tout est en ordre.", nadia.id)


def test_a_call_that_a_worker_must_read_is_wrapped_up_all_the_same(
    house, settings, nadia, monkeypatch
):
    def broken(*_: object) -> None:
        raise RuntimeError("poison")

    said = {
        "number": amelie.number,
        "text": "Demande son dossier.",
        "taken_by": nadia.id,
        "fields": {"outcome": "call_back_promised", "promise": "jeudi"},
    }
    intake_id, _ = receive_typed(Channel.PHONE, said, adapter=Adapter.DESK, once="call 1")
    with monkeypatch.context() as once:
        once.setattr(reading, "file", broken)
        assert reading.read_now(intake_id, settings) is None
    house.work()
    contact = db.session.scalars(db.select(Contact)).one()
    ticket = house.ticket(contact)
    assert (ticket.status, ticket.told) == (Status.OPEN, "jeudi")
    assert ticket.disposition == Disposition.CALL_BACK_PROMISED


def test_nobody_wraps_up_through_the_public_form(house):
    fields = {"outcome": "answered", "told": "Fermez."}
    ticket = house.ticket(house.fill_form(amelie, "Bonjour.", fields=fields))
    assert (ticket.status, ticket.told) == (Status.NEW, "")
