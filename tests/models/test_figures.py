from datetime import UTC, date, datetime, timedelta

import pytest

from models import calendar, figures
from models.base import db, transaction
from models.contact import Contact
from models.figures import ContactFilter, DailyCounter
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
    rows = db.session.scalars(db.select(DailyCounter))
    return {(row.channel, row.topic_id): row.contacts for row in rows if row.contacts}


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


def test_every_number_opens_to_as_many_contacts(day, koen):
    seen = figures.today(MONDAY, AT)
    for about, share in (("repeated", seen.repeat_share), ("failure", seen.failure_share)):
        behind = ContactFilter(START, END, about=about)
        assert behind.count() == round((share or 0) * seen.contacts)
        assert len(db.session.scalars(behind.visible_to(koen)).all()) == behind.count()
    assert ContactFilter(START, END).count() == seen.contacts


def test_every_number_opens_to_as_many_tickets(day, nadia):
    at = AT + timedelta(days=20)
    with transaction():
        ticket = Ticket.named(day[0].ticket_id)
        assert ticket is not None
        ticket.close(Disposition.ANSWERED, by=nadia, at=AT)
    seen = figures.today(MONDAY, at)
    for name, number in (
        ("waiting", seen.waiting),
        ("overdue", seen.overdue),
        ("opened", seen.tickets),
        ("answered", seen.answered),
        ("closed", seen.closed),
    ):
        assert figures.how_many(figures.tickets_behind(name, MONDAY, at)) == number
    assert (seen.waiting, seen.overdue, seen.closed) == (2, 2, 1)


def test_an_agent_opens_only_what_she_may_read(day, stranger):
    with transaction():
        for contact in day:
            ticket = Ticket.named(contact.ticket_id)
            assert ticket is not None
            ticket.needs_choice = False
            ticket.team_id = ticket.team_id or 1
    everything = figures.tickets_behind("opened", MONDAY, AT)
    assert figures.how_many(everything) == 3
    assert db.session.scalars(figures.seen_by(stranger, everything)).all() == []
    assert db.session.scalars(ContactFilter(START, END).visible_to(stranger)).all() == []


def test_filters_say_what_they_mean(day):
    assert ContactFilter(START, END, channel="phone").count() == 2
    assert ContactFilter(START, END, topic_id="deferral").count() == 1
    assert ContactFilter(START, END, topic_id="deferral", channel="email").count() == 0
    assert ContactFilter(START, END, topic_id="").count() == 0


def test_topics_and_channels_add_up_to_the_day(day):
    cells = figures.by_topic_and_channel(START, END)
    assert sum(count for _, _, count in cells) == 3
    assert ("deferral", "phone", 1) in cells
    assert sum(figures.by_language(START, END).values()) == 3


def test_days_are_those_of_brussels(day):
    found = figures.by_day(MONDAY - timedelta(days=1), MONDAY)
    assert found == {MONDAY: {"email": 1, "phone": 2}}


def test_counters_are_kept_by_channel_and_topic(day):
    with transaction():
        DailyCounter.recount(MONDAY)
    assert counters() == {
        ("email", "bridging_right"): 1,
        ("phone", "bridging_right"): 1,
        ("phone", "deferral"): 1,
    }
    assert DailyCounter.first_day() == MONDAY


def test_counting_twice_changes_nothing(day):
    for _ in range(2):
        with transaction():
            DailyCounter.recount(MONDAY)
    assert sum(counters().values()) == 3


def test_a_corrected_contact_is_counted_under_its_new_topic_only(day, nadia):
    with transaction():
        DailyCounter.recount(MONDAY)
    with transaction():
        day[1].correct("exemption", None, None, by=nadia, at=AT)
        db.session.flush()
        DailyCounter.recount(MONDAY)
    assert sum(counters().values()) == 3
    assert counters()[("phone", "exemption")] == 1


def test_waiting_tickets_by_age_in_working_days(day):
    friday_next_week = MONDAY + timedelta(days=11)
    ages = dict(figures.backlog_ages(friday_next_week))
    assert ages[(8, 14)] == 3  # eight working days: Ascension is none
    assert sum(ages.values()) == 3


@pytest.mark.parametrize("later", [0, 1, 2, 4, 11, 30, 200])
def test_each_age_opens_to_as_many_tickets(day, later):
    today = MONDAY + timedelta(days=later)
    for (first, last), count in figures.backlog_ages(today):
        assert figures.how_many(figures.waiting_since(first, last, today)) == count


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
    assert sum(count for _, _, count in figures.open_tickets()) == 3
    assert sum(count for _, _, _, count in figures.contacts_total()) == 3
    assert figures.read_between(START, END) == (3, 3)
