"""The quarantine: what no program could read in full, and who may look into it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, cast, false, func, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import selectinload
from sqlalchemy.types import Text

from models import policy
from models.base import db
from models.contact import Contact
from models.event import record
from models.intake import Intake, State
from models.ticket import Ticket
from models.topic import Topic
from models.user import Role, User

Row = tuple[Intake, Contact | None, Ticket | None]
"""An intake with its contact and its ticket, as far as it has any."""

OVERSIZE = (
    "header_too_long",
    "html_cut",
    "text_cut",
    "too_deep",
    "too_large",
    "too_many_headers",
    "too_many_parts",
    "too_many_recipients",
)
"""Defects of a mail of which there is too much."""
POISON = ("reading_stopped", "unreadable")
"""Defects of a mail that broke its reader, or would have."""


class Kind(StrEnum):
    """Which part of the quarantine."""

    UNREAD = "unread"
    OVERSIZE = "oversize"
    POISON = "poison"
    SEEN = "seen"


@dataclass(frozen=True)
class Page:
    """Some of it, the newest first, and whether more follows."""

    rows: list[Row]
    number: int
    more: bool


def page(user: User, kind: Kind, number: int = 1, size: int = 50) -> Page:
    """What `user` may look into."""
    rows = _visible_to(user, kind).order_by(Intake.id.desc())
    found = _rows(rows.offset((number - 1) * size).limit(size + 1))
    return Page(found[:size], number, more=len(found) > size)


def counts(user: User) -> dict[Kind, int]:
    """How much there is of each kind."""
    every = [
        select(func.count()).select_from(_visible_to(user, kind).subquery()).scalar_subquery()
        for kind in Kind
    ]
    return dict(zip(Kind, db.session.execute(select(*every)).one(), strict=True))


def one(user: User, intake_id: int) -> Intake | None:
    """What waits under that number or has been seen to, if `user` may look into it."""
    found = [
        row[0]
        for kind in (Kind.UNREAD, Kind.SEEN)
        for row in _rows(_visible_to(user, kind).where(Intake.id == intake_id))
    ]
    return next(iter(found), None)


def after(user: User, intake_id: int, limit: int) -> list[Intake]:
    """What waits and came after the given one, in the order of its coming."""
    waiting = _visible_to(user, Kind.UNREAD).where(Intake.id > intake_id)
    return [intake for intake, _, _ in _rows(waiting.order_by(Intake.id).limit(limit))]


def waits(intake: Intake) -> bool:
    return intake.state in (State.QUARANTINED, State.PARTIAL)


def see_to(intake: Intake, *, by: User, at: datetime) -> None:
    """A person has seen to it: it leaves the list, and stays with its ticket."""
    intake.settle(State.READ, at, intake.last_error)
    record("intake.settled", by=by, intake=intake.id)


def put_back(intake: Intake, *, by: User, at: datetime) -> None:
    """Undo `see_to`."""
    contact = Contact.from_intake(intake.id)
    broke = contact is None or (intake.last_error and "unreadable" in contact.defects)
    intake.settle(State.QUARANTINED if broke else State.PARTIAL, at, intake.last_error)
    record("intake.put_back", by=by, intake=intake.id)


def _rows(rows: Select[Intake, Contact, Ticket]) -> list[Row]:
    found = db.session.execute(rows.options(selectinload(Intake.mailbox)))
    return [(intake, contact, ticket) for intake, contact, ticket in found]


def _visible_to(user: User, kind: Kind) -> Select[Intake, Contact, Ticket]:
    return (
        select(Intake, Contact, Ticket)
        .outerjoin(Contact, Contact.intake_id == Intake.id)
        .outerjoin(Ticket, Ticket.id == Contact.ticket_id)
        .where(
            true() if policy.may(user, policy.Verb.READ_QUARANTINE) else false(),
            _sees(user),
            _is(kind),
        )
    )


def _sees(user: User) -> ColumnElement[bool]:
    """Restricted matters are for their own team and for supervisors. What has no topic yet and
    lies with a team of restricted topics may be such a matter."""
    if Role(user.role) == Role.SUPERVISOR:
        return true()
    restricted_teams = select(Topic.team_id).where(Topic.restricted, Topic.team_id.is_not(None))
    may_be_restricted = and_(Ticket.topic_id.is_(None), Ticket.team_id.in_(restricted_teams))
    return or_(
        Ticket.id.is_(None),
        Ticket.team_id.in_(user.team_ids or [-1]),
        and_(
            ~policy.restricted(Ticket.topic_id),
            ~func.coalesce(may_be_restricted, false()),
            ~Ticket.health,
        ),
    )


def _is(kind: Kind) -> ColumnElement[bool]:
    waits = Intake.state.in_([State.QUARANTINED.value, State.PARTIAL.value])
    if kind is Kind.OVERSIZE:
        return and_(waits, _has_defect(OVERSIZE))
    if kind is Kind.POISON:
        return and_(waits, or_(Intake.state == State.QUARANTINED.value, _has_defect(POISON)))
    if kind is Kind.SEEN:
        return and_(Intake.state == State.READ.value, ~Contact.fully_read)
    return waits


def _has_defect(names: tuple[str, ...]) -> ColumnElement[bool]:
    return Contact.defects.bool_op("?|")(cast(array(names), ARRAY(Text)))
