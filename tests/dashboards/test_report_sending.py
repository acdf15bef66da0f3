"""Reports by mail: once for each time, to each in his or her language, with what each may see."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select

from models import calendar
from models.base import db, now, transaction
from models.daily_figure import DailyFigure
from models.message import Kind, Message
from models.outbox import Job, Outbox
from models.saved_report import SavedReport
from models.saved_report_times import Every, ReportSchedule, ReportSending
from models.user import User
from tests.people import House
from triage import clock, report_sending

Report = Callable[..., SavedReport]


@pytest.fixture
def report(house: House) -> SavedReport:
    """Koen's report of how much came, and of its topics."""
    yesterday = calendar.business_day(now()) - timedelta(days=1)
    with transaction():
        db.session.add(DailyFigure(day=yesterday, kpi="inflow"))
        for topic, part in (("bridging_right", 40.0), ("incapacity", 2.0)):
            db.session.add(DailyFigure(day=yesterday, kpi="inflow", topic_id=topic, part=part))
        return SavedReport.keep(
            "Morning",
            [{"kpi": "inflow", "period": "7d", "split": "topic", "heading": "What came"}],
            by=house.koen,
            at=now(),
            shared=True,
        )


def plan(report: SavedReport, people: list[User], by: User, at: datetime) -> ReportSchedule:
    with transaction():
        return ReportSchedule.plan(
            report, Every.WORKING_DAY, time(7, 30), [one.id for one in people], by=by, at=at
        )


def mails() -> list[Message]:
    rows = select(Message).where(Message.kind == Kind.HOUSE.value).order_by(Message.id)
    return list(db.session.scalars(rows))


def inside(message: Message, ending: str) -> str:
    return next(f for f in message.files if f.name.endswith(ending)).blob.content.decode()


def test_a_time_that_comes_is_one_mail_to_each_in_the_own_language(
    house: House, report: SavedReport
) -> None:
    with transaction():
        house.koen.language, house.ingrid.language = "nl", "en"
    schedule = plan(report, [house.koen, house.ingrid], house.koen, now())
    due = schedule.next_at
    assert due is not None
    clock.tend(due)
    clock.tend(due + timedelta(seconds=20))
    clock.tend(due + timedelta(minutes=1))
    house.work()

    written = mails()
    assert [(mail.recipient.partition("@")[0], mail.language) for mail in written] == [
        ("koen", "nl"),
        ("ingrid", "en"),
    ]
    assert "What came" in written[1].text
    assert "Koen Wouters has planned" in written[1].text
    sending = db.session.scalars(select(ReportSending)).one()
    assert (sending.recipients, sending.error, sending.due_at) == (2, "", due)


def test_each_sees_what_he_or_she_may(house: House, report: SavedReport) -> None:
    with transaction():
        report.asked = {"views": [*report.views, {"kpi": "inflow", "topic": "incapacity"}]}
        for reader in (house.stranger, house.ingrid):
            ReportSending.want(report, by=reader, at=now())
    house.work()

    stranger, ingrid = mails()
    assert ";40;2\r" in inside(ingrid, ".csv")
    assert ";;\r" in inside(stranger, ".csv")
    assert "40" not in inside(stranger, ".csv")  # with the sum it would tell the few beside it
    assert "too few to be shown" in inside(stranger, ".html")


def test_what_is_enclosed_needs_nothing_from_us(house: House, report: SavedReport) -> None:
    with transaction():
        ReportSending.want(report, by=house.ingrid, at=now())
    house.work()

    page = inside(mails()[0], ".html")
    assert "<svg" in page
    assert ".chart .line" in page
    assert "What the figures mean" in page
    for word in ("<script", "<link", "src=", "href=", "style=", "url("):
        assert word not in page


def test_a_worker_that_was_killed_in_between_writes_no_second_mail(
    house: House, report: SavedReport
) -> None:
    with transaction():
        ReportSending.want(report, by=house.ingrid, at=now())
    sending = db.session.scalars(select(ReportSending)).one()
    settings = house.app.extensions["settings"]
    with pytest.raises(RuntimeError), transaction():
        report_sending.write(sending.id, settings)
        raise RuntimeError
    assert mails() == []
    house.work()
    with transaction():
        report_sending.write(sending.id, settings)

    assert len(mails()) == 1
    assert len(mails()[0].files) == 2


def test_a_fault_is_seen_in_the_log_and_tried_again(
    house: House, report: SavedReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction():
        ReportSending.want(report, by=house.ingrid, at=now())

    def full(*_args: object) -> str:
        raise OSError("no room")

    monkeypatch.setattr(report_sending, "enclosed", full)
    house.work()
    sending = db.session.scalars(select(ReportSending)).one()
    assert "no room" in sending.error
    assert sending.made_at is None
    monkeypatch.undo()
    with transaction():
        db.session.execute(Outbox.__table__.update().values(not_before=None))
    house.work()

    db.session.expire_all()
    assert (sending.error, sending.recipients) == ("", 1)


def test_nobody_left_to_read_it_stops_it(house: House, report: SavedReport) -> None:
    schedule = plan(report, [house.nadia], house.koen, now())
    with transaction():
        house.nadia.disabled_at = now()
        due = schedule.next_at
        assert due is not None
        ReportSending.begin_due(due)
    house.work()

    assert mails() == []
    assert db.session.scalars(select(ReportSending.error)).one() == "nobody"
    assert schedule.paused_at is not None
    assert db.session.scalar(select(Outbox.done_at).where(Outbox.kind == Job.REPORT)) is not None
