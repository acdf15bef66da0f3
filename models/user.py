"""People who sign in, where they work, and their sessions."""

import hashlib
import re
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ForeignKey, Select, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, db, now
from models.password_rules import Weak, fresh_password, weakness
from models.person_move import PersonMove
from models.team import Membership, Place, Team

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,59}")
ADDRESS = re.compile(r"[^\s@<>\"',;:()]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")

_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))


class Role(StrEnum):
    AGENT = "agent"
    MANAGER = "manager"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


class Presence(StrEnum):
    """Where somebody is; only the last is not there."""

    AVAILABLE = "available"
    ON_CALL = "on_call"
    WRAPPING_UP = "wrapping_up"
    AWAY = "away"


def is_address(given: str) -> bool:
    """Whether this can be written to; nothing at all is right too."""
    address = given.strip()
    return not address or (len(address) <= 200 and ADDRESS.fullmatch(address) is not None)


class User(Base):
    """A person who signs in, in one role."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    email: Mapped[str | None]
    """Where to write to this person, where the login does not say it."""
    password_hash: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="fr")
    theme: Mapped[str] = mapped_column(default="auto")
    density: Mapped[str] = mapped_column(default="comfortable")
    phone_extension: Mapped[str | None]
    available: Mapped[bool] = mapped_column(default=True)
    """Whether he or she is there: anything but away."""
    presence: Mapped[str] = mapped_column(default=Presence.AVAILABLE.value)
    presence_since: Mapped[datetime | None]
    presence_note: Mapped[str] = mapped_column(default="")
    """What colleagues read beside it, for example where somebody is."""
    presence_until: Mapped[datetime | None]
    """When somebody who is away means to be back."""
    load_cap: Mapped[int | None]
    """So many open tickets at most are offered; None: as many as there are."""
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    memberships: Mapped[list[Membership]] = relationship(
        lazy="selectin", primaryjoin="and_(User.id == Membership.user_id, Membership.until == None)"
    )
    """Where this person belongs for good; `places` says where he or she works now."""
    moves: Mapped[list[PersonMove]] = relationship(
        lazy="selectin",
        viewonly=True,
        foreign_keys="PersonMove.user_id",
        primaryjoin="and_(User.id == PersonMove.user_id, PersonMove.ended_at == None,"
        " PersonMove.ends_at > func.now())",
        order_by="PersonMove.id",
    )

    @property
    def active(self) -> bool:
        return self.disabled_at is None

    def write_to(self, address: str) -> None:
        """Where mail to this person goes; empty: as the login says. Raises ValueError for what is
        no address."""
        if not is_address(address):
            raise ValueError("no e-mail address")
        self.email = address.strip().lower() or None

    def be(
        self,
        presence: Presence,
        at: datetime,
        *,
        note: str = "",
        until: datetime | None = None,
    ) -> None:
        """Be there, or not, from `at` on; a person's own choice goes through `presence.choose`."""
        if self.presence != presence:
            self.presence_since = at
        self.presence, self.available = presence.value, presence is not Presence.AWAY
        self.presence_note = " ".join(note.split())[:80]
        self.presence_until = until

    @classmethod
    def writing_from(cls, address: str, hosts: Collection[str]) -> Self | None:
        """Who of us has this address: as given, as a login, or with the login at a host of ours."""
        local, _, host = address.strip().lower().rpartition("@")
        logins = [f"{local}@{host}", *([local] if host in hosts else [])]
        theirs = or_(cls.login.in_(logins), cls.email == f"{local}@{host}")
        return db.session.scalar(select(cls).where(theirs).order_by(cls.id).limit(1))

    def places_at(self, at: datetime) -> list[Place]:
        """Where this person works at `at`: the own teams, and those he or she is moved to."""
        own = [Place.of(membership) for membership in self.memberships]
        return own + [self._moved_to(move) for move in self.moves if move.stands(at)]

    def _moved_to(self, move: PersonMove) -> Place:
        """Without languages of its own a move takes along those of the person."""
        own = [(one.languages, one.spoken or one.languages) for one in self.memberships]
        written = _all_of([languages for languages, _ in own])
        spoken = _all_of([languages for _, languages in own])
        return Place(
            move.team,
            languages=move.languages or written,
            spoken=move.languages or spoken,
            channels=move.channels,
        )

    @property
    def places(self) -> list[Place]:
        return self.places_at(now())

    @property
    def helping(self) -> list[PersonMove]:
        """The moves that stand now: where this person helps out."""
        at = now()
        return [move for move in self.moves if move.stands(at)]

    @property
    def teams(self) -> list[Team]:
        return list({place.team_id: place.team for place in self.places}.values())

    @property
    def team_ids(self) -> list[int]:
        """The teams whose work is this person's now."""
        return [team.id for team in self.teams]

    @property
    def languages(self) -> list[str]:
        """The languages in which this person answers; empty: all."""
        return sorted({lang for membership in self.memberships for lang in membership.languages})

    @classmethod
    def in_team(cls, team_id: int, at: datetime) -> Select[Self]:
        """Who works in a team at `at`, moved there or not."""
        own = select(Membership.user_id).where(
            Membership.team_id == team_id, Membership.until.is_(None)
        )
        moved = select(PersonMove.user_id).where(
            PersonMove.team_id == team_id,
            PersonMove.ended_at.is_(None),
            PersonMove.starts_at <= at,
            PersonMove.ends_at > at,
        )
        belongs = or_(cls.id.in_(own), cls.id.in_(moved))
        return select(cls).where(cls.disabled_at.is_(None), belongs).order_by(cls.id)

    @property
    def password_mark(self) -> str:
        """Says whether the password is still the one it was, and nothing about it."""
        return _digest(self.password_hash or "")[:16]

    def set_password(self, password: str, *, house: str = "") -> None:
        """Raises `Weak` for one that is easily guessed; ends every other session."""
        weak = weakness(password, (self.login, self.name, self.email or "", house))
        if weak is not None:
            raise Weak(weak)
        self.password_hash = _hasher.hash(password)
        UserSession.end_all(self)

    @classmethod
    def add(cls, login: str, name: str, role: Role, language: str) -> Self:
        """A new person, still without a password; raises ValueError for an unusable login."""
        login = login.strip().lower()
        if not LOGIN.fullmatch(login):
            raise ValueError("a login has 2 to 60 letters, digits, or . _ - @")
        made = cls(login=login, name=name.strip()[:200], role=role.value, language=language)
        db.session.add(made)
        db.session.flush()
        return made

    def give_password(self) -> str:
        """A fresh password, to be told once; ends every session."""
        password = fresh_password()
        self.set_password(password)
        return password

    def disable(self, at: datetime) -> None:
        """Nobody signs in as this person any more; what he or she did stays."""
        self.disabled_at = at
        UserSession.end_all(self)

    def enable(self) -> None:
        self.disabled_at = None

    def belong_to(
        self,
        wanted: dict[int, list[str]],
        at: datetime,
        *,
        spoken: dict[int, list[str]] | None = None,
        topics: dict[int, list[str]] | None = None,
    ) -> None:
        """Be in exactly these teams (by id) with the languages written there; a team left is
        remembered. `spoken` and `topics`, by team too, stay as they are when they are not given."""
        standing = {
            row.team_id: row
            for row in db.session.scalars(select(Membership).where(Membership.user_id == self.id))
        }
        for team_id, row in standing.items():
            if team_id in wanted:
                row.until = None
                row.languages = wanted[team_id]
            elif row.until is None:
                row.until = at
        for team_id in wanted.keys() - standing.keys():
            standing[team_id] = Membership(
                user_id=self.id, team_id=team_id, languages=wanted[team_id]
            )
            db.session.add(standing[team_id])
        for team_id in wanted:
            if spoken is not None:
                standing[team_id].spoken = spoken.get(team_id, [])
            if topics is not None:
                standing[team_id].topics = topics.get(team_id, [])
        db.session.flush()
        db.session.expire(self, ["memberships"])

    def join(self, team: Team, languages: list[str]) -> None:
        db.session.add(Membership(user_id=self.id, team_id=team.id, languages=languages))

    @classmethod
    def by_login(cls, login: str) -> Select[Self]:
        return select(cls).where(func.lower(cls.login) == login.strip().lower())

    @classmethod
    def everybody(cls) -> Select[Self]:
        return select(cls).where(cls.disabled_at.is_(None)).order_by(cls.name)

    @classmethod
    def everyone(cls) -> Select[Self]:
        """Those who no longer sign in included, at the end."""
        return select(cls).order_by(cls.disabled_at.is_not(None), cls.name)

    @classmethod
    def administrators(cls) -> Select[Self]:
        return cls.everybody().where(cls.role == Role.ADMINISTRATOR.value)

    @classmethod
    def named(cls, user_id: int | None) -> Self | None:
        return db.session.get(cls, user_id) if user_id else None

    @classmethod
    def with_password(cls, login: str, password: str) -> Self | None:
        """The active person whose password this is; takes equally long for a stranger."""
        found = db.session.scalar(cls.by_login(login))
        known = found.password_hash if found and found.password_hash else _NOBODY
        try:
            _hasher.verify(known, password)
        except (VerificationError, InvalidHashError):
            return None
        return found if found and found.active else None


class UserSession(Base):
    """One browser of one person. The cookie holds a secret whose digest is stored here."""

    __tablename__ = "user_session"

    id_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    remote_address: Mapped[str] = mapped_column(default="")
    browser: Mapped[str] = mapped_column(default="")
    revoked_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="joined")

    @classmethod
    def begin(cls, user: User, at: datetime, remote_address: str, browser: str) -> str:
        """Start a session; returns the secret for the cookie."""
        secret = secrets.token_urlsafe(32)
        db.session.add(
            cls(
                id_hash=_digest(secret),
                user_id=user.id,
                created_at=at,
                last_seen_at=at,
                remote_address=remote_address[:64],
                browser=browser[:200],
            )
        )
        return secret

    @classmethod
    def alive(cls, secret: str, at: datetime) -> Self | None:
        """The session that `secret` opens, unless it is revoked, idle too long or too old."""
        found = db.session.get(cls, _digest(secret))
        if (
            found is None
            or found.revoked_at is not None
            or not found.user.active
            or at - found.last_seen_at > IDLE
            or at - found.created_at > ABSOLUTE
        ):
            return None
        if at - found.last_seen_at > timedelta(minutes=1):
            found.last_seen_at = at
        return found

    @classmethod
    def named(cls, secret: str) -> Self | None:
        return db.session.get(cls, _digest(secret))

    @classmethod
    def of(cls, user: User, at: datetime) -> Select[Self]:
        """The browsers that may still be open, the latest used first."""
        return (
            select(cls)
            .where(cls.user_id == user.id, cls.revoked_at.is_(None), cls.last_seen_at > at - IDLE)
            .order_by(cls.last_seen_at.desc())
        )

    @classmethod
    def revoke(cls, user: User, id_hash: str, at: datetime) -> None:
        """End one of the person's own sessions."""
        db.session.execute(
            update(cls).where(cls.user_id == user.id, cls.id_hash == id_hash).values(revoked_at=at)
        )

    @classmethod
    def end_others(cls, user: User, secret: str, at: datetime) -> int:
        """End all of the person's sessions but the one that `secret` opens; returns how many."""
        others = db.session.execute(
            update(cls)
            .where(
                cls.user_id == user.id,
                cls.id_hash != _digest(secret),
                cls.revoked_at.is_(None),
                cls.last_seen_at > at - IDLE,
            )
            .values(revoked_at=at)
            .returning(cls.id_hash)
        )
        return len(others.all())

    @classmethod
    def end(cls, secret: str, at: datetime) -> None:
        db.session.execute(update(cls).where(cls.id_hash == _digest(secret)).values(revoked_at=at))

    @classmethod
    def end_all(cls, user: User) -> None:
        db.session.execute(
            update(cls)
            .where(cls.user_id == user.id, cls.revoked_at.is_(None))
            .values(revoked_at=func.clock_timestamp())
        )

    @classmethod
    def end_everybody(cls) -> None:
        """Nobody stays signed in."""
        db.session.execute(
            update(cls).where(cls.revoked_at.is_(None)).values(revoked_at=func.clock_timestamp())
        )


def _all_of(lists: list[list[str]]) -> list[str]:
    """Everything in them together; an empty one among them is everything, and so is the whole."""
    return sorted({one for some in lists for one in some}) if all(lists) else []


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
