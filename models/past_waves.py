"""What earlier mailings and payment days drew: contacts of their people beyond the usual.

Counted once a night; `models.wave` reads what is kept here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from math import log, sqrt
from typing import Any

from sqlalchemy import Date, DateTime, Select, and_, cast, func, or_, select

from models import calendar, past, wave
from models.base import db
from models.contact import Contact
from models.mailing import Mailing, MailingRecipient, MailingState, RecipientState
from models.message import Message
from models.notice import Notice, NoticeKind, NoticeState
from models.settings import Setting
from models.wave import DAYS, DOUBT, EVERYTHING, KEPT, PAYMENT, Learned, Wave

BEFORE = timedelta(days=28)
"""In these days before it the same people show what is usual for them."""
AFTER = timedelta(days=9)
"""Holds the working days of a wave, with a weekend and a day off."""
LOOKED_BACK = timedelta(days=400)
MOST_WAVES = 20
USUAL_DAYS = 20
SO_FAR = "wave.so_far"
DOUBTED = 2
"""Waves that the likely spread weighs as much as."""


@dataclass
class PastWave:
    """One mailing or payment day: how many it reached, what they had said before, and after."""

    purpose: str
    topic_id: str | None
    first_on: date
    mailing_id: int | None = None
    recipients: int = 0
    before: float = 0.0
    """Contacts per working day."""
    by_day: list[float] = field(default_factory=lambda: [0.0] * DAYS)

    @property
    def beyond(self) -> float:
        """Contacts beyond the usual; never below nothing."""
        return max(0.0, sum(self.by_day) - DAYS * self.before)


def learn(at: datetime) -> None:
    """Keep what the waves of the last months drew, and what is usual of each topic."""
    found = [*mailings(at), *payment_days(at)]
    purposes: dict[str, dict[str, Any]] = {}
    for purpose in {one.purpose for one in found}:
        mine = [one for one in found if one.purpose == purpose]
        groups = {EVERYTHING: mine}
        for topic_id in {one.topic_id for one in mine if one.topic_id}:
            groups[topic_id] = [one for one in mine if one.topic_id == topic_id]
        purposes[purpose] = {
            name: asdict(together(waves, purpose)) for name, waves in groups.items()
        }
    seen = {str(one.mailing_id): one.beyond for one in found if one.mailing_id}
    kept = {"waves": purposes, "usual": usual(calendar.business_day(at)), "seen": seen}
    Setting.write(KEPT, kept)


def watch(at: datetime) -> None:
    """Keep what the mailings that act now have drawn so far: too slow to count for each look."""
    counted_now = {str(one.mailing_id): one.beyond for one in waves_of(acting(at))}
    if counted_now or Setting.read(SO_FAR):
        Setting.write(SO_FAR, counted_now)


def so_far() -> dict[int, float]:
    """Contacts beyond the usual by mailing, as they were counted some minutes ago."""
    return {int(mailing_id): float(seen) for mailing_id, seen in Setting.read(SO_FAR, {}).items()}


def together(waves: Iterable[PastWave], purpose: str) -> Learned:
    """Several waves as one: their people, what these drew, and how far the waves lie apart."""
    counted = [one for one in waves if one.recipients]
    recipients = sum(one.recipients for one in counted)
    contacts = sum(one.beyond for one in counted)
    by_day = [
        sum(max(0.0, one.by_day[place] - one.before) for one in counted) for place in range(DAYS)
    ]
    rate = wave.rate_of(Learned(recipients, contacts), purpose)
    apart = [log((one.beyond + 0.5) / (one.recipients * rate + 0.5)) for one in counted]
    squares = sum(one * one for one in apart) + DOUBTED * DOUBT**2
    return Learned(
        recipients, contacts, len(counted), sqrt(squares / (len(apart) + DOUBTED)), tuple(by_day)
    )


def usual(day: date) -> dict[str, float]:
    """Contacts per working day of each topic, and of everything, over the last weeks."""
    days = [calendar.working_day_before(day, back) for back in range(USUAL_DAYS, 0, -1)]
    counted = past.topics_by_day(days[0], days[-1])
    told = [one for one in days if any(one in counts for counts in counted.values())]
    if not told:
        return {}
    means = {
        topic: sum(counts.get(one, 0) for one in told) / len(told)
        for topic, counts in counted.items()
    }
    return {**{name: mean for name, mean in means.items() if name}, EVERYTHING: sum(means.values())}


# --- counted --------------------------------------------------------------------------------


def mailings(at: datetime) -> list[PastWave]:
    """The last mailings whose days are over, the newest first."""
    over = Mailing.started_at.between(at - LOOKED_BACK, at - AFTER)
    chosen = select(Mailing).where(over).order_by(Mailing.started_at.desc()).limit(MOST_WAVES)
    return waves_of(db.session.scalars(chosen).all())


def waves_of(mailings: Sequence[Mailing]) -> list[PastWave]:
    """What the people of these mailings have written since each got his mail."""
    found = {
        one.id: PastWave(one.purpose, one.topic_id, calendar.business_day(one.started_at), one.id)
        for one in mailings
        if one.started_at is not None
    }
    if not found:
        return []
    gone = and_(
        MailingRecipient.mailing_id.in_(found),
        MailingRecipient.state == RecipientState.SENT.value,
        MailingRecipient.client_id.is_not(None),
        Message.sent_at.is_not(None),
    )
    people = (
        select(
            MailingRecipient.mailing_id.label("wave"),
            MailingRecipient.client_id.label("client_id"),
            Message.sent_at.label("at"),
            Mailing.topic_id.label("topic_id"),
        )
        .join(Message, Message.id == MailingRecipient.message_id)
        .join(Mailing, Mailing.id == MailingRecipient.mailing_id)
        .where(gone)
    )
    return counted(people, found)


def acting(at: datetime) -> list[Mailing]:
    """The mailings whose wave is not over: planned with a day, on their way, or just sent."""
    planned = and_(
        Mailing.state.in_((MailingState.COUNTED.value, MailingState.ASKED.value)),
        Mailing.start_at.is_not(None),
    )
    leaving = Mailing.state.in_((MailingState.RUNNING.value, MailingState.PAUSED.value))
    lately = and_(
        Mailing.state.in_((MailingState.DONE.value, MailingState.CANCELLED.value)),
        Mailing.started_at > at - AFTER,
        Mailing.external_event_id.is_not(None),
    )
    found = select(Mailing).where(or_(planned, leaving, lately)).order_by(Mailing.id.desc())
    return list(db.session.scalars(found.limit(MOST_WAVES)))


def backtest(at: datetime) -> list[tuple[Mailing, Wave, float]]:
    """(mailing, what was forecast, what came beyond the usual) of those that are over."""
    seen = (Setting.read(KEPT) or {}).get("seen", {})
    ids = [int(one) for one in seen]
    found = select(Mailing).where(Mailing.id.in_(ids)).order_by(Mailing.started_at.desc())
    return [
        (mailing, forecast, float(seen[str(mailing.id)]))
        for mailing in db.session.scalars(found)
        if (forecast := Wave.kept(mailing.wave)) is not None
    ]


def payment_days(at: datetime) -> list[PastWave]:
    """The last days of which clients had been told that they would be paid."""
    today = calendar.business_day(at)
    told = and_(
        Notice.kind == NoticeKind.PAYMENT_ANNOUNCED.value,
        Notice.state == NoticeState.TOLD.value,
        Notice.client_id.is_not(None),
        Notice.pays_on.between(today - LOOKED_BACK, today - AFTER),
    )
    days = db.session.execute(
        select(Notice.pays_on, Notice.topic_id)
        .where(told)
        .group_by(Notice.pays_on, Notice.topic_id)
        .order_by(Notice.pays_on.desc())
        .limit(MOST_WAVES)
    ).all()
    found = {
        f"{pays_on}{topic_id or ''}": PastWave(PAYMENT, topic_id, pays_on)
        for pays_on, topic_id in days
        if pays_on is not None
    }
    if not found:
        return []
    key = func.concat(Notice.pays_on, Notice.topic_id)
    morning = func.timezone("Europe/Brussels", cast(Notice.pays_on, DateTime()))
    people = (
        select(
            key.label("wave"),
            Notice.client_id.label("client_id"),
            morning.label("at"),
            Notice.topic_id.label("topic_id"),
        )
        .where(told, key.in_(found))
        .distinct()
    )
    return counted(people, found)


def counted(people: Select[*tuple[Any, ...]], found: Mapping[Any, PastWave]) -> list[PastWave]:
    """Each wave with what its people said before and after it, about its topic where it has one."""
    reached = people.subquery()
    sizes = select(reached.c.wave, func.count()).group_by(reached.c.wave)
    for key, count in db.session.execute(sizes):
        found[key].recipients = int(count)
    sent_on = cast(func.timezone("Europe/Brussels", reached.c.at), Date)
    said_on = cast(func.timezone("Europe/Brussels", Contact.said_at), Date)
    rows = db.session.execute(
        select(reached.c.wave, sent_on, said_on, Contact.said_at >= reached.c.at, func.count())
        .join(
            Contact,
            and_(
                Contact.client_id == reached.c.client_id,
                Contact.said_at >= reached.c.at - BEFORE,
                Contact.said_at < reached.c.at + AFTER,
                or_(reached.c.topic_id.is_(None), Contact.topic_id == reached.c.topic_id),
            ),
        )
        .where(~Contact.collected, Contact.by_people())
        .group_by(reached.c.wave, sent_on, said_on, Contact.said_at >= reached.c.at)
    )
    usual_days: dict[date, int] = defaultdict(int)
    for key, sent, said, after, count in rows:
        one = found[key]
        if after:
            place = working_days_between(sent, said)
            if place < DAYS:
                one.by_day[place] += count
        else:
            if sent not in usual_days:
                usual_days[sent] = max(1, working_days_between(sent - BEFORE, sent))
            one.before += count / usual_days[sent]
    return list(found.values())


def working_days_between(first: date, last: date) -> int:
    """0 on the day itself; a day off belongs to the working day after it."""
    if not calendar.working_day(first):
        first = calendar.working_day_after(first)
    if not calendar.working_day(last):
        last = calendar.working_day_after(last)
    days = 0
    while first < last:
        first, days = calendar.working_day_after(first), days + 1
    return days
