"""What presses, until when, and whose word counts."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from models import urgency
from models.audit import Audit
from models.base import db, now, transaction
from models.calendar import business_day, due_after, start_of
from models.contact import Contact
from models.event import Event
from models.ticket import Ticket
from models.ticket_list import TicketFilter
from tests.people import amelie, joris
from triage import clock

BAILIFF = (
    "L'huissier vient demain pour saisir mon four, je n'ai plus de quoi manger. "
    "Aidez-moi avant demain."
)
ANGRY = "C'EST UN SCANDALE !!! Vous vous moquez de moi, j'irai chez le médiateur et à la presse !!"
CALM = "Bonjour, jusqu'à quel âge puis-je cotiser pour ma pension ?"


NAMED = {
    "fr": "Huissier demain, je n'ai plus de quoi manger",
    "nl": "morgen komt de deurwaarder, ik heb niets meer om van te leven",
    "de": "Morgen kommt der Gerichtsvollzieher wegen meiner Beiträge",
    "en": "tomorrow the bailiff comes for my contributions",
}


@pytest.fixture
def pressing(house) -> Ticket:
    return house.ticket(house.write(amelie, BAILIFF, "Huissier"))


def kinds(ticket: Ticket) -> list[str]:
    return [event.kind for event in db.session.scalars(Event.of_ticket(ticket.id))]


def test_a_bailiff_presses_until_the_day_that_was_named(pressing):
    contact = db.session.scalars(Contact.of_ticket(pressing.id)).one()
    assert pressing.urgent
    assert pressing.urgent_until is not None
    assert timedelta() < pressing.urgent_until - contact.said_at <= timedelta(days=2)
    assert "bailiff" in urgency.reasons_of(pressing)
    assert contact.urgency == contact.prediction.urgency > 0.5
    assert "bailiff" in contact.prediction.urgency_reasons
    assert "ticket.pressed" in kinds(pressing)


@pytest.mark.parametrize("language", NAMED)
def test_a_day_named_with_the_bailiff_is_the_end_and_comes_first(house, nadia, ingrid, language):
    calm = [house.ticket(house.call(joris, f"Question {turn}.", by=nadia)) for turn in range(2)]
    ticket = house.ticket(house.write(amelie, NAMED[language]))
    tomorrow = business_day(now()) + timedelta(days=1)
    assert ticket.urgent_until == start_of(tomorrow, urgency.END_OF_DAY)
    with transaction():
        calm[0].due_at = calm[1].due_at = ticket.due_at - timedelta(days=3)
    assert TicketFilter("all").page(ingrid).tickets[0] == ticket


def test_anger_does_not_press_and_a_question_neither(house):
    angry, calm = (house.ticket(house.write(joris, text)) for text in (ANGRY, CALM))
    assert (angry.urgent, calm.urgent) == (False, False)
    contact = db.session.scalars(Contact.of_ticket(angry.id)).one()
    assert contact.dissatisfied > 0.5
    assert contact.prediction.dissatisfied_reasons


def test_without_a_named_day_the_word_stands_three_working_days():
    friday = datetime(2020, 6, 12, 10, 0, tzinfo=UTC)
    assert urgency.ends(friday, None) == due_after(friday, 3)
    assert urgency.ends(friday, date(2020, 6, 15)) == datetime(2020, 6, 15, 21, 59, tzinfo=UTC)


def test_the_clock_takes_the_machines_mark_away_and_writes_it_down(app, pressing):
    with transaction():
        urgency.expire(pressing.urgent_until - timedelta(seconds=1))
    db.session.refresh(pressing)
    assert pressing.urgent
    with transaction():
        pressing.urgent_until = now() - timedelta(minutes=1)
    clock.tend(now())
    db.session.refresh(pressing)
    assert (pressing.urgent, pressing.urgent_until) == (False, None)
    assert kinds(pressing)[-1] == "ticket.urgency_expired"


def test_a_persons_word_never_expires(app, pressing, nadia):
    with transaction():
        urgency.decide(pressing, True, by=nadia)
    with transaction():
        urgency.expire(now() + timedelta(days=400))
    db.session.refresh(pressing)
    assert (pressing.urgent, pressing.urgent_until) == (True, None)
    assert urgency.reasons_of(pressing) == []


def test_the_machine_does_not_contradict_a_person(house, pressing, nadia):
    with transaction():
        urgency.decide(pressing, False, by=nadia)
    first = db.session.scalars(Contact.of_ticket(pressing.id)).one()
    again = house.ticket(house.write(amelie, BAILIFF, "Re: Huissier", in_reply_to=first.message_id))
    assert again.number == pressing.number
    assert (again.urgent, again.urgent_until) == (False, None)


def test_who_writes_of_reminders_has_not_come_for_the_third_time(house):
    text = "Dag, morgen komt de deurwaarder na drie mails en twee oproepen van jullie."
    contact = house.write(amelie, text, "Deurwaarder")
    assert "third_contact" not in contact.prediction.urgency_reasons


def test_the_third_contact_within_a_week_raises_harm(house, pressing):
    text = "Bonjour, l'huissier est annoncé pour ma dette de cotisations."
    said = [house.write(joris, text, "Dette") for _ in range(3)]
    assert [contact.repeated for contact in said] == [False, True, True]
    assert said[0].urgency == said[1].urgency < said[2].urgency
    assert "third_contact" in said[2].prediction.urgency_reasons


def test_harm_comes_first_by_the_nearest_deadline_and_anger_does_not(house, nadia):
    angry, calm, late, soon = (
        house.ticket(house.call(amelie, f"Question {turn}.", by=nadia)) for turn in range(4)
    )
    with transaction():
        for ticket, hours in ((late, 50), (soon, 5)):
            ticket.urgent, ticket.urgent_until = True, now() + timedelta(hours=hours)
        db.session.scalars(Contact.of_ticket(angry.id)).one().dissatisfied = 0.99
        calm.due_at = angry.due_at - timedelta(hours=1)
    assert TicketFilter("all").page(nadia).tickets == [soon, late, calm, angry]


def test_switched_off_nothing_is_kept_marked_or_ordered_by(house, pressing, koen):
    with transaction():
        urgency.listen(False, by=koen)
    db.session.expire_all()
    assert not pressing.urgent
    assert urgency.reasons_of(pressing) == []
    other = house.write(joris, BAILIFF, "Huissier")
    assert (other.urgency, other.dissatisfied) == (0, 0)
    assert (other.prediction.urgent, other.prediction.urgency_reasons) == (False, [])
    assert not house.ticket(other).urgent
    assert db.session.scalars(select(Audit.action).order_by(Audit.seq)).all()[-1] == (
        "tone.switched_off"
    )


def test_a_mark_set_aside_orders_nothing(house, pressing, nadia, ingrid, koen):
    sooner = house.ticket(house.call(joris, "Question.", by=nadia))
    with transaction():
        pressing.urgent_until = now() + timedelta(minutes=1)
        sooner.due_at = pressing.due_at - timedelta(hours=1)
    assert TicketFilter("all").page(ingrid).tickets == [pressing, sooner]
    with transaction():
        urgency.listen(False, by=koen)
    assert TicketFilter("all").page(ingrid).tickets == [sooner, pressing]


def test_switched_on_within_the_grace_everything_is_as_it_was(house, pressing, koen):
    contact = db.session.scalars(Contact.of_ticket(pressing.id)).one()
    until, reasons, harm = pressing.urgent_until, urgency.reasons_of(pressing), contact.urgency
    switched = now()
    with transaction():
        urgency.listen(False, by=koen, at=switched)
        urgency.forget(switched + urgency.GRACE - timedelta(seconds=1))
    with transaction():
        urgency.listen(True, by=koen, at=switched + urgency.GRACE - timedelta(seconds=1))
    with transaction():
        urgency.forget(switched + timedelta(days=1))
    db.session.expire_all()
    assert (pressing.urgent, pressing.urgent_until) == (True, until)
    assert (urgency.reasons_of(pressing), contact.urgency) == (reasons, harm)


def test_a_mark_set_aside_gives_way_to_a_persons_word_and_to_its_end(house, koen, nadia):
    taken_off, over = (
        house.ticket(house.write(client, BAILIFF, "Huissier")) for client in (amelie, joris)
    )
    with transaction():
        urgency.listen(False, by=koen)
        urgency.decide(taken_off, False, by=nadia)
        over.urgent_until = now() - timedelta(minutes=1)
        urgency.expire(now())
        urgency.listen(True, by=koen)
    db.session.expire_all()
    assert (taken_off.urgent, over.urgent) == (False, False)
    assert "ticket.urgency_expired" not in kinds(over)


def test_switched_off_what_was_kept_is_forgotten_after_the_grace(house, pressing, koen):
    contact = db.session.scalars(Contact.of_ticket(pressing.id)).one()
    assert contact.urgency > 0
    with transaction():
        urgency.listen(False, by=koen)
    for _ in range(2):
        with transaction():
            urgency.forget(now() + urgency.GRACE)
    db.session.expire_all()
    assert (pressing.urgent, pressing.urgent_until) == (False, None)
    assert (contact.urgency, contact.dissatisfied) == (0, 0)
    assert (contact.prediction.urgency, contact.prediction.urgency_reasons) == (0, [])
    assert contact.prediction.dissatisfied_reasons == []
    facts = db.session.scalars(
        select(Event.facts).where(Event.kind == urgency.PRESSED).order_by(Event.id)
    ).all()
    assert facts == [{}]
    with transaction():
        urgency.listen(True, by=koen, at=now() + urgency.GRACE)
    db.session.expire_all()
    assert not pressing.urgent


def test_a_persons_mark_survives_the_switch(house, pressing, koen, nadia):
    with transaction():
        urgency.decide(pressing, True, by=nadia)
    with transaction():
        urgency.listen(False, by=koen)
        urgency.forget(now() + urgency.GRACE)
    with transaction():
        urgency.listen(True, by=koen)
    db.session.expire_all()
    assert (pressing.urgent, pressing.urgent_until) == (True, None)


def test_switched_on_again_it_listens_again(house, koen):
    with transaction():
        urgency.listen(False, by=koen)
    with transaction():
        urgency.listen(True, by=koen)
    assert house.ticket(house.write(amelie, BAILIFF)).urgent
    with transaction():
        urgency.forget()
    assert db.session.scalars(select(Contact.urgency)).all() != [0]
