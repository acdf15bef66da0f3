"""Reports that people keep, and the times at which they leave: each time once, none twice."""

from datetime import UTC, datetime, time

import pytest
from sqlalchemy import select

from models.base import db, transaction
from models.outbox import Job, Outbox
from models.saved_report import Outdated, SavedReport
from models.saved_report_times import Every, ReportSchedule, ReportSending, time_after
from models.user import User

MONDAY = datetime(2026, 6, 8, 6, tzinfo=UTC)
VIEW = {"kpi": "inflow"}


def at(text: str) -> datetime:
    """A moment by the clock of Brussels, in summer."""
    return datetime.fromisoformat(f"{text}+02:00")


@pytest.fixture
def report(koen: User) -> SavedReport:
    with transaction():
        return SavedReport.keep("Weekly", [VIEW], by=koen, at=MONDAY, shared=True)


def plan(report: SavedReport, by: User, **changes: object) -> ReportSchedule:
    with transaction():
        return ReportSchedule.plan(
            report, Every.WORKING_DAY, time(7, 30), [by.id], by=by, at=MONDAY, **changes
        )


def sendings() -> list[datetime]:
    return list(db.session.scalars(select(ReportSending.due_at).order_by(ReportSending.due_at)))


@pytest.mark.parametrize(
    ("every", "now", "then"),
    [
        (Every.WORKING_DAY, "2026-06-08T07:29", "2026-06-08T07:30"),
        (Every.WORKING_DAY, "2026-06-08T07:30", "2026-06-09T07:30"),
        (Every.WORKING_DAY, "2026-06-12T08:00", "2026-06-15T07:30"),
        # Tuesday 21 July is the national day
        (Every.WORKING_DAY, "2026-07-20T08:00", "2026-07-22T07:30"),
        (Every.WEEK, "2026-06-08T08:00", "2026-06-15T07:30"),
        # Whit Monday: on the Tuesday
        (Every.WEEK, "2026-05-20T08:00", "2026-05-26T07:30"),
        # 1 August is a Saturday
        (Every.MONTH, "2026-07-02T08:00", "2026-08-03T07:30"),
    ],
    ids=lambda value: str(value),
)
def test_the_next_time_is_on_a_day_on_which_somebody_reads(
    every: Every, now: str, then: str
) -> None:
    assert time_after(at(now), every, time(7, 30)) == at(then)


def test_a_weekday_of_the_weekend_is_meant() -> None:
    assert time_after(at("2026-06-08T08:00"), Every.WEEK, time(9), 5) == at("2026-06-13T09:00")


def test_half_past_seven_stays_half_past_seven_when_the_clock_changes() -> None:
    friday = datetime(2026, 10, 23, 9, tzinfo=UTC)

    assert time_after(friday, Every.WORKING_DAY, time(7, 30)) == datetime(
        2026, 10, 26, 6, 30, tzinfo=UTC
    )


def test_one_sees_ones_own_reports_and_those_that_are_everybodys(
    report: SavedReport, koen: User, nadia: User
) -> None:
    with transaction():
        own = SavedReport.keep("Mine", [VIEW], by=koen, at=MONDAY)

    assert list(db.session.scalars(SavedReport.seen_by(koen))) == [own, report]
    assert list(db.session.scalars(SavedReport.seen_by(nadia))) == [report]
    assert SavedReport.for_user(nadia, own.id) is None


def test_an_agent_shares_nothing_and_changes_nothing_that_is_shared(
    report: SavedReport, nadia: User, ingrid: User
) -> None:
    with transaction():
        own = SavedReport.keep("Mine", [VIEW], by=nadia, at=MONDAY, shared=True)

    assert not own.shared
    assert own.changed_by(nadia)
    assert not report.changed_by(nadia)
    assert report.changed_by(ingrid)


def test_the_second_of_two_who_edit_is_told(report: SavedReport, koen: User, ingrid: User) -> None:
    with transaction():
        report.change("First", [VIEW], by=koen, at=MONDAY, seen=1)
    with pytest.raises(Outdated), transaction():
        report.change("Second", [VIEW], by=ingrid, at=MONDAY, seen=1)

    assert report.name == "First"


@pytest.mark.parametrize(("name", "views"), [(" ", [VIEW]), ("x", []), ("x", [VIEW] * 13)])
def test_a_report_has_a_name_and_some_views(
    koen: User, name: str, views: list[dict[str, str]]
) -> None:
    with pytest.raises(ValueError, match="a report has"):
        SavedReport.keep(name, views, by=koen, at=MONDAY)


def test_what_is_archived_comes_back(report: SavedReport, koen: User, nadia: User) -> None:
    with transaction():
        report.archive(by=koen, at=MONDAY)
    assert SavedReport.for_user(koen, report.id) is None
    with transaction():
        assert SavedReport.restore(report.id, by=nadia, at=MONDAY) is None
        assert SavedReport.restore(report.id, by=koen, at=MONDAY) is report
    assert SavedReport.for_user(koen, report.id) is report


def test_a_due_report_is_promised_once_however_many_clocks_there_are(
    report: SavedReport, koen: User
) -> None:
    plan(report, koen)
    with transaction():
        begun = [ReportSending.begin_due(at(f"2026-06-09T07:{minute}")) for minute in (29, 30, 31)]

    assert begun == [0, 1, 0]
    assert db.session.scalars(select(Outbox.kind).where(Outbox.kind == Job.REPORT)).all() == [
        "report"
    ]


def test_times_missed_while_nothing_ran_are_made_up_for_once(
    report: SavedReport, koen: User
) -> None:
    schedule = plan(report, koen)
    with transaction():
        ReportSending.begin_due(at("2026-06-16T12:00"))

    assert sendings() == [at("2026-06-16T07:30")]
    assert schedule.next_at == at("2026-06-17T07:30")


def test_a_paused_one_stays_and_makes_up_for_nothing(report: SavedReport, koen: User) -> None:
    schedule = plan(report, koen)
    with transaction():
        schedule.pause(by=koen, at=MONDAY)
        ReportSending.begin_due(at("2026-06-16T12:00"))
        schedule.go_on(by=koen, at=at("2026-06-16T12:00"))
        ReportSending.begin_due(at("2026-06-16T12:01"))

    assert sendings() == []
    assert schedule.next_at == at("2026-06-17T07:30")


def test_an_archived_report_leaves_no_more(report: SavedReport, koen: User) -> None:
    plan(report, koen)
    with transaction():
        report.archive(by=koen, at=MONDAY)
        ReportSending.begin_due(at("2026-06-16T12:00"))

    assert sendings() == []


def test_another_plan_takes_the_place_of_the_first(report: SavedReport, koen: User) -> None:
    plan(report, koen)
    second = plan(report, koen, with_table=False)
    with transaction():
        ReportSending.begin_due(at("2026-06-09T08:00"))

    assert ReportSchedule.of(report.id) is second
    assert len(sendings()) == 1


def test_who_does_not_lead_sends_to_nobody_else(nadia: User, koen: User) -> None:
    with transaction():
        own = SavedReport.keep("Mine", [VIEW], by=nadia, at=MONDAY)
    with pytest.raises(ValueError, match="lead"):
        ReportSchedule.plan(own, Every.WEEK, time(8), [koen.id], by=nadia, at=MONDAY)

    plan(own, nadia)
    assert ReportSchedule.of(own.id) is not None


def test_who_has_left_the_house_gets_nothing(report: SavedReport, koen: User, nadia: User) -> None:
    with transaction():
        schedule = ReportSchedule.plan(
            report, Every.WEEK, time(8), [nadia.id, koen.id], by=koen, at=MONDAY
        )
        nadia.disabled_at = MONDAY

    assert schedule.recipients() == [koen]
