"""How things are shown: words for states, times as people say them, and what every page knows.

Templates find here the names `label`, `ago`, `due`, `title`, `number`, `percent`, `asset`,
`reader_language` and, on full pages, `reader`, `places`, `sentence` and `preparing`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from babel.core import Locale, UnknownLocaleError
from babel.dates import format_timedelta
from flask import Flask, current_app, g, has_app_context, request, url_for
from flask_babel import (
    LazyString,
    format_date,
    format_datetime,
    format_decimal,
    format_percent,
    get_locale,
    get_timezone,
    to_user_timezone,
)
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from models.base import now
from models.calendar import business_day
from models.callback_list import Reminder, calls_waiting, reminder_for
from models.measure import MeasureVersion
from models.policy import Verb, may
from models.problem import Problem
from models.problem_day import ProblemDay
from models.screening import Screening
from models.team import Team
from models.telling import waiting_mailings
from models.ticket_list import waiting_counts
from models.topic import LANGUAGES
from models.user import User
from triage import defects
from triage.asked_once import intents, topics
from triage.endings import choosable_names, ending_names
from triage.file_kinds import kind_of_file
from triage.label_words import LABELS

DAY = timedelta(days=1)
REMINDED = timedelta(minutes=10)
"""So long before a call-back is due its owner is reminded."""
RINGS = timedelta(hours=2)
"""A call that neither was answered nor ended for this long is no longer shown as ringing."""


def init_app(app: Flask) -> None:
    """Teach the templates our filters, and give full pages what their frame shows."""
    app.jinja_env.filters.update(
        ago=ago,
        full=full,
        due=due,
        number=number,
        percent=percent,
        weekday=weekday,
        short_weekday=short_weekday,
        size=size,
        clock=clock,
        day=day_of_year,
        browser=browser,
        team_name=team_name,
    )
    app.jinja_env.globals.update(
        LANGUAGES=LANGUAGES,
        asset=asset,
        confidence_word=confidence_word,
        kind_of_file=kind_of_file,
        label=label,
        labels=labels,
        language_name=language_name,
        now=now,
        phone=phone,
        reader_language=reader_language,
        team_name=team_name,
        telling=defects.telling,
        this_day=this_day,
        measures_due=measures_due,
        title=title,
        topic_name=topic_name,
        intent_name=intent_name,
    )
    app.context_processor(frame)


def size(count: int) -> str:
    """How large a file is, in the reader's units."""
    byte = "o" if reader_language() == "fr" else "B"
    for factor, prefix in ((1_000_000, "M"), (1_000, "k")):
        if count >= factor:
            return f"{format_decimal(round(count / factor, 1))}\N{NO-BREAK SPACE}{prefix}{byte}"
    return f"{format_decimal(count)}\N{NO-BREAK SPACE}{byte}"


# --- what every page knows ------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """One entry of the left column."""

    name: str
    endpoint: str
    word: LazyString
    icon: str
    key: str
    verb: Verb

    @property
    def here(self) -> bool:
        return (request.endpoint or "").startswith(f"{self.name}.")

    @property
    def url(self) -> str:
        return url_for(self.endpoint)

    @property
    def count(self) -> int:
        return counts().get(self.name, 0)


PLACES = (
    Place("desk", "desk.index", _("Desk"), "inbox", "d", Verb.WORK),
    Place("calls", "calls.index", _("Calls"), "telephone", "c", Verb.WORK),
    Place("screening", "screening.board", _("Screening"), "binoculars", "s", Verb.SEE_BOARD),
    Place("outreach", "outreach.index", _("Outreach"), "megaphone", "o", Verb.WORK),
    Place("dashboards", "dashboards.index", _("Dashboard"), "bar-chart", "b", Verb.SEE_FIGURES),
    Place(
        "teaching",
        "teaching.versions.index",
        _("Classifier"),
        "cpu",
        "k",
        Verb.TEND_CLASSIFIER,
    ),
    Place("admin", "admin.index", _("Admin"), "gear", "m", Verb.READ_QUARANTINE),
)


def frame() -> dict[str, Any]:
    """What the frame around a page needs. A page about a fault must not fail for want of it."""
    reader = who_reads()
    return {
        "reader": reader,
        "places": places(reader) if reader else [],
        "allowed": lambda verb: reader is not None and may(reader, Verb(verb)),
        "counts": counts,
        "sentence": sentence,
        "callback_reminder": callback_reminder,
    }


def who_reads() -> User | None:
    try:
        user = current_user.user if current_user and current_user.is_authenticated else None
    except SQLAlchemyError:
        return None
    return user if isinstance(user, User) else None


def places(reader: User) -> list[Place]:
    return [
        place
        for place in PLACES
        if place.endpoint in current_app.view_functions and may(reader, place.verb)
    ]


def counts() -> dict[str, int]:
    """What waits, per place and per view of the desk; asked once per request."""
    if "counts" not in g:
        reader = who_reads()
        g.counts = _counts(reader) if reader else {}
    found: dict[str, int] = g.counts
    return found


def _counts(reader: User) -> dict[str, int]:
    found = waiting_counts(reader) if may(reader, Verb.WORK) else {}
    at = now()
    return {
        **found,
        "desk": found.get("team", 0),
        "calls": calls_waiting(reader, at - RINGS, at) if may(reader, Verb.WORK) else 0,
        "screening": ProblemDay.pressing(business_day(at)),
        "outreach": len(measures_due()) + mailings_waiting(reader),
    }


def mailings_waiting(reader: User) -> int:
    """The mailings that only a second person lets go, where `reader` may be that person."""
    return waiting_mailings(reader) if may(reader, Verb.LEAD) else 0


def measures_due() -> list[MeasureVersion]:
    """Measures that whoever leads should look at: asked once per request."""
    if "measures_due" not in g:
        reader = who_reads()
        leads = reader is not None and may(reader, Verb.LEAD)
        g.measures_due = MeasureVersion.needing_a_look(business_day(now())) if leads else []
    found: list[MeasureVersion] = g.measures_due
    return found


def sentence() -> str:
    """Today's sentence for everybody, in the reader's language or another that there is."""
    held = Screening.if_held(business_day(now()))
    said = held.sentence if held else {}
    return str(said.get(reader_language()) or next((text for text in said.values() if text), ""))


def callback_reminder() -> Reminder | None:
    """What the reader should call back now."""
    reader = who_reads()
    return reminder_for(reader, now(), REMINDED) if reader else None


# --- times and numbers ----------------------------------------------------------------------


def reader_language() -> str:
    locale = get_locale()
    return locale.language if locale and locale.language in LANGUAGES else "en"


def ago(at: datetime | None) -> str:
    """How long ago within a day, then the weekday with the time, then the date."""
    if at is None:
        return "—"
    passed = now() - at
    if timedelta(minutes=-1) < passed < timedelta(minutes=1):
        return str(_("now"))
    if timedelta(0) <= passed < DAY:
        return lasting(passed)
    if timedelta(0) <= passed < 6 * DAY:
        return written(at, "EEE HH:mm")
    if at.year == now().year:
        return written(at, "d MMM HH:mm")
    return written(at, "d MMM y")


def full(at: datetime | None) -> str:
    """The whole date and time, in Brussels."""
    return written(at, f"{day_pattern()} y HH:mm") if at else ""


def clock(at: datetime | None) -> str:
    return written(at, "HH:mm") if at else ""


def written(at: datetime, pattern: str) -> str:
    """A time as the reader writes it. Lists show the same times again every few seconds."""
    return _written(at, pattern, get_locale(), get_timezone())


@lru_cache(maxsize=8192)
def _written(at: datetime, pattern: str, _locale: Any, _timezone: Any) -> str:
    return str(format_datetime(at, pattern))


def day_of_year(day: Any) -> str:
    return str(format_date(day, "medium")) if day else ""


def this_day() -> date:
    return business_day(now())


def weekday(day: Any) -> str:
    return str(format_date(day, day_pattern())) if day else ""


def short_weekday(day: Any) -> str:
    """For a row of days to choose from."""
    return str(format_date(day, "EEE d/M")) if day else ""


def day_pattern() -> str:
    return "EEEE, d. MMMM" if reader_language() == "de" else "EEEE d MMMM"


def due(at: datetime | None) -> str:
    """What is left until a deadline, or by how much it is late, in the largest unit."""
    if at is None:
        return ""
    left = at - now()
    days = abs(to_user_timezone(at).date() - to_user_timezone(now()).date()).days
    if days >= 1:
        words = lasting(timedelta(days=days), "day", threshold=1000)
    else:
        words = lasting(abs(left))
    return str(words if left >= timedelta(0) else _("%(time)s late", time=words))


def lasting(time: timedelta, unit: Any = "second", threshold: float = 1.2) -> str:
    """A length of time in its largest unit, short: 12 min, 3 h, 6 d."""
    return _lasting(timedelta(seconds=int(time.total_seconds())), unit, threshold, get_locale())


@lru_cache(maxsize=8192)
def _lasting(time: timedelta, unit: Any, threshold: float, locale: Any) -> str:
    return format_timedelta(
        time, granularity=unit, format="short", threshold=threshold, locale=locale
    )


def number(value: float | int | None) -> str:
    return "—" if value is None else str(format_decimal(value))


def percent(share: float | None) -> str:
    return "—" if share is None else str(format_percent(share, "#,##0\u00a0%"))


def phone(e164: str) -> str:
    """A Belgian or foreign number in groups that can be read aloud."""
    if not e164.startswith("+32"):
        return e164
    rest = e164[3:]
    if len(rest) == 9:
        return f"+32 {rest[:3]} {rest[3:5]} {rest[5:7]} {rest[7:]}"
    zone = 1 if rest[:1] in "2349" else 2
    return f"+32 {rest[:zone]} {rest[zone:-4]} {rest[-4:-2]} {rest[-2:]}"


def browser(signature: str) -> str:
    """The name of a browser and of its system out of all that it says of itself."""
    known = {"Edg": "Edge", "OPR": "Opera", "Firefox": "", "Chrome": "", "Safari": ""}
    systems = ("Windows", "Android", "iPhone", "iPad", "Mac OS X", "Linux")
    name = next((word or sign for sign, word in known.items() if f"{sign}/" in signature), "")
    system = next((one for one in systems if one in signature), "")
    return " · ".join(filter(None, (name, system))) or signature[:40] or "—"


def confidence_word(confidence: float) -> str:
    """sure, likely or unsure: the same three words everywhere."""
    return "sure" if confidence >= 0.9 else "likely" if confidence >= 0.6 else "unsure"


def asset(name: str) -> str:
    """The address of one of our own static files, new whenever its content is."""
    return url_for(
        "static", filename=name, v=_fingerprint(Path(current_app.static_folder or ""), name)
    )


@cache
def _fingerprint(folder: Path, name: str) -> str:
    return sha256((folder / name).read_bytes()).hexdigest()[:10]


# --- names ----------------------------------------------------------------------------------


def title(problem: Problem, beside: str | None = None) -> str:
    """What people call a problem, else its thing, symptom, stage and topic; not the topic `beside`
    it."""
    called = problem.titles.get(reader_language()) or next(
        (text for text in problem.titles.values() if text), ""
    )
    if called:
        return str(called)
    parts = [
        str(label(axis, value))
        for axis, value in (
            ("thing", problem.thing),
            ("symptom", problem.symptom),
            ("stage", problem.stage),
        )
        if value and value != "none"
    ]
    if problem.topic_id and (problem.topic_id != beside or not parts):
        parts.append(topic_name(problem.topic_id))
    return " · ".join(parts) or str(_("Problem %(number)s", number=problem.number))


def topic_name(topic_id: str | None) -> str:
    """A topic's or sub-topic's name in the reader's language."""
    topic = topics().get(topic_id or "")
    return topic.name(reader_language()) if topic else (topic_id or "")


def intent_name(intent_id: str | None) -> str:
    if not intent_id:
        return ""
    intent = next((one for one in intents() if one.id == intent_id), None)
    return intent.name(reader_language()) if intent else intent_id


def team_name(team: Team) -> str:
    return team.name(reader_language())


def language_name(code: str | None) -> str:
    """A language's name in the reader's own."""
    if not code:
        return ""
    return _language_in(code, reader_language())


@cache
def _language_in(code: str, language: str) -> str:
    try:
        return Locale.parse(code).get_display_name(language) or code
    except (UnknownLocaleError, ValueError):
        return code


def label(kind: str, value: str | None) -> LazyString | str:
    """The word for a state, channel, disposition …; the value itself where none is written."""
    if kind == "disposition" and value and has_app_context():
        named = ending_names(reader_language()).get(value)
        if named is not None:
            return named
    return LABELS.get(kind, {}).get(value or "", value or "")


def labels(kind: str) -> Mapping[str, LazyString | str]:
    """All words of a kind in their order, for choices."""
    if kind == "disposition" and has_app_context():
        return choosable_names(reader_language())
    return LABELS[kind]
