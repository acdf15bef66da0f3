"""Schemas that have shipped are upgraded with everything that stands in them."""

from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import pytest
from alembic import command
from sqlalchemy import Connection, MetaData, create_engine, text
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


@pytest.fixture
def shipped(servers):
    """The schema that was shipped last, with a row in every table."""
    servers.administer('CREATE DATABASE "shipped"')
    engine = create_engine(servers.url("shipped"), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            config = schema._config()
            config.attributes["connection"] = connection
            command.upgrade(config, "0004")
            connection.commit()
            fill(connection)
            connection.commit()
        yield servers.url("shipped")
    finally:
        engine.dispose()
        servers.drop("shipped")


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
        return ["fr"]
    try:
        return VALUES.get(kind.python_type)
    except NotImplementedError:
        return None


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
