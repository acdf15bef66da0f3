"""The contacts that a mailing or a payment day will cause, day by day, before it happens.

Learned from what earlier ones drew (`models.past_waves`, once a night); until then assumed, and it
says so. It never reads a mailing's rows through its model: a mailing itself calls what stands here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from math import exp, sqrt
from typing import Any, Protocol, Self

from sqlalchemy import column, func, select, table

from models import calendar
from models.base import db
from models.external_event import LEAST, MOST, EventKind, ExternalEvent
from models.settings import Setting
from models.topic import Topic
from models.user import User

DAYS = 5
"""Working days, that of the mail included, on which people still write because of it."""
PAYMENT = "payment"
"""Beside the purposes of mailings: a payment that was announced for a day."""
ASSUMED = {"service": 0.08, "information": 0.04, "change": 0.06, PAYMENT: 0.03}
"""Contacts per recipient, where the house has not lived through enough of its own."""
ASSUMED_SHARES = (0.4, 0.25, 0.15, 0.12, 0.08)
"""On which of the days they come."""
WEIGHT = 300
"""So many recipients the assumption weighs as much as; with fewer of its own a wave is assumed."""
DOUBT, LEAST_DOUBT = 0.7, 0.25
"""Of the logarithm of a wave: while it is assumed, and however often it was seen."""
NINE_OF_TEN = 1.645
"""Standard errors on either side: nine waves of ten stay within."""
MOST_ASSUMED = 1.5
"""An assumption excuses no more contacts on the board than this, times the usual."""
LONGEST_SENDING = 30
KEPT = "wave.learned"
EVERYTHING = "*"

RECIPIENT = table("mailing_recipient", column("mailing_id"), column("state"), column("language"))
AHEAD, GONE = ("queued", "promised"), ("sent", "bounced")


@dataclass(frozen=True)
class Learned:
    """What earlier waves of one kind drew beyond the usual."""

    recipients: int = 0
    contacts: float = 0.0
    waves: int = 0
    spread: float = DOUBT
    by_day: tuple[float, ...] = (0.0,) * DAYS


@dataclass(frozen=True)
class WaveDay:
    """Contacts expected on one working day, and between what."""

    day: date
    expected: float
    low: float
    high: float


@dataclass(frozen=True)
class Wave:
    """What `recipients` people will write and call beyond the usual.

    `assumed`: the house has seen too few of its own (`waves`) to know better.
    """

    days: tuple[WaveDay, ...]
    recipients: int
    topic_id: str | None
    per_hundred: float
    assumed: bool
    waves: int
    expected: float
    low: float
    high: float
    languages: Mapping[str, float]
    purpose: str = "service"
    seen_recipients: int = 0
    seen_contacts: float = 0.0
    """Of the waves it was learned from: whom they reached, and what these said beyond the usual."""

    def figures(self) -> dict[str, Any]:
        """As JSON, to be kept with what caused it."""
        days = [{**asdict(one), "day": one.day.isoformat()} for one in self.days]
        return {**asdict(self), "days": days, "languages": dict(self.languages)}

    @classmethod
    def kept(cls, figures: Mapping[str, Any]) -> Self | None:
        """None where nothing was forecast."""
        if not figures:
            return None
        days = [
            WaveDay(**{**one, "day": date.fromisoformat(one["day"])}) for one in figures["days"]
        ]
        return cls(**{**figures, "days": tuple(days)})


class Announced(Protocol):
    """What is asked of a mailing."""

    id: Any
    name: Any
    purpose: Any
    topic_id: Any
    per_minute: Any
    start_at: Any
    window_from: Any
    window_to: Any
    working_days: Any
    external_event_id: Any
    wave: Any


# --- expected -------------------------------------------------------------------------------


def expected_wave(
    recipients: int | Mapping[str, int],
    topic_id: str | None,
    at: datetime,
    *,
    purpose: str = "service",
    sent_on: Sequence[date] = (),
) -> Wave:
    """What so many recipients (or so many by language) will cause about a topic.

    `sent_on` are the days on which the mails leave, in equal parts; without: the day of `at`.
    """
    spoken = {} if isinstance(recipients, int) else dict(recipients)
    count = recipients if isinstance(recipients, int) else sum(spoken.values())
    known = learned(purpose, topic_id)
    rate = rate_of(known, purpose)
    days = expected_days(count * rate, known, list(sent_on) or [calendar.business_day(at)])
    whole = count * rate
    low, high = interval(whole, doubt_of(known))
    return Wave(
        days=tuple(days),
        recipients=count,
        topic_id=topic_id,
        per_hundred=100 * rate,
        assumed=known.recipients < WEIGHT,
        waves=known.waves,
        expected=whole,
        low=low,
        high=high,
        languages={code: part * rate for code, part in spoken.items()},
        purpose=purpose,
        seen_recipients=known.recipients,
        seen_contacts=known.contacts,
    )


def learned(purpose: str, topic_id: str | None) -> Learned:
    """Of mailings for the same purpose: about the same topic where there were enough."""
    kept = (Setting.read(KEPT) or {}).get("waves", {}).get(purpose, {})
    for name in (topic_id, EVERYTHING):
        found = kept.get(name) if name else None
        if found and (found["recipients"] >= WEIGHT or name == EVERYTHING):
            return Learned(**{**found, "by_day": tuple(found["by_day"])})
    return Learned()


def rate_of(known: Learned, purpose: str) -> float:
    """Contacts per recipient: what was seen, drawn to what is assumed."""
    assumed = ASSUMED.get(purpose, ASSUMED["service"])
    return (known.contacts + WEIGHT * assumed) / (known.recipients + WEIGHT)


def doubt_of(known: Learned) -> float:
    """The spread between waves, and how little is known where there were few."""
    if known.recipients < WEIGHT:
        return DOUBT
    return max(LEAST_DOUBT, known.spread) * sqrt(1 + 1 / max(1, known.waves))


def shares_of(known: Learned) -> list[float]:
    """How a wave spreads over its days; fifty contacts weigh as much as the assumption."""
    parts = [seen + 50 * share for seen, share in zip(known.by_day, ASSUMED_SHARES, strict=True)]
    return [part / sum(parts) for part in parts]


def expected_days(whole: float, known: Learned, sent_on: Sequence[date]) -> list[WaveDay]:
    drawn: dict[date, float] = {}
    for sent in sent_on:
        first = sent if calendar.working_day(sent) else calendar.working_day_after(sent)
        for step, share in enumerate(shares_of(known)):
            day = calendar.working_day_after(first, step)
            drawn[day] = drawn.get(day, 0.0) + whole * share / len(sent_on)
    doubt = doubt_of(known)
    return [WaveDay(day, one, *interval(one, doubt)) for day, one in sorted(drawn.items())]


def interval(expected: float, doubt: float) -> tuple[float, float]:
    """Log-normal, with the chance of counts; of hardly anything the low end is nothing."""
    if expected <= 0:
        return 0.0, 0.0
    half = NINE_OF_TEN * sqrt(doubt**2 + 1 / max(expected, 0.5))
    return (expected * exp(-half) if expected >= 1 else 0.0), expected * exp(half)


# --- mailings -------------------------------------------------------------------------------


def wave_of(mailing: Announced, at: datetime) -> Wave:
    """What a mailing will cause with those who get it as they stand now."""
    recipients = receiving(mailing.id, AHEAD + GONE)
    return expected_wave(
        recipients,
        mailing.topic_id,
        at,
        purpose=str(mailing.purpose),
        sent_on=sending_days(mailing, sum(recipients.values()), at),
    )


def announce(mailing: Announced, at: datetime, by: User) -> Wave:
    """Started: the forecast is kept with it, and the board's expectation knows of it.

    Said twice is said once; after a withdrawal it stands again.
    """
    wave = wave_of(mailing, at)
    mailing.wave = wave.figures()
    event = ExternalEvent.named(mailing.external_event_id) if mailing.external_event_id else None
    first, last = wave.days[0].day, last_sending(wave)
    factor = factor_of(wave)
    if event is None:
        topic = Topic.named(mailing.topic_id)
        event = ExternalEvent.add(
            EventKind.MAILING, mailing.name, first, last, by=by, topic=topic, factor=factor
        )
        mailing.external_event_id = event.id
        return wave
    event.put_back(by=by)
    event.first_on, event.last_on, event.factor = first, last, factor
    return wave


def withdraw(mailing: Announced, at: datetime, by: User) -> None:
    """Cancelled: it never was; or, where mails have left, it was as large as they are many."""
    event = ExternalEvent.named(mailing.external_event_id) if mailing.external_event_id else None
    if event is None:
        return
    gone = receiving(mailing.id, GONE)
    if not gone:
        mailing.wave = {}
        event.withdraw(by=by, at=at)
        return
    day = calendar.business_day(at)
    sent_on = [event.first_on, *((day,) if day > event.first_on else ())]
    wave = expected_wave(gone, mailing.topic_id, at, purpose=str(mailing.purpose), sent_on=sent_on)
    mailing.wave = wave.figures()
    event.last_on, event.factor = max(event.first_on, day), factor_of(wave)
    event.tell("external_event.shortened", by=by)


def receiving(mailing_id: int, states: Sequence[str]) -> dict[str, int]:
    """Recipients in these states, by language."""
    rows = db.session.execute(
        select(RECIPIENT.c.language, func.count())
        .where(RECIPIENT.c.mailing_id == mailing_id, RECIPIENT.c.state.in_(states))
        .group_by(RECIPIENT.c.language)
    )
    return {str(language): int(count) for language, count in rows}


def sending_days(mailing: Announced, count: int, at: datetime) -> list[date]:
    """On which days its mails leave, at its pace, in its hours and on its days."""
    start = max(at, mailing.start_at or at).astimezone(calendar.BRUSSELS)
    opens, closes = mailing.window_from or time(0), mailing.window_to or time(23, 59)
    found: list[date] = []
    day, clock, left = start.date(), start.time(), count
    while len(found) < LONGEST_SENDING:
        if not mailing.working_days or calendar.working_day(day):
            minutes = minutes_between(max(clock, opens), closes)
            if minutes > 0:
                found.append(day)
                left -= minutes * max(1, mailing.per_minute)
                if left <= 0:
                    break
        day, clock = day + timedelta(days=1), time(0)
        if (day - start.date()).days > 2 * LONGEST_SENDING:
            break
    return found or [start.date()]


def minutes_between(first: time, last: time) -> int:
    return (last.hour - first.hour) * 60 + last.minute - first.minute


def last_sending(wave: Wave) -> date:
    """The day of the last mail: a wave ends so many working days later."""
    return calendar.working_day_before(wave.days[-1].day, DAYS - 1)


def factor_of(wave: Wave) -> float | None:
    """How many times the usual contacts of its topic the days of a wave will see; None where
    nobody knows what is usual. What is only assumed excuses little."""
    usual = usual_of(wave.topic_id)
    if not usual or not wave.days:
        return None
    shown = wave.days[: max(1, len(wave.days) - 2)]
    factor = 1 + sum(one.expected for one in shown) / len(shown) / usual
    if wave.assumed:
        factor = min(factor, MOST_ASSUMED)
    return round(min(MOST, max(LEAST, factor)), 2)


def usual_of(topic_id: str | None) -> float:
    """Contacts about a topic on a usual working day, as it was counted last night; 0: unknown."""
    usual = (Setting.read(KEPT) or {}).get("usual", {})
    return float(usual.get(topic_id or EVERYTHING, 0.0))
