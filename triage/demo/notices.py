"""Events of the demo’s back office: a file of sixty with a payment day, and a key for it."""

from datetime import datetime, timedelta

from models.api_token import ApiToken, Scope
from models.base import db, transaction
from models.calendar import business_day, working_day_after
from models.notice import Notice, NoticeKind
from models.notice_batch import NoticeBatch
from models.ticket import Ticket
from models.user import User
from triage import notices
from triage.config import Settings
from triage.notice_file import preview, read_on, written

NAME = "paiements-semaine.csv"
HEADER = ["id", "dossier", "type", "date", "ticket", "courriel", "date de paiement", "documents"]
PLAN = (
    (NoticeKind.PAYMENT_ANNOUNCED, 30),
    (NoticeKind.RECEIVED, 6),
    (NoticeKind.COMPLETE, 7),
    (NoticeKind.DOCUMENTS_MISSING, 4),
    (NoticeKind.SENT_TO_AUTHORITY, 4),
    (NoticeKind.APPROVED, 3),
    (NoticeKind.REFUSED, 2),
)
NIGHTLY = (Scope.TICKETS_READ, Scope.CLIENTS_READ, Scope.REPORTS_READ)
"""What the back office fetches every night."""
STRANGERS = ("boulangerie.nord@else.example", "info@dakwerken.example", "j.keller@post.example")


def furnish(at: datetime, settings: Settings) -> None:
    """What came from the back office three hours before `at`."""
    with transaction():
        koen = db.session.scalar(User.by_login("koen"))
        tickets = [
            one
            for one in db.session.scalars(Ticket.waiting_since(at - timedelta(days=30)))
            if one.client is not None and one.client.email and not one.health and one.topic_id
        ][: sum(count for _kind, count in PLAN)]
        if koen is None or not tickets:
            return
        ApiToken.issue(koen, "back office", [Scope.NOTICES], at + timedelta(days=365))
        ApiToken.issue(koen, "Back office, every night", NIGHTLY, at + timedelta(days=365))
        then = at - timedelta(hours=3)
        content = written([HEADER, *lines(tickets, then)]).encode()
        shown = preview(content, then)
        batch = NoticeBatch.take(
            NAME, content, len(shown.table.lines), shown.faults, by=koen, at=then
        )
        batch.started_at = then
        while read_on(batch, then):
            pass
        notices.find_and_tell(db.session.scalars(Notice.of_batch(batch.id)).all(), settings, then)


def lines(tickets: list[Ticket], at: datetime) -> list[list[str]]:
    day = business_day(at)
    payment = working_day_after(working_day_after(day))
    kinds = [kind for kind, count in PLAN for _one in range(count)]
    found = [
        [
            f"BO-{1000 + place}",
            f"D-{day.year}-{4000 + place}",
            kind.value,
            day.isoformat(),
            str(ticket.number),
            "",
            payment.isoformat() if kind is NoticeKind.PAYMENT_ANNOUNCED else "",
            "family_annex|own_account" if kind is NoticeKind.DOCUMENTS_MISSING else "",
        ]
        for place, (kind, ticket) in enumerate(zip(kinds, tickets, strict=False))
    ]
    strangers = [
        [f"BO-{2000 + place}", "", NoticeKind.APPROVED.value, day.isoformat(), "", address, "", ""]
        for place, address in enumerate(STRANGERS)
    ]
    faulty = ["BO-2999", "", "clôturé", day.isoformat(), "", STRANGERS[0], "", ""]
    return [*found, *strangers, faulty]
