"""The end of an erasure on the disk: old versions of rows are given up at once."""

from sqlalchemy import text

from models import personal
from models.base import db

QUOTED = '"{}"'


def touched() -> list[str]:
    """The tables in which an erasure empties or deletes rows."""
    return [one.table for one in personal.everything() if one.columns]


def compact(table: str) -> None:
    """Write a table anew without what was deleted; it is locked meanwhile."""
    if table not in touched():
        raise ValueError("no table of personal data")
    options = {"isolation_level": "AUTOCOMMIT"}
    with db.engine.connect().execution_options(**options) as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text(f"VACUUM (FULL) {QUOTED.format(table)}"))
        connection.execute(text("RESET statement_timeout"))


def forget_the_log() -> None:
    """Begin a new segment of the write-ahead log, so that the old ones can be recycled."""
    options = {"isolation_level": "AUTOCOMMIT"}
    with db.engine.connect().execution_options(**options) as connection:
        connection.execute(text("CHECKPOINT"))
