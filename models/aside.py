"""What a restored backup may say twice: set aside, and let go kind by kind, by a person's word.

What stood to leave in the copy is set aside at once. What is written while everything is held back
waits; of it, what answers to something older than the restore may have been said as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Integer, and_, case, exists, func, or_, select, update

from models.action import Action
from models.base import db
from models.callback import Callback
from models.contact import Contact
from models.document_request import DocumentRequest
from models.event import record
from models.mailing import Mailing, MailingState
from models.message import Kind, Message, Sending
from models.notice import Notice
from models.outbox import Job, Outbox, later
from models.saved_report_times import ReportSending
from models.user import User
from models.webhook_delivery import GIVEN_UP_AFTER, DeliveryState, WebhookDelivery

SET_ASIDE = "set aside when a backup was restored: it may have left already"
PROMISED = (Job.NOTICE, Job.REPORT, Job.WEBHOOK)
"""What is still to be written, beside mails; mailings stand still, each goes on by itself."""
MAIL = "mail."
"""Before the kind of a mail."""
KINDS = (*(MAIL + kind.value for kind in Kind if kind is not Kind.MAILING), *PROMISED)


@dataclass(frozen=True)
class Standing:
    """How much of one kind is set aside, waits since and may have been said, and waits as new."""

    kind: str
    aside: int = 0
    earlier: int = 0
    fresh: int = 0

    @property
    def doubtful(self) -> int:
        """How much may have left already."""
        return self.aside + self.earlier


def set_aside(at: datetime) -> tuple[int, int]:
    """What stood to leave in a restored database leaves by a person's word only; returns (what is
    set aside, mailings that stand still)."""
    due = [Sending.WAITING.value, Sending.HELD.value]
    mails = _mails_aside(Message.state.in_(due))
    promises = sum(_promises_aside(kind, at, _open(kind)) for kind in PROMISED)
    mailings = db.session.scalars(
        update(Mailing)
        .where(Mailing.state == MailingState.RUNNING.value)
        .values(state=MailingState.PAUSED.value, paused_at=at)
        .returning(Mailing.id)
    ).all()
    for mailing_id in mailings:
        record("mailing.paused", at=at, mailing=mailing_id, why="restored")
    return mails + promises, len(mailings)


def standing(since: datetime) -> list[Standing]:
    """Of every kind, what is decided on before it leaves; restored was at `since`."""
    aside = _by_kind(_set_aside_mails())
    earlier = _by_kind(_waiting_mails(), _says_again(since))
    waiting = _by_kind(_waiting_mails())
    mails = [
        Standing(
            MAIL + kind,
            aside.get(kind, 0),
            earlier.get(kind, 0),
            waiting.get(kind, 0) - earlier.get(kind, 0),
        )
        for kind in (name.removeprefix(MAIL) for name in KINDS if name.startswith(MAIL))
    ]
    return [*mails, *(_standing(kind, since) for kind in PROMISED)]


def still_aside() -> dict[str, int]:
    """What is set aside and was never let go, by its kind."""
    mails = {MAIL + kind: many for kind, many in _by_kind(_set_aside_mails()).items()}
    found = mails | {kind.value: _count(_set_aside(kind)) for kind in PROMISED}
    return {kind: found[kind] for kind in KINDS if found.get(kind)}


def decide(choices: Mapping[str, bool], since: datetime, at: datetime, *, by: User) -> None:
    """True: all of that kind leaves; False: only what is new, and the rest is set aside."""
    for one in standing(since):
        if choices.get(one.kind, False):
            let_go(one.kind, at, by=by)
        elif one.earlier:
            _keep_back(one.kind, since, at)
            record("outgoing.set_aside", by=by, at=at, what=one.kind, many=one.earlier)


def let_go(kind: str, at: datetime, *, by: User) -> int:
    """What is set aside of one kind leaves after all; returns how much."""
    if kind.startswith(MAIL):
        of_kind = and_(Message.kind == kind.removeprefix(MAIL), _set_aside_mails())
        mails = db.session.scalars(select(Message).where(of_kind)).all()
        for message in mails:
            message.send_again(at)
        many = len(mails)
    else:
        many = _promise_again(Job(kind), at)
    if many:
        record("outgoing.let_go", by=by, at=at, what=kind, many=many)
    return many


# --- mails --------------------------------------------------------------------------------------


def _set_aside_mails() -> ColumnElement[bool]:
    return and_(Message.state == Sending.FAILED.value, Message.last_error == SET_ASIDE)


def _waiting_mails() -> ColumnElement[bool]:
    return and_(Message.state == Sending.WAITING.value, Message.mailing_id.is_(None))


def _says_again(since: datetime) -> ColumnElement[bool]:
    """Mails that the machine wrote since, and that answer to something older."""
    said_before = exists().where(Contact.ticket_id == Message.ticket_id, Contact.said_at <= since)
    told_before = exists().where(Notice.message_id == Message.id, Notice.created_at <= since)
    asked_before = and_(
        or_(Message.cause.startswith("documents "), Message.cause.startswith("reminder ")),
        exists().where(
            DocumentRequest.ticket_id == Message.ticket_id, DocumentRequest.asked_at <= since
        ),
    )
    called_before = exists().where(
        Callback.id == _number_after("callback"), Callback.closed_at <= since
    )
    decided_before = exists().where(Action.id == _number_after("owner"), Action.decided_at <= since)
    return or_(
        and_(Message.kind == Kind.ACKNOWLEDGEMENT.value, said_before),
        and_(Message.kind == Kind.NOTICE.value, or_(told_before, asked_before, called_before)),
        and_(Message.kind == Kind.HOUSE.value, decided_before),
    )


def _number_after(beginning: str) -> ColumnElement[int]:
    """Of what a mail is that names it in its cause so; none for all others."""
    number = func.split_part(Message.cause, " ", 2).cast(Integer)
    return case((Message.cause.startswith(f"{beginning} "), number))


def _by_kind(*those: ColumnElement[bool]) -> dict[str, int]:
    rows = select(Message.kind, func.count().label("many")).where(*those).group_by(Message.kind)
    return {row.kind: row.many for row in db.session.execute(rows)}


def _mails_aside(*those: ColumnElement[bool]) -> int:
    gone = db.session.scalars(
        update(Message)
        .where(*those, Message.mailing_id.is_(None))
        .values(state=Sending.FAILED.value, last_error=SET_ASIDE)
        .returning(Message.id)
    )
    return len(gone.all())


# --- promises -----------------------------------------------------------------------------------


def _open(kind: Job) -> ColumnElement[bool]:
    return and_(Outbox.kind == kind.value, Outbox.done_at.is_(None), Outbox.gave_up_at.is_(None))


def _set_aside(kind: Job) -> ColumnElement[bool]:
    return and_(Outbox.kind == kind.value, Outbox.done_at.is_(None), Outbox.last_error == SET_ASIDE)


def _made_before(kind: Job, since: datetime) -> ColumnElement[bool]:
    """Promises made since for something older: an event nobody was known by, a report whose time
    had come."""
    if kind is Job.NOTICE:
        older = select(Notice.id).where(Notice.created_at <= since)
    elif kind is Job.REPORT:
        older = select(ReportSending.id).where(ReportSending.due_at <= since)
    else:
        return Outbox.created_at <= since
    of_a_file = Outbox.cause.startswith("file")  # counted by the number of the file
    return and_(~of_a_file, Outbox.ref_id.in_(older))


def _standing(kind: Job, since: datetime) -> Standing:
    waits = _count(_open(kind))
    earlier = _count(_open(kind), _made_before(kind, since))
    return Standing(kind.value, _count(_set_aside(kind)), earlier, waits - earlier)


def _count(*those: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).select_from(Outbox).where(*those)) or 0


def _promises_aside(kind: Job, at: datetime, *those: ColumnElement[bool]) -> int:
    causes = db.session.execute(
        update(Outbox)
        .where(*those)
        .values(gave_up_at=at, last_error=SET_ASIDE)
        .returning(Outbox.cause)
    ).all()
    if kind is Job.WEBHOOK:
        _tellings([row.cause for row in causes], state=DeliveryState.DEAD.value, ended_at=at)
    return len(causes)


def _promise_again(kind: Job, at: datetime) -> int:
    """Each as a promise of its own: the one that was set aside stays, as what was decided."""
    rows = db.session.execute(
        update(Outbox)
        .where(_set_aside(kind))
        .values(done_at=at)
        .returning(Outbox.ref_id, Outbox.cause)
    ).all()
    if kind is Job.WEBHOOK:
        until = at + GIVEN_UP_AFTER
        _tellings(
            [row.cause for row in rows],
            state=DeliveryState.WAITING.value,
            ended_at=None,
            next_at=None,
            until=until,
        )
    for row in rows:
        later(kind, row.ref_id, cause=f"{row.cause} let go {at.isoformat()}")
    return len(rows)


def _tellings(causes: list[str], **values: object) -> None:
    uuids = [cause.split(" ")[0] for cause in causes]
    db.session.execute(
        update(WebhookDelivery).where(WebhookDelivery.uuid.in_(uuids)).values(**values)
    )


def _keep_back(kind: str, since: datetime, at: datetime) -> None:
    """What was written or promised since for something older joins what is set aside."""
    if kind.startswith(MAIL):
        _mails_aside(Message.kind == kind.removeprefix(MAIL), _waiting_mails(), _says_again(since))
    else:
        job = Job(kind)
        _promises_aside(job, at, _open(job), _made_before(job, since))
