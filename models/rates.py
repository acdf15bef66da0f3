"""How a rate changed from one run of days to another, with its interval. Pure arithmetic.

Counts are negative binomial, `variance = mean + dispersion * mean²`, so that days which differ more
than chance alone would make them widen the interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

CONFIDENCE = 1.959964
"""Standard errors on either side: 95 %."""
MOST_DISPERSED = 20.0
STEPS = 40
"""Halvings of the range in which the dispersion is looked for."""


@dataclass(frozen=True)
class Count:
    """What was counted in one day, and of how many: the exposure, above 0."""

    seen: float
    of: float


@dataclass(frozen=True)
class Change:
    """A change of a rate on the logarithmic scale: its variance, and on how much that rests."""

    log_ratio: float
    variance: float
    freedom: float

    def against(self, general: "Change") -> "Change":
        """What remains of it when the general change is taken off; Welch and Satterthwaite's
        degrees of freedom (Biometrics Bulletin 2, 1946, 110)."""
        variance = self.variance + general.variance
        parts = self.variance**2 / self.freedom + general.variance**2 / general.freedom
        return Change(self.log_ratio - general.log_ratio, variance, variance**2 / parts)

    @property
    def share(self) -> float:
        """-0.62 for a fall by 62 %."""
        return exp(self.log_ratio) - 1

    def interval(self, confidence: float = CONFIDENCE) -> tuple[float, float]:
        half = student(confidence, self.freedom) * sqrt(self.variance)
        return exp(self.log_ratio - half) - 1, exp(self.log_ratio + half) - 1


def change(before: Sequence[Count], after: Sequence[Count]) -> Change:
    """From the rate of the days before to that of the days after.

    The rate of a run of days is what all of them saw over all their exposure. With the dispersion
    `a` learned from both runs together, the logarithm of a run's rate has the variance
    `sum(m + a m²) / sum(m)²`, `m` being a day's expected count. Half a count more on each side
    keeps a fall to nothing finite (Haldane, Annals of Human Genetics 20, 1956, 309).
    """
    runs = (before, after)
    means = [[_rate(run) * day.of for day in run] for run in runs]
    freedom = max(1, len(before) + len(after) - 2)
    spread = dispersion(
        [day.seen for run in runs for day in run], [mean for run in means for mean in run], freedom
    )
    rates = [_rate(run, 0.5) for run in runs]
    variances = [
        sum(m + spread * m * m for m in (rate * day.of for day in run))
        / sum(rate * day.of for day in run) ** 2
        for rate, run in zip(rates, runs, strict=True)
    ]
    return Change(log(rates[1] / rates[0]), sum(variances), freedom)


def dispersion(seen: Sequence[float], expected: Sequence[float], freedom: float) -> float:
    """By moments: the one at which Pearson's statistic equals its degrees of freedom; 0 where the
    days differ no more than a Poisson's (Breslow, Applied Statistics 33, 1984, 38)."""
    pairs = [
        ((count - mean) ** 2, mean) for count, mean in zip(seen, expected, strict=True) if mean
    ]

    def excess(guess: float) -> float:
        return sum(square / (mean + guess * mean**2) for square, mean in pairs) - freedom

    low, high = 0.0, MOST_DISPERSED
    if excess(low) <= 0:
        return low
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return (low + high) / 2


def student(z: float, freedom: float) -> float:
    """Student's quantile where the normal distribution has `z`, by Cornish and Fisher's expansion
    (Abramowitz and Stegun 26.7.5): within 1 % from three degrees of freedom on, for 95 %."""
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, 1))


def _rate(run: Sequence[Count], more: float = 0.0) -> float:
    return (sum(day.seen for day in run) + more) / sum(day.of for day in run)
