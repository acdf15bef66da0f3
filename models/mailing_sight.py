"""Mailings as people look at them: lists, whose rows one may see, who comes before and after.

Who is left out because of health or privacy is counted and never named: that alone would tell.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from models import policy
from models.base import db
from models.mailing import (
    Mailing,
    MailingRecipient,
    MailingState,
    RecipientFilter,
    RecipientState,
    Why,
)
from models.opt_out import OptOut
from models.ticket import Ticket
from models.user import User

BATCH = 500


@dataclass(frozen=True)
class MailingFilter:
    """Which mailings somebody looks for."""

    state: str = ""
    words: str = ""

    def mailings(self) -> Select[Mailing]:
        """Those that go on first, then the newest."""
        found = select(Mailing)
        if self.state:
            found = found.where(Mailing.state == self.state)
        for word in self.words.split():
            found = found.where(Mailing.name.icontains(word, autoescape=True))
        going = (MailingState.RUNNING.value, MailingState.PAUSED.value, MailingState.ASKED.value)
        return found.order_by(Mailing.state.in_(going).desc(), Mailing.id.desc())


@dataclass
class Numbers:
    """What became of the recipients of one mailing."""

    states: Counter[str] = field(default_factory=Counter)
    replied: int = 0


def numbers_of(mailing_ids: Sequence[int]) -> dict[int, Numbers]:
    """Of a whole list, in one statement."""
    found: dict[int, Numbers] = defaultdict(Numbers)
    one = MailingRecipient
    rows = db.session.execute(
        select(one.mailing_id, one.state, func.count(), func.count(one.replied_at))
        .where(one.mailing_id.in_(mailing_ids))
        .group_by(one.mailing_id, one.state)
    )
    for mailing_id, state, many, replied in rows:
        found[mailing_id].states[state] += many
        found[mailing_id].replied += replied
    return found


def by_language(mailing_id: int) -> dict[str, Counter[str]]:
    """How many in which state, by language."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for state, language, _why, many, _replied in MailingRecipient.counted(mailing_id):
        found[language][state] += many
    return found


def by_hand(mailing_id: int) -> int:
    """For how many a person has decided."""
    one = MailingRecipient
    mine = select(func.count()).where(one.mailing_id == mailing_id, one.by_hand)
    return db.session.scalar(mine) or 0


def opted_out(mailing_id: int) -> int:
    """How many wanted no more news because of it."""
    mine = select(func.count()).where(OptOut.mailing_id == mailing_id)
    return db.session.scalar(mine) or 0


# --- recipients -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Look(RecipientFilter):
    """Which recipients somebody looks at; `hand`: only those about whom a person decided."""

    hand: bool = False

    def conditions(self) -> list[ColumnElement[bool]]:
        return [*super().conditions(), *([MailingRecipient.by_hand.is_(True)] if self.hand else [])]


def seen(mailing_id: int, user: User, wanted: Look | None = None) -> Select[MailingRecipient]:
    """The recipients that `user` may see, in the order in which they are told."""
    return MailingRecipient.of_mailing(mailing_id, wanted).where(_shown(user))


def hidden(mailing_id: int, user: User, wanted: Look | None = None) -> int:
    """How many of the same `user` may not see."""
    rows = MailingRecipient.of_mailing(mailing_id, wanted).where(~_shown(user)).order_by(None)
    return db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0


def one_seen(mailing_id: int, recipient_id: int, user: User) -> MailingRecipient | None:
    one = seen(mailing_id, user).where(MailingRecipient.id == recipient_id)
    return db.session.scalar(one)


def several_seen(mailing_id: int, ids: Sequence[int], user: User) -> list[MailingRecipient]:
    return list(db.session.scalars(seen(mailing_id, user).where(MailingRecipient.id.in_(ids))))


def beside(recipient: MailingRecipient, user: User) -> tuple[int | None, int | None]:
    """The ids of those before and after it who get a mail."""
    told = seen(recipient.mailing_id, user).where(
        MailingRecipient.state != RecipientState.LEFT_OUT.value
    )
    ids = told.with_only_columns(MailingRecipient.id).order_by(None)
    here = MailingRecipient.id
    before = ids.where(here < recipient.id).order_by(here.desc()).limit(1)
    after = ids.where(here > recipient.id).order_by(here).limit(1)
    return db.session.scalar(before), db.session.scalar(after)


def first_told(mailing_id: int, user: User, language: str = "") -> MailingRecipient | None:
    """One who gets a mail (in that language), to show how it reads."""
    told = seen(mailing_id, user, Look(language=language)).where(
        MailingRecipient.state != RecipientState.LEFT_OUT.value
    )
    return db.session.scalar(told.limit(1))


def in_batches(
    mailing_id: int, user: User, wanted: Look
) -> Iterator[list[tuple[MailingRecipient, int | None]]]:
    """All of them, with the number of the ticket in which they answered where `user` sees it."""
    last = 0
    while True:
        rows = seen(mailing_id, user, wanted).where(MailingRecipient.id > last).limit(BATCH)
        found = list(db.session.scalars(rows))
        numbers = Ticket.numbers_of(user, [r.reply_ticket_id for r in found if r.reply_ticket_id])
        yield [(row, numbers.get(row.reply_ticket_id or 0)) for row in found]
        if len(found) < BATCH:
            return
        last = found[-1].id


def failed(mailing_id: int) -> Select[MailingRecipient]:
    """Whose mail no server took, with the mail."""
    return MailingRecipient.of_mailing(
        mailing_id, RecipientFilter(states=(RecipientState.FAILED.value,))
    ).where(MailingRecipient.message_id.is_not(None))


def _shown(user: User) -> ColumnElement[bool]:
    """Not the private ones, nor those chosen for a matter that this person may not see."""
    one = MailingRecipient
    if policy.sees_every_ticket(user):
        return one.why != Why.PRIVATE.value
    hers = select(Ticket.id).where(
        Ticket.id == one.ticket_id, policy.sees_ticket(user, Ticket), ~Ticket.health
    )
    return and_(one.why != Why.PRIVATE.value, or_(one.ticket_id.is_(None), hers.exists()))


# --- beside each other ----------------------------------------------------------------------


def alike(mailing: Mailing, since: datetime) -> list[Mailing]:
    """Others about the same problem or measure that are on their way, or were since then."""
    about: list[Any] = []
    if mailing.problem_id is not None:
        about.append(Mailing.problem_id == mailing.problem_id)
    if mailing.measure_id is not None:
        about.append(Mailing.measure_id == mailing.measure_id)
    if not about:
        return []
    lively = (MailingState.RUNNING.value, MailingState.PAUSED.value)
    others = select(Mailing).where(
        or_(*about),
        Mailing.id != mailing.id,
        or_(Mailing.state.in_(lively), Mailing.first_sent_at >= since),
    )
    return list(db.session.scalars(others.order_by(Mailing.id.desc()).limit(5)))
