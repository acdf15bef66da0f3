"""Changing the roster: shifts typed or read from a file, weeks copied, and all of it undone.

Every change is one deed that an event remembers: what came, what went.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select, update

from models.base import db, one_at_a_time
from models.calendar import BRUSSELS, business_day, start_of
from models.event import Event, record
from models.settings import Setting
from models.shift import RosterFile, Shift, Source
from models.team import Team
from models.user import User

USUAL = "roster.usual_week"
MOST_HEADS = 500.0
SLIP = timedelta(minutes=10)
"""So long undoing a typed change is offered; a file can be undone at any time."""
WEEK = timedelta(days=7)
_CHANGED = "roster.changed"


@dataclass(frozen=True)
class Wish:
    """A shift as somebody wants it, not yet in the roster."""

    team: Team
    channel: str
    starts_at: datetime
    ends_at: datetime
    user: User | None = None
    heads: float = 1.0


def wish(
    team: Team,
    channel: str,
    day: date,
    starts: time,
    ends: time,
    user: User | None = None,
    heads: float = 1.0,
) -> Wish:
    """A wish for a day, by the clock of the house; an end at midnight is that of the day.

    Raises ValueError with `times` for what are no half hours or ends before it begins, and with
    `heads` for no number of people.
    """
    if any(one.minute % 30 or one.second or one.microsecond for one in (starts, ends)):
        raise ValueError("times")
    last = start_of(day, ends) if ends != time(0) else start_of(day + timedelta(days=1))
    if not start_of(day, starts) < last:
        raise ValueError("times")
    if not 0 < heads <= MOST_HEADS:
        raise ValueError("heads")
    return Wish(team, channel, start_of(day, starts), last, user, 1.0 if user else heads)


def clash(wanted: Wish, standing: Iterable[Shift | Wish]) -> str:
    """`known` for what is in the roster already, `twice` for a person in two places at once."""
    for other in standing:
        same_time = (other.starts_at, other.ends_at) == (wanted.starts_at, wanted.ends_at)
        same_place = (other.team.id, other.channel) == (wanted.team.id, wanted.channel)
        if (other.user and other.user.id) != (wanted.user and wanted.user.id):
            continue
        if same_time and same_place and (wanted.user or other.heads == wanted.heads):
            return "known"
        overlapping = other.starts_at < wanted.ends_at and wanted.starts_at < other.ends_at
        if wanted.user is not None and overlapping:
            return "twice"
    return ""


def add(wishes: Sequence[Wish], *, by: User, at: datetime, file: RosterFile | None = None) -> str:
    """Put all that clashes with nothing into the roster, in one deed; returns the deed.

    Empty when nothing came of it.
    """
    if not wishes:
        return ""
    one_at_a_time("roster", "")
    start, end = min(one.starts_at for one in wishes), max(one.ends_at for one in wishes)
    standing: list[Shift | Wish] = list(Shift.between(start, end))
    made = []
    for wanted in wishes:
        if clash(wanted, standing):
            continue
        standing.append(wanted)
        made.append(
            Shift(
                user_id=wanted.user.id if wanted.user else None,
                team_id=wanted.team.id,
                channel=wanted.channel,
                starts_at=wanted.starts_at,
                ends_at=wanted.ends_at,
                heads=wanted.heads,
                source=(Source.FILE if file else Source.TYPED).value,
                file_id=file.id if file else None,
                by_id=by.id,
                at=at,
            )
        )
    db.session.add_all(made)
    db.session.flush()
    return _tell(by, at, added=[one.id for one in made], file=file.id if file else None)


def remove(shift_ids: Sequence[int], *, by: User, at: datetime) -> str:
    """Take shifts out of the roster; returns the deed, empty when none of them stood."""
    gone = _remove(shift_ids, by, at)
    return _tell(by, at, removed=gone)


def undo(deed: str, *, by: User, at: datetime) -> bool:
    """What a deed brought goes, what it took comes back; False when there is none to be undone.

    What has been removed or clashes since stays as it is.
    """
    one_at_a_time("roster", "")
    found = _deed(deed)
    if found is None or _undone(deed):
        return False
    _remove(found.facts["added"], by, at)
    back = select(Shift).where(Shift.id.in_(found.facts["removed"]), Shift.removed_at.is_not(None))
    for shift in db.session.scalars(back).all():
        if not clash(_wish_of(shift), Shift.between(shift.starts_at, shift.ends_at)):
            shift.removed_at = shift.removed_by_id = None
            db.session.flush()
    if file := RosterFile.named(found.facts.get("file")):
        file.undone_at = at
    record("roster.undone", by=by, at=at, deed=deed)
    return True


def offered(deed: str, user: User, at: datetime) -> dict[str, Any] | None:
    """The facts of a deed that this person has just done, to be undone."""
    found = _deed(deed)
    if found is None or found.actor_id != user.id or at - found.at > SLIP or _undone(deed):
        return None
    return dict(found.facts)


# --- whole weeks ----------------------------------------------------------------------------


def copy_week(source: date, target: date, *, by: User, at: datetime) -> str:
    """The shifts of one week, by their Mondays, once more in another; what is there stays."""
    return add([_moved(one, target) for one in _week(source)], by=by, at=at)


def keep_usual(monday: date, *, by: User, at: datetime) -> int:
    """Remember a week as the usual one; returns of how many shifts it is made."""
    rows = [_plain(one) for one in _week(monday)]
    Setting.write(USUAL, rows)
    record("roster.usual_kept", by=by, at=at, week=monday.isoformat(), shifts=len(rows))
    return len(rows)


def fill_usual(monday: date, *, by: User, at: datetime) -> str:
    """The usual week in this one; who no longer works here is left out."""
    return add(list(_usual(monday)), by=by, at=at)


def has_usual() -> bool:
    return bool(Setting.read(USUAL))


def _week(monday: date) -> Sequence[Shift]:
    start, end = start_of(monday), start_of(monday + WEEK)
    return [one for one in Shift.between(start, end) if one.starts_at >= start]


def _moved(shift: Shift, target: date) -> Wish:
    """The same hours by the clock, whatever the clocks do between the two weeks."""
    day = target + timedelta(days=business_day(shift.starts_at).weekday())
    starts, ends = (_clock(one) for one in (shift.starts_at, shift.ends_at))
    return wish(shift.team, shift.channel, day, starts, ends, shift.user, shift.heads)


def _plain(shift: Shift) -> dict[str, Any]:
    return {
        "weekday": business_day(shift.starts_at).weekday(),
        "starts": _clock(shift.starts_at).isoformat("minutes"),
        "ends": _clock(shift.ends_at).isoformat("minutes"),
        "team": shift.team_id,
        "channel": shift.channel,
        "user": shift.user_id,
        "heads": shift.heads,
    }


def _usual(monday: date) -> Iterable[Wish]:
    for row in Setting.read(USUAL, []):
        team, user = Team.named(row["team"]), User.named(row["user"])
        if team is None or (row["user"] and (user is None or not user.active)):
            continue
        starts, ends = time.fromisoformat(row["starts"]), time.fromisoformat(row["ends"])
        day = monday + timedelta(days=row["weekday"])
        yield wish(team, row["channel"], day, starts, ends, user, row["heads"])


# --- the parts ------------------------------------------------------------------------------


def _remove(shift_ids: Sequence[int], by: User, at: datetime) -> list[int]:
    gone = db.session.scalars(
        update(Shift)
        .where(Shift.id.in_(shift_ids), Shift.removed_at.is_(None))
        .values(removed_at=at, removed_by_id=by.id)
        .returning(Shift.id)
    ).all()
    return sorted(gone)


def _tell(
    by: User,
    at: datetime,
    *,
    added: Sequence[int] = (),
    removed: Sequence[int] = (),
    file: int | None = None,
) -> str:
    if not added and not removed:
        return ""
    deed = secrets.token_hex(8)
    record(_CHANGED, by=by, at=at, deed=deed, added=list(added), removed=list(removed), file=file)
    db.session.flush()
    return deed


def _deed(deed: str) -> Event | None:
    found = select(Event).where(Event.kind == _CHANGED, Event.facts.contains({"deed": deed}))
    return db.session.scalars(found.limit(1)).first()


def _undone(deed: str) -> bool:
    found = select(Event.id).where(
        Event.kind == "roster.undone", Event.facts.contains({"deed": deed})
    )
    return db.session.scalar(found.limit(1)) is not None


def _wish_of(shift: Shift) -> Wish:
    return Wish(shift.team, shift.channel, shift.starts_at, shift.ends_at, shift.user, shift.heads)


def _clock(at: datetime) -> time:
    return at.astimezone(BRUSSELS).time().replace(microsecond=0)
