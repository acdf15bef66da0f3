"""What the board shows and how it is narrowed, ranked, and seen from afar."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from models import calendar
from models.base import db, now, transaction
from models.call import Call, CallState, Exchange
from models.contact import Contact
from models.daily_figure import DailyFigure
from models.external_event import EventKind, ExternalEvent
from models.problem import Problem, ProblemState
from models.user import User
from tests.people import Browser, amelie
from tests.screening.conftest import Morning
from triage.screening import beside, board, expecting
from triage.screening.expecting import TopicExpectation


@pytest.fixture
def as_koen(client: Browser, koen: User) -> Browser:
    client.sign_in(koen)
    return client


def page(client: Browser, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    return answer.get_data(as_text=True)


def today() -> date:
    return calendar.business_day(now())


# --- ranked ---------------------------------------------------------------------------------


def ranked(client: Browser) -> list[str]:
    shown = page(client, "/screening/")
    return sorted(("Payment ·", "Letter ·"), key=shown.index)


def test_what_nobody_has_owned_for_days_presses_more(
    as_koen: Browser, found: Callable[..., Problem], koen: User
) -> None:
    found(clients=10)
    older = found("letter", "unclear", clients=9)
    assert ranked(as_koen) == ["Payment ·", "Letter ·"]
    with transaction():
        older.founded_on = calendar.working_day_before(today(), 3)
    assert ranked(as_koen) == ["Letter ·", "Payment ·"]
    with transaction():
        older.owner_id = koen.id
    assert ranked(as_koen) == ["Payment ·", "Letter ·"]


def test_age_without_an_owner_counts_a_week_at_most(found: Callable[..., Problem]) -> None:
    old = found(clients=3)
    with transaction():
        old.founded_on = today() - timedelta(days=400)
    assert board.days_without_owner(old, today()) == board.LONGEST_UNOWNED


def test_what_was_put_away_comes_back_when_it_rises(
    as_koen: Browser, found: Callable[..., Problem]
) -> None:
    calm = found("letter", "unclear", clients=5, trend="steady")
    rising = found("link", "broken", clients=5, trend="rising")
    with transaction():
        for problem in (calm, rising):
            problem.state = ProblemState.ARCHIVED.value
    shown = page(as_koen, "/screening/")
    assert "Link · broken" in shown and "Letter · unclear" not in shown


def test_what_is_back_after_an_action_is_pressing(
    as_koen: Browser, found: Callable[..., Problem]
) -> None:
    found("letter", "unclear", clients=5, trend="regressed")
    shown = page(as_koen, "/screening/")
    assert "New and rising" in shown and "Back again" in shown


def test_the_stage_stands_in_the_title(as_koen: Browser, morning: Morning) -> None:
    with transaction():
        morning.problem.stage = "after"
    assert "Payment · not received · after filing" in page(as_koen, "/screening/")


# --- narrowed -------------------------------------------------------------------------------


def test_a_filter_counts_only_what_it_asks_for(
    as_koen: Browser, morning: Morning, found: Callable[..., Problem]
) -> None:
    found("letter", "unclear", clients=5)
    shown = page(as_koen, "/screening/?language=nl")
    assert "<b>1</b> <span>client</span>" in shown and "of 41 in all" in shown
    assert "Letter · unclear" not in shown
    assert "Nog altijd niets op mijn rekening" in shown and "Toujours rien" not in shown
    assert "language=nl" in shown.split('id="reading"')[1].split(">")[0]
    assert "Show all" in shown


def test_a_card_that_is_decided_on_keeps_the_filter(as_koen: Browser, morning: Morning) -> None:
    answer = as_koen.post(
        morning.url("decisions"),
        data={"choice": "watching", "full": "1"},
        headers={
            "HX-Request": "true",
            "HX-Current-URL": "http://localhost/screening/?language=nl&team=x",
        },
    )
    card = answer.get_data(as_text=True)
    assert "<b>1</b> <span>client</span>" in card and "of 41 in all" in card
    assert "Toujours rien" not in card


def test_a_filter_that_leaves_nothing_says_so(as_koen: Browser, morning: Morning) -> None:
    shown = page(as_koen, "/screening/?channel=post&topic=no_such_topic")
    assert "Nothing on the board with this filter." in shown


def test_every_number_opens_to_its_contacts(as_koen: Browser, morning: Morning) -> None:
    shown = page(as_koen, "/screening/")
    number = morning.problem.number
    for link in (
        f"/screening/problems/{number}?on={morning.day}#cases",
        f"/screening/problems/{number}?on={morning.day}&amp;language=fr#cases",
        f"/screening/problems/{number}?on={morning.day}&amp;channel=email#cases",
        f"/screening/problems/{number}#chart",
        f"/screening/contacts?day={morning.day}",
    ):
        assert link in shown, link


def test_what_came_in_can_be_looked_at_with_its_problem(as_koen: Browser, morning: Morning) -> None:
    stray = morning.house.fill_form(amelie, "Une tout autre question.")
    listed = page(as_koen, "/screening/contacts")
    assert "Une tout autre question." in listed and "Payment · not received" in listed
    alone = page(as_koen, "/screening/contacts?alone=1")
    assert "Une tout autre question." in alone and "Nog altijd niets" not in alone
    assert stray.ticket_id is not None


# --- beside the cards -----------------------------------------------------------------------


def test_who_hung_up_is_told_to_those_who_may_call_back(
    client: Browser, koen: User, ada: User, morning: Morning
) -> None:
    at = now() - timedelta(minutes=1)
    with transaction():
        exchange, _ = Exchange.connect("Brussels")
        for number in (1, 2):
            facts = {"caller_e164": "+32475123456"}
            Call.take_event(exchange, CallState.RINGING, f"c{number}", at=at, facts=facts)
            Call.take_event(
                exchange, CallState.ENDED, f"c{number}", at=at + timedelta(seconds=40), facts={}
            )
    client.sign_in(koen)
    shown = page(client, "/screening/")
    assert "Hung up before an answer" in shown and "1 caller<" in shown
    assert "+32 475 12 34 56" in shown and "2 calls" in shown
    client.sign_in(ada)
    assert "+32 475 12 34 56" not in page(client, "/screening/")


def test_what_happens_outside_stands_above_the_cards(
    as_koen: Browser, koen: User, morning: Morning
) -> None:
    with transaction():
        for text, day in (
            ("Mailing to all starters", morning.day),
            ("Long ago", morning.day - timedelta(days=30)),
        ):
            db.session.add(
                ExternalEvent(
                    kind=EventKind.MAILING.value,
                    text=text,
                    first_on=day,
                    last_on=day,
                    by_id=koen.id,
                )
            )
    shown = page(as_koen, "/screening/")
    assert "Mailing to all starters" in shown and "Long ago" not in shown


def test_the_first_days_say_that_there_is_little_to_compare_with(
    as_koen: Browser, morning: Morning
) -> None:
    assert "First day: nothing to compare with yet" in page(as_koen, "/screening/")
    for back in range(1, 5):
        with transaction():
            day = calendar.working_day_before(morning.day, back)
            db.session.add(DailyFigure(day=day, kpi="inflow", channel="email", part=3))
    assert "4 earlier days to compare with" in page(as_koen, "/screening/")


def test_topics_that_move_stand_above_the_cards(
    as_koen: Browser, morning: Morning, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(topic: str, trend: str, expected: float | None) -> TopicExpectation:
        return TopicExpectation(topic, 41, expected, 6.0, 13.0, trend, 20)

    moving = [
        told("bridging_right", "rising", 9.0),
        told("deferral", "steady", 9.0),
        told("exemption", "new", None),
    ]
    monkeypatch.setattr(expecting, "topic_expectations", lambda day, at: moving)
    shown = page(as_koen, "/screening/")
    line = shown.split('class="by-topic"')[1].split("</ul>")[0]
    assert "topic=bridging_right" in line and "<b>41</b>" in line and "expected 6–13" in line
    assert "deferral" not in line and "exemption" not in line


def test_after_two_weeks_nothing_is_said_of_it(app: object) -> None:
    assert not beside.Compared(beside.SETTLED, today()).few


# --- from afar ------------------------------------------------------------------------------


def test_the_large_screen_shows_numbers_and_nothing_to_press(
    as_koen: Browser, morning: Morning
) -> None:
    wall = page(as_koen, "/screening/?wall=1")
    assert '<b class="wall-count">41</b>' in wall and "Payment · not received" in wall
    assert "<button" not in wall and "<form" not in wall
    assert "Toujours rien" not in wall


def test_an_empty_large_screen_says_so(as_koen: Browser) -> None:
    assert "Nothing new and nothing rising." in page(as_koen, "/screening/?wall=1")


def test_more_than_seven_are_one_key_away(
    as_koen: Browser, found: Callable[..., Problem], says: Callable[..., Contact]
) -> None:
    for count in range(9):
        found(clients=10 + count)
    shown = page(as_koen, "/screening/")
    assert shown.count("problem-card full") == 7 and shown.count("problem-card brief") == 2
    assert 'data-key="m"' in shown and "2 more" in shown
