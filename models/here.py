"""Who is here now: by team, channel and language, beside what the roster says of this half hour.

Presence is what people say of themselves; nothing here counts what anybody does.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func

from models import business_time
from models.absence import Absence
from models.base import db
from models.calendar import bounds, business_day
from models.call import CallState
from models.callback import Callback
from models.callback_list import visible_to
from models.callback_states import CallbackState
from models.intake import Channel
from models.person_move import PersonMove
from models.policy import Verb, may
from models.ringing import concerns
from models.service_level import OpeningHours
from models.shift import HALF_HOUR, Shift, half_hours
from models.team import Place, Team
from models.topic import LANGUAGES
from models.user import Presence, User


@dataclass(frozen=True)
class Somebody:
    """One person, where he or she is and works now."""

    user: User
    places: Sequence[Place]
    absent: bool
    shift: Shift | None
    """Of this half hour."""
    moves: Sequence[PersonMove]

    @property
    def here(self) -> bool:
        return not self.absent and self.user.presence != Presence.AWAY

    @property
    def missing(self) -> bool:
        """In the roster, and not here."""
        return self.shift is not None and not self.here

    @property
    def channel(self) -> str:
        """The one channel of this moment; empty for whatever comes."""
        if self.moves:
            channels = self.moves[-1].channels
            return channels[0] if len(channels) == 1 else ""
        return self.shift.channel if self.shift else ""

    @property
    def team_id(self) -> int | None:
        """Where he or she counts now: moved there, rostered there, or at home there."""
        if self.moves:
            return self.moves[-1].team_id
        if self.shift is not None:
            return self.shift.team_id
        return self.places[0].team_id if self.places else None

    def speaks(self, language: str, channel: str) -> bool:
        """Whether clients of this language are served on this channel; no list at all is all."""
        if self.channel not in ("", channel):
            return False
        takes = [place for place in self.places if not place.channels or channel in place.channels]
        lists = [
            place.spoken or place.languages if channel == Channel.PHONE else place.languages
            for place in takes
        ]
        return any(not languages or language in languages for languages in lists)


@dataclass(frozen=True)
class Desk:
    """A team on one channel: how many are here, and how many the roster wants."""

    team: Team
    channel: str
    here: int
    rostered: float | None
    """None: the roster says nothing of today."""

    @property
    def short(self) -> bool:
        return self.rostered is not None and self.here < self.rostered


@dataclass(frozen=True)
class Spoken:
    """One language: who could take its calls and its mail now, and what of it waits."""

    language: str
    calls: int
    mail: int
    rostered: int
    """For its calls, by name; heads have no language."""
    callbacks: int
    callbacks_late: int


@dataclass(frozen=True)
class Here:
    """The house at one moment."""

    at: datetime
    open: bool
    people: Sequence[Somebody]
    desks: Sequence[Desk]
    languages: Sequence[Spoken]
    moves: Sequence[PersonMove]
    ringing: int
    assumed: bool
    """The roster says nothing of today: whoever is here is all that is counted on."""
    silent: Sequence[str] = field(default=())
    """The languages for whose calls nobody is here while the house is open."""

    @property
    def present(self) -> Sequence[Somebody]:
        return [one for one in self.people if one.here]


def now_here(reader: User, at: datetime) -> Here:
    """Everybody who works, and what that covers; call-backs as far as `reader` may see them."""
    day = business_day(at)
    people = everybody(at)
    rostered = Shift.rostered(day, day)
    open_ = business_time.is_open(at, OpeningHours.week_of(None))
    languages = _languages(reader, people, at)
    return Here(
        at=at,
        open=open_,
        people=people,
        desks=_desks(people, at, rostered),
        languages=languages,
        moves=PersonMove.standing(at),
        ringing=sum(one.state == CallState.RINGING for one in concerns(at)),
        assumed=not rostered,
        silent=[one.language for one in languages if open_ and not one.calls],
    )


def everybody(at: datetime) -> list[Somebody]:
    """Whoever works on tickets and calls, by name."""
    absent = set(db.session.scalars(Absence.absent(business_day(at))))
    moment = next(half_hours(at, at + HALF_HOUR))
    shifts = {
        shift.user_id: shift for shift in Shift.between(moment, moment + HALF_HOUR) if shift.user_id
    }
    return [
        Somebody(
            user=user,
            places=user.places_at(at),
            absent=user.id in absent,
            shift=shifts.get(user.id),
            moves=[move for move in user.moves if move.stands(at)],
        )
        for user in db.session.scalars(User.everybody())
        if may(user, Verb.WORK)
    ]


def _desks(people: Collection[Somebody], at: datetime, rostered: bool) -> list[Desk]:
    """Every team and channel that the roster names or where somebody is."""
    moment = next(half_hours(at, at + HALF_HOUR))
    day = business_day(at)
    wanted = {
        (row.team_id, row.channel): row.heads
        for row in (Shift.capacity(day, day) if rostered else [])
        if row.starts_at == moment
    }
    # An absent person is no capacity any more, and yet whoever plans must see the gap.
    for one in people:
        if one.absent and one.shift is not None:
            slot = (one.shift.team_id, one.shift.channel)
            wanted[slot] = wanted.get(slot, 0) + 1
    here: dict[tuple[int, str], int] = {}
    for one in people:
        if one.here and one.team_id is not None:
            slot = (one.team_id, one.channel)
            here[slot] = here.get(slot, 0) + 1
    order = ["", *(channel.value for channel in Channel)]
    return [
        Desk(
            team,
            channel,
            here.get((team.id, channel), 0),
            wanted.get((team.id, channel), 0) if rostered else None,
        )
        for team in db.session.scalars(Team.in_order())
        for channel in order
        if (team.id, channel) in wanted or (team.id, channel) in here
    ]


def _languages(reader: User, people: Collection[Somebody], at: datetime) -> list[Spoken]:
    _, tonight = bounds(business_day(at))
    owed = db.session.execute(
        visible_to(reader)
        .where(
            Callback.closed_at.is_(None),
            Callback.state == CallbackState.OPEN.value,
            Callback.due_at < tonight,
        )
        .order_by(None)
        .with_only_columns(
            Callback.language, func.count(), func.count().filter(Callback.due_at < at)
        )
        .group_by(Callback.language)
    )
    due = {language: (count, late) for language, count, late in owed}
    phone, mail = Channel.PHONE.value, Channel.EMAIL.value
    return [
        Spoken(
            language=language,
            calls=sum(one.here and one.speaks(language, phone) for one in people),
            mail=sum(one.here and one.speaks(language, mail) for one in people),
            rostered=sum(one.shift is not None and one.speaks(language, phone) for one in people),
            callbacks=due.get(language, (0, 0))[0],
            callbacks_late=due.get(language, (0, 0))[1],
        )
        for language in LANGUAGES
    ]
