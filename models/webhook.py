"""Other programs that want to know: where, of what, and with which secret we sign.

What they are told of is in `models/webhook_telling.py`, what became of it in
`models/webhook_delivery.py`.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ForeignKey, LargeBinary, Select, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeText, db
from models.keys import ring
from models.user import User

OVERLAP = timedelta(hours=24)
"""So long the secret before a new one still signs too."""
MOST_FAILURES = 20
"""So many tries in a row end in vain before an address is told nothing more."""
LONGEST_NAME = 60
LONGEST_ADDRESS = 2_000


class PublicEvent(StrEnum):
    """What other programs can be told of."""

    TICKET_CREATED = "ticket.created"
    TICKET_UPDATED = "ticket.updated"
    TICKET_ASSIGNED = "ticket.assigned"
    TICKET_CLOSED = "ticket.closed"
    TICKET_MERGED = "ticket.merged"
    TICKET_UNMERGED = "ticket.unmerged"
    MESSAGE_CREATED = "message.created"
    CALL_MISSED = "call.missed"
    CALLBACK_DUE = "callback.due"
    PROBLEM_OPENED = "problem.opened"
    PROBLEM_ESCALATED = "problem.escalated"
    PROBLEM_ACTION_SHIPPED = "problem.action_shipped"
    PROBLEM_VERIFIED = "problem.verified"


class SwitchedOff(StrEnum):
    """Why an address is told nothing."""

    BY_HAND = "by_hand"
    FAILED = "failed"
    """Too many tries in a row came to nothing."""
    GONE = "gone"
    """The receiver itself has said that it is there no more (410)."""


BY_ITSELF = (SwitchedOff.FAILED.value, SwitchedOff.GONE.value)


class Webhook(Base):
    """One address that is told of events, each telling signed with its secret."""

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    url: Mapped[str]
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_before: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The secret before the present one, while it still signs too."""
    before_until: Mapped[datetime | None]
    events: Mapped[list[str]] = mapped_column(ARRAY(SafeText), default=list)
    with_text: Mapped[bool] = mapped_column(default=False)
    """Whether what was written is told too; ids, states and labels always are."""
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    failures: Mapped[int] = mapped_column(default=0)
    """In a row."""
    disabled_at: Mapped[datetime | None]
    disabled_why: Mapped[str] = mapped_column(default="")
    archived_at: Mapped[datetime | None]

    created_by: Mapped[User] = relationship(foreign_keys=[created_by_id])

    @property
    def told(self) -> bool:
        """Whether it is told of anything at present."""
        return self.disabled_at is None and self.archived_at is None

    def renew_secret(self, at: datetime | None = None) -> str:
        """A new secret, to be shown once; with `at`, the present one signs too for a day."""
        place = f"webhook|secret|{self.id}"
        if at is not None:
            self.sealed_before, self.before_until = self.sealed_secret, at + OVERLAP
        secret = "wh_" + secrets.token_urlsafe(32)
        self.sealed_secret = ring().seal(secret.encode(), place)
        return secret

    def signing_secrets(self, at: datetime) -> Sequence[bytes]:
        """What signs now, the present secret first."""
        sealed = [self.sealed_secret]
        if self.sealed_before and self.before_until and at < self.before_until:
            sealed.append(self.sealed_before)
        return [ring().open(one, f"webhook|secret|{self.id}") for one in sealed]

    @classmethod
    def standing(cls) -> Select[Self]:
        """Whatever is not archived, in the order in which it was made."""
        return select(cls).where(cls.archived_at.is_(None)).order_by(cls.id)

    @classmethod
    def named(cls, webhook_id: int) -> Self | None:
        return db.session.get(cls, webhook_id)

    @classmethod
    def held(cls, webhook_id: int) -> Self | None:
        """The row, with nobody else at it until the transaction ends."""
        return db.session.scalar(
            select(cls)
            .where(cls.id == webhook_id)
            .with_for_update(of=cls)
            .execution_options(populate_existing=True)
        )

    @classmethod
    def listening(cls) -> dict[str, list[int]]:
        """By event, the ids of those that are told of it."""
        rows = db.session.execute(
            select(cls.id, cls.events).where(cls.disabled_at.is_(None), cls.archived_at.is_(None))
        )
        found: dict[str, list[int]] = {}
        for webhook_id, events in rows:
            for event in events:
                found.setdefault(event, []).append(webhook_id)
        return found

    @classmethod
    def switched_off_by_failure(cls) -> Sequence[Self]:
        """What somebody should look at: switched off by its own failures."""
        failed = cls.standing().where(cls.disabled_why.in_(BY_ITSELF))
        return db.session.scalars(failed.where(cls.disabled_at.is_not(None))).all()

    def facts(self) -> dict[str, Any]:
        """What an event of ours says of it; never the secret, nor a key in its address."""
        return {
            "webhook": self.id,
            "name": self.name,
            "url": self.url.partition("?")[0],
            "events": list(self.events),
            "with_text": self.with_text,
        }
