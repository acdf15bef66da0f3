"""The second thing that proves who somebody is: a code from a phone, or one written down."""

import hmac
import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Self

import pyotp
from sqlalchemy import BigInteger, ForeignKey, LargeBinary, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, db
from models.keys import ring
from models.user import User, UserSession

STEP = 30
"""Seconds for which a code stands on the phone; the one before and the one after are taken too."""
CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class SecondFactor(Base):
    """The secret that a person's phone shares with us, sealed; asked for once it is confirmed."""

    __tablename__ = "second_factor"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    begun_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int | None] = mapped_column(BigInteger)
    """The time step of the last code that was taken; none is taken twice."""

    @classmethod
    def of(cls, user: User) -> Self | None:
        return db.session.get(cls, user.id)

    @classmethod
    def confirmed(cls, user: User) -> Self | None:
        """What is asked for at this person's sign-in."""
        found = cls.of(user)
        return found if found is not None and found.confirmed_at is not None else None

    @classmethod
    def begin(cls, user: User, at: datetime) -> Self:
        """A fresh secret, not asked for before it is confirmed; a confirmed one is kept."""
        found = cls.of(user)
        if found is None:
            found = cls(user_id=user.id)
            db.session.add(found)
        elif found.confirmed_at is not None:
            return found
        found.sealed_secret = ring().seal(pyotp.random_base32().encode(), _place(user.id))
        found.begun_at, found.last_step = at, None
        db.session.flush()
        return found

    @property
    def secret(self) -> str:
        return ring().open(self.sealed_secret, _place(self.user_id)).decode()

    def address(self, login: str, house: str) -> str:
        """What the code that a phone photographs says."""
        return pyotp.TOTP(self.secret).provisioning_uri(name=login, issuer_name=house)

    def confirm(self, code: str, at: datetime) -> list[str]:
        """Take it into use by a first code; returns the recovery codes, empty for a wrong code."""
        if not self.takes(code, at) or self.confirmed_at is not None:  # as it stands under the lock
            return []
        self.confirmed_at = at
        return RecoveryCode.make(self.user_id)

    def takes(self, code: str, at: datetime) -> bool:
        """Whether this is a code of now that was not taken before; each is good once."""
        given = "".join(code.split())
        held = db.session.get(
            type(self), self.user_id, with_for_update=True, populate_existing=True
        )
        if held is None or len(given) != 6 or not (given.isascii() and given.isdigit()):
            return False
        now_step, totp = int(at.timestamp()) // STEP, pyotp.TOTP(held.secret)
        for step in (now_step - 1, now_step, now_step + 1):
            fresh = held.last_step is None or step > held.last_step
            if fresh and hmac.compare_digest(totp.at(step * STEP), given):
                held.last_step = step
                return True
        return False

    @classmethod
    def forget(cls, user: User) -> None:
        """No code is asked for any more, those on paper included; ends every session."""
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
        db.session.execute(delete(cls).where(cls.user_id == user.id))
        UserSession.end_all(user)


class RecoveryCode(Base):
    """A code on paper for the day on which the phone is lost; good once."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    digest: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    used_at: Mapped[datetime | None]

    @classmethod
    def make(cls, user_id: int) -> list[str]:
        """Ten codes, to be shown once; those made before are worth nothing now."""
        db.session.execute(delete(cls).where(cls.user_id == user_id))
        codes = ["".join(secrets.choice(_LETTERS) for _ in range(12)) for _ in range(CODES)]
        db.session.add_all([cls(user_id=user_id, digest=_digest(user_id, code)) for code in codes])
        db.session.flush()
        return ["-".join((code[:4], code[4:8], code[8:])) for code in codes]

    @classmethod
    def use(cls, user: User, code: str, at: datetime) -> bool:
        """Whether this code was good; it is no more."""
        given = "".join(sign for sign in code.lower() if sign.isalnum())
        used = db.session.scalar(
            update(cls)
            .where(
                cls.user_id == user.id,
                cls.digest == _digest(user.id, given),
                cls.used_at.is_(None),
            )
            .values(used_at=at)
            .returning(cls.id)
        )
        return used is not None

    @classmethod
    def left(cls, user: User) -> int:
        unused = select(func.count()).where(cls.user_id == user.id, cls.used_at.is_(None))
        return int(db.session.scalar(unused) or 0)


def wanted_of(user: User, roles: Collection[str]) -> bool:
    """Whether this person must prove it a second way: by role, or by own choice."""
    return user.role in roles or SecondFactor.confirmed(user) is not None


def _place(user_id: int) -> str:
    return f"second_factor|sealed_secret|{user_id}"


def _digest(user_id: int, code: str) -> str:
    return ring().blind(f"{user_id}|{code}", "recovery_code").hex()
