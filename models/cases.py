"""The cases of problems: who they came from, how and about what; all, or those asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute, aliased, contains_eager, joinedload

from models import calendar, policy
from models.base import db
from models.contact import Contact
from models.counting import CLIENT, CLIENTS, CONTACTS, with_clients
from models.problem import Occurrence, Problem, private_matter
from models.ticket import Ticket
from models.user import User

UNHAPPY = 0.5


@dataclass(frozen=True)
class CaseFilter:
    """Which cases are asked for; what is empty asks for nothing."""

    topic: str = ""
    team: int = 0
    language: str = ""
    channel: str = ""
    intent: str = ""
    day: date | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def narrows(self) -> bool:
        return self != EVERYTHING

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """What holds of a contact that is asked for."""
        wanted = [
            column == value
            for column, value in (
                (Contact.topic_id, self.topic),
                (Contact.language, self.language),
                (Contact.channel, self.channel),
                (Contact.intent_id, self.intent),
            )
            if value
        ]
        if self.team:
            ticket = aliased(Ticket)
            of_team = select(ticket.id).where(
                ticket.id == Contact.ticket_id, ticket.team_id == self.team
            )
            wanted.append(of_team.correlate(Contact).exists())
        if self.day:
            start, end = calendar.bounds(self.day)
            wanted += [Contact.said_at >= start, Contact.said_at < end]
        if self.since:
            wanted.append(Contact.said_at >= self.since)
        if self.until:
            wanted.append(Contact.said_at < self.until)
        return wanted


EVERYTHING = CaseFilter()


def cases_of(problem: Problem, asked: CaseFilter) -> Select[Occurrence]:
    """Occurrences that may be shown to a meeting, with their contacts, the newest first."""
    return (
        problem.occurrences()
        .join(Contact)
        .where(~private_matter(), *asked.conditions)
        .options(contains_eager(Occurrence.contact).joinedload(Contact.client))
        .order_by(Contact.said_at.desc(), Occurrence.id.desc())
    )


def count_cases(problem: Problem, asked: CaseFilter) -> tuple[int, int]:
    """(contacts, distinct clients) that are asked for, those that are never shown included."""
    found = with_clients(problem.occurrences().join(Contact)).where(*asked.conditions)
    contacts, clients = db.session.execute(found.with_only_columns(CONTACTS, CLIENTS)).one()
    return contacts, clients


@dataclass(frozen=True)
class Seen:
    """What is seen of a problem among the contacts that are asked for."""

    contacts: int
    clients: int


def seen_between(start: datetime, end: datetime, asked: CaseFilter) -> dict[int, Seen]:
    """What each problem drew between two instants, of what is asked for."""
    cases = select(Occurrence.problem_id, CONTACTS, CLIENTS).join(
        Contact, Contact.id == Occurrence.contact_id
    )
    rows = db.session.execute(
        with_clients(cases)
        .where(
            Occurrence.until.is_(None),
            Contact.said_at >= start,
            Contact.said_at < end,
            *asked.conditions,
        )
        .group_by(Occurrence.problem_id)
    )
    return {problem_id: Seen(contacts, clients) for problem_id, contacts, clients in rows}


def inflow_between(start: datetime, end: datetime, asked: CaseFilter) -> tuple[int, int]:
    """(contacts said, contacts with a topic) of what is asked for: what a board has read."""
    said, read = db.session.execute(
        select(func.count(), func.count().filter(Contact.topic_id.is_not(None)))
        .select_from(Contact)
        .where(Contact.counted(start, end), *asked.conditions)
    ).one()
    return said, read


def contacts_between(
    start: datetime, end: datetime, asked: CaseFilter, user: User, *, alone: bool
) -> Select[Contact]:
    """Those of them that `user` may read, the newest first; `alone`: cases of no problem."""
    found = (
        select(Contact)
        .join(Ticket, Ticket.id == Contact.ticket_id)
        .where(Contact.counted(start, end), policy.sees_ticket(user, Ticket), *asked.conditions)
        .options(joinedload(Contact.client))
        .order_by(Contact.said_at.desc(), Contact.id.desc())
    )
    if alone:
        case = select(Occurrence.id).where(
            Occurrence.contact_id == Contact.id, Occurrence.until.is_(None)
        )
        found = found.where(~case.exists())
    return found


def clients_by_day(
    problem_ids: Sequence[int], first: date, last: date, asked: CaseFilter = EVERYTHING
) -> dict[int, dict[date, int]]:
    """Distinct clients of each problem per day, by the cases as they are placed now.

    What was counted on the day itself differs as soon as people have joined or split problems.
    """
    on = cast(func.timezone(calendar.BRUSSELS.key, Contact.said_at), Date)
    cases = select(Occurrence.problem_id, on, CLIENTS).join(
        Contact, Contact.id == Occurrence.contact_id
    )
    rows = db.session.execute(
        with_clients(cases)
        .where(
            Occurrence.problem_id.in_(problem_ids),
            Occurrence.until.is_(None),
            Contact.said_at >= calendar.bounds(first)[0],
            Contact.said_at < calendar.bounds(last)[1],
            *asked.conditions,
        )
        .group_by(Occurrence.problem_id, on)
    )
    found: dict[int, dict[date, int]] = {problem_id: {} for problem_id in problem_ids}
    for problem_id, day, clients in rows:
        found[problem_id][day] = clients
    return found


@dataclass(frozen=True)
class Profile:
    """What a problem looks like as a whole; tallies have the largest first."""

    contacts: int
    clients: int
    repeats: int
    """Contacts of clients who had come about the same within a week."""
    returning: int
    """Clients with two contacts or more."""
    dissatisfied: int
    hidden: int
    """Contacts about health or privacy: counted, never shown to a meeting."""
    channels: dict[str, int]
    languages: dict[str, int]
    teams: dict[int, int]
    matters: dict[tuple[str, str], int]
    """Contacts by topic and intent."""

    @property
    def topics(self) -> dict[str, int]:
        return _summed([(topic, count) for (topic, _), count in self.matters.items()])

    @property
    def intents(self) -> dict[str, int]:
        return _summed([(intent, count) for (_, intent), count in self.matters.items()])


def profile_of(problem: Problem) -> Profile:
    """Who came with a problem, how and about what, since the beginning."""
    mine = (
        select(Contact)
        .join(Occurrence, Occurrence.contact_id == Contact.id)
        .where(Occurrence.problem_id == problem.id, Occurrence.until.is_(None))
    )
    clients = db.session.scalar(with_clients(mine).with_only_columns(CLIENTS)) or 0
    contacts, repeats, dissatisfied, hidden = db.session.execute(
        mine.with_only_columns(
            func.count(),
            func.count().filter(Contact.repeated),
            func.count().filter(Contact.dissatisfied >= UNHAPPY),
            func.count().filter(private_matter()),
        )
    ).one()
    several = (
        with_clients(mine)
        .with_only_columns(CLIENT)
        .where(CLIENT > 0)
        .group_by(CLIENT)
        .having(CONTACTS > 1)
        .subquery()
    )
    returning = db.session.scalar(select(func.count()).select_from(several)) or 0
    with_tickets = mine.outerjoin(Ticket, Ticket.id == Contact.ticket_id)
    matters = {
        (topic, intent): count
        for (topic, intent), count in _tally(mine, Contact.topic_id, Contact.intent_id)
    }
    return Profile(
        contacts=contacts,
        clients=clients,
        repeats=repeats,
        returning=returning,
        dissatisfied=dissatisfied,
        hidden=hidden,
        channels={channel: count for (channel,), count in _tally(mine, Contact.channel)},
        languages={language: count for (language,), count in _tally(mine, Contact.language)},
        teams={int(team or 0): count for (team,), count in _tally(with_tickets, Ticket.team_id)},
        matters=matters,
    )


def _tally(
    mine: Select[Contact], *columns: InstrumentedAttribute[Any]
) -> list[tuple[tuple[str, ...], int]]:
    rows = db.session.execute(
        mine.with_only_columns(*columns, func.count())
        .group_by(*columns)
        .order_by(func.count().desc(), *columns)
    )
    return [(tuple(value or "" for value in row[:-1]), row[-1]) for row in rows]


def _summed(pairs: list[tuple[str, int]]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for name, count in pairs:
        totals[name] = totals.get(name, 0) + count
    return dict(sorted(totals.items(), key=lambda item: -item[1]))
