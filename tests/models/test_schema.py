import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from models import schema
from models.base import Base


def test_an_empty_database_is_not_at_the_head(servers):
    servers.administer('CREATE DATABASE "empty"')
    try:
        assert not schema.at_head(servers.url("empty"))
        schema.upgrade(servers.url("empty"))
        assert schema.at_head(servers.url("empty"))
    finally:
        servers.drop("empty")


def test_a_second_upgrade_changes_nothing(database_url):
    schema.upgrade(database_url)
    assert schema.at_head(database_url)


@pytest.mark.filterwarnings("ignore:Computed default")  # PostgreSQL spells it its own way
def test_models_and_migrations_agree(database_url):
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_every_model_is_in_the_schema(database_url):
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        names = connection.scalars(
            text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        ).all()
    engine.dispose()
    assert set(names) == {*Base.metadata.tables, "alembic_version"}


def test_numbers_begin_where_nobody_can_guess_how_many_there_were(database_url):
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT nextval('ticket_number')")) == 100_001
        assert connection.scalar(text("SELECT nextval('problem_number')")) == 1
    engine.dispose()
