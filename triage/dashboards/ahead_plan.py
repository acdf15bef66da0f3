"""Work and hours of the days to come: what comes in, who is there, and when all is worked off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from classifiers.forecast_backlog import Clearing, Load, clear
from models import calendar, forecast, forecast_handling, wave
from models.forecast import Expected
from models.forecast_handling import Handling, Staff
from models.intake import Channel
from models.shift import Capacity, Shift
from models.wave import Wave
from triage.dashboards.ahead_asked import WhatIf

DAYS = 28
LONGEST = 84
"""Days for which the last foreseen week is repeated, to find when all is worked off."""
WORKED = 0.8
"""The share of a shift that goes to clients: the rest is breaks, meetings, training."""
FULL_DAY = 7.6
HALF_AN_HOUR = 0.5
OPENS, CLOSES, AFTERNOON = time(9), time(17), time(13)
WRITES = 0.5
"""Of those who find the telephone closed, how many write instead; the others call next morning."""


@dataclass(frozen=True)
class DayOfWork:
    """One day, in hours. `came` is left out: of today only what is still to come counts."""

    on: date
    contacts: Mapping[str, float]
    hours: Mapping[str, float]
    dispersion: float
    capacity: float
    assumed: bool
    """Whether the roster says nothing of it."""

    @property
    def needed(self) -> float:
        return sum(self.hours.values())

    @property
    def short(self) -> bool:
        return self.needed > self.capacity

    def load(self) -> Load:
        calls = self.hours.get(Channel.PHONE, 0.0)
        return Load(self.on, self.needed, self.dispersion, self.capacity, calls)


@dataclass(frozen=True)
class Standing:
    """All that is known now; a plan is made of it, with or without a supposition."""

    at: datetime
    expected: Mapping[str, Sequence[Expected]]
    whole: Sequence[Expected]
    rest: Mapping[str, float]
    """Of today's contacts, the share that is still to come, by channel."""
    afternoon: float
    """The share of a day's calls that come after one o'clock."""
    handling: Mapping[str, Handling]
    waiting: Mapping[str, int]
    staff: Staff
    heads: Sequence[Capacity]
    open_days: frozenset[date]

    @property
    def today(self) -> date:
        return calendar.business_day(self.at)

    @property
    def rostered(self) -> frozenset[date]:
        return frozenset(calendar.business_day(one.starts_at) for one in self.heads)


@dataclass(frozen=True)
class Plan:
    """The days to come under one supposition."""

    days: Sequence[DayOfWork]
    backlog: float
    """Hours of what waits."""
    tickets: int
    clearing: Clearing
    ticket_minutes: float
    wave: Wave | None = None

    @property
    def growth(self) -> float:
        """By how many tickets the backlog grows on a working day; below 0 it falls."""
        return 60 * self.clearing.growth / self.ticket_minutes if self.ticket_minutes else 0.0


def standing(at: datetime) -> Standing:
    today = calendar.business_day(at)
    last = today + timedelta(days=DAYS - 1)
    channels = [channel.value for channel in Channel]
    days = [today + timedelta(days=step) for step in range(DAYS)]
    return Standing(
        at=at,
        expected={name: forecast.expected(today, last, name) for name in channels},
        whole=forecast.expected(today, last),
        rest={name: still_to_come(name, at) for name in channels},
        afternoon=afternoon_of(today),
        handling=forecast_handling.handling(at),
        waiting=forecast_handling.waiting(),
        staff=forecast_handling.staff(at),
        heads=Shift.capacity(today, last),
        open_days=frozenset(day for day in days if calendar.working_day(day)),
    )


def plan(known: Standing, supposed: WhatIf) -> Plan:
    minutes = {
        name: one.minutes * (1 + supposed.minutes / 100) for name, one in known.handling.items()
    }
    added = mailing_tomorrow(known, supposed)
    days = days_of_work(known, supposed, minutes, added)
    tickets = sum(known.waiting.values())
    backlog = sum(count * minutes.get(name, 0.0) / 60 for name, count in known.waiting.items())
    loads = lengthened([one.load() for one in days])
    mean = 60 * backlog / tickets if tickets else minutes[Channel.EMAIL]
    return Plan(days, backlog, tickets, clear(backlog, loads), mean, added)


# --- what comes in --------------------------------------------------------------------------


def days_of_work(
    known: Standing, supposed: WhatIf, minutes: Mapping[str, float], added: Wave | None
) -> list[DayOfWork]:
    shares = shares_of(known)
    contacts: dict[date, dict[str, float]] = {}
    for name, rows in known.expected.items():
        for row in rows:
            rest = known.rest.get(name, 1.0) if row.day == known.today else 1.0
            more = drawn(added, row.day) * shares.get(name, 0.0)
            contacts.setdefault(row.day, {})[name] = row.expected * rest + more
    if supposed.closed:
        contacts = with_closed_phones(contacts, known)
    dispersion = {row.day: row.dispersion for row in known.whole}
    capacity = capacities(known, supposed)
    return [
        DayOfWork(
            on=day,
            contacts=of_day,
            hours={name: count * minutes.get(name, 0.0) / 60 for name, count in of_day.items()},
            dispersion=dispersion.get(day, 0.1),
            capacity=capacity.get(day, 0.0),
            assumed=day not in known.rostered,
        )
        for day, of_day in sorted(contacts.items())
    ]


def shares_of(known: Standing) -> dict[str, float]:
    sums = {name: sum(row.expected for row in rows) for name, rows in known.expected.items()}
    whole = sum(sums.values())
    return {name: one / whole for name, one in sums.items()} if whole else {}


def mailing_tomorrow(known: Standing, supposed: WhatIf) -> Wave | None:
    if not supposed.mailing:
        return None
    day = calendar.working_day_after(known.today)
    return wave.expected_wave(supposed.mailing, None, known.at, sent_on=[day])


def drawn(added: Wave | None, day: date) -> float:
    return sum(one.expected for one in added.days if one.day == day) if added else 0.0


def with_closed_phones(
    contacts: Mapping[date, Mapping[str, float]], known: Standing
) -> dict[date, dict[str, float]]:
    """Half of those who find nobody after one write the same day, half call the next morning."""
    found = {day: dict(of_day) for day, of_day in contacts.items()}
    again = 0.0
    for day in sorted(found):
        calls = found[day].get(Channel.PHONE, 0.0) + again
        again = 0.0
        if day in known.open_days:
            turned_away = calls * known.afternoon
            calls -= turned_away
            again = turned_away * (1 - WRITES)
            email = found[day].get(Channel.EMAIL, 0.0)
            found[day][Channel.EMAIL] = email + turned_away * WRITES
        found[day][Channel.PHONE] = calls
    return found


def still_to_come(channel: str, at: datetime) -> float:
    """Of today's contacts."""
    today = calendar.business_day(at)
    rows = forecast.expected_half_hours(today, today, channel)
    whole = sum(row.expected for row in rows)
    later = sum(row.expected for row in rows if row.starts_at >= at)
    return later / whole if whole else 0.0


def afternoon_of(today: date) -> float:
    day = calendar.working_day_after(today)
    rows = forecast.expected_half_hours(day, day, Channel.PHONE)
    whole = sum(row.expected for row in rows)
    closes = calendar.start_of(day, AFTERNOON)
    return sum(row.expected for row in rows if row.starts_at >= closes) / whole if whole else 0.0


# --- who is there ---------------------------------------------------------------------------


def capacities(known: Standing, supposed: WhatIf) -> dict[date, float]:
    """Hours for clients on each open day, and on a day off for which people are rostered: from the
    roster; of other days as on those that it knows; without a roster, of the people who are not
    absent today."""
    hours = rostered_hours(known)
    usual = usual_hours(known, hours)
    left = office_left(known.at)
    found = {}
    for day in sorted({*known.open_days, *hours}):
        share = left if day == known.today else 1.0
        own = hours[day] if day in hours else usual * share
        more = (supposed.people * FULL_DAY * WORKED + supposed.overtime) * share
        found[day] = max(0.0, own + more)
    return found


def rostered_hours(known: Standing) -> dict[date, float]:
    """Of today only what is left, as many of the rostered as are here."""
    hours: dict[date, float] = {}
    here = here_of_rostered(known)
    for one in known.heads:
        day = calendar.business_day(one.starts_at)
        if day == known.today and one.starts_at < known.at - timedelta(minutes=15):
            hours.setdefault(day, 0.0)
            continue
        share = here if day == known.today else 1.0
        hours[day] = hours.get(day, 0.0) + one.heads * HALF_AN_HOUR * WORKED * share
    return hours


def here_of_rostered(known: Standing) -> float:
    """How many of those who should be here at this moment are; 1 where nobody should be."""
    moment = known.at - timedelta(minutes=30)
    now = sum(one.heads for one in known.heads if moment < one.starts_at <= known.at)
    return min(1.2, known.staff.here / now) if now and known.staff.here else 1.0


def usual_hours(known: Standing, hours: Mapping[date, float]) -> float:
    whole = [one for day, one in hours.items() if day != known.today and day in known.open_days]
    if whole:
        return sum(whole) / len(whole)
    return known.staff.today * FULL_DAY * WORKED


def office_left(at: datetime) -> float:
    """How much of today's office hours is still to come."""
    day = calendar.business_day(at)
    opens, closes = calendar.start_of(day, OPENS), calendar.start_of(day, CLOSES)
    return min(1.0, max(0.0, (closes - at) / (closes - opens)))


def lengthened(loads: Sequence[Load]) -> list[Load]:
    """The last foreseen week over and over: without it a long backlog has no end."""
    found = list(loads)
    while found and len(found) < LONGEST:
        found += [replace(one, on=one.on + timedelta(days=7)) for one in found[-7:]]
    return found
