"""How long one contact takes us: measured where calls tell it, else what somebody has said."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from models import kpi_calls
from models.absence import Absence
from models.base import db
from models.calendar import business_day
from models.event import record
from models.forecast import HandlingTime
from models.intake import Channel
from models.kpi_kinds import Span
from models.ticket import Ticket
from models.user import Presence, Role, User

ASSUMED = {Channel.PHONE: 7.0, Channel.EMAIL: 8.0, Channel.FORM: 8.0, Channel.POST: 10.0}
"""Minutes, where nobody has said anything yet."""
LATELY = timedelta(days=28)
FEWEST_CALLS = 30
"""Fewer say nothing: one long call would be the rule."""
LONGEST = 240.0
LEAST = 0.5


@dataclass(frozen=True)
class Handling:
    """Minutes for one contact of a channel; `calls` it was measured on, 0: said or assumed."""

    channel: str
    minutes: float
    calls: int = 0
    said: bool = False

    @property
    def measured(self) -> bool:
        return self.calls > 0


def handling(at: datetime) -> dict[str, Handling]:
    """Of each channel; measured wins over said, said over assumed."""
    said = {
        one.channel: one.minutes
        for one in db.session.scalars(select(HandlingTime).where(HandlingTime.topic_id == ""))
    }
    found = {}
    for channel, assumed in ASSUMED.items():
        minutes = said.get(channel.value, assumed)
        found[channel.value] = Handling(channel.value, minutes, said=channel.value in said)
    measured = _measured(at)
    if measured is not None:
        found[Channel.PHONE.value] = measured
    return found


def say(channel: Channel, minutes: float, *, by: User) -> float | None:
    """Returns what was said before, to be put back; ValueError where it cannot be meant."""
    if not LEAST <= minutes <= LONGEST:
        raise ValueError(f"a contact takes {LEAST} to {LONGEST} minutes")
    before = db.session.get(HandlingTime, (channel.value, ""))
    old = before.minutes if before else None
    values = {"minutes": minutes, "by_id": by.id}
    db.session.execute(
        insert(HandlingTime)
        .values(channel=channel.value, topic_id="", **values)
        .on_conflict_do_update(
            index_elements=["channel", "topic_id"], set_={**values, "at": func.clock_timestamp()}
        )
    )
    db.session.expire_all()
    record("handling_time.said", by=by, channel=channel.value, before=old, after=minutes)
    return old


def _measured(at: datetime) -> Handling | None:
    """As the house measures it, over the last weeks; what was never hung up counts as long."""
    facts = kpi_calls.handling(Span(at - LATELY, at, at, live=True)).subquery()
    minutes = func.sum(func.least(facts.c.part, LONGEST))
    calls, sum_of_minutes = db.session.execute(select(func.count(), minutes)).one()
    if calls < FEWEST_CALLS or not sum_of_minutes:
        return None
    return Handling(Channel.PHONE.value, float(sum_of_minutes) / calls, calls)


# --- what waits, and who is there -----------------------------------------------------------


def waiting() -> dict[str, int]:
    """Tickets that wait for us, by the channel on which they came."""
    rows = db.session.execute(
        select(Ticket.channel, func.count()).where(Ticket.waits()).group_by(Ticket.channel)
    )
    return {channel: int(count) for channel, count in rows}


@dataclass(frozen=True)
class Staff:
    """People who answer clients: all who are not absent today, and who of them is here now."""

    today: int
    here: int


def staff(at: datetime) -> Staff:
    answering = select(User).where(
        User.role == Role.AGENT.value,
        User.disabled_at.is_(None),
        User.id.not_in(Absence.absent(business_day(at))),
    )
    people = list(db.session.scalars(answering))
    here = sum(person.presence != Presence.AWAY for person in people)
    return Staff(len(people), here)
