"""What is expected of a day: from the house's own past, known occasions, and what people taught."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask_babel import force_locale

from models import calendar, past, teaching
from models.base import db, now, transaction
from models.contact import Contact
from models.daily_figure import DailyFigure
from models.external_event import EventKind, ExternalEvent
from models.problem import Problem, ProblemState
from models.problem_day import Lately, ProblemDay
from models.screening import Screening
from models.ticket import Ticket
from models.topic import Topic
from models.user import User
from tests.people import House, amelie, emily, frieda, joris
from tests.screening.conftest import Morning
from triage.screening import occasions
from triage.screening.board import Card, sections
from triage.screening.expecting import count_day, share_gone, topic_expectations
from triage.screening.meeting_deck import freeze

CLIENTS = (amelie, joris, frieda, emily)


def came_in(day: date, contacts: int, topic: str = "bridging_right") -> None:
    """So many contacts were counted on that day."""
    with transaction():
        db.session.add(
            DailyFigure(kpi="inflow", day=day, channel="email", topic_id=topic, part=contacts)
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


# --- since the last meeting -----------------------------------------------------------------

THURSDAY, FRIDAY, MONDAY = date(2026, 3, 12), date(2026, 3, 13), date(2026, 3, 16)


def half_past_eight(day: date) -> datetime:
    return calendar.start_of(day, calendar.MEETING)


def said(contacts: list[Contact], day: date, hour: float) -> None:
    with transaction():
        for contact in contacts:
            contact.said_at = calendar.start_of(day) + timedelta(hours=hour)


def lately(problem: Problem, at: datetime) -> Lately:
    """What the card says after a count at that moment."""
    with transaction():
        count_day(at)
    row = ProblemDay.on(problem.id, calendar.business_day(at))
    assert row is not None
    db.session.refresh(row)
    return row.lately


def on_board(at: datetime) -> dict[int, Card]:
    with force_locale("en"):
        found = sections(calendar.business_day(at), at, quoted=True)
    return {card.problem.id: card for section in found for card in section.cards}


def begin(day: date, koen: User, at: datetime) -> Screening:
    screening = Screening.on(day)
    with force_locale("en"):
        screening.open(freeze(screening, at), by=koen, at=at)
    return screening


def hold(day: date, koen: User, hour: float = 8.6) -> Screening:
    began = calendar.start_of(day) + timedelta(hours=hour)
    screening = begin(day, koen, began)
    screening.close(by=koen, at=began + timedelta(minutes=9))
    db.session.flush()
    return screening


def test_at_half_past_eight_yesterday_stands_on_the_board_though_nobody_wrote_since_midnight(
    morning: Morning,
) -> None:
    for back in range(20, 0, -1):
        day = calendar.working_day_before(FRIDAY, back)
        came_in(day, 12)
        drew(morning.problem, day, 1)
    said(morning.contacts[:1], THURSDAY, 7)  # before the meeting of Thursday
    said(morning.contacts[1:], THURSDAY, 14)
    seen = lately(morning.problem, half_past_eight(FRIDAY))
    assert (seen.contacts, seen.clients) == (2, 2)
    assert seen.since == half_past_eight(THURSDAY)
    assert seen.expected is not None and 0.5 < seen.expected < 2
    assert set(seen.languages) == {"nl", "de"}
    row = ProblemDay.on(morning.problem.id, FRIDAY)
    assert row is not None and (row.contacts, row.clients, row.total) == (0, 0, 0)
    card = on_board(half_past_eight(FRIDAY))[morning.problem.id]
    assert card.line[-1] == 0


def test_monday_begins_with_friday_morning(morning: Morning) -> None:
    for contact, day, hour in zip(
        morning.contacts, (FRIDAY, FRIDAY + timedelta(days=1), MONDAY), (16, 11, 8), strict=True
    ):
        said([contact], day, hour)
    seen = lately(morning.problem, half_past_eight(MONDAY))
    assert (seen.since, seen.clients) == (half_past_eight(FRIDAY), 3)
    card = on_board(half_past_eight(MONDAY))[morning.problem.id]
    assert {quote.language for quote in card.quotes} == {"fr", "nl", "de"}


def test_a_client_who_wrote_on_two_days_of_the_window_counts_once(
    morning: Morning, says: Callable[..., Contact]
) -> None:
    again = says(amelie, "Toujours rien.", morning.problem)
    said(morning.contacts, THURSDAY, 15)
    said([again], FRIDAY, 8)
    seen = lately(morning.problem, half_past_eight(FRIDAY))
    assert (seen.contacts, seen.clients) == (4, 3)


def test_after_a_skipped_meeting_the_board_begins_with_the_one_before(
    morning: Morning, koen: User
) -> None:
    with transaction():
        held = hold(THURSDAY, koen)
        Screening.on(FRIDAY).opened_at = half_past_eight(FRIDAY)  # begun and never ended
    said(morning.contacts[:2], THURSDAY, 10)
    said(morning.contacts[2:], FRIDAY, 10)
    seen = lately(morning.problem, half_past_eight(MONDAY))
    assert (seen.since, seen.clients) == (held.opened_at, 3)


def test_after_a_meeting_the_board_begins_anew_and_what_was_decided_stays(
    morning: Morning, koen: User, found: Callable[..., Problem], says: Callable[..., Contact]
) -> None:
    other = found("form", "unreachable")
    of_other = says(emily, "The form does not open.", other)
    said([*morning.contacts, of_other], THURSDAY, 10)
    lately(morning.problem, half_past_eight(FRIDAY))
    with transaction():
        held = hold(FRIDAY, koen)
        at = half_past_eight(FRIDAY) + timedelta(minutes=10)
        held.decide(morning.problem, ProblemState.WATCHING, by=koen, at=at)
    noon = calendar.start_of(FRIDAY) + timedelta(hours=12)
    seen = lately(morning.problem, noon)
    assert (seen.since, seen.clients) == (held.opened_at, 0)
    board = on_board(noon)
    assert set(board) == {morning.problem.id}
    assert board[morning.problem.id].decided is not None
    said([of_other], FRIDAY, 11)
    assert lately(other, noon).clients == 1
    assert set(on_board(noon)) == {morning.problem.id, other.id}
    with force_locale("en"):
        then = sections(FRIDAY, half_past_eight(MONDAY), quoted=False)
    figures = {c.problem.id: c.figures for section in then for c in section.cards}
    assert {one: row.lately.clients for one, row in figures.items() if row} == {
        morning.problem.id: 3,
        other.id: 1,
    }


def test_while_a_meeting_is_held_its_board_stands_still(morning: Morning, koen: User) -> None:
    said(morning.contacts[:2], THURSDAY, 10)
    lately(morning.problem, half_past_eight(FRIDAY))
    with transaction():
        began = half_past_eight(FRIDAY)
        begin(FRIDAY, koen, began)
    said(morning.contacts[2:], FRIDAY, 8.6)
    later = began + timedelta(minutes=8)
    assert lately(morning.problem, later).clients == 3
    card = on_board(later)[morning.problem.id]
    assert card.figures is not None and card.figures.lately.clients == 2
    assert card.figures.lately.since == half_past_eight(THURSDAY)
    assert (card.since_then, card.until) == (1, began)


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
