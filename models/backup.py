"""Backups: when the house was last copied, and whether the copy was read back."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import BigInteger, Connection, Engine, create_engine, func, make_url, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.pool import NullPool

from models.base import Base, SafeJSON, db


class Backup(Base):
    """One copy of database, files and models."""

    __tablename__ = "backup"

    id: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    ended_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    place: Mapped[str] = mapped_column(default="")
    total_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    facts: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    error: Mapped[str] = mapped_column(default="")

    @classmethod
    def begin(cls, place: str, at: datetime) -> Self:
        made = cls(place=place, started_at=at)
        db.session.add(made)
        db.session.flush()
        return made

    @classmethod
    def named(cls, backup_id: int) -> Self | None:
        return db.session.get(cls, backup_id)

    @classmethod
    def newest(cls) -> Self | None:
        """The last one that was finished."""
        done = select(cls).where(cls.ended_at.is_not(None), cls.error == "")
        return db.session.scalars(done.order_by(cls.started_at.desc()).limit(1)).first()

    @classmethod
    def lately(cls, most: int) -> list[Self]:
        """The last ones, failed ones too, the newest first."""
        return list(db.session.scalars(select(cls).order_by(cls.id.desc()).limit(most)))


@dataclass(frozen=True)
class Snapshot:
    """One moment of a database, for others to read at the same moment."""

    name: str
    revision: str
    counts: dict[str, int]
    """Rows by table."""


@contextmanager
def snapshot(url: str) -> Iterator[Snapshot]:
    """Hold one moment of the database while it is copied."""
    with _engine(url).connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        name = str(connection.scalar(text("SELECT pg_export_snapshot()")))
        yield Snapshot(name, revision(connection), counts(connection))


def contents(url: str) -> tuple[str, dict[str, int]]:
    """(the schema's version, rows by table) of a database."""
    with _engine(url).connect() as connection:
        return revision(connection), counts(connection)


def counts(connection: Connection) -> dict[str, int]:
    tables = connection.execute(
        text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    )
    quote = connection.dialect.identifier_preparer.quote
    return {
        table: int(connection.scalar(text(f"SELECT count(*) FROM {quote(table)}")) or 0)
        for table in tables.scalars().all()
    }


def revision(connection: Connection) -> str:
    standing = connection.scalar(text("SELECT to_regclass('public.alembic_version') IS NOT NULL"))
    if not standing:
        return ""
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")) or "")


@contextmanager
def reading(url: str) -> Iterator[Connection | None]:
    """A connection that only reads; None where the database cannot be reached."""
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(_engine(url).connect())
        except DBAPIError:
            connection = None
        yield connection


def is_empty(url: str) -> bool:
    """Whether the database has no table of ours or of anybody."""
    return not contents(url)[1]


# --- whole databases ------------------------------------------------------------------------


def database_of(url: str) -> str:
    return str(make_url(url).database)


def beside(url: str, name: str) -> str:
    """The URL of another database of the same server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def exists(url: str) -> bool:
    with _server(url) as connection:
        named = text("SELECT 1 FROM pg_database WHERE datname = :name")
        return connection.scalar(named, {"name": database_of(url)}) is not None


def create(url: str) -> None:
    """Make the database that `url` names, empty."""
    with _server(url) as connection:
        connection.execute(text(f"CREATE DATABASE {_quoted(connection, url)} TEMPLATE template0"))


def drop(url: str) -> None:
    with _server(url) as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {_quoted(connection, url)} WITH (FORCE)"))


def users_of(url: str) -> int:
    """How many connections are open to the database."""
    with _server(url) as connection:
        open_ = text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name")
        return int(connection.scalar(open_, {"name": database_of(url)}) or 0)


def rename(url: str, name: str) -> None:
    """Call the database that `url` names otherwise; nobody may be connected to it."""
    with _server(url) as connection:
        quoted = connection.dialect.identifier_preparer.quote(name)
        connection.execute(text(f"ALTER DATABASE {_quoted(connection, url)} RENAME TO {quoted}"))


@contextmanager
def _server(url: str) -> Iterator[Connection]:
    """A connection outside of any transaction to the server's own database."""
    engine = _engine(beside(url, "postgres"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


def _quoted(connection: Connection, url: str) -> str:
    return str(connection.dialect.identifier_preparer.quote(database_of(url)))


def _engine(url: str) -> Engine:
    return create_engine(url, poolclass=NullPool)
