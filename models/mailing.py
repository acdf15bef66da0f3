"""Mailings: one thing told to many clients, each once, in the client's language.

What people do with one stands here; nothing leaves from here.
"""

from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import Select, exists, func, select, update

from models.base import db
from models.mailing_draft import (
    FALLBACK,
    NOT_BEGUN,
    SECOND_READER_ABOVE,
    MailingDraft,
    Outdated,
    Tally,
)
from models.mailing_recipient import (
    MailingRecipient,
    NotNow,
    RecipientFilter,
    RecipientState,
    Why,
)
from models.mailing_row import MailingPurpose, MailingState
from models.message import Message, Sending
from models.outbox import Job, Outbox
from models.user import User
from models.wave import announce, withdraw

__all__ = [
    "FALLBACK",
    "NOT_BEGUN",
    "SECOND_READER_ABOVE",
    "Mailing",
    "MailingPurpose",
    "MailingRecipient",
    "MailingState",
    "NotNow",
    "Outdated",
    "RecipientFilter",
    "RecipientState",
    "Tally",
    "Why",
]

GRACE = timedelta(seconds=10)
"""How long a start can be taken back before anything leaves."""
OPEN = (*NOT_BEGUN, MailingState.RUNNING, MailingState.PAUSED)
TABLE_KEPT = timedelta(days=90)
"""So long after its end a mailing can still be tried again for single people."""


class Mailing(MailingDraft):
    """What is told, to whom, when, and who let it go."""

    @classmethod
    def named(cls, mailing_id: int | None) -> Self | None:
        return db.session.get(cls, mailing_id) if mailing_id else None

    @classmethod
    def held(cls, mailing_id: int) -> Self | None:
        """As it stands now, held until the transaction ends."""
        row = select(cls).where(cls.id == mailing_id).with_for_update(of=cls)
        return db.session.scalar(row.execution_options(populate_existing=True))

    @classmethod
    def everything(cls) -> Select[Self]:
        """The newest first."""
        return select(cls).order_by(cls.id.desc())

    @classmethod
    def waiting_for(cls, user: User) -> Select[Self]:
        """Those that this person, who may approve at all, could let go."""
        return cls.everything().where(
            cls.state == MailingState.ASKED.value,
            cls.created_by_id != user.id,
            func.coalesce(cls.changed_by_id, 0) != user.id,
            func.coalesce(cls.asked_by_id, 0) != user.id,
        )

    # --- sent -------------------------------------------------------------------------------

    def start(self, *, by: User, at: datetime, above: int = SECOND_READER_ABOVE) -> None:
        """Let it go, at `start_at` or in ten seconds; until then the start can be taken back.

        Raises `NotNow` where nobody gets it or a second person must be asked.
        """
        self._expect(MailingState.COUNTED)
        ready = self.tally().ready
        if not ready:
            raise NotNow("nobody")
        if self.approved_at is None and ready > above:
            raise NotNow("second_person")
        self.state = MailingState.RUNNING.value
        self.started_at, self.started_by_id = at, by.id
        self.start_at = max(self.start_at or at, at + GRACE)
        announce(self, at, by)
        self._promise("run", at)
        self._tell("started", by, at, recipients=ready, from_=self.start_at.isoformat())

    def take_back(self, *, by: User, at: datetime) -> None:
        """The start was a slip; raises `NotNow` once a mail is written."""
        self._hold()
        if self.state not in (MailingState.RUNNING, MailingState.PAUSED) or self._written():
            raise NotNow("begun")
        self.state = MailingState.COUNTED.value
        if self.started_at and self.start_at and self.start_at <= self.started_at + GRACE:
            self.start_at = None  # nobody had chosen it
        self.started_at = self.started_by_id = self.paused_at = None
        withdraw(self, at, by)
        self._tell("start_taken_back", by, at)

    def pause(self, *, by: User, at: datetime) -> None:
        """Nothing leaves any more but what is being handed over at this moment."""
        self._expect(MailingState.RUNNING)
        self.state, self.paused_at = MailingState.PAUSED.value, at
        self._tell("paused", by, at)

    def resume(self, *, by: User, at: datetime) -> None:
        self._expect(MailingState.PAUSED)
        self.state, self.paused_at, self.last_error = MailingState.RUNNING.value, None, None
        written = select(MailingRecipient.message_id).where(
            MailingRecipient.mailing_id == self.id,
            MailingRecipient.state == RecipientState.PROMISED.value,
        )
        db.session.execute(
            update(Outbox)
            .where(
                Outbox.kind == Job.SEND.value, Outbox.ref_id.in_(written), Outbox.done_at.is_(None)
            )
            .values(not_before=None)
            .execution_options(synchronize_session=False)
        )
        self._promise("run", at)
        self._tell("resumed", by, at)

    def cancel(self, *, by: User, at: datetime) -> None:
        """What has left has left; all the rest never does."""
        self._hold()
        if self.state not in OPEN:
            raise NotNow("ended")
        self.state, self.ended_at = MailingState.CANCELLED.value, at
        self._withdraw_written(at)
        queued = update(MailingRecipient).where(
            MailingRecipient.mailing_id == self.id,
            MailingRecipient.state == RecipientState.QUEUED.value,
        )
        tried = queued.where(MailingRecipient.message_id == Message.id)
        refused = {"state": RecipientState.FAILED.value, "why": func.left(Message.last_error, 500)}
        for statement in (
            tried.values(**refused, ended_at=at),  # to be tried again, and not any more
            queued.values(state=RecipientState.CANCELLED.value, ended_at=at),
        ):
            db.session.execute(statement.execution_options(synchronize_session=False))
        db.session.expire_all()
        withdraw(self, at, by)
        self._tell("cancelled", by, at)

    @classmethod
    def forget_tables(cls, at: datetime) -> int:
        """What a table said of its people goes some time after the end; returns of how many."""
        ended = select(cls.id).where(cls.sealed.is_not(None), cls.ended_at < at - TABLE_KEPT)
        ids = db.session.scalars(ended).all()
        for table, key, values in (
            (MailingRecipient, MailingRecipient.mailing_id, {"fields": {}}),
            (cls, cls.id, {"sealed": None}),
        ):
            forgotten = update(table).where(key.in_(ids)).values(**values)
            db.session.execute(forgotten.execution_options(synchronize_session=False))
        return len(ids)

    def retry(self, recipient: MailingRecipient, *, by: User, at: datetime) -> None:
        """A mail that no server took has its turn once more, as the same mail."""
        self._hold()
        if self.state == MailingState.CANCELLED:
            raise NotNow("ended")
        db.session.refresh(recipient, with_for_update=True)
        if recipient.state != RecipientState.FAILED or recipient.message_id is None:
            raise NotNow("not_failed")
        recipient.state, recipient.why = RecipientState.QUEUED.value, ""
        recipient.ended_at = None
        if self.state == MailingState.DONE:
            self.state, self.ended_at = MailingState.RUNNING.value, None
            self._promise("run", at)
        self._tell("retried", by, at, recipient=recipient.id)

    def _withdraw_written(self, at: datetime) -> None:
        """What is written and not being handed over at this moment."""
        waiting = db.session.scalars(
            select(Message.id)
            .join(MailingRecipient, MailingRecipient.message_id == Message.id)
            .where(
                MailingRecipient.mailing_id == self.id,
                MailingRecipient.state == RecipientState.PROMISED.value,
                Message.state == Sending.WAITING.value,
            )
            .order_by(Message.id)
            .with_for_update(skip_locked=True, of=Message)
        ).all()
        db.session.execute(
            update(Message)
            .where(Message.id.in_(waiting))
            .values(state=Sending.WITHDRAWN.value)
            .execution_options(synchronize_session=False)
        )
        db.session.execute(
            update(MailingRecipient)
            .where(MailingRecipient.message_id.in_(waiting))
            .values(state=RecipientState.CANCELLED.value, ended_at=at)
            .execution_options(synchronize_session=False)
        )

    def _written(self) -> bool:
        one = exists().where(
            MailingRecipient.mailing_id == self.id, MailingRecipient.message_id.is_not(None)
        )
        return bool(db.session.scalar(select(one)))
