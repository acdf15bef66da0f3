"""A person's word about something that clients ask and no page answers: that it needs none."""

from datetime import date, datetime
from typing import Self

from sqlalchemy import ForeignKey, UniqueConstraint, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, db, one_at_a_time
from models.event import record
from models.user import User

KINDS = ("problem", "matter", "search")
LONGEST = 300


class InfoGap(Base):
    """What was set aside, why, and until when; one that was brought back counts no more."""

    __tablename__ = "info_gap"
    __table_args__ = (UniqueConstraint("kind", "ref"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    """problem, matter (topic and sub-topic and intent), search"""
    ref: Mapped[str]
    why: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    until: Mapped[date | None]
    withdrawn_at: Mapped[datetime | None]

    by: Mapped[User] = relationship()

    @classmethod
    def named(cls, gap_id: int | None) -> Self | None:
        return db.session.get(cls, gap_id) if gap_id else None

    @classmethod
    def set_aside(
        cls, kind: str, ref: str, why: str, until: date | None, *, by: User, at: datetime
    ) -> Self:
        """Not for the dossier; said again, the newer word counts. Raises ValueError without a
        reason, or for what is no gap."""
        words = " ".join(why.split())[:LONGEST]
        if kind not in KINDS or not ref or len(ref) > LONGEST or not words:
            raise ValueError("a gap is set aside for a reason")
        one_at_a_time("info_gap", f"{kind} {ref}")
        made = db.session.scalar(select(cls).where(cls.kind == kind, cls.ref == ref))
        made = made or cls(kind=kind, ref=ref)
        made.why, made.until, made.by_id, made.at = words, until, by.id, at
        made.withdrawn_at = None
        db.session.add(made)
        db.session.flush()
        record(
            "info_gap.set_aside",
            by=by,
            at=at,
            gap=made.id,
            kind_of=kind,
            ref=ref,
            why=words,
            until=until.isoformat() if until else None,
        )
        return made

    def bring_back(self, *, by: User, at: datetime) -> None:
        if self.withdrawn_at is None:
            self.withdrawn_at = at
            record("info_gap.brought_back", by=by, at=at, gap=self.id, ref=self.ref)

    @classmethod
    def standing(cls, day: date) -> list[Self]:
        """What is set aside on `day`, the latest first."""
        held = or_(cls.until.is_(None), cls.until >= day)
        return list(
            db.session.scalars(
                select(cls).where(cls.withdrawn_at.is_(None), held).order_by(cls.at.desc(), cls.id)
            )
        )
