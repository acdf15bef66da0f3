"""What clients ask about a measure, and what is answered; a new measure inherits the questions."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, SafeJSON


class MeasureQuestion(Base):
    """One question about one measure, in the languages in which somebody wrote it."""

    __tablename__ = "measure_question"

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"), index=True)
    inherited_from_id: Mapped[int | None] = mapped_column(ForeignKey("measure_question.id"))
    problem_id: Mapped[int | None] = mapped_column(ForeignKey("problem.id"))
    texts: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    answers: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    asked: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    withdrawn_at: Mapped[datetime | None]
