"""How figures went over time: in the address, as a picture, as a table, as a file."""

import csv
import io
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from html import unescape

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import update

from models import calendar, kpi
from models.base import db, now, transaction
from models.contact import Contact
from models.daily_figure import DailyFigure
from models.external_event import EventKind, ExternalEvent
from models.half_hour import HalfHourCounter
from models.kpi_kinds import Cut
from models.topic import Topic
from models.user import User
from tests.people import Browser, House, amelie, joris
from triage.report_asked import Asked, Beside, By, Days, Period
from triage.report_drawing import drawn
from triage.report_table import table_of
from triage.report_view import view_of

KNOWN = list(kpi.KPIS)
TODAY = date(2026, 6, 10)


@pytest.fixture
def counted() -> Callable[..., None]:
    """Call it to keep what a figure was on the days that end yesterday, the last first."""

    def count(parts: list[float], code: str = "inflow", whole: float = 0.0, **cut: object) -> None:
        with transaction():
            for back, part in enumerate(parts, start=1):
                day = calendar.business_day(now()) - timedelta(days=back)
                if cut and day not in DailyFigure.counted(day, day).get(code, ()):
                    db.session.add(DailyFigure(day=day, kpi=code))
                db.session.add(DailyFigure(day=day, kpi=code, part=part, whole=whole, **cut))

    return count


def page(client: Browser, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    return unescape(answer.get_data(as_text=True))


def rows_of(client: Browser, url: str) -> list[list[str]]:
    text = client.get(url).get_data(as_text=True)
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:]), delimiter=";"))


# --- the question ---------------------------------------------------------------------------


def test_a_question_comes_back_from_its_own_address() -> None:
    asked = Asked.read(
        {
            "kpi": "failures",
            "period": "13w",
            "split": "topic",
            "beside": "year",
            "channel": "phone",
            "team": "3",
            "topic": "-",
        },
        KNOWN,
    )

    assert asked.by is By.WEEK
    assert asked.cut == Cut(channel="phone", topic_id="", team_id=3)
    assert Asked.read(asked.query(), KNOWN) == asked


@pytest.mark.parametrize(
    "said",
    [
        {"kpi": "nothing"},
        {"period": "free"},
        {"period": "free", "first": "x", "last": "2026-01-01"},
        {"period": "free", "first": "0001-01-01", "last": "9999-12-31"},
        {"by": "hour", "split": "person", "beside": "never", "team": "٣"},
    ],
    ids=["figure", "no days", "no day", "far days", "words"],
)
def test_whatever_an_address_says_has_an_answer(said: dict[str, str]) -> None:
    asked = Asked.read(said, KNOWN)

    assert asked.days(TODAY).count >= 1
    assert asked.days_beside(TODAY) is not None


def test_a_period_ends_with_the_last_whole_day_week_or_month() -> None:
    assert Asked(period=Period.WEEK).days(TODAY) == Days(date(2026, 6, 3), date(2026, 6, 9))
    weeks = Asked(period=Period.QUARTER, by=By.WEEK).days(TODAY)
    assert weeks == Days(date(2026, 3, 9), date(2026, 6, 7))
    months = Asked(period=Period.YEAR, by=By.MONTH).days(TODAY)
    assert months == Days(date(2025, 6, 1), date(2026, 5, 31))


def test_it_is_held_against_the_same_weekdays() -> None:
    beside = Asked(beside=Beside.YEAR).days_beside(TODAY)
    assert beside is not None
    assert beside.last.weekday() == Asked().days(TODAY).last.weekday()

    months = Asked(period=Period.YEAR, by=By.MONTH).days_beside(TODAY)
    assert months == Days(date(2024, 6, 1), date(2025, 5, 31))


def test_three_years_are_not_drawn_by_the_day() -> None:
    said = {"period": "free", "first": "2020-01-01", "last": "2023-01-01", "by": "day"}

    assert Asked.read(said, KNOWN).by is By.MONTH


# --- the answer -----------------------------------------------------------------------------


def test_the_title_says_what_happened(
    app: Flask, ingrid: User, counted: Callable[..., None]
) -> None:
    counted([5.0] * 7 + [10.0] * 7)
    with app.test_request_context(), force_locale("en"):
        view = view_of(Asked(period=Period.WEEK), ingrid, now())
        shown = drawn(view)

    assert view.change == -0.5
    assert shown.message == "Contacts: down by 50\u00a0% to 35"
    assert "(70)" in shown.note


def test_a_share_moves_by_points(app: Flask, ingrid: User, counted: Callable[..., None]) -> None:
    counted([4.0] * 7 + [2.0] * 7, "failures", 10.0)
    with app.test_request_context(), force_locale("en"):
        shown = drawn(view_of(Asked("failures", period=Period.WEEK), ingrid, now()))

    assert shown.message == "Failure demand: up by 20 points to 40\u00a0%"


def test_what_is_known_of_one_time_only_is_held_against_nothing(
    app: Flask, ingrid: User, counted: Callable[..., None]
) -> None:
    counted([5.0] * 8)
    with app.test_request_context(), force_locale("en"):
        view = view_of(Asked(period=Period.WEEK), ingrid, now())
        shown = drawn(view)

    assert view.change is None
    assert shown.message == "Contacts: 35"
    assert "too little is known" in shown.note


def test_only_days_known_of_both_times_are_compared(
    app: Flask, ingrid: User, counted: Callable[..., None]
) -> None:
    counted([5.0] * 7 + [10.0] * 4)
    with app.test_request_context():
        view = view_of(Asked(period=Period.WEEK), ingrid, now())

    assert view.held == (20.0, 40.0)


def test_typed_days_are_days_of_ones_choice(client: Browser, ingrid: User) -> None:
    client.sign_in(ingrid)
    same = "period=7d&first=2026-06-01&last=2026-06-07&shown=2026-06-01+2026-06-07"
    typed = same.replace("last=2026-06-07", "last=2026-06-05")

    assert "period=7d" in client.get(f"/dashboard/history?{same}").headers["HX-Push-Url"]
    pushed = client.get(f"/dashboard/history?{typed}").headers["HX-Push-Url"]
    assert "period=free&first=2026-06-01&last=2026-06-05" in pushed


def test_days_that_nobody_counted_are_gaps_and_no_zeros(
    app: Flask, ingrid: User, counted: Callable[..., None]
) -> None:
    counted([5.0] * 3)
    with app.test_request_context():
        shown = drawn(view_of(Asked(period=Period.WEEK), ingrid, now()))

    assert [spot.spot.value for spot in shown.main.lines[0].spots] == [5.0, 5.0, 5.0]
    assert len(shown.main.rows) == 7


def test_the_history_without_a_single_day_claims_nothing(client: Browser, ingrid: User) -> None:
    client.sign_in(ingrid)
    text = page(client, "/dashboard/history")

    assert "Nothing of these days has been counted" in text
    assert "<circle" not in text.partition('id="history"')[2].partition("</section>")[0]


def test_the_file_equals_the_screen(
    client: Browser, ingrid: User, counted: Callable[..., None], app: Flask
) -> None:
    counted([1200.0, 7.0], language="fr")
    counted([3.0], language="nl")
    client.sign_in(ingrid)
    rows = rows_of(client, "/dashboard/history/table.csv?period=7d&split=language")

    with app.test_request_context(), force_locale("en"):
        table = table_of(view_of(Asked(period=Period.WEEK, split="language"), ingrid, now()))
    assert rows[0] == ["First day", "Last day", *table.heads]
    assert rows[-1][2:] == ["1203", "", "1200", "3"]
    shown = [cell.shown.replace(",", "") for cell in table.rows[-1].cells]
    assert shown == ["1203", "not counted", "1200", "3"]
    assert len(rows) == len(table.rows) + 1


def test_small_counts_of_a_restricted_topic_are_for_its_team(
    app: Flask, house: House, counted: Callable[..., None]
) -> None:
    counted([2.0], topic_id="incapacity")
    asked = Asked(period=Period.WEEK, split="topic")
    with app.test_request_context(), force_locale("en"):
        strangers = table_of(view_of(asked, house.stranger, now())).rows[-1].cells[-1]
        ingrids = table_of(view_of(asked, house.ingrid, now())).rows[-1].cells[-1]

    assert (strangers.shown, strangers.bare) == ("too few to be shown", "")
    assert ingrids.shown == "2"


def test_what_happened_stands_on_the_axis_and_opens(
    client: Browser, ingrid: User, counted: Callable[..., None]
) -> None:
    counted([5.0] * 14)
    day = calendar.business_day(now()) - timedelta(days=3)
    with transaction():
        ExternalEvent.add(EventKind.PRESS, "In the newspaper", day, day, by=ingrid)
    client.sign_in(ingrid)
    text = page(client, "/dashboard/history?period=7d")

    assert "In the newspaper" in text
    assert "/screening/events" in text


def test_a_hidden_topic_leaves_no_mark(
    app: Flask, house: House, counted: Callable[..., None]
) -> None:
    at = now() - timedelta(days=2)
    with transaction():
        ExternalEvent.add(
            EventKind.OTHER,
            "Forms for incapacity",
            calendar.business_day(at),
            calendar.business_day(at),
            by=house.koen,
            topic=db.session.get_one(Topic, "incapacity"),
        )
    with app.test_request_context():
        seen = view_of(Asked(period=Period.WEEK), house.stranger, now()).marks
        ingrids = view_of(Asked(period=Period.WEEK), house.ingrid, now()).marks

    assert not seen
    assert len(ingrids) == 1


def test_half_hours_are_those_of_brussels(app: Flask, ingrid: User) -> None:
    day = calendar.business_day(now()) - timedelta(days=1)
    with transaction():
        db.session.add(
            HalfHourCounter(
                starts_at=calendar.start_of(day, time(9, 30)), channel="email", contacts=8
            )
        )
    view = view_of(Asked(period=Period.WEEK), ingrid, now())

    assert view.heat is not None
    assert view.heat.means == {(day.weekday(), 19): 8.0}


# --- behind ---------------------------------------------------------------------------------


def past(contact: Contact, at: datetime) -> None:
    with transaction():
        db.session.execute(update(Contact).where(Contact.id == contact.id).values(said_at=at))


def test_a_point_opens_to_what_it_counted_and_counts_survive_what_is_erased(
    client: Browser, house: House, ingrid: User
) -> None:
    yesterday = calendar.start_of(calendar.business_day(now()) - timedelta(days=1), time(10))
    for who in (amelie, joris):
        past(house.fill_form(who, "Une question"), yesterday)
    day = calendar.business_day(yesterday)
    with transaction():
        DailyFigure.recount_inflow(day)
    client.sign_in(ingrid)
    history = page(client, "/dashboard/history?period=7d")
    url = f"/dashboard/list?figure=inflow&first={day}&last={day}"
    assert url in history
    assert "Une question" in page(client, url)

    with transaction():
        db.session.execute(update(Contact).values(erased_at=now(), text="", said_at=now()))

    assert "When it was counted they were 2" in page(client, url)
    assert ";2\r" in client.get("/dashboard/history/table.csv?period=7d&beside=nothing").text
