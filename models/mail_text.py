"""What our automatic mails say where somebody has changed it; else the shipped text stands.

Every change is a row of its own and none is edited: the last one of a mail and language counts.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from sqlalchemy import ForeignKey, Index, Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, db, one_at_a_time
from models.event import record
from models.user import User

LONGEST_SUBJECT = 150
LONGEST = 5_000


class MailText(Base):
    """One version of one mail in one language; without words it brings the shipped text back."""

    __tablename__ = "mail_text"
    __table_args__ = (Index("ix_mail_text_newest", "kind", "language", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    language: Mapped[str]
    subject: Mapped[str | None]
    text: Mapped[str | None]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    by: Mapped[User] = relationship()

    @property
    def shipped(self) -> bool:
        return self.text is None

    @classmethod
    def named(cls, version_id: int) -> Self | None:
        return db.session.get(cls, version_id)

    @classmethod
    def newest(cls, kind: str, language: str) -> Self | None:
        """What stands now, if anybody has ever changed it."""
        return db.session.scalar(cls._of(kind, language).limit(1))

    @classmethod
    def history(cls, kind: str, language: str) -> Sequence[Self]:
        return db.session.scalars(cls._of(kind, language)).all()

    @classmethod
    def changed(cls) -> set[tuple[str, str]]:
        """The mails, each with a language, whose text is not the shipped one now."""
        newest = select(cls).ext(distinct_on(cls.kind, cls.language))
        rows = db.session.scalars(newest.order_by(cls.kind, cls.language, cls.id.desc()))
        return {(row.kind, row.language) for row in rows if not row.shipped}

    @classmethod
    def write(
        cls, kind: str, language: str, subject: str | None, text: str | None, *, by: User
    ) -> Self | None:
        """A new version that stands from now on; None when it says what stands already."""
        one_at_a_time("mail_text", f"{kind}|{language}")
        standing = cls.newest(kind, language)
        said = (standing.subject, standing.text) if standing is not None else (None, None)
        if said == (subject, text):
            return None
        made = cls(kind=kind, language=language, subject=subject, text=text, by_id=by.id)
        db.session.add(made)
        db.session.flush()
        deed = "mail_text.restored" if text is None else "mail_text.changed"
        record(deed, by=by, mail=kind, language=language, version=made.id)
        return made

    @classmethod
    def _of(cls, kind: str, language: str) -> Select[Self]:
        return select(cls).where(cls.kind == kind, cls.language == language).order_by(cls.id.desc())
