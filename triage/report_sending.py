"""Reports that leave by mail: for each recipient what he or she may see, in his or her language.

One sending is one transaction, and each mail has its cause: tried again, nothing leaves twice.
"""

from datetime import datetime, timedelta
from pathlib import Path

from flask import current_app, render_template
from flask_babel import force_locale

from models import outbox
from models.base import now, transaction
from models.calendar import business_day
from models.files import Blob
from models.house_mail import address_of, write_to_house
from models.kpi import KPIS
from models.message import Enclosure
from models.outbox import Job
from models.saved_report import SavedReport
from models.saved_report_times import ReportSending
from models.user import User
from triage.config import Settings
from triage.report_asked import Asked
from triage.report_sheets import Sheet, sheets_of
from triage.report_table import file_of
from triage.report_view import view_of
from triage.report_words import subject

LEASE = timedelta(minutes=5)
PAUSE = timedelta(minutes=1)
NOBODY, GONE = "nobody", "archived"
STYLES = ("report_paper.css", "charts.css", "history.css")


def send_waiting(owner: str, settings: Settings) -> int:
    """A worker's turn at one report that is due; returns how many promises were taken up."""
    with transaction():
        claims = outbox.claim(Job.REPORT, owner, 1, LEASE)
    for claimed in claims:
        try:
            with transaction():
                outbox.finish(claimed, owner)
                write(claimed.ref_id, settings)
        except outbox.LeaseLost:
            continue
        except Exception as failure:
            with transaction():
                _failed(claimed, owner, repr(failure))
    return len(claims)


def write(sending_id: int, settings: Settings) -> None:
    """Promise the mails of one sending, and note how many."""
    sending, at = ReportSending.named(sending_id), now()
    if sending is None or sending.made_at is not None:
        return
    sending.made_at, sending.error = at, ""
    if sending.report.archived_at is not None:
        sending.error = GONE
        return
    readers = sending.readers()
    if not readers:
        sending.error = NOBODY
        if sending.schedule is not None:
            sending.schedule.stop_for_want_of_readers(at)
        return
    for reader in readers:
        _write_to(reader, sending, settings, at)
    sending.recipients = len(readers)


def _write_to(reader: User, sending: ReportSending, settings: Settings, at: datetime) -> None:
    report = sending.report
    with force_locale(reader.language):
        sheets = sheets_for(report, reader, at, sending.due_at)
        head = {"name": report.name, "sheets": sheets, "at": at}
        text = render_template(
            "mail/report.txt",
            url=f"{settings.base_url}/dashboard/reports/{report.id}",
            by=sending.schedule.by if sending.schedule else None,
            **head,
        )
        page = render_template("mail/report.html", **head).replace("<style></style>", _style(), 1)
        table = file_of([(one.heading or subject(one.view), one.view) for one in sheets])
    title, _line, body = text.partition("\n")
    message = write_to_house(
        address_of(reader, settings.mail_domain),
        title.strip(),
        body.strip() + "\n",
        cause=f"report:{sending.id}:{reader.id}",
        language=reader.language,
        domain=settings.mail_domain,
        at=at,
    )
    if not message.files:
        day = business_day(sending.due_at).isoformat()
        files = [enclosed(f"report-{day}.html", "text/html", page)]
        if sending.with_table:
            files.append(enclosed(f"report-{day}.csv", "text/csv", table))
        message.enclose(files)


def sheets_for(report: SavedReport, reader: User, at: datetime, due_at: datetime) -> list[Sheet]:
    """The answers as of the day on which the report was due: a late one tells the same days."""
    today = business_day(due_at)
    views = [
        (view.get("heading", ""), view_of(Asked.read(view, KPIS), reader, at, today))
        for view in report.views
    ]
    return sheets_of(views, links=False)


def enclosed(name: str, content_type: str, text: str) -> Enclosure:
    content = text.encode()
    return Enclosure(name, content_type, len(content), Blob.keep(content))


def _style() -> str:
    """What a page in a mail brings along: it is read without us."""
    folder = Path(current_app.static_folder or "")
    rules = "\n".join((folder / name).read_text(encoding="utf-8") for name in STYLES)
    return f"<style>{rules}</style>"


def _failed(claimed: outbox.Claim, owner: str, error: str) -> None:
    """Try again; in the end say so where people look."""
    sending = ReportSending.named(claimed.ref_id)
    if sending is not None:
        sending.error = error[:300]
    if claimed.last_try:
        outbox.give_up(claimed, owner, error)
    else:
        outbox.fail(claimed, owner, error, PAUSE)
