"""How another program calls what we have: the same row of it comes in once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from sqlalchemy import BigInteger, ForeignKey, Select, UniqueConstraint, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, db


class ExternalReference(Base):
    """How another program calls a client, contact or ticket of ours."""

    __tablename__ = "external_reference"
    __table_args__ = (UniqueConstraint("source", "kind", "external_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    source: Mapped[str]
    kind: Mapped[str]
    external_id: Mapped[str]
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    import_id: Mapped[int | None] = mapped_column(ForeignKey("data_import.id"), index=True)
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    @classmethod
    def keep(
        cls,
        source: str,
        kind: str,
        external_id: str,
        import_id: int,
        *,
        client_id: int | None = None,
        ticket_id: int | None = None,
        contact_id: int | None = None,
    ) -> None:
        values = {"client_id": client_id, "ticket_id": ticket_id, "contact_id": contact_id}
        made = insert(cls).values(
            source=source, kind=kind, external_id=external_id, import_id=import_id, **values
        )
        db.session.execute(made.on_conflict_do_nothing())

    @classmethod
    def known(cls, source: str, kind: str, external_ids: Sequence[str]) -> dict[str, Self]:
        """What we have under these names."""
        rows = select(cls).where(
            cls.source == source, cls.kind == kind, cls.external_id.in_(external_ids)
        )
        return {row.external_id: row for row in db.session.scalars(rows)}

    @classmethod
    def tickets_made(cls, import_id: int) -> Select[int | None]:
        """The tickets that an import has begun."""
        return select(cls.ticket_id).where(
            cls.import_id == import_id, cls.kind == "ticket", cls.ticket_id.is_not(None)
        )
