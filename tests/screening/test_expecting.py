"""What is expected of a day: from the house's own past, known occasions, and what people taught."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from models import calendar, past, teaching
from models.base import db, now, transaction
from models.contact import Contact
from models.external_event import EventKind, ExternalEvent
from models.figures import DailyCounter
from models.problem import Problem
from models.problem_day import ProblemDay
from models.ticket import Ticket
from models.topic import Topic
from models.user import User
from tests.people import House, amelie, emily, frieda, joris
from tests.screening.conftest import Morning
from triage.screening import occasions
from triage.screening.expecting import count_day, share_gone, topic_expectations

CLIENTS = (amelie, joris, frieda, emily)


def came_in(day: date, contacts: int, topic: str = "bridging_right") -> None:
    """So many contacts were counted on that day."""
    with transaction():
        db.session.add(
            DailyCounter(day=day, channel="email", topic_id=topic, language="fr", contacts=contacts)
        )


def drew(problem: Problem, day: date, clients: int) -> None:
    with transaction():
        ProblemDay.write(problem.id, day, contacts=clients, clients=clients, trend="steady")


def earlier(count: int) -> list[date]:
    today = calendar.business_day(now())
    return [calendar.working_day_before(today, back) for back in range(count, 0, -1)]


def morning_team(contact: Contact) -> int | None:
    ticket = db.session.get(Ticket, contact.ticket_id)
    return ticket.team_id if ticket else None


@pytest.fixture
def counted(morning: Morning) -> Morning:
    """Twenty days of one client, and the three of today counted."""
    for day in earlier(20):
        came_in(day, 12)
        drew(morning.problem, day, 1)
    with transaction():
        count_day(calendar.bounds(morning.day)[1] - timedelta(seconds=1))
    return morning


def test_a_day_is_counted_with_what_was_expected_and_on_what_that_rests(counted: Morning) -> None:
    row = ProblemDay.on(counted.problem.id, counted.day)
    assert row is not None and row.expected is not None
    assert row.clients == 3 and row.expected < 3
    assert row.grounds["history"] == 20
    assert row.grounds["with_inflow"] > 0


def test_a_day_knows_its_whole_inflow_intents_and_teams(counted: Morning) -> None:
    row = ProblemDay.on(counted.problem.id, counted.day)
    assert row is not None
    assert (row.total, row.total_clients) == (3, 3)
    assert set(row.topics) == {"bridging_right"}
    teams = [str(contact.ticket_id and morning_team(contact)) for contact in counted.contacts]
    assert row.teams == {team: teams.count(team) for team in set(teams) - {"None"}}


def test_the_first_day_has_nothing_to_compare_with(morning: Morning) -> None:
    with transaction():
        count_day(now())
    row = ProblemDay.on(morning.problem.id, morning.day)
    assert row is not None and row.expected is None and row.trend == "new"


def test_two_problems_that_became_one_have_the_past_of_both(
    morning: Morning,
    found: Callable[..., Problem],
    says: Callable[..., Contact],
    koen: User,
) -> None:
    other = found("form", "unreachable")
    contact = says(emily, "The form does not open.", other)
    day = earlier(3)[0]
    with transaction():
        contact.said_at = calendar.start_of(day) + timedelta(hours=10)
        morning.contacts[0].said_at = contact.said_at
    with transaction():
        teaching.same(other, morning.problem, by=koen, at=now())
    history, reshaped = past.clients_by_day([morning.problem.id], day, morning.day)
    assert reshaped == {morning.problem.id}
    assert history[morning.problem.id] == {day: 2, morning.day: 2}


def test_what_was_split_off_takes_the_past_of_its_members(morning: Morning, koen: User) -> None:
    day = earlier(2)[0]
    drew(morning.problem, day, 9)
    with transaction():
        morning.contacts[0].said_at = calendar.start_of(day) + timedelta(hours=10)
    with transaction():
        made = teaching.split(morning.contacts[:1], morning.problem, by=koen, at=now())
    assert made is not None and made.other_id is not None
    history, _ = past.clients_by_day([morning.problem.id, made.other_id], day, morning.day)
    assert history[made.other_id] == {day: 1}
    assert history[morning.problem.id] == {morning.day: 2}


def test_topics_have_an_expectation_too(counted: Morning) -> None:
    end = calendar.bounds(counted.day)[1]
    (topic,) = topic_expectations(counted.day, end)
    assert (topic.topic_id, topic.seen) == ("bridging_right", 3)
    assert topic.expected is not None and 8 < topic.expected < 16
    assert topic.days == 20


def test_half_past_eight_is_early_in_the_day(house: House) -> None:
    monday = date(2026, 5, 4)
    assert share_gone(monday, calendar.start_of(monday, calendar.MEETING)) < 0.15
    assert share_gone(monday, calendar.bounds(monday)[1]) == 1


# --- occasions ------------------------------------------------------------------------------


def kinds(day: date) -> list[str]:
    return [one.kind for one in occasions.events_on(day)]


@pytest.mark.parametrize(
    ("day", "known"),
    [
        (date(2026, 6, 5), ["payment_day"]),  # the first Friday
        (date(2026, 6, 8), ["payment_day"]),
        (date(2026, 6, 9), []),
        (date(2026, 6, 30), ["quarter_end"]),
        (date(2026, 5, 26), ["after_holiday"]),  # after Whit Monday
        (date(2026, 5, 18), []),  # an ordinary Monday
    ],
)
def test_the_calendar_knows_what_moves_contacts(house: House, day: date, known: list[str]) -> None:
    assert kinds(day) == known


def test_a_mailing_acts_the_day_after_and_not_once_it_is_withdrawn(
    house: House, koen: User
) -> None:
    wednesday, thursday = date(2026, 6, 10), date(2026, 6, 11)
    with transaction():
        topic = Topic.everything()["deferral"]
        sent = ExternalEvent.add(
            EventKind.MAILING, "5,000 letters", wednesday, wednesday, by=koen, topic=topic, factor=3
        )
    (described,) = occasions.described([thursday])
    assert [(one.kind, one.topic, one.factor) for one in described.occasions] == [
        ("mailing", "deferral", 3.0)
    ]
    assert kinds(wednesday) == ["mailing"]
    with transaction():
        sent.withdraw(by=koen, at=datetime(2026, 6, 10, 9, tzinfo=UTC))
    assert kinds(thursday) == []
    with transaction():
        sent.put_back(by=koen)
    assert kinds(thursday) == ["mailing"]


@pytest.mark.parametrize(
    ("text", "days", "factor"), [("", 0, None), ("x", -1, None), ("x", 400, None), ("x", 0, 0.0)]
)
def test_an_event_that_cannot_be_meant_is_refused(
    koen: User, text: str, days: int, factor: float | None
) -> None:
    first = date(2026, 6, 10)
    with pytest.raises(ValueError):
        ExternalEvent.add(
            EventKind.PRESS, text, first, first + timedelta(days=days), by=koen, factor=factor
        )
