"""Who wants no news: service mail is not touched by it. Each word and each withdrawal stays."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Self

from sqlalchemy import ForeignKey, Index, Select, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, db
from models.client import Client, normal
from models.event import record
from models.user import User


class How(StrEnum):
    """How we know of it."""

    ONE_CLICK = "one_click"
    """A mail program's own button."""
    PAGE = "page"
    AGENT = "agent"


class OptOut(Base):
    """An address that wants no mailing but what service demands. A withdrawn one counts no more."""

    __tablename__ = "opt_out"
    __table_args__ = (
        Index(
            "uq_opt_out_standing", "address", unique=True, postgresql_where="withdrawn_at IS NULL"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str]
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"), index=True)
    mailing_id: Mapped[int | None] = mapped_column(ForeignKey("mailing.id"))
    how: Mapped[str]
    """one_click, page, agent"""
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    by: Mapped[User | None] = relationship()

    @classmethod
    def enter(
        cls,
        address: str,
        how: How,
        *,
        at: datetime,
        by: User | None = None,
        client_id: int | None = None,
        mailing_id: int | None = None,
    ) -> bool:
        """No news from now on; False when that was known already."""
        row = {
            "address": normal(address),
            "how": how.value,
            "at": at,
            "by_id": by.id if by else None,
            "client_id": client_id,
            "mailing_id": mailing_id,
        }
        made = db.session.execute(
            insert(cls)
            .values(row)
            .on_conflict_do_nothing(
                index_elements=[cls.address], index_where=cls.withdrawn_at.is_(None)
            )
            .returning(cls.id)
        ).first()
        if made is not None:
            record(
                "client.opted_out",
                by=by,
                at=at,
                client_id=client_id,
                how=how.value,
                mailing=mailing_id,
            )
        return made is not None

    @classmethod
    def withdraw(cls, address: str, *, at: datetime, by: User | None = None) -> bool:
        """News again; False when nothing stood in the way."""
        found = cls.standing_at(address)
        if found is None:
            return False
        found.withdrawn_at = at
        record("client.opted_in", by=by, at=at, client_id=found.client_id, opt_out=found.id)
        return True

    @classmethod
    def standing_at(cls, address: str) -> Self | None:
        return db.session.scalar(
            select(cls).where(cls.address == normal(address), cls.withdrawn_at.is_(None))
        )

    @classmethod
    def among(cls, addresses: Iterable[str]) -> set[str]:
        """Those of these addresses that want no news."""
        asked = [normal(address) for address in addresses]
        found = select(cls.address).where(cls.address.in_(asked), cls.withdrawn_at.is_(None))
        return set(db.session.scalars(found))

    @classmethod
    def said_by(cls, client_ids: Iterable[int | None]) -> set[int]:
        """Those of these clients who said so themselves: it holds for whatever address they have,
        where an agent writes it down for one."""
        asked = [one for one in client_ids if one is not None]
        found = select(cls.client_id).where(
            cls.client_id.in_(asked),
            cls.how.in_([How.ONE_CLICK.value, How.PAGE.value]),
            cls.withdrawn_at.is_(None),
        )
        return {one for one in db.session.scalars(found) if one is not None}

    @classmethod
    def of_client(cls, client: Client) -> Select[Self]:
        """Those that stand for a client, whoever had the address before; the newest first."""
        addresses = [one.address for one in client.addresses]
        return (
            select(cls)
            .where(
                or_(cls.client_id == client.id, cls.address.in_(addresses)),
                cls.withdrawn_at.is_(None),
            )
            .order_by(cls.id.desc())
        )
