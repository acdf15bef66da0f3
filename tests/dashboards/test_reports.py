"""Reports as people keep, change, share, print and plan them."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select

from models import calendar
from models.base import db, now, transaction
from models.daily_figure import DailyFigure
from models.saved_report import SavedReport
from models.saved_report_times import ReportSchedule, ReportSending
from models.user import User
from tests.people import Browser, House


@pytest.fixture
def report(koen: User) -> SavedReport:
    views = [
        {"kpi": "inflow", "period": "7d", "heading": "What came"},
        {"kpi": "failures", "period": "4w", "heading": "What we caused"},
    ]
    with transaction():
        return SavedReport.keep("Morning", views, by=koen, at=now(), shared=True)


@pytest.fixture
def browser(client: Browser, koen: User) -> Browser:
    """Koen's."""
    client.sign_in(koen)
    return client


def text_of(client: Browser, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    return unescape(answer.text)


def the_report() -> SavedReport:
    db.session.expire_all()
    return db.session.scalars(select(SavedReport).order_by(SavedReport.id.desc())).first() or (
        pytest.fail("no report")
    )


def test_the_present_view_is_kept_as_it_stands(browser: Browser) -> None:
    asked = {"kpi": "failures", "period": "13w", "split": "topic", "channel": "phone"}
    browser.post("/dashboard/reports", data={**asked, "name": "Calls", "heading": "By topic"})

    kept = the_report()
    assert kept.name == "Calls"
    assert kept.views == [{**asked, "by": "week", "heading": "By topic"}]
    assert not kept.shared


def test_a_second_view_joins_the_report(browser: Browser, report: SavedReport) -> None:
    browser.post("/dashboard/reports", data={"kpi": "backlog", "report": report.id})

    assert [view["kpi"] for view in the_report().views] == ["inflow", "failures", "backlog"]


def test_a_report_shows_its_views_in_order_on_screen_and_on_paper(
    browser: Browser, report: SavedReport
) -> None:
    for place in ("", "/print"):
        text = text_of(browser, f"/dashboard/reports/{report.id}{place}")
        assert text.index("What came") < text.index("What we caused")
    assert "What the figures mean" in text
    assert "<details" not in re.sub(r"<details[^>]* open>", "", text)


def test_headings_order_and_circle_are_changed_at_once(
    browser: Browser, report: SavedReport
) -> None:
    typed = {
        "name": "Evening",
        "version": 1,
        "heading-0": "Later",
        "place-0": "2",
        "place-1": "1",
    }
    browser.post(f"/dashboard/reports/{report.id}/edit", data=typed)

    changed = the_report()
    assert changed.name == "Evening"
    assert [view["heading"] for view in changed.views] == ["What we caused", "Later"]
    assert not changed.shared


def test_a_view_is_left_out_but_never_the_last(browser: Browser, report: SavedReport) -> None:
    url = f"/dashboard/reports/{report.id}/edit"
    browser.post(url, data={"name": "One", "version": 1, "place-1": "0"})
    assert len(the_report().views) == 1

    answer = browser.post(url, data={"name": "None", "version": 2, "place-0": "0"})
    assert answer.status_code == 400
    assert len(the_report().views) == 1


def test_who_comes_second_sees_what_stands_and_what_was_typed(
    browser: Browser, report: SavedReport, ingrid: User
) -> None:
    with transaction():
        report.change("Ingrid's", report.views, by=ingrid, at=now(), seen=1)
    url = f"/dashboard/reports/{report.id}/edit"
    answer = browser.post(url, data={"name": "Koen's", "version": 1})

    assert answer.status_code == 409
    text = unescape(answer.text)
    assert "“Ingrid's”" in text
    assert 'value="Koen\'s"' in text
    assert the_report().name == "Ingrid's"
    browser.post(url, data={"name": "Koen's", "version": 2})
    assert the_report().name == "Koen's"


def test_an_archived_report_can_be_taken_back(browser: Browser, report: SavedReport) -> None:
    answer = browser.post(f"/dashboard/reports/{report.id}/archive", follow_redirects=True)
    assert f"/dashboard/reports/{report.id}/return" in answer.text
    assert browser.get(f"/dashboard/reports/{report.id}").status_code == 404

    browser.post(f"/dashboard/reports/{report.id}/return")
    assert "Morning" in text_of(browser, "/dashboard/reports")


def test_an_agent_copies_what_everybody_reads_and_changes_the_copy_alone(
    client: Browser, report: SavedReport, nadia: User
) -> None:
    client.sign_in(nadia)
    assert client.get(f"/dashboard/reports/{report.id}/edit").status_code == 403
    client.post(f"/dashboard/reports/{report.id}/copies")

    copied = the_report()
    assert (copied.owner_id, copied.shared, copied.views) == (nadia.id, False, report.views)
    assert client.get(f"/dashboard/reports/{copied.id}/edit").status_code == 200


def test_a_plan_is_made_paused_and_ended(
    browser: Browser, report: SavedReport, house: House
) -> None:
    url = f"/dashboard/reports/{report.id}/times"
    wanted = {"every": "week", "weekday": 2, "leaves_at": "08:15", "to": [house.ingrid.id]}
    browser.post(url, data=wanted)
    text = text_of(browser, url)
    assert "every Wednesday at 08:15" in text
    assert "next:" in text

    browser.post(f"{url}/pause")
    assert "paused" in text_of(browser, "/dashboard/reports")
    browser.post(f"{url}/going-on")
    plan = ReportSchedule.of(report.id)
    assert plan is not None
    assert plan.next_at is not None
    browser.post(f"{url}/end")
    assert ReportSchedule.of(report.id) is None


@pytest.mark.parametrize(
    "typed",
    [{"every": "hour"}, {"leaves_at": "25:00"}, {"to": []}, {"to": ["999999"]}, {"weekday": 9}],
    ids=["hour", "no time", "nobody", "no such person", "no day"],
)
def test_a_plan_that_cannot_be_meant_is_refused(
    browser: Browser, report: SavedReport, koen: User, typed: dict[str, object]
) -> None:
    plan = {"every": "week", "leaves_at": "08:15", "to": [koen.id], **typed}

    assert browser.post(f"/dashboard/reports/{report.id}/times", data=plan).status_code == 400
    assert ReportSchedule.of(report.id) is None


def test_what_went_wrong_is_seen_beside_the_plan(browser: Browser, report: SavedReport) -> None:
    with transaction():
        db.session.add(ReportSending(report_id=report.id, due_at=now(), error="nobody"))

    text = text_of(browser, f"/dashboard/reports/{report.id}/times")
    assert "None of those chosen works here any more" in text


def test_sent_to_oneself_it_is_one_sending(browser: Browser, report: SavedReport) -> None:
    browser.post(f"/dashboard/reports/{report.id}/sendings")

    assert db.session.scalars(select(ReportSending.to_id)).all() == [report.owner_id]


def test_one_file_holds_all_views(browser: Browser, report: SavedReport) -> None:
    yesterday = calendar.business_day(now()) - timedelta(days=1)
    with transaction():
        db.session.add(DailyFigure(day=yesterday, kpi="inflow", part=12))
        db.session.add(DailyFigure(day=yesterday, kpi="failures", part=1, whole=8))
    lines = browser.get(f"/dashboard/reports/{report.id}/table.csv").text.splitlines()

    assert lines[0] == "\ufeffWhat came"
    assert f"{yesterday};{yesterday};12;" in lines
    assert lines[lines.index("What we caused") + 1].startswith(
        "First day;Last day;Failure demand (%)"
    )
    assert f"{yesterday};{yesterday};12.5;" in lines


def test_a_name_is_no_formula_and_no_markup(browser: Browser) -> None:
    browser.post(
        "/dashboard/reports", data={"kpi": "inflow", "name": "<b>x</b>", "heading": "=1+1"}
    )
    browser.post("/dashboard/reports", data={"kpi": "backlog", "report": the_report().id})
    report = the_report()

    assert "<b>x</b>" not in browser.get(f"/dashboard/reports/{report.id}").text
    assert browser.get(f"/dashboard/reports/{report.id}/table.csv").text.startswith("\ufeff'=1+1")
