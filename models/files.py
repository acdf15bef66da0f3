"""Files that came with contacts or leave with answers: kept once for each content.

Their bytes lie sealed in the file store; rows made before there was one still hold them.
"""

import hashlib
import zlib
from collections.abc import Collection
from typing import Self

from cryptography.exceptions import InvalidTag
from sqlalchemy import ColumnElement, ForeignKey, LargeBinary, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from models.base import Base, db
from models.filestore import Lost, store
from models.keys import ring

LOGO_BYTES = 20_000


class Blob(Base):
    """The content of one or more attachments."""

    __tablename__ = "blob"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int]
    sealed: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    """The bytes of an old row, until `move_out` has put them into the file store."""

    @classmethod
    def keep(cls, content: bytes) -> str:
        """Keep it outside the database, then mention it; returns its digest.

        Raises `filestore.NoRoom` when the disk is full: nothing may then be kept without it.
        """
        digest = hashlib.sha256(content).hexdigest()
        if not store().claim(digest):
            store().keep(digest, ring().seal(content, _place(digest)))
        db.session.execute(
            insert(cls).values(sha256=digest, size=len(content)).on_conflict_do_nothing()
        )
        return digest

    @property
    def content(self) -> bytes:
        """The bytes as they came; raises `filestore.Lost` when they are missing or damaged."""
        if self.sealed is not None:
            return _opened(self.sha256, self.sealed)
        return self.kept(self.sha256)

    @classmethod
    def kept(cls, digest: str) -> bytes:
        """What lies in the file store under a digest; the database is not asked. Raises `Lost`."""
        content = _opened(digest, store().open(digest))
        store().forgive(digest)
        return content

    @classmethod
    def move_out(cls, most_bytes: int) -> int:
        """Move some of what old rows still hold into the file store; returns how many."""
        waiting = (
            select(cls)
            .where(cls.sealed.is_not(None))
            .order_by(cls.sha256)
            .limit(50)
            .with_for_update(skip_locked=True)
        )
        moved = 0
        for blob in db.session.scalars(waiting):
            if most_bytes <= 0:
                break
            assert blob.sealed is not None
            if not store().claim(blob.sha256):
                store().keep(blob.sha256, blob.sealed)
            most_bytes -= blob.size
            blob.sealed = None
            moved += 1
        db.session.flush()
        return moved

    @classmethod
    def forget(cls, *digests: str) -> list[str]:
        """Of these the ones that no row points at go, and the store sweeps their bytes away by
        itself; returns which."""
        pointing = [
            key.parent
            for table in Base.metadata.tables.values()
            for key in table.foreign_keys
            if key.references(Base.metadata.tables[cls.__tablename__])
        ]
        used = [select(column).where(column == cls.sha256).exists() for column in pointing]
        rows = delete(cls).where(cls.sha256.in_(digests), *(~one for one in used))
        gone = rows.returning(cls.sha256).execution_options(synchronize_session=False)
        return sorted(db.session.scalars(gone))

    @classmethod
    def mentioned(cls, digests: Collection[str]) -> set[str]:
        """Those of `digests` that some row knows."""
        return set(db.session.scalars(select(cls.sha256).where(cls.sha256.in_(digests))))

    @classmethod
    def check(cls, part: str) -> int:
        """Blame what should be in the file store and is not, of the digests that begin with the
        two signs `part`; returns how many there are."""
        ours = select(cls.sha256).where(
            cls.sha256 >= part,
            cls.sha256 < f"{part[0]}{chr(ord(part[1]) + 1)}",
            cls.sealed.is_(None),
        )
        gone = [digest for digest in db.session.scalars(ours) if not store().has(digest)]
        for digest in gone:
            store().blame(digest)
        return len(gone)

    @classmethod
    def in_the_database(cls) -> int:
        """How many rows still hold their bytes."""
        count = select(func.count()).where(cls.sealed.is_not(None))
        return db.session.scalar(count) or 0


def _opened(digest: str, sealed: bytes) -> bytes:
    try:
        return ring().open(sealed, _place(digest))
    except (InvalidTag, ValueError, KeyError, zlib.error) as error:
        store().blame(digest)
        raise Lost(digest, "damaged") from error


def _place(digest: str) -> str:
    return f"blob|{digest}"


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

    @hybrid_property
    def shown(self) -> bool:
        """Whether it stands among the files of its contact: pictures inside the text that are as
        small as a logo in a signature do not."""
        return (
            not self.inline or self.size >= LOGO_BYTES or not self.content_type.startswith("image/")
        )

    @shown.inplace.expression
    @classmethod
    def _shown(cls) -> ColumnElement[bool]:
        return or_(~cls.inline, cls.size >= LOGO_BYTES, ~cls.content_type.startswith("image/"))

    @classmethod
    def named(cls, attachment_id: int) -> Self | None:
        return db.session.get(cls, attachment_id)
