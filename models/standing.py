"""How some columns of a ticket stand, kept as JSON so that exactly that can be put back."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from models.ticket import Ticket


def standing(ticket: Ticket, names: Iterable[str]) -> dict[str, Any]:
    """The values of these columns as JSON keeps them."""
    return {name: _plain(getattr(ticket, name)) for name in names}


def put_back(ticket: Ticket, values: Mapping[str, Any]) -> None:
    """The columns have the values of `standing` again."""
    for name, value in values.items():
        setattr(ticket, name, _meant(name, value))


def stands(ticket: Ticket, values: Mapping[str, Any]) -> bool:
    """Whether the columns still have these values: nobody has changed them since."""
    return standing(ticket, values) == dict(values)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _meant(name: str, value: Any) -> Any:
    """Which columns hold times is told by their names: `_at`, `_until`, `_on`."""
    if not isinstance(value, str):
        return value
    if name.endswith(("_at", "_until")):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if name.endswith("_on") else value
