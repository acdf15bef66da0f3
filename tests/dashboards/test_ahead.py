"""The page of the days to come: what is expected, by when all is worked off, and what if."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from models import calendar
from models.base import db, now, transaction
from models.event import Event
from models.forecast import ForecastRun, HandlingTime
from models.half_hour import HalfHourCounter
from models.shift import Shift
from tests.people import Browser, House, amelie
from triage import forecasting
from triage.dashboards.ahead_asked import WhatIf
from triage.dashboards.ahead_plan import DayOfWork, plan, standing

pytestmark = pytest.mark.usefixtures("house")


@pytest.fixture
def koen(house: House, client: Browser) -> Browser:
    client.sign_in(house.koen)
    return client


@pytest.fixture
def foreseen(house: House) -> None:
    """Ten weeks of calls and mails, and the forecast of them."""
    assert house.koen.active
    with transaction():
        for step in range(1, 71):
            day = today() - timedelta(days=step)
            if calendar.working_day(day):
                for hour, channel, count in (
                    (9, "phone", 30),
                    (14, "phone", 12),
                    (10, "email", 40),
                ):
                    db.session.add(
                        HalfHourCounter(
                            starts_at=calendar.start_of(day, time(hour)),
                            channel=channel,
                            topic_id="bridging_right",
                            language="fr",
                            contacts=count + day.weekday() + step % 4,
                        )
                    )
    with transaction():
        forecasting.look_back(now(), 12)
        forecasting.make(now())


def today() -> date:
    return calendar.business_day(now())


def page(client: Browser, address: str = "/dashboard/ahead", **said: object) -> str:
    answer = client.get(address, **said)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.text)


def rostered(house: House, heads: float, days: int = 28) -> None:
    team = house.koen.memberships[0].team_id
    with transaction():
        for step in range(days):
            day = today() + timedelta(days=step)
            if calendar.working_day(day):
                db.session.add(
                    Shift(
                        team_id=team,
                        channel="",
                        starts_at=calendar.start_of(day, time(9)),
                        ends_at=calendar.start_of(day, time(17)),
                        heads=heads,
                        by_id=house.koen.id,
                    )
                )


def evening() -> datetime:
    """After hours: nothing of today is left, whatever the hour of the test."""
    return calendar.start_of(today(), time(23, 30))


def test_before_anything_has_come_in_it_says_so(koen: Browser) -> None:
    assert "Nothing can be foreseen yet." in page(koen)


@pytest.mark.usefixtures("foreseen")
def test_it_shows_days_half_hours_work_and_calls(koen: Browser, house: House) -> None:
    house.write(amelie, "Toujours rien reçu.")
    rostered(house, 8)
    shown = page(koen)
    for words in (
        "Contacts per day",
        "Hours of work beside hours of people",
        "Clear by",
        "Coming up",
    ):
        assert words in shown
    assert "Erlang C" in shown
    assert "No roster" not in shown


@pytest.mark.usefixtures("foreseen")
def test_a_channel_and_a_topic_can_be_looked_at_alone(koen: Browser) -> None:
    assert page(koen, "/dashboard/ahead?channel=phone") != page(koen)
    assert 'aria-current="true">' in page(koen, "/dashboard/ahead?topic=bridging_right")
    assert koen.get("/dashboard/ahead?channel=pigeon").status_code == 404
    assert koen.get("/dashboard/ahead?topic=nothing").status_code == 404


@pytest.mark.usefixtures("foreseen")
def test_with_fewer_people_it_is_later_and_with_hardly_any_never(house: House) -> None:
    for number in range(3):
        house.write(amelie, f"Toujours rien reçu, {number}.", f"Question {number}")
    rostered(house, 3)
    known = standing(evening())
    before = plan(known, WhatIf())
    worse = plan(known, WhatIf(people=-3))
    better = plan(known, WhatIf(people=2))
    assert before.clearing.middle is not None and better.clearing.middle is not None
    assert better.clearing.middle <= before.clearing.middle
    assert worse.clearing.never
    assert worse.growth > 30


@pytest.mark.usefixtures("foreseen")
def test_longer_contacts_a_mailing_and_closed_phones_change_the_work(house: House) -> None:
    rostered(house, 8)
    known = standing(evening())

    def hours(supposed: WhatIf) -> float:
        return sum(one.needed for one in plan(known, supposed).days)

    assert hours(WhatIf(minutes=50)) == pytest.approx(1.5 * hours(WhatIf()))
    assert hours(WhatIf(mailing=1000)) > hours(WhatIf()) + 5
    closed = plan(known, WhatIf(closed=True))
    before = plan(known, WhatIf())
    assert calls(closed.days) < calls(before.days)
    assert mails(closed.days) > mails(before.days)


def calls(days: Sequence[DayOfWork]) -> float:
    return sum(one.contacts["phone"] for one in days)


def mails(days: Sequence[DayOfWork]) -> float:
    return sum(one.contacts["email"] for one in days)


@pytest.mark.usefixtures("foreseen")
def test_overtime_adds_its_hours_to_each_open_day(house: House) -> None:
    rostered(house, 8)
    known = standing(evening())
    more = plan(known, WhatIf(overtime=10)).days[-7:]
    before = plan(known, WhatIf()).days[-7:]
    gained = sum(one.capacity for one in more) - sum(one.capacity for one in before)
    assert gained == pytest.approx(10 * sum(calendar.working_day(one.on) for one in before))


@pytest.mark.usefixtures("foreseen")
def test_who_is_rostered_on_a_day_off_works_on_it(house: House) -> None:
    saturday = today() + timedelta(days=(5 - today().weekday()) % 7 or 7)
    with transaction():
        db.session.add(
            Shift(
                team_id=house.koen.memberships[0].team_id,
                starts_at=calendar.start_of(saturday, time(9)),
                ends_at=calendar.start_of(saturday, time(11)),
                heads=5,
                by_id=house.koen.id,
            )
        )
    days = {one.on: one.capacity for one in plan(standing(evening()), WhatIf()).days}
    assert days[saturday] == pytest.approx(5 * 2 * 0.8)


@pytest.mark.usefixtures("foreseen")
def test_without_a_roster_people_are_assumed_and_it_says_so(koen: Browser, house: House) -> None:
    assert house.nadia.active
    assert "No roster for these days" in page(koen)


@pytest.mark.usefixtures("foreseen")
def test_a_supposition_stands_in_the_address_and_shows_before_and_after(
    koen: Browser, house: House
) -> None:
    house.write(amelie, "Toujours rien reçu.")
    shown = page(koen, "/dashboard/ahead?people=3&mailing=2000&minutes=-10&closed=1")
    assert "3 people more" in shown
    assert "a mailing tomorrow to 2,000 people" in shown
    assert "-10 % of time per contact" in shown
    assert "As it stands:" in shown
    assert 'name="closed" value="1" checked' in shown


@pytest.mark.usefixtures("foreseen")
def test_htmx_asks_for_the_changed_part_alone(koen: Browser) -> None:
    part = page(
        koen, "/dashboard/ahead?people=2", headers={"HX-Target": "plan", "HX-Request": "true"}
    )
    assert part.lstrip().startswith('<div id="plan"')
    assert 'hx-swap-oob="true">+2<' in part


@pytest.mark.parametrize("asked", ["people=999999", "people=many", "mailing=-5", "minutes=1e9"])
@pytest.mark.usefixtures("foreseen")
def test_what_cannot_be_meant_is_brought_within_bounds(koen: Browser, asked: str) -> None:
    assert page(koen, f"/dashboard/ahead?{asked}")


@pytest.mark.usefixtures("foreseen")
def test_half_hours_with_too_few_people_are_marked(koen: Browser, house: House) -> None:
    rostered(house, 1)
    shown = page(koen)
    assert "too few people" in shown
    assert "the queue grows by" in shown


@pytest.mark.usefixtures("foreseen")
def test_who_leads_says_how_long_a_mail_takes_and_takes_it_back(koen: Browser) -> None:
    answer = koen.post("/dashboard/ahead/handling/email", data={"minutes": "12"})
    assert answer.status_code == 303
    assert said() == 12
    assert db.session.scalar(select(Event).where(Event.kind == "handling_time.said")) is not None
    shown = page(koen, answer.location)
    undo = re.search(r'action="(/dashboard/ahead/handling/email\?minutes=[^"]+)"', shown)
    assert undo is not None
    koen.post(undo[1])
    assert said() == 8


@pytest.mark.usefixtures("foreseen")
@pytest.mark.parametrize("minutes", ["0", "-1", "a day", "99999", "nan"])
def test_minutes_that_cannot_be_meant_are_refused(koen: Browser, minutes: str) -> None:
    koen.post("/dashboard/ahead/handling/email", data={"minutes": minutes})
    assert said() is None


def said() -> float | None:
    db.session.expire_all()
    return db.session.scalar(select(HandlingTime.minutes).where(HandlingTime.channel == "email"))


@pytest.mark.usefixtures("foreseen")
def test_an_agent_looks_and_does_not_change(house: House, client: Browser) -> None:
    client.sign_in(house.nadia)
    assert "Say otherwise" not in page(client)
    assert client.post("/dashboard/ahead/handling/email", data={"minutes": "12"}).status_code == 403


@pytest.mark.usefixtures("foreseen")
def test_forecasts_are_judged_as_they_were_said(koen: Browser) -> None:
    shown = page(koen, "/dashboard/ahead/backtest")
    assert re.search(r"on \d+ of \d+ days within the band", shown)
    assert "MASE" in shown
    assert "what would have been said" in shown
    assert page(koen, "/dashboard/ahead/backtest?ahead=5&channel=phone")
    assert koen.get("/dashboard/ahead/backtest?ahead=3").status_code == 404


def test_without_a_forecast_there_is_nothing_to_judge(koen: Browser) -> None:
    assert "No forecast can be judged yet." in page(koen, "/dashboard/ahead/backtest")


@pytest.mark.usefixtures("foreseen")
def test_looking_back_does_not_touch_what_was_said() -> None:
    days = {run.made_on for run in db.session.scalars(select(ForecastRun))}
    with transaction():
        assert forecasting.look_back(now(), 12) == 0
    assert {run.made_on for run in db.session.scalars(select(ForecastRun))} == days
