"""A day that was counted is counted again when a contact of it comes late, moves, or is another."""

from datetime import date, datetime, timedelta

import pytest

from models import calendar, data_import_making, kpi
from models.base import db, now, transaction
from models.contact import Contact
from models.daily_figure import DailyFigure
from models.half_hour import HalfHourCounter
from models.kpi import Cut
from models.merge import merge, unmerge
from models.stale_day import StaleDay
from models.ticket import Disposition, Ticket
from tests.people import House, amelie, emily, joris
from triage import labels, routing

MONDAY = date(2026, 5, 4)
NOON = calendar.start_of(MONDAY) + timedelta(hours=12)
WEDNESDAY = NOON + timedelta(days=2)


@pytest.fixture
def counted(house: House) -> list[Contact]:
    """Monday, counted: Amélie about the bridging right, Joris about a deferral."""
    said = [
        house.call(amelie, "Où en est-on ?", by=house.nadia, at=NOON, topic="bridging_right"),
        house.call(joris, "Uitstel?", by=house.nadia, at=NOON, topic="deferral"),
    ]
    recount(WEDNESDAY)
    return said


def recount(at: datetime) -> int:
    with transaction():
        return DailyFigure.close(at)


def measured(house: House, code: str = "inflow", **cut: str | int) -> float | None:
    asked = Cut(**cut)  # type: ignore[arg-type]
    return kpi.measure(code, MONDAY, MONDAY, cut=asked, user=house.ingrid, at=WEDNESDAY).value


def test_a_mail_that_comes_days_later_counts_on_the_day_it_was_said(house: House, counted: object):
    house.write(emily, "I wrote this on Monday.", at=NOON)
    assert measured(house, "opened") == 2
    assert recount(WEDNESDAY) > 0
    assert (measured(house), measured(house, "opened")) == (3, 3)
    half_hours = HalfHourCounter.between(MONDAY, MONDAY)
    assert sum(row.contacts for row in half_hours) == 3
    assert recount(WEDNESDAY) == 0


def test_a_person_who_says_what_it_was_about_moves_it_to_another_topic(
    house: House, counted: list[Contact]
):
    with transaction():
        ticket = house.ticket(counted[1])
        routing.correct(ticket, "exemption", None, None, by=house.nadia, at=now())
    recount(WEDNESDAY)
    assert (measured(house, topic_id="deferral"), measured(house, topic_id="exemption")) == (0, 1)


def test_a_word_on_one_contact_and_the_word_taken_back_count_on_its_day(
    house: House, counted: list[Contact]
):
    with transaction():
        labels.correct(counted[1], "exemption", None, by=house.nadia, at=now())
    recount(WEDNESDAY)
    assert (measured(house, topic_id="deferral"), measured(house, topic_id="exemption")) == (0, 1)
    with transaction():
        assert labels.take_back(counted[1], by=house.nadia, at=now())
    moved = db.session.get_one(Contact, counted[1].id).topic_id
    recount(WEDNESDAY)
    assert measured(house, topic_id=moved) == (2 if moved == "bridging_right" else 1)
    assert measured(house, topic_id="exemption") == 0


def test_what_is_merged_and_parted_again_follows_its_ticket(house: House, counted: list[Contact]):
    first, second = (house.ticket(contact) for contact in counted)
    with transaction():
        first.team_id, second.team_id, second.client_id = 1, 2, first.client_id
    with transaction():
        StaleDay.mark(NOON)
    recount(WEDNESDAY)
    assert (measured(house, team_id=1), measured(house, team_id=2)) == (1, 1)
    with transaction():
        made = merge(second, first, by=house.nadia, at=now())
    recount(WEDNESDAY)
    assert (measured(house, team_id=1), measured(house, team_id=2)) == (2, 0)
    with transaction():
        unmerge(made, by=house.nadia, at=now())
    recount(WEDNESDAY)
    assert (measured(house, team_id=1), measured(house, team_id=2)) == (1, 1)


def test_what_stood_at_the_end_of_a_day_stays_as_it_was_counted(
    house: House, counted: list[Contact]
):
    with transaction():
        house.ticket(counted[0]).close(Disposition.ANSWERED, by=house.nadia, at=NOON)
        StaleDay.mark(NOON)
    recount(WEDNESDAY)
    assert (measured(house, "backlog"), measured(house, "closed")) == (2, 1)


def test_history_that_is_brought_along_changes_what_stood_since(
    house: House, counted: list[Contact]
):
    sunday = NOON - timedelta(days=1)
    with transaction():
        contact = db.session.get_one(Contact, counted[0].id)
        made = data_import_making.open_ticket(contact, "brought", sunday, None, 1)
        data_import_making.count_days(Ticket.id == made.id)
    recount(WEDNESDAY)
    assert measured(house, "backlog") == 3
    tuesday = MONDAY + timedelta(days=1)
    assert kpi.measure("backlog", tuesday, tuesday, user=house.ingrid, at=WEDNESDAY).value == 3


def test_a_day_that_nobody_has_counted_is_counted_once(house: House):
    house.write(emily, "I wrote this on Monday.", at=NOON)
    recount(WEDNESDAY)
    assert measured(house) == 1
    assert db.session.scalars(db.select(StaleDay)).all() == []


def test_for_what_there_is_no_time_waits_for_the_next_turn(house: House, counted: object):
    house.write(emily, "I wrote this on Monday.", at=NOON)
    with transaction():
        DailyFigure.close(WEDNESDAY, seconds=-1)
    assert measured(house, "opened") == 2
    recount(WEDNESDAY)
    assert measured(house, "opened") == 3


def test_today_is_no_day_to_be_counted_again(house: House):
    with transaction():
        StaleDay.mark(now() + timedelta(days=1), None)
    assert db.session.scalars(db.select(StaleDay)).all() == []
