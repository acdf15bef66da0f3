"""How the board is tuned: what it costs is told beside it, and every change has a way back."""

from collections.abc import Callable

from sqlalchemy import select

from classifiers.chronicle import HISTORY
from classifiers.sensitivity import Sensitivity
from models import calendar
from models.base import db, now, transaction
from models.daily_figure import DailyFigure
from models.event import Event
from models.problem import Problem
from models.problem_day import ProblemDay
from models.tuning import Tuning
from models.user import User
from tests.people import Browser
from triage.screening.expecting import sensitivity
from triage.screening.tuning import replay


def test_what_comes_with_the_product_is_what_the_statistics_take(app: object) -> None:
    assert sensitivity() == Sensitivity()
    assert Tuning.read().usual


def test_the_page_says_the_false_alarms_and_the_days_until_a_doubling_is_seen(
    client: Browser, koen: User
) -> None:
    client.sign_in(koen)
    page = client.get("/screening/tuning").get_data(as_text=True)
    assert "false alarms to be expected in a week" in page
    assert "5 clients a day become 10" in page
    assert "no board has been counted" in page


def test_another_sensitivity_is_shown_before_it_is_saved(client: Browser, koen: User) -> None:
    client.sign_in(koen)
    answer = client.get("/screening/tuning?step=0", headers={"HX-Request": "true"})
    shown = answer.get_data(as_text=True)
    assert shown.lstrip().startswith('<div id="preview"')
    assert Tuning.read().usual


def test_a_tuning_is_saved_with_an_event_and_undone(client: Browser, koen: User) -> None:
    client.sign_in(koen)
    saved = client.post("/screening/tuning", data={"step": "6", "fewest": "4", "days": "30"})
    assert saved.status_code == 303
    assert Tuning.read() == Tuning(fewest=4, false_a_week=10.0, days=30)
    assert sensitivity() == Sensitivity(10.0, 30)
    assert db.session.scalar(select(Event).where(Event.kind == "screening.tuned")) is not None
    assert 'data-key="z"' in client.get("/screening/tuning?saved=1").get_data(as_text=True)
    client.post("/screening/tuning/withdrawal")
    assert Tuning.read().usual
    client.post("/screening/tuning", data={"step": "6"})
    client.post("/screening/tuning", data={"usual": "1"})
    assert Tuning.read().usual


def test_what_cannot_be_meant_is_refused(client: Browser, koen: User) -> None:
    client.sign_in(koen)
    for said in ({"fewest": "1"}, {"days": "900"}, {"days": "many"}):
        assert client.post("/screening/tuning", data=said).status_code == 400
    assert Tuning.read().usual


def test_an_agent_does_not_tune(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    assert client.get("/screening/tuning").status_code == 403


def test_the_last_days_are_told_again_at_another_sensitivity(
    app: object, found: Callable[..., Problem]
) -> None:
    problem, today = found(), calendar.business_day(now())
    with transaction():
        for back in range(1, 40):
            day = calendar.working_day_before(today, back)
            drew = 30 if back == 3 else 6
            ProblemDay.write(problem.id, day, contacts=drew, clients=drew, trend="steady")
            db.session.add(
                DailyFigure(
                    kpi="inflow",
                    day=day,
                    channel="email",
                    topic_id="deferral",
                    language="fr",
                    part=200,
                )
            )
    days, dispersion = replay(Sensitivity(), today)
    assert len(days) == 28 and 0 < dispersion < 1
    assert [one.rising for one in days][-3] == 1
    assert sum(one.rising for one in days[:-3]) == 0


def test_a_history_replayed_in_memory_looks_back_as_far_as_the_board() -> None:
    assert Tuning().days == HISTORY
