"""How some columns of a row stand, kept as JSON so that exactly that can be put back."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from models.base import Base


def standing(row: Base, names: Iterable[str]) -> dict[str, Any]:
    """The values of these columns as JSON keeps them."""
    return {name: _plain(getattr(row, name)) for name in names}


def put_back(row: Base, values: Mapping[str, Any]) -> None:
    """The columns have the values of `standing` again."""
    for name, value in values.items():
        setattr(row, name, _meant(name, value))


def stands(row: Base, values: Mapping[str, Any]) -> bool:
    """Whether the columns still have these values: nobody has changed them since."""
    return standing(row, values) == dict(values)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _meant(name: str, value: Any) -> Any:
    """Which columns hold times is told by their names: `_at`, `_until`, `_on`."""
    if not isinstance(value, str):
        return value
    if name.endswith(("_at", "_until")):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if name.endswith("_on") else value
