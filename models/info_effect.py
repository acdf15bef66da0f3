"""Whether what a page answers is asked less since it was published: the effect of each publication.

The same arithmetic as an action's effect, on more days: a page is found slowly.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Date, cast, func, select

from models import calendar
from models.base import db
from models.before_after import DayOfContacts, Days, Window, days_of, window_of
from models.contact import Contact
from models.effect import Effect, measure
from models.info_page import InfoPage, InfoPageProblem, InfoPageVersion
from models.kpi_sums import contacts as contacts_on

DAYS = 20
"""Working days before and after: 28 of the calendar."""
MOST = 3
"""Publications of one page that are shown, the latest first."""


@dataclass(frozen=True)
class PageEffect:
    """What followed one publication; `about` says whose contacts were counted.

    problems: those of the problems that the page answers; else those of its part or its topic.
    """

    version: InfoPageVersion
    on: date
    effect: Effect
    about: str
    before: Sequence[tuple[date, DayOfContacts]]
    after: Sequence[tuple[date, DayOfContacts]]
    final: bool
    """Whether no more days will be looked at."""


def effects_of_page(page: InfoPage, at: datetime) -> list[PageEffect]:
    """Of its latest publications; empty for a page that nothing can be counted for."""
    published = [
        (version, calendar.business_day(version.published_at))
        for version in db.session.scalars(InfoPageVersion.of_page(page))
        if version.published_at is not None and version.published_at <= at
    ]
    if not published:
        return []
    today = calendar.business_day(at)
    shown = published[:MOST]
    first = calendar.working_day_before(shown[-1][1], DAYS)
    about, days = counted(page, first, today)
    if not about:
        return []
    turns = [on for _, on in published]
    return [effect_of(version, on, turns, days, today, about) for version, on in shown]


def effect_of(
    version: InfoPageVersion, on: date, turns: list[date], days: Days, today: date, about: str
) -> PageEffect:
    window = longer(window_of(on, turns, today), on)
    worked = [one for one in sorted(days) if calendar.working_day(one)]
    before = [one for one in worked if window.first <= one < window.turned][-DAYS:]
    after = [one for one in worked if window.live < one < window.last][:DAYS]
    effect = measure([days[one] for one in before], [days[one] for one in after])
    return PageEffect(
        version,
        on,
        replace(effect, together=window.together),
        about,
        [(one, days[one]) for one in before],
        [(one, days[one]) for one in after],
        window.closed or len(after) == DAYS,
    )


def longer(window: Window, on: date) -> Window:
    """As far back as is looked at here, where no earlier publication stands in the way."""
    usual = window_of(on, [], on)
    if window.turned == on and window.first == usual.first:
        return replace(window, first=calendar.working_day_before(on, DAYS))
    return window


# --- counted --------------------------------------------------------------------------------


def counted(page: InfoPage, first: date, last: date) -> tuple[str, Days]:
    """(whose contacts, what each day drew); ('', nothing) for a page about no matter."""
    problem_ids = [link.problem_id for link in InfoPageProblem.of_page(page)]
    if problem_ids:
        return "problems", of_problems(problem_ids, first, last)
    if page.topic_id:
        about = "subtopic" if page.subtopic_id else "topic"
        return about, of_topic(page.topic_id, page.subtopic_id, first, last)
    return "", {}


def of_problems(problem_ids: list[int], first: date, last: date) -> Days:
    """The problems of a page as one."""
    together: Days = {}
    for days in days_of(problem_ids, first, last).values():
        for day, drew in days.items():
            had = together.get(day)
            together[day] = (
                drew
                if had is None
                else DayOfContacts(
                    had.own + drew.own,
                    had.others - drew.own,
                    drew.total,
                    had.clients + drew.clients,
                    had.others_clients - drew.clients,
                    drew.total_clients,
                )
            )
    return together


def of_topic(topic_id: str, subtopic_id: str | None, first: date, last: date) -> Days:
    """Contacts about a topic or its part, beside all contacts of the day."""
    day = cast(func.timezone("Europe/Brussels", Contact.said_at), Date)
    part = Contact.subtopic_id == subtopic_id if subtopic_id else Contact.id.is_not(None)
    start, end = calendar.start_of(first), calendar.bounds(last)[1]
    rows = db.session.execute(
        select(day, func.count(), func.count(Contact.client_id.distinct()))
        .where(Contact.counted(start, end), Contact.topic_id == topic_id, part)
        .group_by(day)
    )
    own = {row[0]: (int(row[1]), int(row[2])) for row in rows}
    every = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    totals = contacts_on(every)
    found: Days = {}
    for one in every:
        contacts, clients = own.get(one, (0, 0))
        if contacts or one in totals:
            found[one] = DayOfContacts(contacts, 0, totals.get(one, 0), clients)
    return found
