"""History that is brought along: tried first, then taken in whole or not at all."""

import io
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import IO, Any, Self

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ForeignKey,
    Select,
    any_,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, SafeText, db
from models.data_import_row import DataImportRow, Outcome
from models.event import record
from models.files import Blob
from models.filestore import Lost
from models.long_file import LongFile, keep
from models.outbox import Job, later
from models.user import User


class ImportState(StrEnum):
    """How far it has come; nothing is in the house before `done`."""

    CHOSEN = "chosen"
    """The file is here; nobody has said yet what its columns mean."""
    READING = "reading"
    TRIED = "tried"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"
    UNDOING = "undoing"
    UNDONE = "undone"


BUSY = (ImportState.READING.value, ImportState.RUNNING.value, ImportState.UNDOING.value)


class DataImport(Base):
    """One file, by whom, and what became of its rows."""

    __tablename__ = "data_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    file_name: Mapped[str]
    file_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    file_place: Mapped[str] = mapped_column(default="")
    digest: Mapped[str] = mapped_column(index=True)
    pieces: Mapped[list[str]] = mapped_column(ARRAY(SafeText), default=list)
    """The digests under which the file lies, piece by piece."""
    asked: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """Columns, separator, encoding and other choices."""
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    state: Mapped[str] = mapped_column(default=ImportState.CHOSEN.value)
    rows_total: Mapped[int] = mapped_column(default=0)
    rows_done: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    faulty: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")

    by: Mapped[User] = relationship(foreign_keys=[by_id])

    @property
    def busy(self) -> bool:
        return self.state in BUSY

    @property
    def source(self) -> str:
        """The program that the file comes from, as somebody has called it."""
        return str(self.asked.get("source") or self.kind)

    def opened(self) -> io.BufferedReader:
        """The file as it came, read piece by piece; raises `filestore.Lost` once it is gone."""
        return self.opener()()

    def opener(self) -> Callable[[], io.BufferedReader]:
        """What opens it from its beginning, as often as is needed and without the database."""
        pieces = list(self.pieces)
        if not pieces or set(pieces) - Blob.mentioned(pieces):
            raise Lost(self.digest, "forgotten")
        return lambda: io.BufferedReader(LongFile(pieces))

    # --- found ------------------------------------------------------------------------------

    @classmethod
    def named(cls, import_id: int) -> Self | None:
        return db.session.get(cls, import_id) if 0 < import_id < 2**31 else None

    @classmethod
    def held(cls, import_id: int) -> Self | None:
        """The same, as it stands now, nobody else's until the transaction ends.

        What is being taken in refers to it: that alone makes nobody wait.
        """
        row = select(cls).where(cls.id == import_id).with_for_update(of=cls, key_share=True)
        return db.session.scalar(row.execution_options(populate_existing=True))

    @classmethod
    def latest(cls) -> Select[Self]:
        return select(cls).order_by(cls.id.desc())

    def same_before(self) -> Self | None:
        """The very same file, taken in before."""
        cls = type(self)
        same = cls.digest == self.digest, cls.state == ImportState.DONE.value, cls.id != self.id
        return db.session.scalar(select(cls).where(*same).order_by(cls.id.desc()).limit(1))

    # --- done -------------------------------------------------------------------------------

    @classmethod
    def take(
        cls, kind: str, name: str, file: IO[bytes], *, by: User, at: datetime, encoding: str = ""
    ) -> Self:
        """Keep a file, sealed; nothing of it is in the house yet."""
        kept = keep(file)
        made = cls(
            kind=kind,
            file_name=name[:200] or kind,
            file_bytes=kept.size,
            digest=kept.digest,
            pieces=kept.pieces,
            by_id=by.id,
            at=at,
            asked={"encoding": encoding} if encoding else {},
        )
        db.session.add(made)
        db.session.flush()
        record("import.taken", by=by, at=at, brought=made.id, what=kind, bytes=kept.size)
        return made

    def try_out(self, asked: dict[str, Any], *, by: User, at: datetime) -> None:
        """Look at every row, and change nothing."""
        self.asked, self.state = asked, ImportState.READING.value
        self.started_at, self.ended_at, self.error = at, None, ""
        self.rows_total = self.rows_done = 0
        self.created = self.updated = self.skipped = self.faulty = 0
        db.session.execute(delete(DataImportRow).where(DataImportRow.import_id == self.id))
        later(Job.IMPORT, self.id, cause=f"try {at.isoformat()}")
        record("import.tried", by=by, at=at, brought=self.id)

    def tried(self, at: datetime) -> None:
        self.state, self.ended_at = ImportState.TRIED.value, at
        counts = DataImportRow.counts(self.id)
        self.rows_total = self.rows_done = sum(counts.values())
        self.created = counts.get(Outcome.CREATE, 0)
        self.updated = counts.get(Outcome.UPDATE, 0)
        self.skipped = counts.get(Outcome.SKIP, 0)
        self.faulty = counts.get(Outcome.ERROR, 0)

    def run(self, *, by: User, at: datetime) -> None:
        """Take it in: all of what was tried without fault, or nothing."""
        self.state, self.rows_done = ImportState.RUNNING.value, 0
        self.started_at, self.ended_at, self.error = at, None, ""
        later(Job.IMPORT, self.id, cause=f"run {at.isoformat()}")
        record(
            "import.started",
            by=by,
            at=at,
            brought=self.id,
            source=self.source,
            create=self.created,
            update=self.updated,
        )

    def done(self, at: datetime) -> None:
        self.state, self.rows_done, self.ended_at = ImportState.DONE.value, self.rows_total, at

    def fail(self, why: str, at: datetime) -> None:
        """It ended with nothing in the house."""
        self.state, self.error, self.ended_at = ImportState.FAILED.value, why[:500], at

    def undo(self, *, by: User, at: datetime) -> None:
        """Take all of it back, as long as nobody has worked on it."""
        self.state, self.error, self.rows_done = ImportState.UNDOING.value, "", 0
        later(Job.IMPORT, self.id, cause=f"undo {at.isoformat()}")
        record("import.undo_asked", by=by, at=at, brought=self.id, source=self.source)

    def undone(self, at: datetime) -> None:
        self.state, self.undone_at, self.error = ImportState.UNDONE.value, at, ""

    def stays(self, at: datetime) -> None:
        """Somebody has worked on something of it: it can no longer be taken back."""
        self._is_still_here("touched", at)

    def end_early(self, why: str, at: datetime) -> None:
        """A turn came to nothing; what was in the house before it still is."""
        if self.state == ImportState.UNDOING:
            self._is_still_here("stayed", at)
        else:
            self.fail(why, at)

    def _is_still_here(self, why: str, at: datetime) -> None:
        self.state, self.error, self.ended_at = ImportState.DONE.value, why, at

    def drop(self, *, by: User, at: datetime) -> None:
        """Nobody wants it; the file goes, once the process that has it in hand has let it go."""
        in_hand = self.busy
        self.state, self.ended_at = ImportState.DROPPED.value, at
        if not in_hand:
            self.forget()
        record("import.dropped", by=by, at=at, brought=self.id)

    def forget(self) -> None:
        """The file itself is needed no more: its row goes, and the store sweeps the bytes away."""
        cls = type(self)
        db.session.execute(delete(DataImportRow).where(DataImportRow.import_id == self.id))
        over = [ImportState.DROPPED.value, ImportState.UNDONE.value]
        self._let_file_go(cls.state.not_in(over))

    def _let_file_go(self, needed: ColumnElement[bool]) -> None:
        """Forget the pieces that no other import which is `needed` has, and nothing else."""
        cls = type(self)
        for piece in self.pieces:
            others = select(cls.id).where(cls.pieces.contains([piece]), cls.id != self.id, needed)
            if db.session.scalar(others.limit(1)) is None:
                Blob.forget(piece)

    @classmethod
    def let_files_go(cls, before: datetime) -> None:
        """The files of what ended long ago hold people whom nobody looks up there any more."""
        over = select(cls).where(cls.ended_at < before, cls.state.not_in(BUSY))
        kept = select(Blob.sha256).where(Blob.sha256 == any_(cls.pieces))
        still = or_(cls.ended_at.is_(None), cls.ended_at >= before, cls.state.in_(BUSY))
        for brought in db.session.scalars(over.where(kept.exists())):
            brought._let_file_go(still)

    @classmethod
    def files(cls) -> list[str]:
        """The digests of all files that no process has in hand: an erased person may be in any."""
        pieces = select(func.unnest(cls.pieces)).where(cls.state.not_in(BUSY))
        return list(db.session.scalars(pieces.distinct()))

    @classmethod
    def went_on(cls, import_id: int, state: ImportState, rows: int) -> bool:
        """Say how far it is, whatever becomes of the caller's transaction; False once somebody
        has dropped it."""
        still = (
            update(cls)
            .where(cls.id == import_id, cls.state == state.value)
            .values(rows_done=rows, rows_total=func.greatest(cls.rows_total, rows))
            .returning(cls.id)
        )
        with db.engine.begin() as connection:
            return connection.scalar(still) is not None
