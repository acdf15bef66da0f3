"""Signatures: what stands below our mails, for each team and language."""

from typing import Self

from sqlalchemy import ForeignKey, Index, Select, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Signature(Base):
    """The closing lines of a team in one language; without a team, those of the whole house."""

    __tablename__ = "signature"
    __table_args__ = (
        Index(
            "uq_signature_team_language",
            "team_id",
            "language",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    language: Mapped[str]
    text: Mapped[str]

    @classmethod
    def in_order(cls) -> Select[Self]:
        return select(cls).order_by(cls.team_id.nulls_first(), cls.language)
