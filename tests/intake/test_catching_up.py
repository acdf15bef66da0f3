"""What came while no model answered is classified once one does, and nothing that people decided
is touched."""

from datetime import timedelta

import pytest

from models import outbox
from models.base import db, now, transaction
from models.outbox import Job
from tests.people import House, amelie, joris
from triage import routing
from triage.intake import catching_up

ASKS = "Où en est mon droit passerelle ? Je n'ai toujours rien reçu."


@pytest.fixture
def outage(monkeypatch):
    """There is no model until the returned function is called."""
    with pytest.MonkeyPatch.context() as away:
        away.setattr(routing, "engine", lambda: None)
        yield away.undo


def catch_up(*contacts) -> int:
    with transaction():
        for contact in contacts:
            assert outbox.hurry(Job.CLASSIFY, contact.id)
    taken = catching_up.classify_waiting("worker")
    db.session.expire_all()
    return taken


def test_mail_of_an_outage_is_classified_and_routed_when_the_model_is_back(house: House, outage):
    contact = house.write(amelie, ASKS)
    assert contact.topic_id is None
    assert catch_up(contact) == 0, "there is still none: the promise stands"
    outage()
    assert catch_up(contact) == 1
    assert contact.topic_id == "bridging_right"
    assert contact.prediction is not None
    ticket = house.ticket(contact)
    assert ticket.topic_id == "bridging_right"
    assert not outbox.waiting().get(Job.CLASSIFY.value)


def test_while_there_is_no_model_nothing_rings(house: House, outage):
    contact = house.write(amelie, ASKS)
    catch_up(contact)
    assert not outbox.work_waits()


def test_what_a_person_said_meanwhile_stands(house: House, outage):
    contact = house.write(amelie, ASKS)
    ticket = house.ticket(contact)
    with transaction():
        routing.correct(ticket, "pension", None, None, by=house.nadia, at=now())
    outage()
    assert catch_up(contact) == 1
    assert (contact.topic_id, ticket.topic_id) == ("pension", "pension")
    assert contact.prediction is None


def test_a_ticket_that_somebody_took_keeps_its_place_and_its_contact_gets_its_topic(
    house: House, outage
):
    contact = house.write(amelie, ASKS)
    ticket = house.ticket(contact)
    with transaction():
        ticket.assign(house.nadia, by=house.nadia)
    team = ticket.team_id
    outage()
    catch_up(contact)
    assert contact.topic_id == "bridging_right"
    assert (ticket.team_id, ticket.assignee, ticket.needs_choice) == (team, house.nadia, True)


def test_what_is_older_than_a_month_is_left(house: House, outage):
    contact = house.write(amelie, ASKS, at=now() - timedelta(days=40))
    outage()
    assert catch_up(contact) == 1
    assert contact.prediction is None


def test_one_that_fails_is_tried_again_and_costs_the_others_nothing(
    house: House, outage, monkeypatch
):
    first, second = house.write(amelie, ASKS), house.write(joris, "Waar blijft mijn pensioen?")
    outage()
    take_over = catching_up.take_over

    def fail_once(contact, opinion):
        if contact.id == first.id:
            raise RuntimeError("no")
        take_over(contact, opinion)

    monkeypatch.setattr(catching_up, "take_over", fail_once)
    assert catch_up(first, second) == 2
    assert first.prediction is None
    assert second.prediction is not None
    monkeypatch.setattr(catching_up, "take_over", take_over)
    assert catch_up(first) == 1
    assert first.prediction is not None
