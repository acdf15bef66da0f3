"""Changes of several tickets at once: what stood before is kept, so that one key undoes it all."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.attributes import flag_modified

from models.base import Base, SafeJSON, db
from models.user import User

BULK = "bulk"
KEPT_UNUSED = timedelta(days=1)
"""So long a choice of tickets that nobody has changed is kept."""


class Stage(StrEnum):
    """How far a chosen change is; kept in `change`."""

    CHOSEN = "chosen"
    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


class BulkChange(Base):
    """One deed over several tickets."""

    __tablename__ = "bulk_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    """bulk (a chosen change), together (one answer settles all of a matter), macro"""
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    at: Mapped[datetime]
    change: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    before: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    """By ticket id: the values that stood, and the version after the change."""
    undone_at: Mapped[datetime | None]

    # --- a chosen change --------------------------------------------------------------------

    @classmethod
    def choose(cls, versions: Mapping[int, int], *, by: User, at: datetime) -> Self:
        """Remember which tickets somebody wants to change, as they look to that person now."""
        made = cls(
            kind=BULK,
            by_id=by.id,
            at=at,
            change={
                "stage": Stage.CHOSEN.value,
                "versions": {str(ticket_id): version for ticket_id, version in versions.items()},
            },
            before={},
        )
        db.session.add(made)
        db.session.flush()
        return made

    @classmethod
    def chosen_by(cls, user: User, change_id: int) -> Self | None:
        """One's own only: nobody else sees what was chosen."""
        own = select(cls).where(cls.id == change_id, cls.by_id == user.id, cls.kind == BULK)
        return db.session.scalar(own)

    @classmethod
    def held(cls, change_id: int) -> Self | None:
        """The same row, held until the transaction ends."""
        row = select(cls).where(cls.id == change_id, cls.kind == BULK).with_for_update()
        return db.session.scalar(row.execution_options(populate_existing=True))

    @property
    def stage(self) -> Stage:
        return Stage(self.change.get("stage", Stage.DONE))

    @property
    def versions(self) -> dict[int, int]:
        """The chosen tickets with the version in which each was seen."""
        return {int(one): version for one, version in self.change.get("versions", {}).items()}

    @property
    def left(self) -> list[int]:
        """The chosen tickets that have not had their turn."""
        had = {*self.before, *(str(one) for one in self.change.get("passed", {}))}
        return [one for one in self.versions if str(one) not in had]

    @property
    def passed(self) -> dict[int, str]:
        """The tickets that were left out, each with the reason."""
        return {int(one): why for one, why in self.change.get("passed", {}).items()}

    def note(self, **facts: Any) -> None:
        """Keep how far it is; JSON does not notice by itself that it was changed."""
        self.change = {**self.change, **facts}
        flag_modified(self, "before")

    @classmethod
    def sweep(cls, at: datetime) -> None:
        """Choices that came to nothing are forgotten."""
        unused = cls.change["stage"].astext == Stage.CHOSEN.value
        db.session.execute(delete(cls).where(cls.kind == BULK, unused, cls.at < at - KEPT_UNUSED))
