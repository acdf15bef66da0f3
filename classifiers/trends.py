"""What was expected of a problem on a day, and whether it is new, rises, falls or stays. Pure.

A problem is compared with its own past, over runs of one to seven days (`scan`), and with what
everything else did meanwhile (`inflow`); from which chance on it is told, `sensitivity` says.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from math import log2, log10

import numpy as np

from classifiers import inflow_growth, rhythm, scan
from classifiers.counts import Flags, Numbers, Spread, at_least, between, calmed, spread
from classifiers.rhythm import Day, Rhythm
from classifiers.sensitivity import WORKING_WEEK, Sensitivity

NEW, RISING, STEADY, FALLING, REGRESSED = "new", "rising", "steady", "falling", "regressed"

TAIL = 0.05
"""Outside of `low` to `high` lies one day in ten."""
LIKELY = 0.25
"""What rises against the inflow is also above its own expectation, at least so clearly."""
SAYING = 0.5
"""The share of a day from which it speaks for itself; before, the day before speaks with it."""
FEWEST_TO_RISE = 4
UNKNOWN_LEVEL = 0.3
"""Clients a day that an unknown problem might have had without being found."""
MOST_SURPRISE = 6.0
FEWEST_WEEKS = 2
MEDIAN = 2.4
"""The variance of a median beside that of a mean is 1.57; half as much again, to be safe."""
ENOUGH = 10
"""Days that say how much counts vary."""
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Observed:
    """One problem: clients seen today so far, and per earlier working day, oldest first."""

    problem: int
    seen: int
    history: Sequence[int]
    severe: int = 0
    """Contacts that repeat or are dissatisfied."""
    topic: str | None = None
    fresh: bool = False
    """Founded since the last meeting: new, whatever its few days say."""
    settled: float | None = None
    """Clients on an average working day after an action was verified, and of how many days."""
    settled_days: int = 0
    lately: int | None = None
    """Clients since the last meeting: these rank it, where they are known."""

    @property
    def size(self) -> int:
        return self.seen if self.lately is None else self.lately


@dataclass(frozen=True, slots=True)
class Background:
    """What everything did on the days of the histories and today, the oldest first.

    `inflow` counts what came in about anything, today so far. Histories end with the day before
    the last of `days`; a shorter one began later.
    """

    days: Sequence[Day]
    rhythm: Rhythm = field(default_factory=Rhythm)
    inflow: Sequence[float] | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time up to now.

    `shares` are how much of what each of the last days has brought so far lies in it, today last;
    `beside` is what other days in it, that no history has, are likely to have brought, as a number
    of average working days.
    """

    shares: Sequence[float]
    beside: float = 0.0


@dataclass(frozen=True, slots=True)
class Interval:
    expected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Grounds:
    """The run of days that differs most from what was expected of it."""

    days: int
    seen: int
    expected: float


@dataclass(frozen=True, slots=True)
class Card:
    """What the board says of a problem; `expected` is None where nothing can be compared yet."""

    problem: int
    expected: float | None
    low: float | None
    high: float | None
    trend: str
    score: float
    with_inflow: float | None = None
    """What would have been expected had it grown like everything else; None where unknown."""
    grounds: Grounds | None = None
    days: int = 0
    """Days of history on which this rests."""
    chance: float = 1.0
    """That a problem which did not change would look so much larger."""
    lately: Interval | None = None
    """What was expected of the window; None where the problem began in it."""

    @property
    def unsure(self) -> bool:
        """Compared with less than a week: the interval is wide for that."""
        return self.days < WORKING_WEEK


def board(
    day: date,
    observed: Sequence[Observed],
    share: float = 1.0,
    volume: int | None = None,
    *,
    background: Background | None = None,
    sensitivity: Sensitivity | None = None,
    window: Window | None = None,
) -> list[Card]:
    """The cards of `day`, the most pressing first.

    `share` is how much of the day has gone by, `volume` how many clients wrote today, or in the
    `window`, about anything; without it the problems' own sum stands in. Without `background` the
    weekdays are learned from the histories, and nothing is said of the inflow.
    """
    wanted = sensitivity or Sensitivity()
    total = max(volume or 0, sum(one.size for one in observed), 1)
    known = [one for one in observed if any(_past(one, wanted))]
    cards = [_unknown(one, total) for one in observed if not any(_past(one, wanted))]
    if known:
        cards += _Comparison(known, share, background, wanted).cards(total, window)
    return sorted(cards, key=lambda card: (-card.score, card.problem))


def own_weekdays(totals: Numbers) -> Numbers:
    """How the days of a week compare, from working days alone: today's weekday first, then the one
    before it.

    Medians over the weeks, because one wild day must not; drawn to 1 by how little the weekdays
    differ beside how much each differs from itself.
    """
    weeks = len(totals) // WORKING_WEEK
    told = totals[len(totals) - weeks * WORKING_WEEK :].reshape(weeks, WORKING_WEEK)
    told = told[told.sum(axis=1) > 0][:, ::-1]
    if len(told) < FEWEST_WEEKS:
        return np.ones(WORKING_WEEK)
    ratios = told / told.mean(axis=1, keepdims=True)
    middle = np.clip(np.median(ratios, axis=0), 0.3, 3.0)
    differ = float(np.var(middle, ddof=1))
    noise = MEDIAN * float(np.mean((ratios - middle) ** 2)) / (len(told) - 1)
    sure = max(0.0, 1 - noise / differ) if differ > 0 else 0.0
    return np.roll(1 + sure * (middle / middle.mean() - 1), 1)


def series_of(
    observed: Sequence[Observed],
    share: float,
    background: Background | None,
    sensitivity: Sensitivity,
) -> scan.Series:
    """Histories and today side by side, each since its first day with a client."""
    pasts = [_past(one, sensitivity) for one in observed]
    width = max(map(len, pasts)) + 1
    counts = np.zeros((len(observed), width))
    begun = np.zeros(counts.shape, dtype=np.bool_)
    for row, (one, past) in enumerate(zip(observed, pasts, strict=True)):
        counts[row, width - 1 - len(past) : -1] = past
        counts[row, -1] = one.seen
        first = next((place for place, count in enumerate(past) if count), len(past))
        begun[row, width - 1 - len(past) + first :] = True
    weights, doubt = np.ones(counts.shape), np.zeros(counts.shape)
    if background is None:
        week = own_weekdays(counts[:, :-1].sum(axis=0))
        weights[:] = week[np.arange(width)[::-1] % WORKING_WEEK]
    else:
        by_topic: dict[str | None, tuple[Numbers, Numbers]] = {}
        for row, one in enumerate(observed):
            if one.topic not in by_topic:
                days = background.days[-width:]
                by_topic[one.topic] = rhythm.weights(background.rhythm, days, one.topic)
            weights[row], doubt[row] = by_topic[one.topic]
    weights[:, -1] *= share
    return scan.Series(counts, weights, begun, doubt, young=share < SAYING)


def expected_in(series: scan.Series, spread: Spread, window: Window) -> list[Interval | None]:
    """What each problem was expected to bring in a window, from the days before it.

    The sum of its days' expectations by their shares; it varies as a run of so many days does.
    """
    length = min(len(window.shares), series.counts.shape[1] - 1)
    cut = len(window.shares) - length
    weights = series.weights.copy()
    weights[:, -length:] *= np.asarray(window.shares[cut:])
    weights[:, -1] += window.beside + sum(window.shares[:cut])
    found = scan.run(series.of(weights, series.doubt), spread, length)
    low, high = between(found.expected, found.dispersion, TAIL)
    compared = scan.past(series, length).sum(axis=1)
    return [
        Interval(float(found.expected[row]), float(low[row]), float(high[row]))
        if compared[row]
        else None
        for row in range(len(low))
    ]


def learned_spread(series: scan.Series) -> Spread:
    """How much the counts of all problems vary, wild days calmed.

    The days that are looked at teach nothing of what is usual, where enough days remain.
    """
    days = series.counts.shape[1] - 1
    last = days - max(scan.RUNS) if days >= ENOUGH + max(scan.RUNS) else days
    counts, weights = series.counts[:, :last], series.weights[:, :last]
    begun = series.begun[:, :last]
    base = np.maximum((begun * weights).sum(axis=1), 1e-9)[:, None]
    quiet = counts
    for _ in range(ROUNDS):
        expected = (begun * quiet).sum(axis=1)[:, None] / base * weights
        found = spread(quiet, expected, begun)
        quiet = calmed(counts, expected, found.dispersion)
    return found


class _Comparison:
    """All problems with a past, compared at once."""

    def __init__(
        self,
        observed: Sequence[Observed],
        share: float,
        background: Background | None,
        sensitivity: Sensitivity,
    ) -> None:
        self.observed = observed
        self.sensitivity = sensitivity
        self.series = series_of(observed, share, background, sensitivity)
        self.spread = learned_spread(self.series)
        self.runs = scan.runs(self.series, self.spread)
        self.judged = self.series
        if background is not None and background.inflow is not None:
            general, _ = rhythm.weights(
                background.rhythm, background.days[-self.series.counts.shape[1] :], None
            )
            general[-1] *= share
            self.judged = inflow_growth.followed(self.series, general, background.inflow)
        self.judged_runs = self.runs
        if self.judged is not self.series:
            self.judged_runs = scan.runs(self.judged, self.spread)

    def cards(self, total: int, window: Window | None) -> list[Card]:
        more = self._chances("more")
        less = self._chances("less")
        rising = (more <= self.sensitivity.cut(more)) & self._grown()
        falling = (less <= self.sensitivity.cut(less)) & self._shrunk()
        back = self._regressed()
        first = self.runs[0]
        days = self.series.begun[:, :-1].sum(axis=1)
        weights = self.series.weights[:, -1]
        usual = np.maximum(scan.level(self.series, self.spread, 1), 1 / np.maximum(days, 1))
        expected = np.maximum(usual * weights, 1e-9)
        low, high = between(expected, first.dispersion, TAIL)
        growth = self.judged.weights[:, -1] / np.maximum(weights, 1e-9)
        likeliest = np.argmin([run.more for run in self.judged_runs], axis=0)
        lately: Sequence[Interval | None] = [None] * len(self.observed)
        if window is not None:
            lately = expected_in(self.series, self.spread, window)
        cards = []
        for row, one in enumerate(self.observed):
            trend = STEADY
            if one.fresh:
                trend = NEW
            elif back[row]:
                trend = REGRESSED
            elif rising[row]:
                trend = RISING
            elif falling[row]:
                trend = FALLING
            run = self.judged_runs[int(likeliest[row])]
            cards.append(
                Card(
                    problem=one.problem,
                    expected=float(expected[row]),
                    low=float(low[row]),
                    high=float(high[row]),
                    trend=trend,
                    score=_score(one, float(more[row]), total),
                    with_inflow=float(expected[row] * growth[row])
                    if self.judged is not self.series
                    else None,
                    grounds=Grounds(run.days, int(run.seen[row]), float(run.expected[row])),
                    days=int(days[row]),
                    chance=float(more[row]),
                    lately=lately[row],
                )
            )
        return cards

    def _chances(self, way: str) -> Numbers:
        """One chance for each problem; what rises against the inflow must also have grown."""
        young = self.series.young
        own = scan.together([getattr(run, way) for run in self.runs], young)
        if self.judged_runs is self.runs:
            return own
        against = scan.together([getattr(run, way) for run in self.judged_runs], young)
        return np.where(own < LIKELY, against, np.maximum(own, against))

    def _grown(self) -> Flags:
        """Whether enough clients wrote, and its last days are above what was expected of them."""
        seen = self.series.counts[:, -1]
        if self.series.young:
            seen = np.maximum(seen, self.series.counts[:, -2])
        last = self._last_days()
        return np.asarray((seen >= FEWEST_TO_RISE) & (last.seen >= last.expected))

    def _shrunk(self) -> Flags:
        last = self._last_days()
        return np.asarray(last.seen <= last.expected)

    def _last_days(self) -> scan.Run:
        return self.runs[min(1, len(self.runs) - 1)]

    def _regressed(self) -> Flags:
        """Whether it is significantly above the level that it had after an action."""
        settled = np.array([one.settled or 0.0 for one in self.observed])
        days = np.array(
            [one.settled_days if one.settled is not None else 0 for one in self.observed]
        )
        if not days.any():
            return np.zeros(len(self.observed), dtype=np.bool_)
        found = scan.against(self.judged, self.spread, settled, days)
        chances = scan.together([run.more for run in found], self.series.young)
        last = found[min(1, len(found) - 1)]
        seen = self.series.counts[:, -2:].max(axis=1)
        above = (seen >= FEWEST_TO_RISE) & (last.seen >= last.expected)
        return np.asarray((days > 0) & above & (chances <= self.sensitivity.cut(chances[days > 0])))


def _unknown(one: Observed, total: int) -> Card:
    chance = float(
        at_least(np.array([float(one.size)]), np.array([UNKNOWN_LEVEL]), np.array([0.15]))[0]
    )
    return Card(one.problem, None, None, None, NEW, _score(one, chance, total))


def _past(one: Observed, sensitivity: Sensitivity) -> list[int]:
    return list(one.history)[-sensitivity.days :]


def _score(one: Observed, chance: float, total: int) -> float:
    """Surprise, size, share of the day and gravity together: a small grave group keeps a place
    beside a large calm one, and in a surge of everything the share decides."""
    surprise = min(MOST_SURPRISE, -log10(max(chance, 1e-9)))
    grave = min(1.0, one.severe / max(one.size, 1))
    return surprise + log2(1 + one.size) + 10 * one.size / total + 3 * grave * log2(1 + one.severe)
