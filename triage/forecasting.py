"""Each night, and whenever a mailing is planned: what will come in during the next four weeks.

By channel and day, by half hour for two weeks, and by day for the largest topics. What is known of
a day is learned with the inflow; what a mailing will draw is added to it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from classifiers import forecast, forecast_hours
from classifiers.forecast import DayAhead, Outlook
from classifiers.rhythm import Day, Occasion
from models import calendar, forecast_past, past_waves, wave
from models.external_event import EventKind, ExternalEvent
from models.forecast import ALL, HALF_HOUR, WHOLE_DAY, Expected, Forecast, ForecastRun
from models.forecast_past import Days
from models.mailing import Mailing
from models.notice import Notice
from models.wave import PAYMENT, Wave
from triage.screening.occasions import AFTER_HOLIDAY, Known, described, from_catalog, noted

METHOD = "rhythm and damped level"
LOOKED_BACK = 400
DAYS, FINE_DAYS = 28, 14
"""Foreseen by days; by half hours."""
TOPICS = 8
RECENT = 28
"""Days from which the shares of channels and topics are taken."""
LOOKED_OVER, JUDGED = 42, 16
"""Days for which a forecast is made afterwards where there was none, each so many days ahead."""
PROFILE = 56
"""Days from which the half hours are taken."""
STATED = 0.9
PAYMENT_DAY = "payment_day"
COUNTED = 3
"""O'clock: by then the day before is counted to its end."""
HALF_HOURS_KEPT = timedelta(days=60)


@dataclass(frozen=True)
class Ground:
    """What is known on the morning of `today`: the past, its counts, and what is coming."""

    today: date
    past: tuple[Day, ...]
    coming: tuple[Day, ...]
    channels: Mapping[str, Days]
    topics: Mapping[str, Days]
    quiet: frozenset[date]
    """Working days on which nothing at all was counted: not known rather than empty."""

    def counts(self, seen: Days) -> list[float | None]:
        return [None if day.on in self.quiet else float(seen.get(day.on, 0)) for day in self.past]

    def outlook(self, seen: Days) -> Outlook:
        return forecast.outlook(self.past, self.counts(seen), self.coming)

    def share(self, seen: Days) -> float:
        """Of everything that came lately."""
        since = self.today - timedelta(days=RECENT)
        whole = sum(
            count
            for days in self.channels.values()
            for day, count in days.items()
            if since <= day < self.today
        )
        part = sum(count for day, count in seen.items() if since <= day < self.today)
        return part / whole if whole else 0.0

    def on(self, day: date) -> "Ground":
        """What was known on the morning of an earlier day."""
        days = [*self.past, *self.coming]
        past = tuple(one for one in days if one.on < day)
        coming = [without_mailings(one) for one in days if one.on >= day]
        return replace(self, today=day, past=past, coming=tuple(coming[:JUDGED]))


def tend(at: datetime) -> None:
    """Make today's forecast where there is none yet, or where what is planned has changed."""
    latest = ForecastRun.latest()
    early = at.astimezone(calendar.BRUSSELS).hour < COUNTED
    if latest is None:
        look_back(at)
        make(at)
    elif latest.made_on < calendar.business_day(at):
        if not early:
            make(at)
    elif latest.facts.get("planned") != planned(at):
        make(at)


def make(at: datetime) -> ForecastRun | None:
    """None where nothing has ever come in."""
    ground = ground_of(calendar.business_day(at))
    if ground is None:
        return None
    facts: dict[str, Any] = {"planned": planned(at)}
    waves = waves_ahead(at, ground)
    run, days = begin(ground, at, waves, facts)
    keep_half_hours(run, days, ground)
    for topic_id in largest(ground):
        own = [one for one in waves if one.topic_id == topic_id]
        found = with_waves(ground.outlook(ground.topics[topic_id]).days, own, 1.0)
        run.keep(ALL, topic_id, stated(found))
    Forecast.sweep(at - HALF_HOURS_KEPT)
    return run


def look_back(at: datetime, days: int = LOOKED_OVER) -> int:
    """What would have been said on each of the days before, where nothing was: so that forecasts
    can be judged from the first day on. It is marked as said afterwards; returns of how many."""
    today, count = calendar.business_day(at), 0
    ground = ground_of(today)
    if ground is None:
        return 0
    waves = waves_ahead(at, ground)
    for step in range(days, 0, -1):
        day = today - timedelta(days=step)
        then = ground.on(day)
        if then.past and calendar.working_day(day) and not ForecastRun.of(day):
            begin(then, calendar.start_of(day, time(COUNTED)), waves, {"afterwards": True})
            count += 1
    return count


def begin(
    ground: Ground, at: datetime, waves: Collection[Wave], facts: dict[str, Any]
) -> tuple[ForecastRun, dict[str, list[DayAhead]]]:
    """The days of each channel and of everything, kept."""
    outlooks = {name: ground.outlook(seen) for name, seen in ground.channels.items()}
    known = max((one.known for one in outlooks.values()), default=0)
    facts["enough"] = known >= forecast.ENOUGH
    run = ForecastRun.begin(ground.today, at, METHOD, known, facts)
    days = {
        name: with_waves(outlook.days, waves, ground.share(ground.channels[name]))
        for name, outlook in outlooks.items()
    }
    whole = ground.outlook(forecast_past.total(list(ground.channels.values())))
    days[ALL] = added(list(days.values()), with_waves(whole.days, waves, 1.0))
    for name, found in days.items():
        run.keep(name, "", stated(found))
    return run, days


# --- the ground -----------------------------------------------------------------------------


def ground_of(today: date, days: int = DAYS) -> Ground | None:
    """None without any past."""
    begun = forecast_past.first_day()
    yesterday = today - timedelta(days=1)
    if begun is None or begun > yesterday:
        return None
    first = max(begun, today - timedelta(days=LOOKED_BACK))
    channels = forecast_past.by_channel(first, yesterday)
    topics = forecast_past.by_topic(first, yesterday)
    everything = forecast_past.total(list(channels.values()))
    last = today + timedelta(days=days - 1)
    told = days_of(first, last, shares_of(topics, today))
    past = tuple(day for day in told if day.on < today)
    quiet = frozenset(day.on for day in past if not day.free and not everything.get(day.on))
    coming = tuple(without_mailings(day) for day in told if day.on >= today)
    return Ground(today, past, coming, channels, topics, quiet | {begun})


def days_of(first: date, last: date, shares: Mapping[str, float]) -> list[Day]:
    """These days as they weigh on everything: what moves one topic moves its share of the whole."""
    days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    found = []
    for day in described(days):
        seen = tuple(on_everything(one, shares) for one in day.occasions)
        marks = () if day.free else tuple(Occasion(kind) for kind in marks_of(day.on))
        found.append(replace(day, occasions=(*seen, *marks)))
    return found


def on_everything(one: Occasion, shares: Mapping[str, float]) -> Occasion:
    if one.topic is None or one.factor is None:
        return Occasion(one.kind, None, one.factor)
    share = shares.get(one.topic.partition("/")[0], 0.0)
    return Occasion(one.kind, None, max(0.1, 1 + share * (one.factor - 1)))


def marks_of(day: date) -> list[str]:
    """What the calendar alone says of an open day."""
    before, after = calendar.working_day_before(day), calendar.working_day_after(day)
    found = []
    if before.month != day.month:
        found.append("month_begins")
    if after.month != day.month:
        found.append("month_ends")
    if (day - before).days > 1 and (after - day).days > 1:
        found.append("bridge_day")
    return found


def without_mailings(day: Day) -> Day:
    """What a mailing will draw is added by its own wave."""
    kept = tuple(one for one in day.occasions if one.kind != EventKind.MAILING)
    return replace(day, occasions=kept)


def shares_of(topics: Mapping[str, Days], today: date) -> dict[str, float]:
    since = today - timedelta(days=RECENT)
    lately = {
        name: sum(count for day, count in days.items() if day >= since)
        for name, days in topics.items()
    }
    whole = sum(lately.values())
    return {name: count / whole for name, count in lately.items()} if whole else {}


def largest(ground: Ground) -> list[str]:
    shares = shares_of(ground.topics, ground.today)
    named = [name for name in shares if name]
    return sorted(named, key=lambda name: (-shares[name], name))[:TOPICS]


def known_on(days: Sequence[date]) -> dict[date, list[Known]]:
    """What was known to move contacts on each of these days, the earliest first."""
    if not days:
        return {}
    known = from_catalog(days[0], days[-1])
    known += [noted(one) for one in ExternalEvent.acting(days[0], days[-1])]
    found = {day: [one for one in known if one.first_on <= day <= one.last_on] for day in days}
    for day in days:
        if calendar.working_day(day) and calendar.after_holiday(day):
            found[day].append(Known(AFTER_HOLIDAY, day, day))
    return found


# --- waves ----------------------------------------------------------------------------------


def waves_of_mailings(at: datetime) -> list[tuple[Mailing, Wave]]:
    """What the mailings that act now or are planned draw: as it was kept, else as they stand."""
    found = [(one, Wave.kept(one.wave) or wave.wave_of(one, at)) for one in past_waves.acting(at)]
    return [(mailing, one) for mailing, one in found if one.recipients]


def waves_ahead(at: datetime, ground: Ground) -> list[Wave]:
    """The mailings, and the payments announced for days that the calendar knows nothing of."""
    found = [one for _, one in waves_of_mailings(at)]
    known = {
        day.on for day in ground.coming if any(one.kind == PAYMENT_DAY for one in day.occasions)
    }
    last = ground.coming[-1].on if ground.coming else ground.today
    for day, topic_id, clients in Notice.payments_ahead(ground.today, last):
        if day not in known:
            found.append(wave.expected_wave(clients, topic_id, at, purpose=PAYMENT, sent_on=[day]))
    return found


def with_waves(days: Sequence[DayAhead], waves: Collection[Wave], share: float) -> list[DayAhead]:
    """Each day with its share of what the waves bring; their doubts are independent."""
    found = []
    for day in days:
        parts = [one for each in waves for one in each.days if one.day == day.on]
        more = share * sum(one.expected for one in parts)
        spread = (
            share * sum(((one.high - one.low) / 2 / wave.NINE_OF_TEN) ** 2 for one in parts) ** 0.5
        )
        found.append(forecast.with_wave(day, more, spread) if parts else day)
    return found


def planned(at: datetime) -> list[str]:
    """What a forecast knows of plans, in few words: another list asks for another forecast."""
    mailings = [
        f"{one.id} {one.state} {one.start_at:%F %H:%M}" if one.start_at else f"{one.id} {one.state}"
        for one in past_waves.acting(at)
    ]
    today = calendar.business_day(at)
    last = today + timedelta(days=DAYS - 1)
    payments = [
        f"{day} {topic_id} {clients}"
        for day, topic_id, clients in Notice.payments_ahead(today, last)
    ]
    days = [today + timedelta(days=step) for step in range(DAYS)]
    off = [f"{day}" for day in days if not calendar.working_day(day)]
    return [*sorted(mailings), *payments, *off]


# --- kept -----------------------------------------------------------------------------------


def added(parts: Sequence[Sequence[DayAhead]], whole: Sequence[DayAhead]) -> list[DayAhead]:
    """The channels' sum, as unsure as everything together is: they rise and fall together."""
    return [
        DayAhead(one.on, sum(part[place].expected for part in parts if part), one.dispersion)
        for place, one in enumerate(whole)
    ]


def stated(days: Sequence[DayAhead]) -> list[Expected]:
    return within(
        [(calendar.start_of(one.on), one.expected, one.dispersion) for one in days], WHOLE_DAY
    )


def within(rows: Sequence[tuple[datetime, float, float]], minutes: int) -> list[Expected]:
    """(when, expected, dispersion) with the bounds between which nine of ten lie."""
    expected, doubts = [row[1] for row in rows], [row[2] for row in rows]
    bounds = forecast.several_bounds(expected, doubts, STATED) if rows else []
    return [
        Expected(starts_at, minutes, mean, low, high, doubt)
        for (starts_at, mean, doubt), (low, high) in zip(rows, bounds, strict=True)
    ]


def keep_half_hours(
    run: ForecastRun, days: Mapping[str, Sequence[DayAhead]], ground: Ground
) -> None:
    today = ground.today
    counted = forecast_past.half_hours(today - timedelta(days=PROFILE), today - timedelta(days=1))
    empty = [[0.0] * forecast_past.SLOTS for _ in range(7)]
    free = {day.on: day.free for day in ground.coming}
    whole: dict[datetime, float] = {}
    for channel in [name for name in days if name != ALL]:
        rows = [
            one
            for day in days[channel][:FINE_DAYS]
            for one in half_hours(day, counted.get(channel, empty), free[day.on])
        ]
        run.keep(channel, "", within(rows, HALF_HOUR))
        for starts_at, expected, _ in rows:
            whole[starts_at] = whole.get(starts_at, 0.0) + expected
    doubts = {one.on: one.dispersion + forecast_hours.UNSTEADY for one in days[ALL]}
    rows = [
        (starts_at, expected, doubts[calendar.business_day(starts_at)])
        for starts_at, expected in sorted(whole.items())
    ]
    run.keep(ALL, "", within(rows, HALF_HOUR))


def half_hours(
    day: DayAhead, counted: list[list[float]], free: bool
) -> list[tuple[datetime, float, float]]:
    """(when, expected, dispersion) of the half hours in which somebody is expected."""
    shares = forecast_hours.profile(counted, day.on.weekday(), free)
    found = {
        calendar.start_of(day.on, time(place // 2, HALF_HOUR * (place % 2))): (expected, dispersion)
        for place, (expected, dispersion) in enumerate(
            forecast_hours.spread(day.expected, day.dispersion, shares)
        )
        if expected > 0
    }
    return [(starts_at, *one) for starts_at, one in sorted(found.items())]
