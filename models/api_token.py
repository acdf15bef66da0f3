"""Tokens with which other programs speak to us: shown once, kept as a digest, limited in scope."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ForeignKey, LargeBinary, Select, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models import policy
from models.base import Base, SafeJSON, db
from models.event import record
from models.user import User

USED_AGAIN = timedelta(minutes=1)
"""So long a use need not be noted anew."""
LONGEST_NAME = 60
_SHAPE = re.compile(r"tk_([0-9a-f]{8})_[A-Za-z0-9_-]{43}")


class Scope(StrEnum):
    """What a program may do with a token."""

    NOTICES = "notices"
    """say what happened to files, and ask what became of that"""
    FORMS = "forms"
    """hand in what a client filled in elsewhere"""
    TICKETS_READ = "tickets:read"
    """tickets with their contacts, notes, replies and files, as its person sees them"""
    TICKETS_WRITE = "tickets:write"
    """begin, change, note, answer, close and merge tickets"""
    CLIENTS_READ = "clients:read"
    CLIENTS_WRITE = "clients:write"
    PROBLEMS_READ = "problems:read"
    """problems and what is done about them"""
    MEASURES_READ = "measures:read"
    PREDICTIONS_READ = "predictions:read"
    PREDICTIONS_WRITE = "predictions:write"
    """say what a contact is really about"""
    REPORTS_READ = "reports:read"
    EXPORTS = "exports"
    """take lists along, those that its person may"""
    MONITORING = "monitoring"
    """ask whether all is well"""


_NEEDS: dict[Scope, policy.Verb] = {
    Scope.TICKETS_READ: policy.Verb.WORK,
    Scope.TICKETS_WRITE: policy.Verb.WORK,
    Scope.CLIENTS_READ: policy.Verb.WORK,
    Scope.CLIENTS_WRITE: policy.Verb.WORK,
    Scope.PROBLEMS_READ: policy.Verb.SEE_BOARD,
    Scope.MEASURES_READ: policy.Verb.WORK,
    Scope.PREDICTIONS_READ: policy.Verb.WORK,
    Scope.PREDICTIONS_WRITE: policy.Verb.WORK,
    Scope.REPORTS_READ: policy.Verb.SEE_FIGURES,
    Scope.EXPORTS: policy.Verb.SEE_FIGURES,
}
"""What a person must be able to do for a token of that scope; any other speaks for a program."""


def may_carry(user: User, scope: Scope) -> bool:
    """Whether a token in the name of `user` may have that scope: never more than the person."""
    verb = _NEEDS.get(scope)
    return policy.speaks_for_programs(user) if verb is None else policy.may(user, verb)


class ApiToken(Base):
    """One program's key. It may do what its scopes say, and never more than its person."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    name: Mapped[str]
    prefix: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    scopes: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    last_used_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    user: Mapped[User] = relationship(foreign_keys=[user_id], lazy="joined")

    @classmethod
    def issue(
        cls,
        user: User,
        name: str,
        scopes: Iterable[Scope],
        expires_at: datetime | None,
        *,
        by: User | None = None,
    ) -> tuple[Self, str]:
        """(the row, the token as it is shown this once); `by` where somebody else issues it."""
        prefix = secrets.token_hex(4)
        shown = f"tk_{prefix}_{secrets.token_urlsafe(32)}"
        made = cls(
            user_id=user.id,
            name=" ".join(name.split())[:LONGEST_NAME],
            prefix=prefix,
            digest=digest_of(shown),
            scopes=sorted({scope.value for scope in scopes}),
            expires_at=expires_at,
        )
        db.session.add(made)
        db.session.flush()
        facts: dict[str, Any] = {
            "token": made.id,
            "name": made.name,
            "of": user.id,
            "scopes": made.scopes,
        }
        record("token.issued", by=by or user, **facts)
        return made, shown

    @classmethod
    def presented(cls, shown: str, at: datetime) -> Self | None:
        """The living token that a program shows; None for any other, without saying why."""
        found = _SHAPE.fullmatch(shown)
        prefix = found[1] if found else ""
        known = db.session.scalar(select(cls).where(cls.prefix == prefix))
        # Compared whether it is known or not: an answer takes as long for the one as the other.
        same = hmac.compare_digest(known.digest if known else bytes(32), digest_of(shown))
        return known if known is not None and same and known.lives_at(at) else None

    @classmethod
    def in_order(cls) -> Select[Self]:
        return select(cls).order_by(cls.revoked_at.is_not(None), cls.name, cls.id)

    @classmethod
    def named(cls, token_id: int) -> Self | None:
        return db.session.get(cls, token_id)

    def lives_at(self, at: datetime) -> bool:
        """Until its day, until it is revoked, and as long as its person is here."""
        expired = self.expires_at is not None and self.expires_at <= at
        return self.revoked_at is None and not expired and self.user.active

    def may(self, scope: Scope) -> bool:
        return scope.value in self.scopes and may_carry(self.user, scope)

    def used(self, at: datetime) -> None:
        """Note the use, at most once a minute, and wait for nobody who does so too."""
        free = (
            select(ApiToken.id)
            .where(
                ApiToken.id == self.id,
                or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at < at - USED_AGAIN),
            )
            .with_for_update(skip_locked=True, of=ApiToken)
        )
        db.session.execute(
            update(ApiToken)
            .where(ApiToken.id.in_(free))
            .values(last_used_at=at)
            .execution_options(synchronize_session=False)
        )

    def revoke(self, *, by: User, at: datetime) -> None:
        if self.revoked_at is None:
            self.revoked_at, self.revoked_by_id = at, by.id
            record("token.revoked", by=by, at=at, token=self.id, name=self.name)

    def bring_back(self, *, by: User, at: datetime) -> None:
        """Take a revocation back."""
        if self.revoked_at is not None:
            self.revoked_at, self.revoked_by_id = None, None
            record("token.brought_back", by=by, at=at, token=self.id, name=self.name)


def digest_of(shown: str) -> bytes:
    return hashlib.sha256(shown.encode("utf-8", "replace")).digest()
