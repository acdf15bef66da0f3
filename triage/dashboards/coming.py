"""What is about to make clients write: mailings and payment days, with the contacts expected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import sqrt

from models import calendar, past_waves, wave
from models.mailing import Mailing
from models.notice import Notice
from models.policy import sees_small_counts
from models.topic import Topic
from models.user import User
from models.wave import PAYMENT, Wave, WaveDay
from triage import forecasting
from triage.wave_words import basis, basis_in_full

DAYS = 5
"""Working days ahead, today included."""
FEWEST = 3
"""Fewer clients of a restricted topic are nobody else's to know of."""
LONG_AGO = 5
"""Earlier waves beside which a forecast is held."""


@dataclass(frozen=True)
class Coming:
    """One mailing or payment day; `seen` is what came beyond the usual so far."""

    wave: Wave
    first_on: date
    mailing: Mailing | None = None
    topic_id: str | None = None
    seen: float | None = None

    @property
    def basis(self) -> str:
        return basis(self.wave)

    @property
    def basis_in_full(self) -> str:
        return basis_in_full(self.wave)


@dataclass(frozen=True)
class Backtest:
    """How earlier forecasts did: what came lay between their low and high, of how many."""

    within: int
    of: int
    last: Sequence[tuple[Mailing, Wave, float]]


@dataclass(frozen=True)
class Ahead:
    """The days to come, and what makes them heavy."""

    days: Sequence[WaveDay]
    coming: Sequence[Coming]
    backtest: Backtest | None

    @property
    def quiet(self) -> bool:
        return not self.coming


def ahead(user: User, at: datetime) -> Ahead:
    today = calendar.business_day(at)
    first = today if calendar.working_day(today) else calendar.working_day_after(today)
    days = [calendar.working_day_after(first, step) if step else first for step in range(DAYS)]
    found = [*mailings(at), *payments(user, today, days[-1], at)]
    touching = [one for one in found if any(day.day in days for day in one.wave.days)]
    return Ahead(
        [together(day, touching) for day in days],
        sorted(touching, key=lambda one: (one.first_on, -one.wave.expected)),
        backtest(at),
    )


def mailings(at: datetime) -> list[Coming]:
    seen = past_waves.so_far()
    found = []
    for mailing, forecast in forecasting.waves_of_mailings(at):
        first = forecast.days[0].day
        found.append(Coming(forecast, first, mailing, mailing.topic_id, seen.get(mailing.id)))
    return found


def payments(user: User, first: date, last: date, at: datetime) -> list[Coming]:
    """One for each day, also of the days just past: people write when nothing has come."""
    since = calendar.working_day_before(first, wave.DAYS - 1)
    days: dict[date, dict[str | None, int]] = {}
    for day, topic_id, clients in Notice.payments_ahead(since, last):
        if told_to(user, topic_id, clients):
            days.setdefault(day, {})[topic_id] = clients
    found = []
    for day, paid in days.items():
        topic_id = next(iter(paid)) if len(paid) == 1 else None
        forecast = wave.expected_wave(
            sum(paid.values()), topic_id, at, purpose=PAYMENT, sent_on=[day]
        )
        found.append(Coming(forecast, day, topic_id=topic_id))
    return found


def told_to(user: User, topic_id: str | None, clients: int) -> bool:
    topic = Topic.named(topic_id)
    return topic is None or clients >= FEWEST or sees_small_counts(user, topic)


def together(day: date, coming: Sequence[Coming]) -> WaveDay:
    """All waves of a day: the expected added up, their doubts as independent ones."""
    parts = [one for each in coming for one in each.wave.days if one.day == day]
    expected = sum(one.expected for one in parts)
    above = sqrt(sum((one.high - one.expected) ** 2 for one in parts))
    below = sqrt(sum((one.expected - one.low) ** 2 for one in parts))
    return WaveDay(day, expected, max(0.0, expected - below), expected + above)


def backtest(at: datetime) -> Backtest | None:
    known = past_waves.backtest(at)
    if not known:
        return None
    within = sum(forecast.low <= seen <= forecast.high for _, forecast, seen in known)
    return Backtest(within, len(known), known[:LONG_AGO])
