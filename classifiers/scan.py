"""Whether the last days of many series differ from the days before them. Pure.

Runs of one to seven days are compared with all earlier days, so that a jump is seen on its first
day and a slow growth within a week. The runs' chances are brought to one by their harmonic mean,
which holds its promise although they overlap (Wilson, PNAS 116, 2019, 1195).
"""

from dataclasses import dataclass

import numpy as np

from classifiers.counts import Flags, Numbers, Spread, at_least, at_most, calmed

RUNS = (1, 2, 3, 5, 7)
"""Days in a row that are looked at together, today the last of them."""
SAY = (1.0, 1.0, 1.0, 2.0, 3.0)
"""How much each run counts: a single day for jumps, a week for what grows slowly."""
HALF_LIFE = 30.0
"""Days after which an earlier day weighs half: a lasting change becomes what is usual."""
FEW_BEFORE = 2
"""A run of several days needs so many days before it."""
PRIOR = 0.5
"""Of a client, in what the earlier days had (Jeffreys' prior of a rate)."""
LEARNED = 2.0
"""By how much a dispersion around a mean that is itself learned grows, over the days before."""
SLACK = 1.1
"""By which a harmonic mean of chances is too small at the chances that matter, as measured."""


@dataclass(frozen=True, slots=True)
class Series:
    """Many problems over the same days, the oldest day first and today last.

    `weights` say how heavy each day was expected to be: 1 for an average working day. `begun` are
    the days since a series exists; `doubt` is the standard error of the logarithm of each day's
    weight.
    """

    counts: Numbers
    weights: Numbers
    begun: Flags
    doubt: Numbers
    young: bool = False
    """Little of today has gone by: the day before speaks with it."""

    def of(self, weights: Numbers, doubt: Numbers) -> "Series":
        return Series(self.counts, weights, self.begun, doubt, self.young)

    @property
    def lengths(self) -> tuple[int, ...]:
        """Of the runs: what a young day has is a run of its own, and the day before is whole."""
        lengths = (1, *(length + 1 for length in RUNS)) if self.young else RUNS
        return tuple(length for length in lengths if length < self.counts.shape[1])


@dataclass(frozen=True, slots=True)
class Run:
    """The last days of each series beside what was expected of them; (series,) each."""

    days: int
    seen: Numbers
    expected: Numbers
    dispersion: Numbers
    known: Flags

    @property
    def more(self) -> Numbers:
        """The chance of so many or more."""
        return np.where(self.known, at_least(self.seen, self.expected, self.dispersion), 1.0)

    @property
    def less(self) -> Numbers:
        return np.where(self.known, at_most(self.seen, self.expected, self.dispersion), 1.0)


def runs(series: Series, spread: Spread) -> list[Run]:
    return [run(series, spread, length) for length in series.lengths]


def run(series: Series, spread: Spread, length: int) -> Run:
    """The last `length` days against all before.

    The difference between the run and what the earlier days let expect is a sum over all days with
    the factors `c`; its variance is `sum(c² m) + a (c m)' R (c m)`, `m` being each day's mean, `a`
    the dispersion and `R` how days resemble each other. A negative binomial of that variance
    gives the chance. A wild day was told on its own day: later it does not carry a run.
    """
    counts, weights, before = series.counts, series.weights, past(series, length)
    fading = before * faded(counts.shape[1] - length, counts.shape[1])
    base = np.maximum((fading * weights).sum(axis=1), 1e-9)
    days_before = before.sum(axis=1)
    usual = level(series, spread, length)
    mean_fade = fading.sum(axis=1) / np.maximum(days_before, 1)
    rate = usual + PRIOR * mean_fade / base
    ahead = weights[:, -length:].sum(axis=1)
    factors = -ahead[:, None] * fading / base[:, None]
    factors[:, -length:] = 1.0
    parts = factors * weights
    resembling = _resembling(counts.shape[1], spread.memory)
    lasting = ((parts @ resembling) * parts).sum(axis=1)
    doubted = ((weights * series.doubt)[:, -length:] ** 2).sum(axis=1)
    expected = np.maximum(rate * ahead, 1e-9)
    variance = (
        rate * (factors**2 * weights).sum(axis=1)
        + spread.dispersion * rate**2 * lasting * (1 + LEARNED / np.maximum(days_before, 1))
        + rate**2 * doubted
    )
    told = counts[:, -length:].copy()
    usual_then = rate[:, None] * weights[:, -length:]
    past_days = max(0, length - (2 if series.young else 1))
    told[:, :past_days] = calmed(told, usual_then, spread.dispersion)[:, :past_days]
    return Run(
        days=length,
        seen=told.sum(axis=1),
        expected=expected,
        dispersion=np.maximum((variance - expected) / expected**2, 1e-9),
        known=days_before >= (1 if length == 1 else FEW_BEFORE),
    )


def against(series: Series, spread: Spread, usual: Numbers, days: Numbers) -> list[Run]:
    """The last days against a level that is known from so many days elsewhere."""
    found = []
    for length in series.lengths:
        ahead = series.weights[:, -length:].sum(axis=1)
        rate = np.maximum(usual, PRIOR / np.maximum(days, 1))
        expected = np.maximum(rate * ahead, 1e-9)
        single = rate * ahead + spread.dispersion * (rate**2) * (
            (series.weights[:, -length:] ** 2).sum(axis=1)
        )
        learned = ahead**2 * (rate + spread.dispersion * rate**2) / np.maximum(days, 1)
        found.append(
            Run(
                days=length,
                seen=series.counts[:, -length:].sum(axis=1),
                expected=expected,
                dispersion=np.maximum((single + learned - expected) / expected**2, 1e-9),
                known=days > 0,
            )
        )
    return found


def level(series: Series, spread: Spread, length: int) -> Numbers:
    """Clients on a day of weight 1, from the days before the last `length`; wild days calmed."""
    counts, weights = series.counts, series.weights
    fading = past(series, length) * faded(counts.shape[1] - length, counts.shape[1])
    base = np.maximum((fading * weights).sum(axis=1), 1e-9)
    usual: Numbers = (fading * counts).sum(axis=1) / base
    for _ in range(2):
        quiet = calmed(counts, usual[:, None] * weights, spread.dispersion)
        usual = (fading * quiet).sum(axis=1) / base
    return usual


def past(series: Series, length: int) -> Flags:
    before = series.begun.copy()
    before[:, -length:] = False
    return before


def faded(last: int, days: int) -> Numbers:
    """How much each of the days before `last` still weighs."""
    ages = np.maximum(last - 1 - np.arange(days), 0)
    return np.asarray(0.5 ** (ages / HALF_LIFE))


def together(chances: list[Numbers], young: bool = False) -> Numbers:
    """One chance out of those of the runs, the shortest first."""
    say = np.array((SAY[0], *SAY) if young else SAY)[: len(chances)]
    inverse = (say[:, None] / np.maximum(np.array(chances), 1e-15)).sum(axis=0) / say.sum()
    return np.asarray(np.minimum(1.0, SLACK / inverse))


def _resembling(days: int, memory: float) -> Numbers:
    apart = np.abs(np.subtract.outer(np.arange(days), np.arange(days)))
    return np.asarray(np.where(apart == 0, 1.0, memory**apart), dtype=np.float64)
