"""The live wall: how the day goes, each figure with its comparison, and how it came about."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from models import calendar, forecast, kpi, kpi_now
from models.base import db, now
from models.intake import Channel
from models.kpi import KPIS, SMALL
from models.kpi_beside import Beside
from models.policy import Verb, sees_small_counts
from models.team import Team
from models.topic import LANGUAGES, Topic
from models.user import User
from triage.accounts import demand
from triage.dashboards import coming
from triage.dashboards.pages import pages
from triage.dashboards.wall_figures import Wall
from triage.report_asked import NONE, cut_of

WEEKS = timedelta(weeks=4)
CHANNELS = [channel.value for channel in Channel]
PROMISES = ("overdue", "due_soon", "callbacks_due", "callbacks_kept")
SERVICE = ("phone_service", "abandonment", "mail_service", "mail_median", "mail_p90", "handling")
QUALITY = ("first_contact", "repeats", "failures", "misroutes")
CLASSIFIER = ("automatic", "corrected", "other", "abstained")
FLOW = ("opened", "answered", "closed")


@dataclass(frozen=True)
class Inflow:
    """What came today of one channel, topic or language, and what was to be expected."""

    key: str
    name: str
    url: str
    contacts: int
    usual: Beside | None
    low: float | None = None
    high: float | None = None
    hushed: bool = False
    """Too few of a restricted topic to be told."""
    beside: bool = False
    """Not told, because with it such few could be worked out."""


@dataclass(frozen=True)
class Aged:
    """The waiting tickets of one team, by age."""

    key: str
    name: str
    counts: list[int | None]
    """None where it is not told."""

    @property
    def known(self) -> int:
        return sum(count or 0 for count in self.counts)

    @property
    def total(self) -> int | None:
        """Told where each of them is: else the one that is not could be worked out."""
        return None if None in self.counts else self.known


@dataclass(frozen=True)
class DayColumn:
    """The contacts of one day by channel."""

    day: date
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@pages.get("/")
def index() -> ResponseReturnValue:
    user, at = demand(Verb.SEE_FIGURES), now()
    wall = asked_of(user, at)
    return render_template(
        "dashboards/index.html",
        ahead=coming.ahead(user, at),
        choices=choices(user),
        days=by_day(wall) if not wall.guarded else [],
        **live(wall),
    )


@pages.get("/live")
def refreshed() -> ResponseReturnValue:
    """The same figures once more, without the frame: what the page asks for when they change."""
    user, at = demand(Verb.SEE_FIGURES), now()
    return render_template("dashboards/_live.html", **live(asked_of(user, at)))


def asked_of(user: User, at: datetime) -> Wall:
    return Wall(user, calendar.business_day(at), at, cut_of(request.args))


def live(wall: Wall) -> dict[str, Any]:
    """All that changes while somebody looks."""
    return {
        "day": wall.day,
        "at": wall.at,
        "asked": wall.asked,
        "channels": CHANNELS,
        "age_buckets": kpi_now.AGES,
        "numbers": [
            wall.waiting(),
            wall.oldest(),
            wall.shown("phone_service"),
            wall.shown("repeats"),
            wall.shown("failures"),
        ],
        "inflow": wall.shown("inflow"),
        "flow": wall.several(FLOW),
        "by_channel": inflow_by(wall, "channel"),
        "by_topic": inflow_by(wall, "topic"),
        "by_language": inflow_by(wall, "language"),
        "ages": ages(wall),
        "oldest": wall.longest.opened_at,
        "promises": wall.several(PROMISES),
        "service": wall.several(SERVICE),
        "quality": wall.several(QUALITY),
        "reasons": reasons(wall),
        "classifier": wall.several(CLASSIFIER),
    }


# --- parts ----------------------------------------------------------------------------------


def inflow_by(wall: Wall, split: str) -> list[Inflow]:
    """Today's inflow of each part beside what is usual by this hour, the largest first."""
    found, usual = wall.inflow.now(split), wall.inflow.usual(split)
    bands = expected_of(wall, split)
    topics = Topic.everything() if split == "topic" else {}
    parts = {key: (float(count), 0.0) for key, count in found.items()}
    partner = kpi.partner(KPIS["inflow"], parts, split, wall.user, wall.cut)
    rows = []
    for key in {*found, *usual, *bands}:
        count = found.get(key, 0)
        topic = topics.get(key)
        guarded = wall.guarded or (topic is not None and not sees_small_counts(wall.user, topic))
        hushed = guarded and 0 < count < SMALL
        low, high = bands.get(key, (None, None))
        rows.append(
            Inflow(
                key,
                key,
                url_listed(wall, split, key),
                0 if hushed or key == partner else count,
                None if guarded else usual.get(key),
                low,
                high,
                hushed,
                key == partner,
            )
        )
    return sorted(rows, key=lambda row: (row.hushed or row.beside, -row.contacts, row.key))


def expected_of(wall: Wall, split: str) -> dict[str, tuple[float, float]]:
    """(low, high) of the whole day for each channel, where the forecast knows them."""
    if wall.asked:
        return {}
    found = {}
    if split == "channel":
        for channel in CHANNELS:
            for one in forecast.expected(wall.day, wall.day, channel):
                found[channel] = (one.low, one.high)
    return found


def url_listed(wall: Wall, split: str, key: str) -> str:
    day = wall.day.isoformat()
    asked: dict[str, Any] = {**wall.asked, split: key or NONE}
    return url_for("dashboards.listed", figure="inflow", first=day, last=day, **asked)


def ages(wall: Wall) -> list[Aged]:
    """The backlog by age for each team, the largest first; what is not told of some is left out."""
    found = kpi_now.ages(wall.day, wall.at, wall.cut, "team")
    partners = [
        kpi.partner(
            KPIS["backlog"],
            {key: (float(counts[place]), 0.0) for key, counts in found.items()},
            "team",
            wall.user,
            wall.cut,
        )
        for place in range(len(kpi_now.AGES))
    ]
    names = {str(team.id): team for team in db.session.scalars(Team.in_order())}
    rows = []
    for key, counts in found.items():
        name = names[key].name(wall.user.language) if key in names else ""
        guarded = kpi.guarded(replace(wall.cut, team_id=int(key)), wall.user)
        few = {place for place, count in enumerate(counts) if guarded and 0 < count < SMALL}
        enough = {count: place for place, count in enumerate(counts) if count and place not in few}
        if few and enough:
            few.add(enough[min(enough)])  # else the team's whole backlog would tell them
        told = [
            None if key == partners[place] or place in few else count
            for place, count in enumerate(counts)
        ]
        rows.append(Aged(key, name, told))
    return sorted((row for row in rows if row.known), key=lambda row: (-row.known, row.name))


def reasons(wall: Wall) -> list[tuple[str, int, str]]:
    """(reason, contacts, address) of today's failure demand, the largest first."""
    if wall.guarded:
        return []
    found = kpi_now.failure_parts(wall.day, wall.at, wall.cut)
    return [
        (reason, count, url_for("dashboards.listed", **day_of(wall) | {"reason": reason}))
        for reason, count in sorted(found.items(), key=lambda one: -one[1])
    ]


def day_of(wall: Wall) -> dict[str, Any]:
    day = wall.day.isoformat()
    return {"figure": "failures", "first": day, "last": day, **wall.asked}


def by_day(wall: Wall) -> list[DayColumn]:
    """The last weeks, without days off on which nobody wrote."""
    first, day = wall.day - WEEKS, wall.day
    points = kpi.series(
        "inflow", first, day, split="channel", cut=wall.cut, user=wall.user, at=wall.at
    )
    counts: dict[date, dict[str, int]] = {}
    for point in points:
        if point.part:
            counts.setdefault(point.first, {})[point.key] = int(point.part)
    days = (first + timedelta(days=step) for step in range((day - first).days + 1))
    begun = min(counts, default=day)
    return [
        DayColumn(one, counts.get(one, {}))
        for one in days
        if one >= begun and (one in counts or calendar.working_day(one))
    ]


def choices(user: User) -> dict[str, list[tuple[str, str]]]:
    """What the figures can be narrowed to: (value, name) by dimension."""
    reads = user.language
    return {
        "team": [(str(t.id), t.name(reads)) for t in db.session.scalars(Team.in_order())],
        "topic": [(top.id, top.name(reads)) for top, _ in Topic.tree()],
        "channel": [(one, one) for one in CHANNELS],
        "language": [(one, one) for one in LANGUAGES],
    }
