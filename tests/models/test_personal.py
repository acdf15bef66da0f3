"""The map of personal data knows every column, and an erasure that follows it forgets none."""

from models import personal, tables
from models.base import Base
from models.personal import Kind, Owner

EVERY = sorted(Base.metadata.tables.values(), key=lambda table: table.name)


def test_every_column_that_can_hold_words_is_declared() -> None:
    """Whoever adds a column says in models/personal_tables.py what it can hold of a person."""
    forgotten = {table.name: personal.unclassified(table) for table in EVERY}
    assert {name: columns for name, columns in forgotten.items() if columns} == {}


def test_nothing_is_declared_that_is_not_there() -> None:
    assert tables.__all__
    for one in personal.everything():
        assert {*one.columns, *one.links} <= set(one.at.columns.keys()), one.table


def test_a_table_is_somebodys_once() -> None:
    names = [one.table for one in personal.everything()]
    assert len(names) == len(set(names))


def test_every_row_of_a_client_is_led_to_by_a_reference_or_its_own_number() -> None:
    for one in personal.of_clients():
        assert one.links, one.table
        for link in one.links:
            assert link == "id" or one.at.c[link].foreign_keys, f"{one.table}.{link}"


def test_the_chain_of_the_audit_and_the_counters_are_nobodys() -> None:
    for name in ("audit", "daily_figure", "half_hour_counter"):
        found = personal.declared(name)
        assert found is not None
        assert found.owner is Owner.NOBODY


def test_what_is_made_of_words_is_emptied_and_not_searched() -> None:
    searched = {f"{table.name}.{column.name}" for table, column in personal.can_be_searched()}
    derived = {
        f"{one.table}.{name}"
        for one in personal.everything()
        for name, kind in one.columns.items()
        if kind is Kind.DERIVED
    }
    assert derived
    assert not derived & searched
    assert {"note.text", "problem.titles", "screening.notes", "event.facts"} <= searched
