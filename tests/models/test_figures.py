from datetime import UTC, date, datetime, timedelta

import pytest

from models import calendar, figures, totals
from models.base import db, transaction
from models.contact import Contact
from models.daily_figure import DailyFigure
from models.ticket import Disposition, Ticket
from tests.people import House, amelie, emily, joris

MONDAY = date(2026, 5, 4)
AT = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
START, END = calendar.bounds(MONDAY)


@pytest.fixture
def day(house: House) -> list[Contact]:
    """Monday: Amélie writes and calls about her bridging right, Joris calls about a deferral."""
    made = [
        house.write(amelie, "Quand mon droit passerelle est-il payé ?", at=AT),
        house.call(
            joris,
            "Vraagt uitstel.",
            by=house.nadia,
            at=AT,
            topic="deferral",
            intent="submit_request",
        ),
        house.call(
            amelie,
            "Redemande quand elle est payée.",
            by=house.nadia,
            at=AT + timedelta(hours=1),
            topic="bridging_right",
            intent="chase_status",
            email=amelie.email,
        ),
    ]
    with transaction():
        made[0].correct("bridging_right", None, "chase_status", by=house.nadia, at=AT)
        made[0].repeated, made[1].repeated, made[2].repeated = False, False, True
    return made


def counters() -> dict[tuple[str, str], int]:
    db.session.expire_all()
    rows = db.session.scalars(db.select(DailyFigure).where(DailyFigure.kpi == "inflow"))
    return {(row.channel, row.topic_id): int(row.part) for row in rows if row.part}


def test_the_day_at_a_glance(day):
    seen = figures.today(MONDAY, AT + timedelta(hours=2))
    assert (seen.contacts, seen.tickets) == (3, 3)
    assert (seen.waiting, seen.overdue, seen.closed) == (3, 0, 0)
    assert seen.repeat_share == pytest.approx(1 / 3)
    assert seen.oldest_at == AT


def test_a_day_without_contacts_has_no_shares(app):
    seen = figures.today(MONDAY, AT)
    assert seen.contacts == 0
    assert seen.repeat_share is seen.failure_share is seen.automatic_share is None


def test_a_late_evening_belongs_to_its_own_day(house):
    late = datetime(2026, 5, 4, 22, 30, tzinfo=UTC)  # half past midnight on Tuesday in Brussels
    house.write(emily, "Hello?", at=late)
    assert figures.today(MONDAY, late).contacts == 0
    assert figures.today(MONDAY + timedelta(days=1), late).contacts == 1


def test_days_are_those_of_brussels(day):
    found = figures.by_day(MONDAY - timedelta(days=1), MONDAY)
    assert found == {MONDAY: {"email": 1, "phone": 2}}


def test_counters_are_kept_by_channel_and_topic(day):
    with transaction():
        DailyFigure.recount_inflow(MONDAY)
    assert counters() == {
        ("email", "bridging_right"): 1,
        ("phone", "bridging_right"): 1,
        ("phone", "deferral"): 1,
    }
    assert DailyFigure.first_day() == MONDAY


def test_counting_twice_changes_nothing(day):
    for _ in range(2):
        with transaction():
            DailyFigure.recount_inflow(MONDAY)
    assert sum(counters().values()) == 3


def test_a_corrected_contact_is_counted_under_its_new_topic_only(day, nadia):
    with transaction():
        DailyFigure.recount_inflow(MONDAY)
    with transaction():
        day[1].correct("exemption", None, None, by=nadia, at=AT)
        db.session.flush()
        DailyFigure.recount_inflow(MONDAY)
    assert sum(counters().values()) == 3
    assert counters()[("phone", "exemption")] == 1


def test_what_was_merged_away_was_not_closed_and_a_legal_date_is_a_promise(day, nadia):
    first, second, third = db.session.scalars(db.select(Ticket).order_by(Ticket.id))
    with transaction():
        first.close(Disposition.ANSWERED, by=nadia, at=AT)
        first.merged_into_id = second.id
        third.deadline_on, third.due_at = MONDAY - timedelta(days=1), None
    seen = figures.today(MONDAY, AT + timedelta(hours=2))
    assert (seen.closed, seen.waiting, seen.overdue) == (0, 2, 1)


def test_what_is_usual_at_this_hour(house):
    for week in range(1, 4):
        house.write(amelie, "Bonjour.", at=AT - timedelta(weeks=week))
        house.write(joris, "Hallo.", at=AT - timedelta(weeks=week) + timedelta(hours=3))
    usual = figures.usual(MONDAY, AT + timedelta(hours=1))
    assert usual is not None
    assert (usual.contacts, usual.days, usual.same_weekday) == (1, 3, True)


def test_without_a_past_nothing_is_usual(app):
    assert figures.usual(MONDAY, AT) is None


def test_open_tickets_by_team_and_status(day):
    assert sum(count for _, _, count in totals.open_tickets()) == 3
    assert figures.read_between(START, END) == (3, 3)
