"""Figures of any days: kept when a day is over, counted now when it is not, hidden where small."""

from datetime import date, timedelta

import pytest

from models import calendar, kpi, kpi_beside
from models.base import db, transaction
from models.contact import Contact
from models.daily_figure import DailyFigure
from models.half_hour import HalfHourCounter
from models.kpi import KPIS, Absent, Cut
from models.kpi_kinds import quantile
from models.ticket import Disposition, Ticket
from models.user import Role, User
from tests.people import House, amelie, emily, joris

MONDAY = date(2026, 5, 4)
TUESDAY = MONDAY + timedelta(days=1)
NOON = calendar.start_of(MONDAY) + timedelta(hours=12)
MUCH_LATER = NOON + timedelta(days=20)


@pytest.fixture
def day(house: House) -> None:
    """Monday: two ask about the bridging right by telephone, one about a deferral."""
    for who, topic in (
        (amelie, "bridging_right"),
        (emily, "bridging_right"),
        (joris, "deferral"),
    ):
        house.call(who, "Question.", by=house.nadia, at=NOON, topic=topic, intent="chase_status")


@pytest.mark.parametrize("code", sorted(KPIS))
def test_every_figure_can_be_measured_drawn_and_opened(day, ingrid: User, code: str):
    at = NOON + timedelta(hours=2)
    measured = kpi.measure(code, MONDAY, MONDAY, user=ingrid, at=at)
    assert (measured.value is None) == (measured.why_not is not None)
    line = kpi.series(code, MONDAY, MONDAY, user=ingrid, at=at)
    assert [point.value for point in line] == [measured.value]
    found = db.session.scalars(kpi.behind(code, MONDAY, MONDAY, whole=True, at=at)).all()
    assert len(found) == (measured.whole or measured.part)


def test_the_day_is_counted(day, ingrid: User):
    at = NOON + timedelta(hours=2)
    assert kpi.measure("inflow", MONDAY, MONDAY, user=ingrid, at=at).value == 3
    assert kpi.measure("backlog", MONDAY, MONDAY, user=ingrid, at=at).value == 3
    by_topic = kpi.series("inflow", MONDAY, MONDAY, split="topic", user=ingrid, at=at)
    assert {one.key: one.value for one in by_topic} == {"bridging_right": 2, "deferral": 1}
    cut = Cut(topic_id="deferral", channel="phone")
    assert kpi.measure("inflow", MONDAY, MONDAY, cut=cut, user=ingrid, at=at).value == 1


def test_a_day_that_is_over_stays_as_it_was_counted(day, ingrid: User, nadia: User):
    with transaction():
        DailyFigure.close(NOON + timedelta(days=1))
    ticket = db.session.scalars(db.select(Ticket)).first()
    assert ticket is not None
    with transaction():
        ticket.opened_at += timedelta(days=1)
        DailyFigure.close(NOON + timedelta(days=2))
    assert kpi.measure("opened", MONDAY, MONDAY, user=ingrid, at=MUCH_LATER).value == 3
    assert len(db.session.scalars(kpi.behind("opened", MONDAY, MONDAY, at=MUCH_LATER)).all()) == 2


def test_what_needs_days_to_be_known_is_young_until_then(day, ingrid: User, nadia: User):
    with transaction():
        for ticket in db.session.scalars(db.select(Ticket)):
            ticket.close(Disposition.ANSWERED, by=nadia, at=NOON)
    young = kpi.measure("first_contact", MONDAY, MONDAY, user=ingrid, at=NOON + timedelta(days=7))
    assert (young.value, young.why_not) == (None, Absent.YOUNG)
    known = kpi.measure("first_contact", MONDAY, MONDAY, user=ingrid, at=NOON + timedelta(days=8))
    assert known.value == 1.0
    week = kpi.measure(
        "first_contact",
        MONDAY,
        MONDAY + timedelta(days=7),
        user=ingrid,
        at=NOON + timedelta(days=8),
    )
    assert week.as_of == MONDAY


def test_the_backlog_of_a_week_is_that_of_its_last_day(day, ingrid: User):
    with transaction():
        DailyFigure.close(MUCH_LATER)
    week = kpi.series(
        "backlog", MONDAY, MONDAY + timedelta(days=13), by="week", user=ingrid, at=MUCH_LATER
    )
    assert [point.value for point in week] == [3, 3]


def test_no_figure_of_work_is_shown_of_a_team_of_one(day, stranger: User, ingrid: User):
    alone = stranger.team_ids[0]
    at = NOON + timedelta(hours=2)
    cut = Cut(team_id=alone)
    closed = kpi.measure("closed", MONDAY, MONDAY, cut=cut, user=ingrid, at=at)
    assert closed.why_not is Absent.ALONE
    assert kpi.measure("inflow", MONDAY, MONDAY, cut=cut, user=ingrid, at=at).value == 0


def test_small_counts_of_a_restricted_topic_are_for_its_own(house: House, ingrid: User):
    house.call(
        emily, "Malade.", by=house.nadia, at=NOON, topic="incapacity", intent="ask_information"
    )
    at, cut = NOON + timedelta(hours=2), Cut(topic_id="incapacity")
    other = house.nadia
    seen = kpi.measure("inflow", MONDAY, MONDAY, cut=cut, user=other, at=at)
    assert (seen.value, seen.part, seen.why_not) == (None, 0.0, Absent.SMALL)
    assert kpi.measure("inflow", MONDAY, MONDAY, cut=cut, user=ingrid, at=at).value == 1
    line = kpi.series("inflow", MONDAY, MONDAY, split="topic", user=other, at=at)
    assert [point.why_not for point in line if point.key == "incapacity"] == [Absent.SMALL]


def test_how_long_one_of_a_restricted_topic_waited_is_for_its_own(house: House, ingrid: User):
    asked = house.ticket(house.write(emily, "Ziek.", at=NOON))
    with transaction():
        asked.topic_id = "incapacity"
        asked.first_answer_at = NOON + timedelta(hours=1)
    at, cut = NOON + timedelta(hours=2), Cut(topic_id="incapacity")
    seen = kpi.measure("mail_median", MONDAY, MONDAY, cut=cut, user=house.nadia, at=at)
    assert (seen.value, seen.whole, seen.why_not) == (None, 0.0, Absent.SMALL)
    line = kpi.series("mail_median", MONDAY, MONDAY, cut=cut, user=house.nadia, at=at)
    assert [point.why_not for point in line] == [Absent.SMALL]
    assert kpi.measure("mail_median", MONDAY, MONDAY, cut=cut, user=ingrid, at=at).whole == 1


def test_a_day_on_which_a_part_of_the_house_had_nothing_counts_as_nothing(day):
    with transaction():
        DailyFigure.close(MUCH_LATER)
    week_later = MONDAY + timedelta(days=14)
    of_all = kpi_beside.kept(["opened"], week_later, Cut())["opened"]
    of_one = kpi_beside.kept(["opened"], week_later, Cut(topic_id="deferral"))["opened"]
    assert (of_all.last, of_all.days, of_one.last, of_one.days) == (0, 2, 0, 2)
    assert (of_all.highest, of_one.highest) == (3, 1)


def test_who_came_back_to_a_closed_ticket_was_not_helped_at_once(day, ingrid: User, nadia: User):
    came_back, slipped, _ = db.session.scalars(db.select(Ticket).order_by(Ticket.id))
    with transaction():
        for ticket in (came_back, slipped):
            ticket.close(Disposition.ANSWERED, by=nadia, at=NOON + timedelta(hours=1))
    with transaction():
        slipped.reopen(by=nadia, at=NOON + timedelta(hours=1))
        came_back.open_again()
    house_of = came_back.client_id
    again = db.session.scalars(db.select(Contact).where(Contact.client_id == house_of)).one()
    with transaction():
        again.said_at = NOON + timedelta(days=1)
    known = kpi.measure("first_contact", MONDAY, MONDAY, user=ingrid, at=NOON + timedelta(days=8))
    assert (known.part, known.whole) == (0, 1)


def test_who_works_here_no_more_makes_no_second_in_a_team(day, stranger: User, house: House):
    team = stranger.teams[0]
    left = house.person("left", "Left", Role.AGENT, team.slug, ["fr"])
    at, cut = NOON + timedelta(hours=2), Cut(team_id=team.id)
    asked = {"cut": cut, "user": house.ingrid, "at": at}
    assert kpi.measure("closed", MONDAY, MONDAY, **asked).why_not is None
    with transaction():
        left.disabled_at = NOON
    assert kpi.measure("closed", MONDAY, MONDAY, **asked).why_not is Absent.ALONE


def test_what_is_not_known_by_topic_says_so(app, ingrid: User):
    asked = kpi.measure("abandonment", MONDAY, MONDAY, cut=Cut(topic_id="deferral"), user=ingrid)
    assert (asked.value, asked.why_not) == (None, Absent.CUT)


def test_half_hours_add_up_to_the_day(day, ingrid: User):
    with transaction():
        HalfHourCounter.recount(MONDAY)
        HalfHourCounter.recount(MONDAY)
    rows = HalfHourCounter.between(MONDAY, TUESDAY)
    assert sum(row.contacts for row in rows) == 3
    assert {row.starts_at for row in rows} == {NOON}
    assert HalfHourCounter.between(MONDAY, MONDAY, channel="email") == []
    assert HalfHourCounter.first_day() == MONDAY


def test_a_quantile_lies_between_the_values():
    assert quantile([], 0.5) is None
    assert quantile([3.0], 0.9) == 3.0
    assert quantile([1.0, 2.0, 4.0], 0.5) == 2.0
    assert quantile([1.0, 2.0], 0.5) == 1.5


def test_a_sum_without_its_visible_parts_tells_of_no_few(house: House, ingrid: User):
    """One about health, one and two about others: the smallest of the others is not told either."""
    for who, topic, count in (
        (emily, "incapacity", 1),
        (amelie, "bridging_right", 3),
        (joris, "deferral", 4),
    ):
        for minute in range(count):
            at = NOON + timedelta(minutes=minute)
            house.call(who, "Question.", by=house.nadia, at=at, topic=topic)
    at = NOON + timedelta(hours=2)

    def told(user: User, topic: str) -> Absent | float | None:
        cut = Cut(topic_id=topic)
        found = kpi.measure("inflow", MONDAY, MONDAY, cut=cut, user=user, at=at)
        line = kpi.series("inflow", MONDAY, MONDAY, cut=cut, user=user, at=at)
        assert [(one.value, one.why_not) for one in line] == [(found.value, found.why_not)]
        lines = kpi.series("inflow", MONDAY, MONDAY, split="topic", user=user, at=at)
        assert [(one.value, one.why_not) for one in lines if one.key == topic] == [
            (found.value, found.why_not)
        ]
        return found.why_not or found.value

    asked = ("incapacity", "bridging_right", "deferral")
    assert [told(house.nadia, topic) for topic in asked] == [Absent.SMALL, Absent.BESIDE, 4]
    assert [told(ingrid, topic) for topic in asked] == [1, 3, 4]
    whole = kpi.measure("inflow", MONDAY, MONDAY, user=house.nadia, at=at)
    assert whole.value == 8


def test_a_restricted_topic_without_its_visible_channels_tells_of_no_few(
    house: House, ingrid: User
):
    """Four calls and a mail about health: who knows that they are five could work out the mail."""
    for minute in range(4):
        at = NOON + timedelta(minutes=minute)
        house.call(emily, "Sick.", by=house.nadia, at=at, topic="incapacity")
    with transaction():
        written = house.write(joris, "Ziek.", at=NOON)
        db.session.get_one(Contact, written.id).topic_id = "incapacity"
    at, health = NOON + timedelta(hours=2), Cut(topic_id="incapacity")

    def told(user: User, channel: str) -> Absent | float | None:
        cut = Cut(topic_id="incapacity", channel=channel)
        found = kpi.measure("inflow", MONDAY, MONDAY, cut=cut, user=user, at=at)
        lines = kpi.series("inflow", MONDAY, MONDAY, split="channel", cut=health, user=user, at=at)
        assert [(one.value, one.why_not) for one in lines if one.key == channel] == [
            (found.value, found.why_not)
        ]
        return found.why_not or found.value

    whole = kpi.measure("inflow", MONDAY, MONDAY, cut=health, user=house.nadia, at=at)
    assert whole.value == 5
    assert [told(house.nadia, one) for one in ("phone", "email")] == [Absent.BESIDE, Absent.SMALL]
    assert [told(ingrid, one) for one in ("phone", "email")] == [4, 1]
    by_team = kpi.series(
        "inflow", MONDAY, MONDAY, split="team", cut=health, user=house.nadia, at=at
    )
    assert not any(one.value for one in by_team)
