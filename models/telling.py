"""How much of what the house tells its clients is under way, and what waits for a person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from models.base import db
from models.calendar import business_day, start_of
from models.call_round import CallRound
from models.document_request import DocumentRequest
from models.info_page import InfoPage, InfoPageVersion, PageState
from models.info_reading import InfoFeedback
from models.mailing import Mailing, MailingState
from models.notice import Notice, NoticeState
from models.ticket import Status, Ticket
from models.user import User
from models.web_form import FormSubmission, WebForm


@dataclass(frozen=True)
class Telling:
    """Counts of now, asked for in one statement; `today` begins with the business day."""

    pages: int
    drafts: int
    scheduled: int
    reviews: int
    """Published pages that somebody was to look at again by now."""
    unread: int
    """What readers say is missing, and nobody has read."""
    forms: int
    submissions: int
    """Today."""
    running: int
    paused: int
    asked: int
    """Mailings that the person who asks may let go."""
    ready: int
    """A second person has read them; nobody has started them."""
    told: int
    """Notices of today."""
    unmatched: int
    no_address: int
    rounds: int
    documents: int
    """Asked of clients and not here yet, on open tickets."""

    @classmethod
    def now(cls, user: User, at: datetime) -> "Telling":
        today = start_of(business_day(at))
        row = db.session.execute(select(*_counts(user, at, today))).one()
        return cls(**row._mapping)


def _counts(user: User, at: datetime, today: datetime) -> list[Any]:
    version, published = InfoPageVersion, InfoPageVersion.state == PageState.PUBLISHED.value
    due = InfoPageVersion.review_by < business_day(at)
    asked = (
        select(DocumentRequest.id)
        .join(Ticket, Ticket.id == DocumentRequest.ticket_id)
        .where(
            DocumentRequest.received_at.is_(None),
            DocumentRequest.waived_at.is_(None),
            Ticket.status != Status.CLOSED.value,
            Ticket.merged_into_id.is_(None),
        )
        .subquery()
    )
    return [
        _count(version.id, published).label("pages"),
        _count(version.id, version.state == PageState.DRAFT.value, _kept(version.page_id)).label(
            "drafts"
        ),
        _count(version.id, version.state == PageState.SCHEDULED.value).label("scheduled"),
        _count(version.id, published, due).label("reviews"),
        _count(InfoFeedback.id, InfoFeedback.read_at.is_(None), InfoFeedback.missing != "").label(
            "unread"
        ),
        _count(WebForm.id, WebForm.closed_at.is_(None)).label("forms"),
        _count(FormSubmission.id, FormSubmission.at >= today).label("submissions"),
        _count(Mailing.id, Mailing.state == MailingState.RUNNING.value).label("running"),
        _count(Mailing.id, Mailing.state == MailingState.PAUSED.value).label("paused"),
        _mailings_for(user).label("asked"),
        _count(
            Mailing.id,
            Mailing.state == MailingState.COUNTED.value,
            Mailing.approved_at.is_not(None),
        ).label("ready"),
        _count(
            Notice.id,
            Notice.state == NoticeState.TOLD.value,
            or_(Notice.told_at >= today, Notice.told_at.is_(None)),
            Notice.created_at >= today,
        ).label("told"),
        _count(Notice.id, Notice.state == NoticeState.UNMATCHED.value).label("unmatched"),
        _count(Notice.id, Notice.state == NoticeState.NO_ADDRESS.value).label("no_address"),
        _count(CallRound.id, CallRound.closed_at.is_(None)).label("rounds"),
        select(func.count()).select_from(asked).scalar_subquery().label("documents"),
    ]


def waiting_mailings(user: User) -> int:
    """How many mailings `user` could let go."""
    return db.session.scalar(select(_mailings_for(user))) or 0


def _mailings_for(user: User) -> Any:
    waiting = Mailing.waiting_for(user).order_by(None).subquery()
    return select(func.count()).select_from(waiting).scalar_subquery()


def _kept(page_id: Any) -> ColumnElement[bool]:
    """Whether the page of a draft is not archived."""
    return (
        select(InfoPage.id).where(InfoPage.id == page_id, InfoPage.archived_at.is_(None)).exists()
    )


def _count(counted: Any, *conditions: ColumnElement[bool]) -> Any:
    return select(func.count(counted)).where(*conditions).scalar_subquery()
