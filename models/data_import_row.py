"""What is to become of each row of an import, and what came of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Select,
    String,
    UniqueConstraint,
    bindparam,
    column,
    distinct,
    func,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, SafeJSON, db

MOST_DOUBTS = 200


class Outcome(StrEnum):
    """What becomes of one row."""

    CREATE = "create"
    UPDATE = "update"
    SKIP = "skip"
    ERROR = "error"


class DataImportRow(Base):
    """One row or mail of an import."""

    __tablename__ = "data_import_row"
    __table_args__ = (
        UniqueConstraint("import_id", "line"),
        Index("ix_data_import_row_outcome", "import_id", "outcome"),
        Index("ix_data_import_row_name", "external_id", postgresql_using="hash"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("data_import.id", ondelete="CASCADE"))
    line: Mapped[int]
    external_id: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    facts: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    done_at: Mapped[datetime | None]

    @classmethod
    def keep(cls, import_id: int, rows: Iterable[dict[str, Any]]) -> None:
        """What would become of some rows; said twice is said once."""
        values = [{"import_id": import_id, **row} for row in rows]
        if values:
            db.session.execute(insert(cls).values(values).on_conflict_do_nothing())

    @classmethod
    def last_line(cls, import_id: int) -> int:
        last = select(func.max(cls.line)).where(cls.import_id == import_id)
        return db.session.scalar(last) or 0

    @classmethod
    def counts(cls, import_id: int) -> dict[str, int]:
        rows = db.session.execute(
            select(cls.outcome, func.count())
            .where(cls.import_id == import_id)
            .group_by(cls.outcome)
        )
        return {row[0]: row[1] for row in rows}

    @classmethod
    def wanted(cls, import_id: int, first: int, last: int) -> set[int]:
        """Of these lines, those that are to be taken in."""
        good = cls.outcome.in_([Outcome.CREATE.value, Outcome.UPDATE.value])
        here = cls.import_id == import_id, cls.line.between(first, last)
        return set(db.session.scalars(select(cls.line).where(*here, good)))

    @classmethod
    def mark_done(cls, import_id: int, rows: Iterable[dict[str, Any]], at: datetime) -> None:
        """Note beside each line what came of it; its facts are added to those of the trial."""
        named = cls.import_id == import_id, cls.line == bindparam("its_line")
        values = {
            "client_id": bindparam("its_client"),
            "ticket_id": bindparam("its_ticket"),
            "outcome": func.coalesce(bindparam("its_outcome"), cls.outcome),
            "reason": func.coalesce(bindparam("its_reason"), cls.reason),
            "facts": cls.facts.op("||")(bindparam("its_facts", type_=JSONB)),
        }
        given = [
            {
                "its_line": row["line"],
                "its_client": row.get("client_id"),
                "its_ticket": row.get("ticket_id"),
                "its_outcome": row.get("outcome"),
                "its_reason": row.get("reason"),
                "its_facts": row.get("facts", {}),
            }
            for row in rows
        ]
        if given:
            done = update(cls).where(*named).values(done_at=at, **values)
            db.session.connection().execute(done, given)

    @classmethod
    def faults(cls, import_id: int) -> Select[Self]:
        """The rows that stay out, in the order of the file."""
        wrong = cls.import_id == import_id, cls.outcome == Outcome.ERROR.value
        return select(cls).where(*wrong).order_by(cls.line)

    @classmethod
    def reasons(cls, import_id: int) -> list[tuple[str, str, int]]:
        """(outcome, reason, how many) of what is not simply taken in, the most frequent first."""
        number = func.count().label("number")
        rows = db.session.execute(
            select(cls.outcome, cls.reason, number)
            .where(cls.import_id == import_id, cls.reason != "")
            .group_by(cls.outcome, cls.reason)
            .order_by(number.desc(), cls.reason)
        )
        return [(row.outcome, row.reason, row.number) for row in rows]

    @classmethod
    def twins(cls, import_id: int, external_ids: Sequence[str]) -> set[str]:
        """Those of these names that an earlier row of the file has."""
        good = cls.outcome.in_([Outcome.CREATE.value, Outcome.UPDATE.value])
        rows = select(cls.external_id).where(
            cls.import_id == import_id, cls.external_id.in_(external_ids), good
        )
        return set(db.session.scalars(rows))

    @classmethod
    def doubts(cls, import_id: int) -> list[tuple[str, str, str, int]]:
        """(field, word, nearest, how many rows) of the words that are not known here."""
        told = cls.facts["doubts"]
        names = [column(name, String) for name in ("field", "word", "nearest")]
        each = func.jsonb_to_recordset(told).table_valued(*names).render_derived(with_types=True)
        field, word, nearest = each.c
        number = func.count(distinct(cls.line))
        rows = db.session.execute(
            select(field, word, nearest, number)
            .select_from(cls)
            .join(each, true())
            .where(cls.import_id == import_id, told.astext.is_not(None))
            .group_by(field, word, nearest)
            .order_by(field, number.desc(), word)
            .limit(MOST_DOUBTS)
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows]
