"""One leaf of a list, the same for every list of the API: behind a sealed cursor, with the address
of the next one and, where it is asked for, how many rows there are in all."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import request
from sqlalchemy import Select

from models import keyset
from triage.api.asking import cursor_at, place_in
from triage.api.seen import Shown


def leaf_shown(
    kind: Any,
    chosen: Select[Any],
    order: Sequence[Any],
    query: Mapping[str, Any],
    show: Callable[[list[Any]], list[Shown]],
    *parts: Any,
) -> Shown:
    """The leaf of `chosen` rows of `kind` that `query` asks for, as `show` shows them; of all of
    them together also these `parts` are read."""
    ids = chosen.with_only_columns(kind.id)
    found = keyset.leaf(ids, order, query["limit"], place_in(query))
    cursor = cursor_at(found.further, query)
    return {
        "items": show(keyset.rows(kind, found.ids, *parts)),
        "next_cursor": cursor,
        "has_more": cursor is not None,
        "next_page": _address(cursor) if cursor else None,
        "total": keyset.total(ids) if query["total"] else None,
    }


def each(shown: Callable[..., Shown], *more: Any) -> Callable[[list[Any]], list[Shown]]:
    """Rows that are shown one by one."""
    return lambda rows: [shown(one, *more) for one in rows]


def _address(cursor: str) -> str:
    asked = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    return f"{request.path}?{urlencode([*asked, ('cursor', cursor)])}"
