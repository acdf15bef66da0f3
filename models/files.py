"""Files that came with contacts or leave with answers: kept once for each content."""

import hashlib
from typing import Self

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, db
from models.keys import ring


class Blob(Base):
    """An attachment's bytes, kept once per content."""

    __tablename__ = "blob"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    @classmethod
    def keep(cls, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        db.session.execute(
            insert(cls)
            .values(sha256=digest, size=len(content), sealed=ring().seal(content, f"blob|{digest}"))
            .on_conflict_do_nothing()
        )
        return digest

    @property
    def content(self) -> bytes:
        assert self.sealed is not None
        return ring().open(self.sealed, f"blob|{self.sha256}")


class Attachment(Base):
    """A file that came with a contact."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    name: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"))
    inline: Mapped[bool] = mapped_column(default=False)

    blob: Mapped[Blob] = relationship()

    @classmethod
    def named(cls, attachment_id: int) -> Self | None:
        return db.session.get(cls, attachment_id)
