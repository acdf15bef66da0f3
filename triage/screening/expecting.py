"""What was expected of the day, of each problem and each topic, beside what was seen."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from classifiers import rhythm, trends
from classifiers.rhythm import Day, Rhythm
from classifiers.sensitivity import Sensitivity
from classifiers.trends import Background, Card, Observed, Window
from models import calendar, kpi_sums, past
from models.base import now
from models.daily_figure import DailyFigure
from models.problem import Problem
from models.problem_day import DayCount, ProblemDay, counts_until
from models.screening import Screening
from models.settings import Setting
from models.tuning import Tuning
from triage.screening import occasions, verdicts
from triage.screening.window import counted_since, kept_on, since_last_meeting

HOURS = "screening.hours"
WEEKS_OF_HOURS = 4


@dataclass(frozen=True)
class Usual:
    """What there is to compare a day with: its working days before, and their rhythm."""

    day: date
    days: tuple[date, ...]
    """Working days since the first contact, the earliest first, without `day` itself."""
    described: tuple[Day, ...]
    """The same and `day`."""
    rhythm: Rhythm
    inflow: tuple[float, ...]
    """Contacts about anything on each of `described`."""
    topics: dict[str, dict[date, int]]
    share: float
    """How much of the day has gone by."""

    @property
    def background(self) -> Background:
        return Background(self.described, self.rhythm, self.inflow if self.days else None)


def sensitivity() -> Sensitivity:
    """As it was set, or as it comes."""
    tuning = Tuning.read()
    return Sensitivity(false_a_week=tuning.false_a_week, days=tuning.days)


def count_day(at: datetime) -> None:
    """Write each problem's figures of the day of `at` and since the last held meeting, with what
    was expected of both."""
    day = calendar.business_day(at)
    (start, end), since = calendar.bounds(day), counted_since(day)
    of_day, lately = counts_until(end, start, since)
    DailyFigure.recount_inflow(day)
    Setting.write("grouped_at", now().isoformat())
    own = Screening.if_held(day)
    known = Problem.several(list(kept_on(day, own.board if own else None)))
    shown = sorted({*of_day, *lately, *known})
    ProblemDay.clear(day, shown)
    if not shown:
        return
    both = {one: (of_day.get(one, DayCount(one)), lately.get(one, DayCount(one))) for one in shown}
    wanted = sensitivity()
    usual = usual_before(day, at, wanted.days)
    total = int(usual.inflow[-1])
    cards = trends.board(
        day,
        observed_on(usual, both),
        share=usual.share,
        volume=past.clients_between(since, end),
        background=usual.background,
        sensitivity=wanted,
        window=window_since(since, usual),
    )
    clients = past.clients_between(start, end)
    ProblemDay.write_all(
        [
            figures_of(day, since, *both[card.problem], card, total, clients)
            for card in sorted(cards, key=lambda card: card.problem)
        ]
    )


def figures_of(
    day: date,
    since: datetime,
    count: DayCount,
    lately: DayCount,
    card: Card,
    total: int,
    clients: int,
) -> dict[str, Any]:
    over = card.lately
    return {
        "problem_id": count.problem_id,
        "day": day,
        "contacts": count.contacts,
        "clients": count.clients,
        "expected": card.expected,
        "low": card.low,
        "high": card.high,
        "trend": card.trend,
        "score": card.score,
        "languages": count.languages,
        "channels": count.channels,
        "topics": count.topics,
        "intents": count.intents,
        "teams": count.teams,
        "total": total,
        "total_clients": clients,
        "grounds": grounds(card),
        "repeats": count.repeats,
        "dissatisfied": count.dissatisfied,
        "since": since,
        "since_contacts": lately.contacts,
        "since_clients": lately.clients,
        "since_expected": over.expected if over else None,
        "since_low": over.low if over else None,
        "since_high": over.high if over else None,
        "since_parts": lately.parts,
    }


def grounds(card: Card) -> dict[str, float]:
    """On what a trend rests, as it is kept."""
    kept: dict[str, float] = {"history": card.days}
    if card.grounds is not None:
        kept |= {
            "days": card.grounds.days,
            "seen": card.grounds.seen,
            "expected": round(card.grounds.expected, 2),
        }
    if card.with_inflow is not None:
        kept["with_inflow"] = round(card.with_inflow, 2)
    return kept


def usual_before(day: date, at: datetime, length: int) -> Usual:
    """What is known by `at` of the working days before `day`, at most `length` of them."""
    begun = DailyFigure.first_day() or day
    asked = [calendar.working_day_before(day, back) for back in range(length, 0, -1)]
    days = tuple(one for one in asked if one >= begun)
    all_days = [*days, day]
    described = tuple(occasions.described(all_days))
    totals = kpi_sums.contacts(all_days)
    inflow = tuple(float(totals.get(one, 0)) for one in all_days)
    topics = past.topics_by_day(all_days[0], day)
    by_topic = {
        topic: [float(counts.get(one, 0)) for one in days]
        for topic, counts in topics.items()
        if topic
    }
    learned = rhythm.learn(described[:-1], inflow[:-1], by_topic)
    return Usual(day, days, described, learned, inflow, topics, share_gone(day, at))


def observed_on(usual: Usual, counts: dict[int, tuple[DayCount, DayCount]]) -> list[Observed]:
    """Each problem of the board, with its own past and what is known of it."""
    ids = list(counts)
    first = usual.days[0] if usual.days else usual.day
    history, reshaped = past.clients_by_day(ids, first, usual.day - timedelta(days=1))
    fresh = past.founded_since(ids, since_last_meeting(usual.day)) - reshaped
    levels = verdicts.levels_after()
    problems = Problem.several(ids)
    found = []
    for problem_id, (count, lately) in counts.items():
        level = levels.get(problem_id)
        found.append(
            Observed(
                problem=problem_id,
                seen=count.clients,
                history=[history[problem_id].get(one, 0) for one in usual.days],
                severe=lately.dissatisfied + lately.repeats,
                topic=problems[problem_id].topic_id,
                fresh=problem_id in fresh,
                settled=level.a_day if level else None,
                settled_days=level.days if level else 0,
                lately=lately.clients,
            )
        )
    return found


def window_since(since: datetime, usual: Usual) -> Window:
    """How much of each of the last days lies after `since`, and what days off add to it."""
    counted, first = _hours(usual.day), calendar.business_day(since)
    before = share_gone(first, since, counted)
    shares = []
    for one in (day for day in (*usual.days, usual.day) if day >= first):
        gone = usual.share if one == usual.day else 1.0
        shares.append(max(gone - before, 0.0) / gone if one == first else 1.0)
    beside, one = 0.0, first
    while one < usual.day:
        if not calendar.working_day(one):
            lies = 1 - before if one == first else 1.0
            beside += lies * rhythm.free_weight(counted, max(one.weekday(), 5))
        one += timedelta(days=1)
    return Window(shares, beside)


def share_gone(day: date, at: datetime, counted: list[list[float]] | None = None) -> float:
    """How much of a usual day has come in by `at`, by the installation's own hours."""
    start, end = calendar.bounds(day)
    if at >= end - timedelta(minutes=1):
        return 1.0
    local = at.astimezone(calendar.BRUSSELS)
    hour = 0.0 if at < start else local.hour + local.minute / 60
    weekday = day.weekday() if calendar.working_day(day) else max(day.weekday(), 5)
    return rhythm.share_gone(counted or _hours(day), weekday, hour)


def _hours(day: date) -> list[list[float]]:
    """Contacts per weekday and hour of the last weeks; counted once a day."""
    kept = Setting.read(HOURS)
    if kept is not None and kept["day"] == day.isoformat():
        return [[float(count) for count in row] for row in kept["hours"]]
    first = day - timedelta(weeks=WEEKS_OF_HOURS)
    counted = past.hours(first, day - timedelta(days=1))
    Setting.write(HOURS, {"day": day.isoformat(), "hours": counted})
    return counted


# --- topics ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class TopicExpectation:
    """Contacts about one topic today, beside what was expected by now."""

    topic_id: str
    seen: int
    expected: float | None
    low: float | None
    high: float | None
    trend: str
    days: int


def topic_expectations(day: date, at: datetime) -> list[TopicExpectation]:
    """Every topic with a contact on `day` or lately, the most pressing first.

    Contacts, not clients: only these are kept for good. A topic without a past is new.
    """
    wanted = sensitivity()
    usual = usual_before(day, min(at, calendar.bounds(day)[1]), wanted.days)
    topics = [
        topic for topic, counts in usual.topics.items() if topic and (day in counts or usual.days)
    ]
    observed = [
        Observed(
            problem=place,
            seen=usual.topics[topic].get(day, 0),
            history=[usual.topics[topic].get(one, 0) for one in usual.days],
            topic=topic,
        )
        for place, topic in enumerate(topics)
    ]
    cards = trends.board(
        day, observed, usual.share, background=usual.background, sensitivity=wanted
    )
    return [_of_topic(topics[card.problem], observed[card.problem].seen, card) for card in cards]


def _of_topic(topic: str, seen: int, card: Card) -> TopicExpectation:
    return TopicExpectation(topic, seen, card.expected, card.low, card.high, card.trend, card.days)
