"""Many people added in one deed, and taken back as long as they have not come in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from models.base import db
from models.bulk_change import BulkChange
from models.entry_link import EntryLink
from models.event import record
from models.team import Membership
from models.user import Role, User

ADDED = "people"
"""The kind of a change that added people."""


@dataclass(frozen=True)
class Newcomer:
    """What is known of somebody who is to be added; checked before."""

    login: str
    name: str
    email: str
    role: Role
    team_ids: tuple[int, ...]
    languages: tuple[str, ...]
    """In which this person answers, that of the pages first."""


def logins_taken(logins: Sequence[str]) -> set[str]:
    """Which of these are somebody's already."""
    found = select(User.login).where(User.login.in_([login.lower() for login in logins]))
    return set(db.session.scalars(found))


def add(newcomers: Sequence[Newcomer], *, by: User, at: datetime) -> tuple[BulkChange, list[User]]:
    """Add them all, still without passwords; raises ValueError for an unusable login."""
    people = []
    for one in newcomers:
        person = User.add(one.login, one.name, one.role, one.languages[0])
        person.write_to(one.email)
        person.belong_to({team_id: list(one.languages) for team_id in one.team_ids}, at)
        people.append(person)
    ids = [person.id for person in people]
    change = BulkChange(kind=ADDED, by_id=by.id, at=at, change={"users": ids}, before={})
    db.session.add(change)
    db.session.flush()
    record("user.imported", by=by, users=ids, change=change.id)
    return change, people


def added_by(user: User, change_id: int) -> BulkChange | None:
    """One's own deed, while it has not been undone."""
    return db.session.scalar(
        select(BulkChange).where(
            BulkChange.id == change_id,
            BulkChange.by_id == user.id,
            BulkChange.kind == ADDED,
            BulkChange.undone_at.is_(None),
        )
    )


def take_back(change: BulkChange, *, by: User, at: datetime) -> list[User]:
    """Nobody has been added; who has come in meanwhile stays, and is returned."""
    stay = []
    for user_id in change.change["users"]:
        person = User.named(user_id)
        if person is None:
            continue
        EntryLink.end_all(person, at)
        if person.password_hash is not None:
            stay.append(person)
        elif not _gone(person):
            person.disable(at)
    change.undone_at = at
    record("user.import_undone", by=by, change=change.id, stay=[person.id for person in stay])
    return stay


def _gone(person: User) -> bool:
    """Whether nothing hung on this person that must stay, so that no trace is left."""
    try:
        with db.session.begin_nested():
            db.session.execute(delete(EntryLink).where(EntryLink.user_id == person.id))
            db.session.execute(delete(Membership).where(Membership.user_id == person.id))
            db.session.execute(delete(User).where(User.id == person.id))
    except IntegrityError:
        return False
    db.session.expunge(person)
    return True
