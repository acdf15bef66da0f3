"""Signatures: what stands below our mails, for each team and language."""

import re
from typing import Self

from sqlalchemy import ForeignKey, Index, Select, delete, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, db

LONGEST = 2_000
FIELDS = ("agent", "team", "house")
"""What a signature may name in braces; anything else in braces stays as it is written."""


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

    @classmethod
    def found(cls, team_id: int | None, language: str) -> Self | None:
        """The team's own in that language, else the house's."""
        chosen = select(cls).where(
            cls.language == language, or_(cls.team_id.is_(None), cls.team_id == team_id)
        )
        return db.session.scalar(chosen.order_by(cls.team_id.nulls_last()).limit(1))

    @classmethod
    def write(cls, team_id: int | None, language: str, text: str) -> None:
        """Replace the signature of a team (None: of the house); an empty text takes it away."""
        db.session.execute(
            delete(cls).where(cls.team_id.is_not_distinct_from(team_id), cls.language == language)
        )
        if text.strip():
            db.session.add(cls(team_id=team_id, language=language, text=text.strip()[:LONGEST]))
            db.session.flush()


def unknown_fields(text: str) -> list[str]:
    """What stands in braces and is no field: most likely a slip of the pen."""
    named = re.findall(r"\{(\w{1,40})\}", text)
    return list(dict.fromkeys(f"{{{name}}}" for name in named if name not in FIELDS))


def filled(text: str, agent: str, team: str, house: str) -> str:
    """A signature with its names in; a line that would be left empty falls away.

    Replaced literally: a name can bring no further field with it.
    """
    names = dict(zip(FIELDS, (agent, team, house), strict=True))
    pattern = re.compile("|".join(re.escape(f"{{{field}}}") for field in FIELDS))
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        whole = pattern.sub(lambda found: names[found[0][1:-1]], line).rstrip()
        if whole or not line.strip():
            lines.append(whole)
    return "\n".join(lines).strip()
