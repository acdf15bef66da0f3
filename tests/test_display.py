"""How times, numbers, names and states are shown; and the frame around every page."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import render_template_string
from flask_babel import force_locale

from classifiers.starter import causes
from models.action import ActionKind
from models.base import now, transaction
from models.calendar import business_day
from models.call import CallState
from models.intake import Channel, State
from models.message import Kind, Sending
from models.prediction import Decision
from models.problem import Problem, ProblemState, Trend
from models.screening import Screening
from models.ticket import Disposition, Status
from models.user import Role, User
from tests.people import Browser, House
from triage import display
from triage.application import Passerelle


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("status", Status),
        ("channel", Channel),
        ("disposition", Disposition),
        ("decision", Decision),
        ("trend", Trend),
        ("problem_state", ProblemState),
        ("action_kind", ActionKind),
        ("role", Role),
        ("sending", Sending),
        ("message_kind", Kind),
        ("call_state", CallState),
        ("intake_state", State),
    ],
)
def test_every_state_has_a_word(kind: str, values: type) -> None:
    assert set(display.labels(kind)) == {value.value for value in values}  # type: ignore[attr-defined]


def test_every_thing_and_symptom_has_a_word() -> None:
    for axis, values in causes().items():
        assert set(display.labels(axis)) == set(values) - {"none"}


def test_an_unknown_value_is_shown_as_it_is() -> None:
    assert display.label("status", "brand_new") == "brand_new"
    assert display.label("nonsense", None) == ""


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=20), "now"),
        (timedelta(minutes=12), "12 min"),
        (timedelta(hours=3), "3 hr"),
    ],
)
def test_within_a_day_time_is_relative(app: Passerelle, passed: timedelta, words: str) -> None:
    with app.test_request_context(), force_locale("en"):
        assert display.ago(now() - passed) == words


def test_later_the_weekday_and_the_hour_in_brussels_are_shown(app: Passerelle) -> None:
    with app.test_request_context(), force_locale("en"):
        assert display.full(datetime(2020, 6, 9, 7, 0, tzinfo=UTC)) == "Tuesday 9 June 2020 09:00"
        assert display.ago(datetime(2020, 6, 9, 7, 0, tzinfo=UTC)) == "9 Jun 2020"
        assert ":" in display.ago(now() - timedelta(days=3))


def test_a_deadline_says_what_is_left_or_how_late_it_is(app: Passerelle) -> None:
    with app.test_request_context(), force_locale("en"):
        assert display.due(now() + timedelta(days=6)) == "6 days"
        assert display.due(now() - timedelta(days=2)) == "2 days late"
        assert display.due(None) == ""


def test_numbers_and_shares_follow_the_readers_language(app: Passerelle) -> None:
    with app.test_request_context(), force_locale("fr"):
        assert display.number(1234).replace("\u202f", " ").replace("\xa0", " ") == "1 234"
        assert display.percent(0.256).replace("\u202f", " ").replace("\xa0", " ") == "26 %"
        assert display.percent(None) == "—"


@pytest.mark.parametrize(
    ("e164", "shown"),
    [
        ("+32475123456", "+32 475 12 34 56"),
        ("+3225551234", "+32 2 555 12 34"),
        ("+3287123456", "+32 87 12 34 56"),
        ("+33612345678", "+33612345678"),
    ],
)
def test_a_number_is_grouped_to_be_read_aloud(e164: str, shown: str) -> None:
    assert display.phone(e164) == shown


def test_a_problem_is_called_by_its_title_or_by_what_it_is_made_of(app: Passerelle) -> None:
    problem = Problem(number=3, thing="payment", symptom="not_received", topic_id="bridging_right")
    problem.titles = {}
    with app.test_request_context(), force_locale("en"):
        assert display.title(problem) == "Payment · not received · Bridging right"
        problem.titles = {"nl": "Betaling te laat"}
        assert display.title(problem) == "Betaling te laat"
        problem.titles = {"nl": "Betaling te laat", "en": "Late payment"}
        assert display.title(problem) == "Late payment"


def test_confidence_has_three_words() -> None:
    assert [display.confidence_word(value) for value in (0.95, 0.7, 0.3)] == [
        "sure",
        "likely",
        "unsure",
    ]


def test_the_same_chip_is_violet_until_a_person_has_confirmed(app: Passerelle) -> None:
    source = '{% import "_macros.html" as ui %}{{ ui.topic_chip("deferral", None, proposed, 0.7) }}'
    with app.test_request_context(), force_locale("en"):
        proposed = render_template_string(source, proposed=True)
        confirmed = render_template_string(source, proposed=False)
    assert "proposed" in proposed
    assert "likely" in proposed
    assert "70%" in proposed.replace("\xa0", "").replace(" %", "%")
    assert "proposed" not in confirmed


def test_the_left_column_shows_each_person_their_own_places(
    client: Browser, nadia: User, ada: User
) -> None:
    client.sign_in(nadia)
    page = client.get("/desk/").text
    assert 'data-go="d"' in page
    assert 'href="/admin/"' not in page
    client.sign_in(ada)
    page = client.get("/admin/", follow_redirects=True).text
    assert 'href="/admin/"' in page
    assert 'data-go="d"' not in page


def test_todays_sentence_stands_on_every_page(client: Browser, nadia: User) -> None:
    with transaction():
        Screening.on(business_day(now())).sentence = {"fr": "Les paiements partent vendredi."}
    client.sign_in(nadia)
    assert "Les paiements partent vendredi." in client.get("/desk/").text


def test_the_theme_is_there_before_the_first_paint(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    assert 'data-theme="auto"' in client.get("/desk/").text
    client.post("/me/preferences", data={"theme": "dark"})
    assert 'data-bs-theme="dark"' in client.get("/desk/").text


def test_no_page_carries_a_script_or_style_of_its_own(client: Browser, house: House) -> None:
    client.sign_in(house.nadia)
    for path in ("/desk/", "/calls/", "/calls/new", "/calls/paper", "/desk/outgoing"):
        page = client.get(path).text
        assert " style=" not in page, path
        assert "<style" not in page, path
        assert "hx-on" not in page, path
        assert " onclick" not in page, path
        assert all("src=" in tag.partition(">")[0] for tag in page.split("<script")[1:]), path


def test_an_error_says_what_happened_and_what_to_do(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    page = client.get("/nowhere")
    assert page.status_code == 404
    assert "There is nothing here." in page.text
    part = client.get("/nowhere", headers={"HX-Request": "true"}).text
    assert "<html" not in part


def test_a_size_is_told_in_the_readers_units(app: Passerelle) -> None:
    with app.test_request_context(), force_locale("fr"):
        assert display.size(1_534_000).replace("\xa0", " ") == "1,5 Mo"
    with app.test_request_context(), force_locale("en"):
        assert display.size(900).replace("\xa0", " ") == "900 B"


def test_a_german_day_has_its_comma_and_its_point(app: Passerelle) -> None:
    with app.test_request_context(), force_locale("de"):
        assert display.weekday(date(2026, 11, 26)) == "Donnerstag, 26. November"


@pytest.mark.parametrize(
    ("signature", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/150.0.0.0 Safari/537.36", "Chrome · Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/150.0 Safari/537.36 Edg/150.0", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19 like Mac OS X) Safari/604.1", "Safari · iPhone"),
        ("curl/8.9", "curl/8.9"),
        ("", "—"),
    ],
)
def test_a_browser_is_named_in_two_words(signature: str, words: str) -> None:
    assert display.browser(signature) == words


def test_a_problem_beside_its_topic_does_not_say_it_twice(app: Passerelle) -> None:
    late = Problem(thing="payment", symptom="late", topic_id="bridging_right", titles={})
    with app.test_request_context():
        topic = display.topic_name("bridging_right")
        assert topic not in display.title(late, "bridging_right")
        assert topic in display.title(late, "deferral") == display.title(late)
