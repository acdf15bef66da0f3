"""What was expected of a problem on a day, and whether it rises, falls or is new. Pure.

The lead's first version, so that the board runs; `Observed`, `Card` and `board` are what it calls.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import log1p
from statistics import fmean


@dataclass(frozen=True, slots=True)
class Observed:
    """One problem: clients seen today so far, and per earlier working day, oldest first."""

    problem: int
    seen: int
    history: Sequence[int]
    severe: int = 0
    """Contacts that repeat or are dissatisfied."""


@dataclass(frozen=True, slots=True)
class Card:
    """What the board says of a problem; `expected` is None where nothing can be compared yet."""

    problem: int
    expected: float | None
    low: float | None
    high: float | None
    trend: str
    score: float


def board(day: date, observed: Sequence[Observed], share: float = 1.0) -> list[Card]:
    """The day's cards, the most pressing first; `share` is how much of the day has gone by."""
    cards = [_card(one, share) for one in observed]
    return sorted(cards, key=lambda card: -card.score)


def _card(one: Observed, share: float) -> Card:
    past = list(one.history)[-10:]
    if not any(past):
        return Card(one.problem, None, None, None, "new", one.seen + 0.5 * one.severe)
    expected = fmean(past[-5:]) * share
    spread = (expected + 0.12 * expected**2) ** 0.5
    low, high = max(0.0, expected - 1.64 * spread), expected + 1.64 * spread
    trend = "rising" if one.seen > high else "falling" if one.seen < low else "steady"
    score = (one.seen - expected) / (spread + 1) + log1p(one.seen) + 0.2 * one.severe
    return Card(one.problem, expected, low, high, trend, score)
