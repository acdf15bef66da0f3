"""Which tickets somebody wants to see, and in which order: as it stands in an address, as it is
saved under a name, and as conditions on the rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, Self

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from models import policy
from models.base import db_safe
from models.calendar import business_day, start_of
from models.contact import Contact
from models.intake import Channel
from models.problem import Occurrence
from models.ticket import Status, Ticket
from models.topic import LANGUAGES
from models.user import User

MOST_VALUES = 40
LONGEST_WORDS = 200
LONGEST_LOOK = 365
"""Days: no deadline is filtered further ahead."""


class View(StrEnum):
    """The lists that everybody has."""

    TEAM = "team"
    MINE = "mine"
    REVIEW = "review"
    ALL = "all"
    ATTENTION = "attention"
    CLOSED = "closed"


class Sort(StrEnum):
    PRESSING = "pressing"
    PROMISE = "promise"
    DEADLINE = "deadline"
    NEWEST = "newest"
    OLDEST = "oldest"


class Who(StrEnum):
    """Whose tickets, where it is nobody by name."""

    ME = "me"
    NOBODY = "nobody"
    SOMEBODY = "somebody"


class Given(Protocol):
    """Values by name, several of each: the arguments of an address, or a saved view's."""

    def getlist(self, key: str) -> Sequence[str]: ...


class Kept(dict[str, Any]):
    """The query of a saved view, read as an address is."""

    def getlist(self, key: str) -> Sequence[str]:
        value = self.get(key, [])
        return [str(one) for one in (value if isinstance(value, list) else [value])]


@dataclass(frozen=True)
class TicketChoice:
    """One object for page, counts, bulk change, export and saved view."""

    view: str = View.TEAM.value
    languages: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    teams: tuple[int, ...] = ()
    channels: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    who: str = ""
    """me, nobody, somebody, or the id of a person"""
    urgent: bool = False
    flagged: bool = False
    problem: bool = False
    """Cases of a known problem only."""
    without_health: bool = False
    overdue: bool = False
    snoozed: bool = False
    """What is laid aside, instead of what is not."""
    answered: str = ""
    """yes, no: whether a person has answered already"""
    deadline: int | None = None
    """The measure's last day is at most so many days away."""
    since: date | None = None
    """Somebody has said something on that day or later."""
    sort: str = Sort.PRESSING.value
    words: str = ""

    @classmethod
    def read(cls, given: Given) -> Self:
        """What an address asks for; what makes no sense in it is as if it were not there."""

        def first(name: str) -> str:
            return next(iter(given.getlist(name)), "")

        def several(name: str, allowed: type[StrEnum] | Sequence[str] | None = None) -> Any:
            found = dict.fromkeys(db_safe(one)[:80] for one in given.getlist(name) if one)
            return tuple(one for one in found if allowed is None or one in list(allowed))[
                :MOST_VALUES
            ]

        return cls(
            view=_one_of(first("view"), View) or View.TEAM.value,
            languages=several("language", LANGUAGES),
            topics=several("topic"),
            intents=several("intent"),
            teams=tuple(number for one in several("team") if (number := _number(one))),
            channels=several("channel", Channel),
            states=several("state", Status),
            who=first("who") if _number(first("who")) else _one_of(first("who"), Who),
            answered=_one_of(first("answered"), ("yes", "no")),
            deadline=_days(first("deadline")),
            since=_day(first("since")),
            sort=_one_of(first("sort"), Sort) or Sort.PRESSING.value,
            words=db_safe(first("q")).strip()[:LONGEST_WORDS],
            **{name: first(name) == "1" for name in _SWITCHES},
        )

    def query(self) -> dict[str, Any]:
        """The choice as it stands in an address, without what is not set."""
        nothing = TicketChoice()
        query: dict[str, Any] = {"view": self.view}
        for field in fields(TicketChoice):
            value = getattr(self, field.name)
            if field.name != "view" and value != getattr(nothing, field.name):
                query[_NAMES.get(field.name, field.name)] = _plain(value)
        return query

    @property
    def narrowed(self) -> int:
        """How many kinds of conditions are set beside the view and the order."""
        return len(self.query().keys() - {"view", "sort"})

    @property
    def bare(self) -> Self:
        """The same view and order, with nothing filtered."""
        return type(self)(view=self.view, sort=self.sort)

    def without(self, name: str) -> Self:
        """The same without one kind of condition."""
        return replace(self, **{name: getattr(TicketChoice(), name)})

    @property
    def sought(self) -> str:
        """The words as they can be looked for; blanks are no words."""
        return db_safe(self.words).strip()

    # --- as conditions ----------------------------------------------------------------------

    def conditions(self, user: User, at: datetime) -> list[ColumnElement[bool]]:
        """All but the words. What was merged away is in no list."""
        chosen: list[ColumnElement[bool]] = [Ticket.merged_into_id.is_(None), *self._of_view(user)]
        lists: list[tuple[Any, Sequence[Any]]] = [
            (Ticket.language, self.languages),
            (Ticket.topic_id, self.topics),
            (Ticket.intent_id, self.intents),
            (Ticket.team_id, self.teams),
            (Ticket.channel, self.channels),
            (Ticket.status, self.states),
        ]
        chosen += [column.in_(values) for column, values in lists if values]
        chosen += self._of_person(user)
        chosen += [make() for name, make in _MARKS.items() if getattr(self, name)]
        if self.overdue:
            chosen += [Ticket.waits(), Ticket.due_at < at]
        if self.answered:
            known = Ticket.first_answer_at.is_not(None)
            chosen.append(known if self.answered == "yes" else ~known)
        if self.deadline is not None:
            today = business_day(at)
            chosen.append(Ticket.deadline_on.between(today, today + timedelta(days=self.deadline)))
        if self.since is not None:
            chosen.append(Ticket.last_contact_at >= start_of(self.since))
        return [*chosen, *self._awake(user, at)]

    def order(self) -> tuple[Any, ...]:
        """How the rows follow each other; always whole, so that pages do not overlap."""
        if self.view == View.CLOSED and self.sort == Sort.PRESSING:
            return (Ticket.closed_at.desc(), Ticket.id.desc())
        return {
            Sort.PRESSING: (
                Ticket.snoozed_until.is_(None),
                Ticket.status == Status.WAITING.value,
                Ticket.urgent.desc(),
                func.least(Ticket.due_at, case((Ticket.urgent, Ticket.urgent_until))).nulls_last(),
                Ticket.id,
            ),
            Sort.PROMISE: (Ticket.due_at.nulls_last(), Ticket.id),
            Sort.DEADLINE: (Ticket.deadline_on.nulls_last(), Ticket.due_at, Ticket.id),
            Sort.NEWEST: (Ticket.last_contact_at.desc(), Ticket.id.desc()),
            Sort.OLDEST: (Ticket.last_contact_at, Ticket.id),
        }[Sort(self.sort)]

    def _of_view(self, user: User) -> list[ColumnElement[bool]]:
        if self.view == View.ATTENTION:
            return [Ticket.attention.is_not(None)]
        if self.view == View.CLOSED:
            return [Ticket.status == Status.CLOSED.value]
        everything = self.view == View.ALL and self.sought
        open_ = [] if everything or self.states else [Ticket.status != Status.CLOSED.value]
        if self.view == View.TEAM and user.team_ids:
            return [*open_, Ticket.team_id.in_(user.team_ids), ~Ticket.needs_choice]
        if self.view == View.MINE:
            return [*open_, Ticket.assignee_id == user.id]
        return [*open_, Ticket.needs_choice.is_(True)] if self.view == View.REVIEW else open_

    def _of_person(self, user: User) -> list[ColumnElement[bool]]:
        if not self.who:
            return []
        if self.who in (Who.NOBODY, Who.SOMEBODY):
            nobody = Ticket.assignee_id.is_(None)
            return [nobody if self.who == Who.NOBODY else ~nobody]
        return [Ticket.assignee_id == (user.id if self.who == Who.ME else int(self.who))]

    def _awake(self, user: User, at: datetime) -> list[ColumnElement[bool]]:
        """What is laid aside is out of sight; a broken promise never is, for who leads."""
        asleep = and_(Ticket.snoozed_by_id.is_not(None), Ticket.snoozed_until > at)
        if self.snoozed:
            return [asleep]
        if self.sought or self.view in (View.ATTENTION, View.CLOSED):
            return []
        if policy.may(user, policy.Verb.LEAD):
            return [or_(~asleep, and_(Ticket.waits(), Ticket.due_at < at))]
        return [~asleep]


def _cases() -> ColumnElement[bool]:
    """Tickets of which a contact is a case of a problem."""
    placed = select(Contact.ticket_id).join(Occurrence, Occurrence.contact_id == Contact.id)
    return Ticket.id.in_(placed.where(Occurrence.until.is_(None)))


_MARKS: Mapping[str, Callable[[], ColumnElement[bool]]] = {
    "urgent": lambda: Ticket.urgent.is_(True),
    "flagged": lambda: Ticket.flagged.is_(True),
    "problem": _cases,
    "without_health": lambda: ~Ticket.health,
}
_SWITCHES = (*_MARKS, "overdue", "snoozed")
_NAMES = {
    "languages": "language",
    "topics": "topic",
    "intents": "intent",
    "teams": "team",
    "channels": "channel",
    "states": "state",
    "words": "q",
}
"""What a condition is called in an address, where it is not called as here."""


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [str(one) for one in value]
    if isinstance(value, bool):
        return "1"
    return value.isoformat() if isinstance(value, date) else str(value)


def _one_of(value: str, allowed: type[StrEnum] | Sequence[str]) -> str:
    return value if value in list(allowed) else ""


def _number(value: str) -> int | None:
    """A row's id; more digits than a column holds are none."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def _days(value: str) -> int | None:
    number = _number(value)
    return min(number, LONGEST_LOOK) if number is not None else None


def _day(value: str) -> date | None:
    try:
        found = date.fromisoformat(value) if len(value) == 10 else None
    except ValueError:
        return None
    return found if found is not None and 1990 <= found.year <= 2200 else None
