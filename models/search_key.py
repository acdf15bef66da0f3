"""Numbers that stand in what was said, findable however they are written: by keyed digests."""

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


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
