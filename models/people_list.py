"""Lists of our own people: found by what they are, brought into a team, and who is there when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, Self

from sqlalchemy import Select, func, literal, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from models.absence import Absence
from models.base import db
from models.bulk_change import BulkChange
from models.callback import Callback
from models.callback_states import CallbackState
from models.event import record
from models.second_factor import SecondFactor
from models.team import Membership, Team
from models.ticket import Status, Ticket
from models.topic import LANGUAGES
from models.user import Role, User, UserSession

JOINED = "membership"
"""The kind of a change that brought several people into a team."""


STATES = ("disabled", "never", "unproven")


@dataclass(frozen=True)
class PeopleFilter:
    """What somebody is looked for by; empty finds everybody."""

    words: str = ""
    role: str = ""
    team_id: int | None = None
    language: str = ""
    state: str = ""
    """disabled, never (has not signed in yet), unproven (no second factor)"""

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Self:
        """As it stands in an address; what cannot be meant is left out."""
        role, language = asked.get("role", ""), asked.get("language", "")
        team, state = asked.get("team", ""), asked.get("state", "")
        return cls(
            words=asked.get("q", "")[:100],
            role=role if role in list(Role) else "",
            team_id=int(team) if team.isascii() and team.isdigit() and len(team) < 10 else None,
            language=language if language in LANGUAGES else "",
            state=state if state in STATES else "",
        )

    def rows(self) -> Select[Any]:
        """The same people for a file that can be brought along again, their teams by short name."""
        standing = (Membership.user_id == User.id) & Membership.until.is_(None)
        teams = select(func.string_agg(Team.slug, aggregate_order_by(literal(", "), Team.slug)))
        of_teams = teams.join(Membership, Membership.team_id == Team.id).where(standing)
        written = select(func.string_agg(func.array_to_string(Membership.languages, " "), " "))
        return self.people().with_only_columns(
            User.login.label("login"),
            User.name.label("name"),
            func.coalesce(User.email, "").label("email"),
            User.role.label("role"),
            func.coalesce(of_teams.scalar_subquery(), "").label("teams"),
            func.concat_ws(" ", User.language, written.where(standing).scalar_subquery()).label(
                "languages"
            ),
            User.disabled_at.label("disabled_at"),
        )

    def people(self) -> Select[User]:
        found = User.everyone()
        for word in self.words.split()[:5]:
            like = f"%{_plain(word)}%"
            found = found.where(or_(User.name.ilike(like), User.login.ilike(like)))
        if self.role:
            found = found.where(User.role == self.role)
        standing = select(Membership.user_id).where(Membership.until.is_(None))
        if self.team_id:
            found = found.where(User.id.in_(standing.where(Membership.team_id == self.team_id)))
        if self.language:
            takes = or_(Membership.languages.contains([self.language]), Membership.languages == [])
            found = found.where(User.id.in_(standing.where(takes)))
        return self._in_state(found)

    def _in_state(self, found: Select[User]) -> Select[User]:
        if self.state == "disabled":
            return found.where(User.disabled_at.is_not(None))
        if self.state == "never":
            came = select(UserSession.user_id).where(UserSession.user_id == User.id).exists()
            return found.where(User.disabled_at.is_(None), ~came)
        if self.state == "unproven":
            sure = select(SecondFactor.user_id).where(SecondFactor.confirmed_at.is_not(None))
            return found.where(User.disabled_at.is_(None), User.id.not_in(sure))
        return found


def last_seen() -> dict[int, datetime]:
    """When each person last did something here, by id."""
    rows = db.session.execute(
        select(UserSession.user_id, func.max(UserSession.last_seen_at).label("at")).group_by(
            UserSession.user_id
        )
    )
    return {row.user_id: row.at for row in rows}


def with_second_factor() -> set[int]:
    confirmed = select(SecondFactor.user_id).where(SecondFactor.confirmed_at.is_not(None))
    return set(db.session.scalars(confirmed))


class Work(NamedTuple):
    """What waits for one person, and goes back to the teams when that person leaves."""

    tickets: int
    callbacks: int


def work_of(user: User) -> Work:
    tickets = select(func.count()).where(
        Ticket.assignee_id == user.id, Ticket.status != Status.CLOSED.value
    )
    callbacks = select(func.count()).where(
        Callback.owner_id == user.id,
        Callback.state.in_((CallbackState.OPEN.value, CallbackState.TAKEN.value)),
    )
    return Work(db.session.scalar(tickets) or 0, db.session.scalar(callbacks) or 0)


# --- several into a team --------------------------------------------------------------------


def join_together(
    people: Sequence[User], team: Team, languages: list[str], *, by: User, at: datetime
) -> BulkChange | None:
    """Bring those who are not in the team into it, in one deed; None when all were there."""
    added = [person for person in people if team.id not in {m.team_id for m in person.memberships}]
    for person in added:
        wanted = {m.team_id: m.languages for m in person.memberships}
        person.belong_to(wanted | {team.id: languages}, at)
    if not added:
        return None
    ids = [person.id for person in added]
    change = BulkChange(
        kind=JOINED, by_id=by.id, at=at, change={"team": team.id, "users": ids}, before={}
    )
    db.session.add(change)
    db.session.flush()
    record("team.joined_together", by=by, team=team.slug, users=ids, change=change.id)
    return change


def joined_by(user: User, change_id: int) -> BulkChange | None:
    """One's own deed, while it has not been undone."""
    return db.session.scalar(
        select(BulkChange).where(
            BulkChange.id == change_id,
            BulkChange.by_id == user.id,
            BulkChange.kind == JOINED,
            BulkChange.undone_at.is_(None),
        )
    )


def part_again(change: BulkChange, *, by: User, at: datetime) -> None:
    """Undo it: who was brought into the team leaves it."""
    team_id = change.change["team"]
    for user_id in change.change["users"]:
        person = User.named(user_id)
        if person is not None:
            left = {m.team_id: m.languages for m in person.memberships if m.team_id != team_id}
            person.belong_to(left, at)
    change.undone_at = at
    record("team.joined_undone", by=by, team=team_id, change=change.id)


# --- who is there when ----------------------------------------------------------------------


class Cover(NamedTuple):
    """Of one team on one day: how many are there, of how many."""

    there: int
    members: int


def cover(first: date, days: int) -> dict[int, list[Cover]]:
    """By team, for so many days from `first` on: who works and is not marked as absent."""
    working = (Role.AGENT.value, Role.MANAGER.value)
    rows = db.session.execute(
        select(Membership.team_id, Membership.user_id)
        .join(User, User.id == Membership.user_id)
        .where(Membership.until.is_(None), User.disabled_at.is_(None), User.role.in_(working))
    )
    members: dict[int, set[int]] = {}
    for team_id, user_id in rows:
        members.setdefault(team_id, set()).add(user_id)
    absences = Absence.standing(first, first + timedelta(days=days - 1))
    found: dict[int, list[Cover]] = {}
    for team_id, people in members.items():
        found[team_id] = []
        for step in range(days):
            day = first + timedelta(days=step)
            gone = {one.user_id for one in absences if one.covers(day)} & people
            found[team_id].append(Cover(len(people) - len(gone), len(people)))
    return found


def _plain(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
