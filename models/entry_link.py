"""Links by which somebody comes in for the first time, or after a forgotten password.

Each is for one person and one purpose, works once, and is kept as a digest only.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from sqlalchemy import ForeignKey, LargeBinary, func, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, db
from models.house_mail import of_cause
from models.keys import ring
from models.message import Kind, Message
from models.user import User


class Purpose(StrEnum):
    """What a link is for; it opens nothing else."""

    INVITE = "invite"
    RESET = "reset"


CAUSE = "entry_link "
LASTS = {Purpose.INVITE: timedelta(hours=72), Purpose.RESET: timedelta(minutes=30)}


class EntryLink(Base):
    """One such link."""

    __tablename__ = "entry_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    purpose: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    sealed_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Only while a mail with it waits to leave."""
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(foreign_keys=[user_id], lazy="joined")

    @classmethod
    def make(cls, user: User, purpose: Purpose, *, by: User, at: datetime) -> str:
        """The secret of a new link; those made before for this person lead nowhere now."""
        return cls.begin(user, purpose, by=by, at=at)[1]

    @classmethod
    def begin(cls, user: User, purpose: Purpose, *, by: User, at: datetime) -> tuple[Self, str]:
        """The same, with the link itself: for a mail that brings it."""
        cls.end_all(user, at)
        secret = secrets.token_urlsafe(32)
        made = cls(
            user_id=user.id,
            purpose=purpose.value,
            digest=_digest(secret),
            by_id=by.id,
            made_at=at,
            expires_at=at + LASTS[purpose],
        )
        db.session.add(made)
        db.session.flush()
        return made, secret

    @classmethod
    def named(cls, link_id: int) -> Self | None:
        return db.session.get(cls, link_id)

    @classmethod
    def good(cls, secret: str, purpose: Purpose, at: datetime) -> Self | None:
        """The link that this secret opens; None when it is used, over, or for something else."""
        link = db.session.scalar(
            select(cls)
            .where(cls.digest == _digest(secret), cls.purpose == purpose.value)
            .with_for_update(of=cls)
        )
        usable = link is not None and link.used_at is None and at < link.expires_at
        return link if link is not None and usable and link.user.active else None

    @classmethod
    def waiting(cls, user: User, at: datetime) -> Self | None:
        """A link of this person that has not been used and still works."""
        return db.session.scalar(
            select(cls).where(cls.user_id == user.id, cls.used_at.is_(None), cls.expires_at > at)
        )

    @classmethod
    def end_all(cls, user: User, at: datetime) -> None:
        """None of this person's links works any more, and no mail leaves that would bring one."""
        unused = (cls.user_id == user.id) & cls.used_at.is_(None)
        ended = update(cls).where(unused).values(used_at=at, sealed_secret=None)
        for link_id in db.session.scalars(ended.returning(cls.id)).all():
            message = db.session.scalar(of_cause(cause_of(link_id)))
            if message is not None:
                message.withdraw()

    @classmethod
    def newest(cls) -> dict[int, Self]:
        """The last link of each person who has no password yet, by that person's id."""
        last = select(func.max(cls.id)).join(User, User.id == cls.user_id)
        unset = last.where(User.password_hash.is_(None), User.disabled_at.is_(None))
        rows = db.session.scalars(select(cls).where(cls.id.in_(unset.group_by(cls.user_id))))
        return {row.user_id: row for row in rows}

    @property
    def message(self) -> Message | None:
        """The mail that brings it, where it was mailed."""
        return db.session.scalar(of_cause(cause_of(self.id)))

    # --- kept for a mail that has not left yet ----------------------------------------------

    def seal(self, secret: str) -> None:
        """Keep the secret, unreadable in a stolen database, until the mail with it has left."""
        self.sealed_secret = ring().seal(secret.encode(), self._place)

    def unsealed(self, at: datetime) -> str | None:
        """The secret, while the link is good and its mail has not left."""
        if self.sealed_secret is None or self.used_at is not None or at >= self.expires_at:
            return None
        return ring().open(self.sealed_secret, self._place).decode()

    def forget(self) -> None:
        """The mail has left: nobody needs the secret any more."""
        self.sealed_secret = None

    @property
    def _place(self) -> str:
        return f"entry_link|sealed_secret|{self.id}"

    def use(self, password: str, at: datetime, *, house: str = "") -> None:
        """Choose a password; raises `Weak` for a weak one, and the link stays good."""
        self.user.set_password(password, house=house)
        self.end_all(self.user, at)


def cause_of(link_id: int) -> str:
    """What makes the mail with a link unique."""
    return f"{CAUSE}{link_id}"


def link_in(message: Message) -> EntryLink | None:
    """The link that a mail is to bring, where it is such a mail."""
    if message.kind != Kind.HOUSE or not message.cause.startswith(CAUSE):
        return None
    return EntryLink.named(int(message.cause.removeprefix(CAUSE)))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
