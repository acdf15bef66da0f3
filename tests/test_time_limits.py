"""The quarter that a client names, and the last day that a ticket has from its measures."""

from datetime import date

import pytest

from models.base import now, transaction
from models.calendar import business_day
from models.deadline import Quarter
from tests.people import House, amelie, joris
from triage import labels, routing
from triage.time_limits import named_quarters


@pytest.mark.parametrize(
    ("text", "quarters"),
    [
        ("dispense pour le Q2 2020", ["2020/2"]),
        ("le 2e trimestre svp", ["2020/2"]),
        ("vrijstelling voor het tweede kwartaal", ["2020/2"]),
        ("Befreiung für das 4. Quartal", ["2019/4"]),
        ("the first and second quarter of 2020", ["2020/1", "2020/2"]),
        ("rien de tout cela", []),
    ],
)
def test_a_quarter_without_its_year_is_the_last_one_of_that_number(text, quarters):
    assert [str(one) for one in named_quarters(text, date(2020, 6, 9))] == quarters


def window_of(quarter: Quarter) -> date:
    return quarter.later(4).last


def test_a_call_about_an_exemption_gets_the_window_of_the_quarter_it_names(house: House):
    quarter = Quarter.of(business_day(now())).later(-1)
    note = f"Client souhaite une dispense pour le Q{quarter.number} {quarter.year}."
    contact = house.call(amelie, note, by=house.nadia, topic="exemption")
    ticket = house.ticket(contact)
    assert ticket.deadline_quarter == str(quarter)
    assert (ticket.deadline_on, ticket.deadline_name) == (window_of(quarter), "request_by")


def test_without_a_quarter_nothing_is_claimed(house: House):
    contact = house.call(joris, "Wil vrijstelling vragen.", by=house.nadia, topic="exemption")
    assert house.ticket(contact).deadline_on is None


def test_another_topic_brings_another_last_day(house: House):
    quarter = Quarter.of(business_day(now()))
    note = f"Vraagt over kwartaal {quarter.number} van {quarter.year}."
    contact = house.call(joris, note, by=house.nadia, topic="file_admin")
    ticket = house.ticket(contact)
    assert ticket.deadline_on is None
    with transaction():
        routing.correct(ticket, "exemption", None, None, by=house.koen, at=now())
    assert ticket.deadline_on == window_of(quarter)
    with transaction():
        routing.correct(ticket, "file_admin", None, None, by=house.koen, at=now())
    assert ticket.deadline_on is None


def test_a_topic_taken_back_leaves_neither_its_last_day_nor_its_health(house: House):
    contact = house.write(amelie, "Une question sur le premier trimestre 2020.", "Question")
    ticket = house.ticket(contact)
    before = (ticket.topic_id, ticket.deadline_on, ticket.deadline_version_id, ticket.health)
    with transaction():
        routing.correct(ticket, "exemption", None, None, by=house.nadia, at=now())
        routing.correct(ticket, "incapacity", None, None, by=house.nadia, at=now())
    assert ticket.health
    with transaction():
        assert labels.take_back_choice(ticket, by=house.nadia, at=now())
    assert (ticket.topic_id, ticket.health) == ("exemption", False)
    with transaction():
        assert labels.take_back_choice(ticket, by=house.nadia, at=now())
    now_stands = (ticket.topic_id, ticket.deadline_on, ticket.deadline_version_id, ticket.health)
    assert now_stands == before
