"""The database's one door: session, types, transaction and the clock.

`db` is born here, below everything, so that no module ever imports the application to reach it.
Only `transaction()` commits.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, MetaData, String, Text, TypeDecorator, event, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import (
    DeclarativeBase,
    ORMExecuteState,
    Session,
    SessionTransaction,
    UOWTransaction,
)

T = TypeVar("T")

_READ = "read once"


def now() -> datetime:
    """The present, aware and in UTC: the only place where the wall clock is read."""
    return datetime.now(UTC)


def db_safe(text: str) -> str:
    """`text` as PostgreSQL can keep it: without NUL, lone surrogates and control characters."""
    cleaned = text.translate(_UNSAFE)
    return cleaned.encode("utf-8", "replace").decode("utf-8")


_UNSAFE = {code: None for code in range(32) if chr(code) not in "\t\n\r"}


class SafeText(TypeDecorator[str]):
    """Text that always fits into PostgreSQL, whatever bytes it came from."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else db_safe(value)


class SafeJSON(TypeDecorator[Any]):
    """JSON whose strings always fit into PostgreSQL."""

    impl = JSONB
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return json_safe(value)


def json_safe(value: Any) -> Any:
    """`value` with every string in it as PostgreSQL can keep it."""
    if isinstance(value, str):
        return db_safe(value)
    if isinstance(value, dict):
        return {db_safe(str(key)): json_safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_safe(item) for item in value]
    return value


class Base(DeclarativeBase):
    """Every table. Names of tables are singular words of the trade."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: DateTime(timezone=True),
        str: SafeText,
        dict[str, Any]: SafeJSON,
        list[Any]: SafeJSON,
    }


db = SQLAlchemy(metadata=Base.metadata)

after_commit: list[Callable[[], object]] = []
"""Called once after a commit that left work in the outbox; the doorbell is hung here."""


@contextmanager
def transaction() -> Iterator[Session]:
    """The one boundary that commits: leave it normally to keep, by an exception to undo.

    Entering it inside itself joins the outer one, so a verb may be called from anywhere.
    """
    session: Session = db.session()
    if session.info.get("inside"):
        yield session
        return
    session.info["inside"] = True
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        session.info.pop("promised", None)
        raise
    finally:
        session.info["inside"] = False
    if session.info.pop("promised", False):
        for ring in after_commit:
            ring()


def one_at_a_time(kind: str, value: str) -> None:
    """Who meets the same new thing waits here until the first one's transaction has ended."""
    each_at_a_time(kind, [value])


def each_at_a_time(kind: str, values: Iterable[str]) -> None:
    """The same for several things at once, in an order that is everybody's."""
    names = literal([f"{kind}|{value}" for value in sorted(set(values))], ARRAY(Text))
    name = func.unnest(names).column_valued("name")
    locks = select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0)))
    db.session.execute(locks).all()


def read_once(name: str, read: Callable[[], T]) -> T:
    """What `read` finds, asked once in a transaction, and anew after anything was written in it.

    For what hardly changes and many parts of one page ask for: nobody may change what is returned.
    """
    session = db.session()
    if session.new or session.dirty or session.deleted:
        return read()
    known = while_open(_READ)
    if name in known:
        return cast(T, known[name])
    found = read()
    while_open(_READ)[name] = found
    return found


def while_open(kind: str) -> dict[str, Any]:
    """What is kept of this kind until the open transaction ends; without one, nothing is."""
    session: Session = db.session()
    root = session.get_transaction()
    of, found = session.info.get(kind, (None, {}))
    if of is not root or root is None:
        found = {}
        session.info[kind] = root, found
    return cast(dict[str, Any], found)


@event.listens_for(Session, "after_flush")
def _written(session: Session, flushed: UOWTransaction) -> None:
    session.info.pop(_READ, None)


@event.listens_for(Session, "do_orm_execute")
def _executed(state: ORMExecuteState) -> None:
    if not state.is_select:
        state.session.info.pop(_READ, None)


def abandon() -> None:
    """Undo what the present transaction did, and go on in it with nothing."""
    session = db.session()
    session.rollback()
    session.info.pop("promised", None)


@event.listens_for(Session, "after_soft_rollback")
def _forget_promises(session: Session, ended: SessionTransaction) -> None:
    session.info.pop(_READ, None)
    if not ended.nested:  # what was promised before a savepoint outlives it
        session.info.pop("promised", None)
