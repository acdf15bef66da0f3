"""Where a matter stands, for the client who holds its link: how far, what is missing, what is next.

Nothing here names the client, the topic, an amount or a word that was said.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from models.calendar import business_day, working_day_after
from models.document_request import DocumentRequest, DocumentState
from models.info_page import pages_about
from models.message import Message
from models.notice import Notice, NoticeKind
from models.ticket import Status, Ticket
from triage.dossier import Shown, shown
from triage.letters import expected_delay

MOST_PAGES = 3
NEW = timedelta(days=1)
"""So long the queue says when an answer comes; afterwards the promise alone does."""


class Stage(StrEnum):
    """What can have happened to a matter, or be the case now."""

    RECEIVED = "received"
    READ = "read"
    WAITS_FOR_YOU = "waits_for_you"
    COMPLETE = "complete"
    AT_AUTHORITY = "at_authority"
    ANSWERED = "answered"
    APPROVED = "approved"
    REFUSED = "refused"
    PAYMENT = "payment"
    PAID = "paid"
    FINISHED = "finished"


OF_NOTICE = {
    NoticeKind.COMPLETE: Stage.COMPLETE,
    NoticeKind.SENT_TO_AUTHORITY: Stage.AT_AUTHORITY,
    NoticeKind.APPROVED: Stage.APPROVED,
    NoticeKind.REFUSED: Stage.REFUSED,
    NoticeKind.PAYMENT_ANNOUNCED: Stage.PAYMENT,
    NoticeKind.PAID: Stage.PAID,
}
"""Of the other kinds the matter itself tells: it was received, or a document is missing."""


@dataclass(frozen=True)
class Step:
    """One line of the way; `at` is empty for what is ahead, `day` is that of a payment."""

    stage: Stage
    at: datetime | None = None
    day: date | None = None
    here: bool = False
    new: bool = False
    """It happened since the reader looked last."""


@dataclass(frozen=True)
class Document:
    """One document that was asked for; `name` is empty where it may not stand on such a page."""

    id: int
    name: str
    state: DocumentState
    asked_on: date
    due_on: date | None
    why: str
    received_on: date | None


@dataclass(frozen=True)
class Promise:
    """By when we answer; `late` in working days; `before` wait longer than we had promised."""

    day: date
    late: int = 0
    forecast: date | None = None
    before: int = 0


@dataclass(frozen=True)
class Standing:
    """All that the page tells."""

    number: int
    stage: Stage
    steps: Sequence[Step]
    documents: Sequence[Document]
    promise: Promise | None
    messages: int
    last_word_at: datetime
    answered_at: datetime | None
    changed: bool
    """Something happened since the reader looked last."""

    @property
    def missing(self) -> list[Document]:
        return [one for one in self.documents if one.state is DocumentState.ASKED]

    @property
    def came(self) -> list[Document]:
        return [
            one
            for one in self.documents
            if one.state in (DocumentState.RECEIVED, DocumentState.ACCEPTED)
        ]

    @property
    def pays_on(self) -> date | None:
        return next((step.day for step in reversed(self.steps) if step.here), None)


def standing(
    ticket: Ticket, at: datetime, language: str, looked_at: datetime | None = None
) -> Standing:
    """How the matter stands at `at`; `looked_at` is when the reader was here before."""
    requests = DocumentRequest.of_ticket(ticket.id)
    notices = [one for one in Notice.shown_of(ticket.id) if NoticeKind(one.kind) in OF_NOTICE]
    answered_at = Message.last_reply_at(ticket.id)
    stage = stage_of(ticket, requests, notices, answered_at)
    steps = [
        replace(step, new=looked_at is not None and step.at is not None and step.at > looked_at)
        for step in way(ticket, stage, requests, notices, answered_at)
    ]
    return Standing(
        number=ticket.number,
        stage=stage,
        steps=steps,
        documents=[document(one, language, ticket.private) for one in requests],
        promise=promise_of(ticket, at) if stage in (Stage.RECEIVED, Stage.READ) else None,
        messages=ticket.contacts_count,
        last_word_at=max(ticket.last_contact_at, ticket.opened_at),
        answered_at=answered_at,
        changed=any(step.new for step in steps),
    )


def stage_of(
    ticket: Ticket,
    requests: Iterable[DocumentRequest],
    notices: Sequence[Notice],
    answered_at: datetime | None,
) -> Stage:
    """Whose turn it is: what the client lacks comes first, then what we owe, then the file."""
    if any(one.open for one in requests):
        return Stage.WAITS_FOR_YOU
    news = notices[-1] if notices else None
    owed = ticket.status in (Status.NEW, Status.OPEN)
    since = ticket.last_contact_at if owed else answered_at
    if news is not None and (since is None or news.occurred_at >= since):
        return OF_NOTICE[NoticeKind(news.kind)]
    if ticket.closed:
        return Stage.FINISHED
    if ticket.status == Status.WAITING:
        return Stage.ANSWERED
    return Stage.READ if ticket.assignee_id or ticket.status == Status.OPEN else Stage.RECEIVED


def way(
    ticket: Ticket,
    stage: Stage,
    requests: Iterable[DocumentRequest],
    notices: Iterable[Notice],
    answered_at: datetime | None,
) -> list[Step]:
    """What has happened in its order, where it is now, and what surely comes."""
    done = [Step(OF_NOTICE[NoticeKind(n.kind)], n.occurred_at, n.pays_on) for n in notices]
    if answered_at is not None:
        done.append(Step(Stage.ANSWERED, answered_at))
    if ticket.closed_at is not None:
        done.append(Step(Stage.FINISHED, ticket.closed_at))
    asked = [one.asked_at for one in requests if one.open]
    if asked:
        done.append(Step(Stage.WAITS_FOR_YOU, max(asked)))
    done.sort(key=lambda step: (step.at, list(Stage).index(step.stage)))
    steps = with_here([Step(Stage.RECEIVED, ticket.opened_at), *done], stage)
    read = Step(Stage.READ, here=stage is Stage.READ)
    by_form = all(one.asked_by_id is None for one in requests) and answered_at is None
    unseen = stage is Stage.WAITS_FOR_YOU and by_form and ticket.assignee_id is None
    if unseen or stage in (Stage.READ, Stage.RECEIVED):
        steps.append(read)
    elif len(steps) > 1:
        steps.insert(1, read)
    if stage in (Stage.RECEIVED, Stage.READ, Stage.WAITS_FOR_YOU):
        steps.append(Step(Stage.ANSWERED))
    return steps


def with_here(done: Sequence[Step], stage: Stage) -> list[Step]:
    """The last of that stage is where it is now."""
    steps = list(done)
    for position in reversed(range(len(steps))):
        if steps[position].stage is stage:
            steps[position] = replace(steps[position], here=True)
            break
    return steps


def document(request: DocumentRequest, language: str, hidden: bool) -> Document:
    return Document(
        id=request.id,
        name="" if hidden else request.name(language),
        state=request.state,
        asked_on=business_day(request.asked_at),
        due_on=request.due_on,
        why="" if hidden else request.why,
        received_on=business_day(request.received_at) if request.received_at else None,
    )


def promise_of(ticket: Ticket, at: datetime) -> Promise | None:
    """The day we have promised; how late we are; what the queue says while the matter is new."""
    if ticket.due_at is None:
        return None
    day, today = business_day(ticket.due_at), business_day(at)
    if ticket.overdue(at):
        return Promise(day, late=max(1, working_days_between(day, today)))
    if at - ticket.opened_at > NEW:
        return Promise(day)
    delay = expected_delay(ticket, at)
    forecast = working_day_after(today, delay.days)
    if delay.before is None or forecast <= day:
        return Promise(day)
    return Promise(day, forecast=forecast, before=delay.before)


def working_days_between(first: date, last: date) -> int:
    """How many working days after `first` the last one until `last` is."""
    count, day = 0, first
    while (day := working_day_after(day)) <= last:
        count += 1
    return count


def pages_to_read(ticket: Ticket, language: str, day: date) -> list[Shown]:
    """Pages of the dossier about it; none where the topic itself may not be named."""
    if ticket.private or ticket.needs_choice or ticket.topic_id is None:
        return []
    about = pages_about(topic_id=ticket.topic_id, subtopic_id=ticket.subtopic_id)
    return [shown(version, language, day) for version in about[:MOST_PAGES]]
