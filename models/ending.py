"""Dispositions as the house lists them: dated rows, each with an effect that the code knows."""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, SafeJSON, db
from models.event import record
from models.ticket_states import SETTLED, UNANSWERED, Disposition
from models.user import User

MOST = 15
"""More cannot be chosen from while somebody is on the line."""
LONGEST_NAME = 29
TIMED_OUT = "wrapup_timeout"
"""Not chosen by anybody: what stands of a call whose wrap-up time ran out."""
CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")


class Effect(StrEnum):
    """What an ending means for the ticket."""

    SETTLED = "settled"
    """answered: nothing is owed any more"""
    OWED = "owed"
    """we still have something to do"""
    WAITING = "waiting"
    """the client has"""
    UNANSWERED = "unanswered"
    """over without an answer of ours"""


class Asks(StrEnum):
    """What more must be said with an ending."""

    NOTHING = ""
    DOCUMENT = "document"
    BODY = "body"
    DATE = "date"
    TICKET = "ticket"


class Unusable(Exception):
    """A list of endings must stay short, its names too; the words say which rule was broken."""


class Ending(Base):
    """One way in which a contact can end, with its names in four languages."""

    __tablename__ = "ending"

    id: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    effect: Mapped[str]
    """settled, owed, waiting, unanswered"""
    asks: Mapped[str] = mapped_column(default="")
    """What more must be said: document, body, date, ticket; nothing."""
    position: Mapped[int] = mapped_column(default=0)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]

    def name(self, language: str) -> str:
        return str(self.names.get(language) or self.names.get("en") or self.id)

    def in_use_on(self, day: date) -> bool:
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or day <= self.valid_to)

    @classmethod
    def named(cls, code: str | None) -> Self | None:
        return db.session.get(cls, code) if code else None

    @classmethod
    def in_order(cls) -> Select[Self]:
        return select(cls).order_by(cls.position, cls.id)

    @classmethod
    def in_use(cls, day: date) -> Select[Self]:
        """Those that may be chosen on `day`, in the order of their keys."""
        return cls.in_order().where(
            or_(cls.valid_from.is_(None), cls.valid_from <= day),
            or_(cls.valid_to.is_(None), cls.valid_to >= day),
        )

    @classmethod
    def choosable(cls, code: str, day: date) -> Self | None:
        found = cls.named(code)
        return found if found is not None and found.in_use_on(day) else None

    @classmethod
    def add(
        cls, code: str, names: Mapping[str, str], effect: Effect, asks: Asks, *, by: User, day: date
    ) -> Self:
        """A further ending, the last of the list; raises `Unusable`."""
        if not CODE.fullmatch(code) or code == TIMED_OUT or cls.named(code) is not None:
            raise Unusable("code")
        _check_names(names)
        if cls._standing_on(day) >= MOST:
            raise Unusable("most")
        last = db.session.scalar(select(func.max(cls.position))) or 0
        made = cls(
            id=code,
            names=dict(names),
            effect=effect.value,
            asks=asks.value,
            position=last + 1,
            valid_from=day,
        )
        db.session.add(made)
        record("ending.added", by=by, ending=code, names=dict(names), effect=effect.value)
        return made

    def rename(self, names: Mapping[str, str], *, by: User) -> None:
        _check_names(names)
        record("ending.renamed", by=by, ending=self.id, before=self.names, after=dict(names))
        self.names = dict(names)

    def move(self, places: int, *, by: User) -> None:
        """So many places down the list, or up when negative."""
        everything = list(db.session.scalars(self.in_order()))
        here = everything.index(self)
        everything.insert(min(max(here + places, 0), len(everything) - 1), everything.pop(here))
        for position, ending in enumerate(everything):
            ending.position = position
        record("ending.moved", by=by, ending=self.id, places=places)

    def end_on(self, day: date | None, *, by: User, today: date) -> None:
        """Not to be chosen after `day`; None: it is in use again. What ended so keeps it."""
        again = day is None or day >= today
        if again and not self.in_use_on(today) and self._standing_on(today) >= MOST:
            raise Unusable("most")
        record("ending.dated", by=by, ending=self.id, before=str(self.valid_to), after=str(day))
        self.valid_to = day

    @classmethod
    def _standing_on(cls, day: date) -> int:
        rows = cls.in_use(day).order_by(None).with_only_columns(func.count())
        return db.session.scalar(rows) or 0


def effect_of(code: str) -> Effect:
    """What an ending means, as the house has it; an unknown one leaves something owed."""
    known = Ending.named(code)
    if known is not None:
        return Effect(known.effect)
    if code in UNANSWERED:
        return Effect.UNANSWERED
    if code in SETTLED:
        return Effect.SETTLED
    return Effect.WAITING if code == Disposition.DOCUMENT_REQUESTED else Effect.OWED


def _check_names(names: Mapping[str, str]) -> None:
    if not all(1 <= len(name) <= LONGEST_NAME for name in names.values()):
        raise Unusable("names")
