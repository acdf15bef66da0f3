"""The level to which a problem fell after an action: from there it may be seen to rise again."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from models.before_after import DayOfContacts


@dataclass(frozen=True)
class Level:
    """Distinct clients after an action, and on how many working days."""

    clients: int
    days: int

    @classmethod
    def of_days(cls, after: Sequence[DayOfContacts]) -> Self:
        return cls(sum(day.clients for day in after), len(after))

    @classmethod
    def kept(cls, figures: dict[str, Any]) -> Self:
        return cls(**figures)

    def figures(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def a_day(self) -> float:
        return self.clients / self.days
