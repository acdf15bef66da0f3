"""Whether a problem that was solved is back: today and the last days against the level after."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from models.before_after import DayOfContacts
from models.rates import Count, dispersion, surprise

RECENT_DAYS = 3
"""Working days, the present one among them, that are looked at together."""
SURPRISE = 0.001
"""What chance alone would bring less often than this is a relapse."""
FEWEST_CLIENTS = 3
AT_LEAST = 1.5
"""Times the level below which it is not worth a card."""
LIKELY_DISPERSION = 0.12
"""A few quiet days cannot show that days never differ: no smaller one is believed."""


@dataclass(frozen=True)
class Level:
    """Distinct clients after an action: how many, of how many contacts, on how many days."""

    clients: int
    of: float
    days: int
    spread: float = LIKELY_DISPERSION

    @classmethod
    def of_days(cls, after: Sequence[DayOfContacts]) -> Self:
        counts = [_count(day) for day in after]
        whole = sum(count.of for count in counts)
        rate = sum(count.seen for count in counts) / whole
        spread = dispersion(
            [count.seen for count in counts],
            [rate * count.of for count in counts],
            max(1, len(counts) - 1),
        )
        clients = sum(day.clients for day in after)
        return cls(clients, whole, len(after), max(spread, LIKELY_DISPERSION))

    def figures(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def kept(cls, figures: dict[str, Any]) -> Self:
        return cls(**figures)

    @property
    def a_day(self) -> float:
        return self.clients / self.days


def regressed(level: Level, recent: Sequence[DayOfContacts]) -> bool:
    """Whether the newest day, or the last days together, are above the level beyond chance.

    `recent` has the present day last; a part of a day counts by how many contacts it has had.
    What the level itself leaves open widens the chance: with `n` clients behind it, the next count
    is negative binomial with the dispersion `1 / (n + 1/2)` (a Gamma-Poisson prediction), and with
    the days' own dispersion on top.
    """
    return any(_above(level, recent[-days:]) for days in {1, RECENT_DAYS} if len(recent) >= days)


def _above(level: Level, days: Sequence[DayOfContacts]) -> bool:
    counts = [_count(day) for day in days]
    seen = sum(day.clients for day in days)
    expected = (level.clients + 0.5) / level.of * sum(count.of for count in counts)
    spread = 1 / (level.clients + 0.5) + level.spread * (1 / len(days) + 1 / level.days)
    if seen < max(FEWEST_CLIENTS, AT_LEAST * expected):
        return False
    return surprise(seen, expected, spread) < SURPRISE


def _count(day: DayOfContacts) -> Count:
    """Of all other contacts where they are known; else each day counts the same."""
    return Count(day.clients, max(1.0, float(day.total - day.own)) if day.total else 1.0)
