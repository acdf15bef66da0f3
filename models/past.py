"""What came in on earlier days, of each problem and topic, and at which hours: what is usual."""

from datetime import date, datetime, timedelta

from sqlalchemy import Date, Integer, cast, func, select

from models import calendar
from models.base import db
from models.contact import Contact
from models.counting import CLIENTS, with_clients
from models.event import Event
from models.kpi_sums import contacts_by
from models.problem import Occurrence
from models.problem_day import ProblemDay
from models.taught import Taught


def clients_by_day(
    problem_ids: list[int], first: date, last: date
) -> tuple[dict[int, dict[date, int]], set[int]]:
    """Distinct clients per problem and day, and the problems that people have reshaped.

    As it was counted on the day; of what was joined, split or moved since, as the contacts that
    stand there now tell it: two problems that became one have the past of both.
    """
    reshaped = Taught.reshaped(problem_ids)
    found = ProblemDay.history([one for one in problem_ids if one not in reshaped], first, last)
    return found | _by_contacts(reshaped, first, last), reshaped


def founded_since(problem_ids: list[int], since: datetime) -> set[int]:
    """Those that the engine has found since then."""
    found = db.session.scalars(
        select(Event.problem_id).where(
            Event.kind == "problem.found", Event.at >= since, Event.problem_id.in_(problem_ids)
        )
    )
    return {problem_id for problem_id in found if problem_id is not None}


def topics_by_day(first: date, last: date) -> dict[str, dict[date, int]]:
    """Contacts per topic and day; '' is a topic that is not known."""
    return contacts_by("topic", first, last)


def clients_between(start: datetime, end: datetime) -> int:
    """How many clients said anything; who is not known counts once each time."""
    counted = with_clients(select(CLIENTS).select_from(Contact)).where(Contact.counted(start, end))
    return db.session.scalar(counted) or 0


def hours(first: date, last: date) -> list[list[float]]:
    """Contacts per weekday (Monday first) and hour in Brussels."""
    said = func.timezone("Europe/Brussels", Contact.said_at)
    weekday = cast(func.extract("isodow", said), Integer)
    hour = cast(func.extract("hour", said), Integer)
    start, end = calendar.start_of(first), calendar.start_of(last + timedelta(days=1))
    rows = db.session.execute(
        select(weekday, hour, func.count())
        .where(Contact.counted(start, end))
        .group_by(weekday, hour)
    )
    found = [[0.0] * 24 for _ in range(7)]
    for on, at, contacts in rows:
        found[on - 1][at] = float(contacts)
    return found


def _by_contacts(problem_ids: set[int], first: date, last: date) -> dict[int, dict[date, int]]:
    found: dict[int, dict[date, int]] = {one: {} for one in problem_ids}
    if not problem_ids:
        return found
    day = cast(func.timezone("Europe/Brussels", Contact.said_at), Date)
    cases = select(Occurrence.problem_id, day, CLIENTS).join(
        Contact, Contact.id == Occurrence.contact_id
    )
    rows = db.session.execute(
        with_clients(cases)
        .where(
            Occurrence.problem_id.in_(problem_ids),
            Occurrence.until.is_(None),
            Contact.said_at >= calendar.start_of(first),
            Contact.said_at < calendar.start_of(last + timedelta(days=1)),
        )
        .group_by(Occurrence.problem_id, day)
    )
    for problem_id, on, clients in rows:
        found[problem_id][on] = clients
    return found
