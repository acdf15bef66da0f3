"""Today's numbers, and how they came about: each opens to the contacts or tickets behind it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from models import calendar, figures
from models.base import db, now
from models.intake import Channel
from models.policy import Verb, sees_small_counts
from models.ticket import Ticket
from models.topic import Topic
from models.user import User
from triage.accounts import demand
from triage.dashboards import numbers

pages = Blueprint("dashboards", __name__, url_prefix="/dashboard")

WEEKS = timedelta(weeks=4)
CHANNELS = [channel.value for channel in Channel]
ROWS = 50
SMALL = 3
"""Smaller counts of a restricted topic are not shown to other teams."""


@dataclass(frozen=True)
class TopicRow:
    """How many contacts of one topic came by each channel; None where the count is too small."""

    topic_id: str
    counts: dict[str, int]
    hushed: bool

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class DayColumn:
    day: date
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Page:
    """One page of a long list."""

    number: int
    more: bool


@pages.context_processor
def words() -> dict[str, object]:
    """What only these pages say."""
    return {"figure_words": numbers.FIGURE_WORDS, "about_words": numbers.ABOUT_WORDS}


@pages.get("/")
def index() -> ResponseReturnValue:
    user, at = demand(Verb.SEE_FIGURES), now()
    day = calendar.business_day(at)
    start, end = calendar.bounds(day)
    today, usual = figures.today(day, at), figures.usual(day, at)
    return render_template(
        "dashboards/index.html",
        day=day,
        at=at,
        today=today,
        usual=usual,
        compared=numbers.compared(numbers.count(usual.contacts), usual, day) if usual else "",
        numbers=numbers.top_row(day, at, today, usual),
        topics=by_topic(user, start, end),
        channels=CHANNELS,
        days=by_day(day),
        languages=figures.by_language(start, end),
        ages=[(age_key(bucket), bucket, count) for bucket, count in figures.backlog_ages(day)],
    )


@pages.get("/wall")
def wall() -> ResponseReturnValue:
    """The numbers for everybody in the room: no menu, nothing to press."""
    demand(Verb.SEE_FIGURES)
    return render_template("dashboards/wall.html", **wall_numbers())


@pages.get("/wall/numbers")
def wall_refreshed() -> ResponseReturnValue:
    demand(Verb.SEE_FIGURES)
    return render_template("dashboards/_wall.html", **wall_numbers())


def wall_numbers() -> dict[str, object]:
    at = now()
    day = calendar.business_day(at)
    today, usual = figures.today(day, at), figures.usual(day, at)
    return {
        "at": at,
        "day": day,
        "today": today,
        "compared": numbers.compared(numbers.count(usual.contacts), usual, day) if usual else "",
        "numbers": numbers.top_row(day, at, today, usual),
    }


# --- what stands behind a number ------------------------------------------------------------


@pages.get("/contacts")
def contacts() -> ResponseReturnValue:
    user, at = demand(Verb.SEE_FIGURES), now()
    asked = request.args
    day = day_asked(asked, calendar.business_day(at))
    about = asked.get("about")
    if about is not None and about not in numbers.ABOUT_WORDS:
        abort(404)
    start, end = calendar.bounds(day)
    behind = figures.ContactFilter(
        start,
        end,
        topic_id=asked.get("topic"),
        channel=asked.get("channel"),
        language=asked.get("language"),
        about=about,
    )
    page = max(asked.get("page", 1, int), 1)
    rows = db.session.scalars(behind.visible_to(user).limit(ROWS + 1).offset((page - 1) * ROWS))
    found = list(rows)
    return render_template(
        "dashboards/contacts.html",
        day=day,
        about=about,
        total=behind.count(),
        contacts=found[:ROWS],
        tickets=Ticket.seen_of(user, [contact.ticket_id for contact in found]),
        page=Page(page, len(found) > ROWS),
    )


@pages.get("/tickets")
def tickets() -> ResponseReturnValue:
    """The tickets behind a figure, or those of an age: ?figure=waiting or ?age=4-7."""
    user, at = demand(Verb.SEE_FIGURES), now()
    day = calendar.business_day(at)
    figure, age = request.args.get("figure", "waiting"), request.args.get("age")
    if age is not None:
        bucket = next((one for one in figures.AGES if age_key(one) == age), None)
        if bucket is None:
            abort(404)
        behind = figures.waiting_since(bucket[0], bucket[1], day)
    elif figure in figures.FIGURES:
        behind = figures.tickets_behind(figure, day, at)
    else:
        abort(404)
    page = max(request.args.get("page", 1, int), 1)
    mine = figures.seen_by(user, behind)
    found = list(db.session.scalars(mine.limit(ROWS + 1).offset((page - 1) * ROWS)))
    return render_template(
        "dashboards/tickets.html",
        figure=figure,
        age=age,
        total=figures.how_many(behind),
        tickets=found[:ROWS],
        page=Page(page, len(found) > ROWS),
    )


def day_asked(asked: MultiDict[str, str], today: date) -> date:
    try:
        day = date.fromisoformat(asked.get("day") or today.isoformat())
    except ValueError:
        abort(404)
    if day > today or day.year < 2000:
        abort(404)
    return day


# --- charts ---------------------------------------------------------------------------------


def by_topic(user: User, start: datetime, end: datetime) -> list[TopicRow]:
    """Today's topics, the largest first; '' is what has no topic yet."""
    known = Topic.everything()
    counts: dict[str, dict[str, int]] = {}
    for topic_id, channel, count in figures.by_topic_and_channel(start, end):
        counts.setdefault(topic_id, {})[channel] = count
    rows = []
    for topic_id, of_topic in counts.items():
        topic = known.get(topic_id)
        small = sum(of_topic.values()) < SMALL
        hushed = small and topic is not None and not sees_small_counts(user, topic)
        rows.append(TopicRow(topic_id, of_topic, hushed))
    return sorted(rows, key=lambda row: (row.hushed, -row.total, row.topic_id))


def by_day(day: date) -> list[DayColumn]:
    """The last weeks, without days off on which nobody wrote."""
    first = day - WEEKS
    counts = figures.by_day(first, day)
    days = (first + timedelta(days=step) for step in range((day - first).days + 1))
    begun = min(counts, default=day)
    return [
        DayColumn(one, counts.get(one, {}))
        for one in days
        if one >= begun and (one in counts or calendar.working_day(one))
    ]


def age_key(bucket: tuple[int, int | None]) -> str:
    first, last = bucket
    return f"{first}-{last}" if last is not None else f"{first}-"
