"""Numbers that stand in what was said, findable however they are written: by keyed digests."""

from collections.abc import Iterable

from sqlalchemy import ForeignKey, Index, LargeBinary, Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, db
from models.client import blind

MOST = 200
"""Of one contact: nobody looks for the thousandth line of a list."""


class SearchKey(Base):
    """One number of one contact: telephone, kbo, niss, iban, structured communication."""

    __tablename__ = "search_key"
    __table_args__ = (
        Index("uq_search_key", "contact_id", "kind", "digest", unique=True),
        Index("ix_search_key_digest", "digest"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    kind: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary)

    @classmethod
    def keep(cls, contact_id: int, numbers: Iterable[tuple[str, str]]) -> None:
        """Make a contact findable by (kind, number); said twice is kept once."""
        rows = [
            {"contact_id": contact_id, "kind": kind, "digest": digest}
            for kind, digest in dict.fromkeys((kind, blind(kind, value)) for kind, value in numbers)
        ][:MOST]
        if rows:
            db.session.execute(insert(cls).values(rows).on_conflict_do_nothing())

    @classmethod
    def contacts_with(cls, kind: str, value: str) -> Select[int]:
        """The ids of the contacts in which a number was said."""
        return select(cls.contact_id).where(cls.digest == blind(kind, value))
