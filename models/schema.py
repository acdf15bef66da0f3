"""The schema's versions: bring a database to the newest, or say whether it is there."""

import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x5C4E3A
_LOCK_TIMEOUT_TRIES = 5


def upgrade(url: str) -> None:
    """Migrate; one process at a time, and never waiting long for a table that others use."""
    engine = create_engine(url, poolclass=NullPool)
    for attempt in range(1, _LOCK_TIMEOUT_TRIES + 1):
        try:
            with engine.connect() as connection:
                connection.execute(text("SET lock_timeout = '5s'"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
                config = _config()
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                connection.commit()
            break
        except OperationalError:
            if attempt == _LOCK_TIMEOUT_TRIES:
                raise
            time.sleep(attempt)
    engine.dispose()


def at_head(url: str) -> bool:
    """Whether the database has every migration of this version of the code."""
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            standing = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    return standing == ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config
