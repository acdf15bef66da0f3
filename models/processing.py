"""The register of processing activities, where the house has put its own words."""

from datetime import datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db
from models.event import record
from models.user import User

PARTS = ("name", "purpose", "basis", "people", "data", "recipients", "security")
LONGEST = 1_000


class ProcessingActivity(Base):
    """A line of the register of processing that the house has written itself."""

    __tablename__ = "processing_activity"

    code: Mapped[str] = mapped_column(primary_key=True)
    said: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    by: Mapped[User] = relationship()

    @classmethod
    def everything(cls) -> dict[str, Self]:
        return {row.code: row for row in db.session.scalars(select(cls))}

    @classmethod
    def say(
        cls, code: str, language: str, parts: dict[str, str], *, by: User, at: datetime
    ) -> None:
        """The house's words for one activity in one language, instead of what was shipped."""
        row = db.session.get(cls, code)
        if row is None:
            row = cls(code=code, said={}, by_id=by.id)
            db.session.add(row)
        kept = {part: words.strip()[:LONGEST] for part, words in parts.items() if part in PARTS}
        row.said = row.said | {language: kept}
        row.by_id, row.at = by.id, at
        record("processing.said", by=by, at=at, activity=code, language=language)
