"""Two reports of the demo: of the morning, which leaves by mail, and of the last weeks."""

from datetime import datetime, time

from models.base import db
from models.saved_report import SavedReport
from models.saved_report_times import Every, ReportSchedule
from models.user import User

MORNING = [
    {
        "kpi": "inflow",
        "period": "7d",
        "split": "channel",
        "heading": "Hoeveel contacten kwamen er binnen?",
    },
    {"kpi": "failures", "period": "7d", "heading": "Hoeveel daarvan hebben wij zelf veroorzaakt?"},
    {"kpi": "backlog", "period": "7d", "heading": "Wat wacht er nog op ons?"},
]
WEEKS = [
    {"kpi": "inflow", "period": "4w", "split": "topic", "heading": "De quoi nous parle-t-on ?"},
    {"kpi": "mail_service", "period": "4w", "heading": "Répondons-nous dans les délais promis ?"},
    {"kpi": "repeats", "period": "4w", "heading": "Qui doit revenir vers nous ?"},
]


def furnish(at: datetime) -> None:
    koen = db.session.scalar(User.by_login("koen"))
    ingrid = db.session.scalar(User.by_login("ingrid"))
    if koen is None or ingrid is None:
        return
    morning = SavedReport.keep("Ochtendrapport", MORNING, by=koen, at=at, shared=True)
    ReportSchedule.plan(
        morning, Every.WORKING_DAY, time(7, 45), [koen.id, ingrid.id], by=koen, at=at
    )
    SavedReport.keep("Les quatre dernières semaines", WEEKS, by=ingrid, at=at, shared=True)
