"""What every chart is drawn on: round ticks from zero, heights, room for words. Pure.

Across, positions are percent of the width, so a chart is as wide as its page; down, pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Scale:
    """Values from 0 to `top` on a height in pixels; 0 lies at the bottom."""

    top: float
    height: float

    def y(self, value: float) -> float:
        return round(self.height - self.height * min(max(value, 0.0), self.top) / self.top, 1)


def ticks(top: float, at_most: int = 5, *, whole: bool = False) -> list[float]:
    """Round numbers from 0 to the first that is not below `top`; `whole` has no fractions."""
    if top <= 0:
        return [0.0, 1.0]
    rough = top / (at_most - 1)
    power = 10.0 ** floor(log10(rough))
    step = next(one for factor in STEPS if (one := factor * power) >= rough * (1 - 1e-9))
    if whole:
        step = float(max(1, ceil(step - 1e-9)))
    count = ceil(top / step - 1e-9)
    return [round(step * number, 10) for number in range(count + 1)]


def across(index: float, count: int) -> float:
    """Where the middle of the `index`-th of `count` places lies, in percent."""
    return round((index + 0.5) * 100 / max(count, 1), 3)


def sparse(count: int, most: int = 6) -> list[int]:
    """The places that get a word below: evenly, the last one always."""
    step = max(1, ceil(count / most))
    return list(range(count - 1, -1, -step))[::-1]


def anchor(x: float) -> str:
    """How a word stands at a place so that it never leaves the chart."""
    return "start" if x < 12 else "end" if x > 88 else "middle"


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places for words that want to stand at `wanted`: `gap` apart at least, within the ends."""
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    placed = dict.fromkeys(range(len(wanted)), low)
    at = low - gap
    for index in order:
        at = placed[index] = max(wanted[index], at + gap)
    at = high + gap
    for index in reversed(order):
        at = placed[index] = min(placed[index], at - gap)
    return [round(placed[index], 1) for index in range(len(wanted))]
