"""Turns of the clock's jobs: however many relays there are, one of them takes each."""

from datetime import datetime

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, db


class JobSlot(Base):
    """A periodic job's turn; the row's existence says that somebody has taken it."""

    __tablename__ = "job_slot"

    name: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[str] = mapped_column(primary_key=True)
    taken_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    @classmethod
    def take(cls, name: str, slot: str) -> bool:
        """True for exactly one caller per `name` and `slot`."""
        taken = db.session.execute(
            insert(cls).values(name=name, slot=slot).on_conflict_do_nothing().returning(cls.slot)
        )
        return taken.first() is not None

    @classmethod
    def sweep(cls, before: datetime) -> None:
        db.session.execute(delete(cls).where(cls.taken_at < before))
