"""The call log: which calls, for whose eyes, and how long they are kept."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    case,
    delete,
    func,
    or_,
    select,
    true,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from models.base import db
from models.calendar import bounds
from models.call import NOT_FOR_US, Call, CallState
from models.call_draft import CallDraft
from models.callback import Callback
from models.identity_check import IdentityCheck
from models.user import Role, User
from models.wrap_up import WrapUp

VIEWS = ("all", "mine", "team", "missed")
_SEES_ALL = (Role.MANAGER, Role.SUPERVISOR)


@dataclass(frozen=True)
class CallChoice:
    """Which calls a log shows: one object for page, download and address."""

    view: str = "all"
    direction: str = ""
    day: date | None = None
    agent_id: int | None = None
    e164: str = ""
    digits: str = ""
    """A piece of a number, where what was sought is no whole one."""

    @property
    def narrowed(self) -> bool:
        return self != CallChoice(view=self.view)

    def calls(self, user: User, before: Call | None = None) -> Select[Call]:
        """The newest first; those older than `before`, where that is given."""
        chosen = select(Call).where(seen_by(user), *self._conditions(user))
        if before is not None:
            place = tuple_(Call.initialised_at, Call.id)
            chosen = chosen.where(place < (before.initialised_at, before.id))
        return chosen.order_by(Call.initialised_at.desc(), Call.id.desc())

    def _conditions(self, user: User) -> list[ColumnElement[bool]]:
        wanted: list[ColumnElement[bool]] = []
        if self.view == "mine":
            wanted.append(_of(user.id))
        if self.view == "team":
            wanted.append(_in_queue_of(user))
        if self.view == "missed":
            wanted.append(Call.unanswered())
        if self.direction:
            wanted.append(Call.direction == self.direction)
        if self.day is not None:
            start, end = bounds(self.day)
            wanted += [Call.initialised_at >= start, Call.initialised_at < end]
        if self.agent_id is not None:
            wanted.append(_of(self.agent_id))
        if self.e164:
            wanted.append(Call.caller_e164 == self.e164)
        elif self.digits:
            written = (Call.caller_e164, Call.caller, Call.called)
            plain = (func.regexp_replace(one, r"\D", "", "g") for one in written)
            wanted.append(or_(*(one.contains(self.digits) for one in plain)))
        return wanted


def seen_by(user: User) -> ColumnElement[bool]:
    """Agents see their own calls, those of their teams' queues, and what nobody has answered;
    who leads sees all."""
    if Role(user.role) in _SEES_ALL:
        return true()
    return or_(_of(user.id), _in_queue_of(user), Call.unanswered())


def open_to(user: User, call_id: int | None) -> Call | None:
    """That call, while it rings or is spoken, and afterwards for whose eyes it is; one of which the
    exchange names nobody can still be written down by everybody."""
    if not call_id:
        return None
    present = Call.state != CallState.ENDED.value
    nobodys = Call.user_id.is_(None) & (type_coerce(Call.rung, JSONB) == [])
    seen = or_(present, nobodys, seen_by(user))
    return db.session.scalar(select(Call).where(Call.id == call_id, seen))


def _of(user_id: int) -> ColumnElement[bool]:
    """Whom it rang for is in it as well as who took it, while nobody else has."""
    rang = type_coerce(Call.rung, JSONB).contains([user_id])
    return or_(Call.user_id == user_id, Call.user_id.is_(None) & rang)


def _in_queue_of(user: User) -> ColumnElement[bool]:
    """An exchange calls its queues as we call our teams, in any of our languages."""
    names = {team.slug.lower() for team in user.teams}
    names |= {str(name).lower() for team in user.teams for name in team.names.values()}
    return func.lower(Call.queue).in_(names or {""}) & (Call.queue != "")


def result_of() -> ColumnElement[str]:
    """What an ended call of the log came to: answered, missed, not_reached, forwarded, blocked."""
    return case(
        (Call.answered_at.is_not(None), "answered"),
        (Call.cause.in_(NOT_FOR_US), Call.cause),
        (Call.direction == "in", "missed"),
        else_="not_reached",
    )


def way_of() -> ColumnElement[str]:
    return case((Call.direction == "out", "out"), else_="in")


# --- how long calls are kept ----------------------------------------------------------------


def older_than(before: datetime) -> int:
    """How many calls a sweep would drop."""
    return db.session.scalar(select(func.count()).where(_old(before))) or 0


def drop_before(before: datetime) -> None:
    """Drop old calls; the contact that was made of one, and what is owed for one, stay."""
    old = select(Call.id).where(_old(before))
    for table in (CallDraft, IdentityCheck, WrapUp, Callback):
        column: Any = table.call_id
        db.session.execute(update(table).where(column.in_(old)).values(call_id=None))
    db.session.execute(delete(Call).where(_old(before)))


def _old(before: datetime) -> ColumnElement[bool]:
    return (Call.initialised_at < before) & (Call.state == CallState.ENDED.value)
