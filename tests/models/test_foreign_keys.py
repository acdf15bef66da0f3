"""What points to rows that can go is found by an index: else each row that goes reads a table."""

import pytest
from sqlalchemy import PrimaryKeyConstraint, Table, UniqueConstraint

from models import tables  # noqa: F401  (every table)
from models.base import Base

GOING = {"attachment", "call", "callback", "client", "contact", "intake", "message", "ticket"}
"""Taken back with an import, erased, or past their retention."""


def led_by(table: Table) -> set[str]:
    """The columns with which an index of this table begins."""
    keys = (PrimaryKeyConstraint, UniqueConstraint)
    constraints = [one for one in table.constraints if isinstance(one, keys)]
    columns = [list(one.columns) for one in [*table.indexes, *constraints]]
    return {one[0].name for one in columns if one}


@pytest.mark.parametrize("table", Base.metadata.sorted_tables, ids=lambda table: table.name)
def test_what_points_to_rows_that_go_has_an_index(table: Table) -> None:
    pointing = {
        column.name
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name in GOING
    }
    assert pointing - led_by(table) == set()
