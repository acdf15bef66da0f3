"""Who was asked who he or she is, by whom, and how; the file is shown only after that."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, db
from models.client import Client
from models.event import record
from models.user import User


class Proof(StrEnum):
    """What an agent has gone by; the answers themselves are never kept."""

    NAME_AND_BIRTH_DATE = "name_and_birth_date"
    ENTERPRISE_NUMBER = "enterprise_number"
    CALLED_BACK = "called_back"
    KNOWN_VOICE = "known_voice"


class IdentityCheck(Base):
    """An agent's word that the caller is this client."""

    __tablename__ = "identity_check"
    __table_args__ = (Index("ix_identity_check_client", "client_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id"), index=True)
    once: Mapped[str] = mapped_column(default="")
    """The mark of the form: the check holds for one note, not for the client's next call."""
    how: Mapped[str]
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    @classmethod
    def note(
        cls, client: Client, how: Proof, *, once: str, call_id: int | None, by: User, at: datetime
    ) -> Self:
        """The caller has shown to be `client`; a second word on the same note changes nothing."""
        standing = cls.standing(by, once).get(client.id)
        if standing is not None:
            return standing
        made = cls(
            client_id=client.id, user_id=by.id, call_id=call_id, once=once, how=how.value, at=at
        )
        db.session.add(made)
        db.session.flush()
        record("client.identity_checked", by=by, at=at, client_id=client.id, how=how.value)
        return made

    def withdraw(self, *, by: User, at: datetime) -> None:
        """It was a slip: the file closes again."""
        if self.withdrawn_at is None:
            self.withdrawn_at = at
            record("client.identity_withdrawn", by=by, at=at, client_id=self.client_id)

    @classmethod
    def of(cls, user: User, check_id: int) -> Self | None:
        return db.session.scalar(select(cls).where(cls.id == check_id, cls.user_id == user.id))

    @classmethod
    def standing(cls, user: User, once: str) -> dict[int, Self]:
        """By client, what `user` has checked while taking one note."""
        if not once:
            return {}
        rows = db.session.scalars(
            select(cls).where(cls.once == once, cls.user_id == user.id, cls.withdrawn_at.is_(None))
        )
        return {check.client_id: check for check in rows}
