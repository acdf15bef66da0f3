"""Requests that were answered already, each under the key that came with it."""

from datetime import datetime
from typing import Self

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, db


class IdempotencyKey(Base):
    """A request that was already answered: the same key gets the same answer."""

    __tablename__ = "idempotency_key"

    scope: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    ref_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    @classmethod
    def seen(cls, scope: str, key: str) -> Self | None:
        return db.session.get(cls, (scope, key))

    @classmethod
    def remember(cls, scope: str, key: str, digest: str, ref_id: int | None) -> None:
        """Keep a request that is being answered now; the first of several stays."""
        values = {"scope": scope, "key": key, "digest": digest, "ref_id": ref_id}
        db.session.execute(insert(cls).values(**values).on_conflict_do_nothing())

    @classmethod
    def since(cls, scope: str, start: datetime) -> tuple[int, datetime | None]:
        """(how many requests of `scope` were remembered after `start`, when the oldest was)."""
        count, oldest = db.session.execute(
            select(func.count(), func.min(cls.created_at)).where(
                cls.scope == scope, cls.created_at > start
            )
        ).one()
        return count, oldest

    @classmethod
    def forget(cls, scope: str) -> None:
        db.session.execute(delete(cls).where(cls.scope == scope))

    @classmethod
    def sweep(cls, before: datetime) -> None:
        db.session.execute(delete(cls).where(cls.created_at < before))
