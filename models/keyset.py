"""Leaves of a long list by the place of the last row, not by a number: what is added or closed
meanwhile neither repeats a row nor hides one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    false,
    func,
    inspect,
    or_,
    select,
    true,
)
from sqlalchemy.orm import selectinload
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import UnaryExpression

from models.base import Base, db

Place = list[list[Any]]
"""Where a leaf ended: the kind and the value of each thing by which the list is ordered."""


@dataclass(frozen=True)
class Leaf:
    """The ids of some rows in order, and where the next leaf begins; None for the last one."""

    ids: list[Any]
    further: Place | None


@dataclass(frozen=True)
class Step:
    """One thing by which a list is ordered."""

    value: ColumnElement[Any]
    falling: bool
    nulls_last: bool


def leaf(ids: Select[Any], order: Sequence[Any], limit: int, after: Place | None = None) -> Leaf:
    """At most `limit` of `ids` (a query of one column) behind `after`; `order` must be whole."""
    steps = [_step(clause) for clause in order]
    query = ids.order_by(None).add_columns(*(step.value for step in steps)).order_by(*order)
    if after is not None:
        query = query.where(_behind(steps, [_value(one) for one in after]))
    rows = db.session.execute(query.limit(limit + 1)).all()
    kept = rows[:limit]
    further = [_kept(value) for value in kept[-1][1:]] if len(rows) > limit else None
    return Leaf([row[0] for row in kept], further)


def total(ids: Select[Any]) -> int:
    """How many rows the whole list has."""
    return db.session.scalar(select(func.count()).select_from(ids.order_by(None).subquery())) or 0


def rows(table: type[Base], ids: Sequence[Any], *parts: Any) -> list[Any]:
    """The rows of these ids, in their order; of all of them together also these `parts`."""
    key: Any = inspect(table).primary_key[0]
    options = [selectinload(part) for part in parts]
    found = db.session.scalars(select(table).where(key.in_(ids)).options(*options)).all()
    by_id = {getattr(row, key.key): row for row in found}
    return [by_id[one] for one in ids if one in by_id]


def _step(clause: Any) -> Step:
    falling, nulls = False, None
    while isinstance(clause, UnaryExpression) and clause.modifier is not None:
        if clause.modifier is operators.desc_op:
            falling = True
        elif clause.modifier is operators.nulls_last_op:
            nulls = True
        elif clause.modifier is operators.nulls_first_op:
            nulls = False
        clause = clause.element
    value = clause.__clause_element__() if hasattr(clause, "__clause_element__") else clause
    if not getattr(value, "nullable", True):
        nulls = False  # there are none, and an index need not be asked for them
    return Step(value, falling, not falling if nulls is None else nulls)


def _behind(steps: Sequence[Step], place: Sequence[Any]) -> ColumnElement[bool]:
    """Further along in the order than `place`: in the first step that differs."""
    same: list[ColumnElement[bool]] = []
    ways: list[ColumnElement[bool]] = []
    for step, value in zip(steps, place, strict=True):
        ways.append(and_(*same, _further(step, value)))
        same.append(step.value.is_(None) if value is None else step.value == value)
    return and_(_not_before(steps[0], place[0]), or_(*ways))


def _not_before(step: Step, value: Any) -> ColumnElement[bool]:
    """What an index can begin at: without it every leaf reads all the leaves before it."""
    if value is None or step.nulls_last:
        return true()
    here = bindparam(None, value, type_=step.value.type)
    return step.value <= here if step.falling else step.value >= here


def _further(step: Step, value: Any) -> ColumnElement[bool]:
    if value is None:
        return false() if step.nulls_last else step.value.is_not(None)
    here = bindparam(None, value, type_=step.value.type)
    beyond = step.value < here if step.falling else step.value > here
    return or_(beyond, step.value.is_(None)) if step.nulls_last else beyond


def _kept(value: Any) -> list[Any]:
    if isinstance(value, datetime):
        return ["at", value.isoformat()]
    return ["on", value.isoformat()] if isinstance(value, date) else ["", value]


def _value(kept: Sequence[Any]) -> Any:
    kind, value = kept
    if kind == "at":
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if kind == "on" else value
