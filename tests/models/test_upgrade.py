"""Schemas that have shipped are upgraded with everything that stands in them."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, create_engine, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.pool import NullPool

from models import schema

NOT_NEEDED = "alembic_version"
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
VALUES: dict[type, Any] = {
    str: "x",
    int: 1,
    bool: True,
    float: 0.5,
    bytes: b"x",
    datetime: AT,
    date: AT.date(),
    time: time(9),
    UUID: UUID(int=1),
}


Earlier = Callable[[str], str]


@pytest.fixture
def earlier(servers) -> Iterator[Earlier]:
    """Call it with a version for the URL of a database of that version, a row in every table."""
    names = []

    def made(version: str) -> str:
        names.append(f"shipped_{version}")
        servers.administer(f'CREATE DATABASE "{names[-1]}"')
        engine = create_engine(servers.url(names[-1]), poolclass=NullPool)
        with engine.connect() as connection:
            config = schema._config()
            config.attributes["connection"] = connection
            command.upgrade(config, version)
            connection.commit()
            fill(connection)
            connection.commit()
        engine.dispose()
        return servers.url(names[-1])

    yield made
    for name in names:
        servers.drop(name)


@pytest.fixture
def shipped(earlier: Earlier) -> str:
    return earlier("0004")


def rows_of(url: str) -> dict[str, int]:
    engine = create_engine(url, poolclass=NullPool)
    metadata = MetaData()
    with engine.connect() as connection:
        metadata.reflect(connection)
        counted = {
            name: connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in metadata.tables.items()
            if name != NOT_NEEDED
        }
    engine.dispose()
    return counted


def fill(connection: Connection) -> None:
    connection.execute(text("SET session_replication_role = replica"))
    metadata = MetaData()
    metadata.reflect(connection)
    for table in metadata.tables.values():
        if table.name != NOT_NEEDED:
            row = {
                column.name: value_for(column.type)
                for column in table.columns
                if column.computed is None and column.identity is None
            }
            connection.execute(table.insert().values(row))
    connection.execute(text("SET session_replication_role = DEFAULT"))


def value_for(kind: Any) -> Any:
    if isinstance(kind, JSONB):
        return {}
    if isinstance(kind, ARRAY):
        return ["fr" if kind.item_type.python_type is str else VALUES[kind.item_type.python_type]]
    try:
        return VALUES.get(kind.python_type)
    except NotImplementedError:
        return None


def test_the_release_before_goes_forward_and_loses_no_row(earlier: Earlier):
    scripts = ScriptDirectory.from_config(schema._config())
    head = scripts.get_revision("head")
    url = earlier(str(head.down_revision))
    before = rows_of(url)
    assert set(before.values()) == {1}
    schema.upgrade(url)
    assert schema.at_head(url)
    after = rows_of(url)
    del before["daily_counter"]
    before["daily_figure"] += 2  # how many came in, and how many because of a failure
    assert {name: after[name] for name in before} == before


def test_a_row_of_every_table_goes_through_an_upgrade(shipped):
    engine = create_engine(shipped, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("UPDATE event SET kind = 'ticket.flagged', ticket_id = 1"))
        connection.execute(text("UPDATE ticket SET flagged = true, status = 'open'"))
        connection.execute(text("UPDATE contact SET text = 'mes cotisations', language = 'fr'"))
    schema.upgrade(shipped)
    assert schema.at_head(shipped)
    with engine.connect() as connection:
        found = "SELECT count(*) FROM contact WHERE search @@ to_tsquery('search_fr', 'cotisation')"
        assert connection.scalar(text(found)) == 1
        assert connection.scalar(text("SELECT count(*) FROM flag")) == 1
        assert connection.scalar(text("SELECT spoken FROM membership")) == ["fr"]
    engine.dispose()


def test_what_was_said_under_a_restricted_topic_tells_of_health_after_the_upgrade(shipped):
    schema.upgrade(shipped)
    engine = create_engine(shipped, poolclass=NullPool)
    with engine.begin() as connection:
        asked = "SELECT contact.health AND ticket.health FROM contact, ticket"
        assert connection.scalar(text(asked)) is True
    engine.dispose()
