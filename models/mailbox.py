"""Mailboxes: the addresses at which mail arrives, and the accounts from which it is fetched."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, Select, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db
from models.keys import ring


class Mailbox(Base):
    """An address of ours at which mail arrives."""

    __tablename__ = "mailbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    address: Mapped[str] = mapped_column(unique=True)
    aliases: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    """Further addresses at which its mail arrives."""
    sender_name: Mapped[str] = mapped_column(default="")
    """The name our mails carry; empty: the installation's."""
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    """Who gets what the classifier leaves open; none: the list for a choice."""
    trusted: Mapped[bool] = mapped_column(default=False)
    """Whether `X-Triage-*` headers are obeyed: only where our own programs alone can write."""
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    @classmethod
    def in_order(cls) -> Select[Self]:
        return select(cls).where(cls.active).order_by(cls.id)

    @classmethod
    def everything(cls) -> Select[Self]:
        """Those no longer read included."""
        return select(cls).order_by(cls.id)

    @classmethod
    def named(cls, mailbox_id: int) -> Self | None:
        return db.session.get(cls, mailbox_id)

    @classmethod
    def by_name(cls, name: str) -> Self | None:
        return db.session.scalar(select(cls).where(cls.name == name))

    @classmethod
    def at(cls, address: str) -> Self | None:
        """The mailbox that an envelope recipient means, by its address or another of its names.

        `box+anything@host` means `box@host`; the postmaster of a domain of ours is the first one.
        """
        return cls.meant_by([address])[address]

    @classmethod
    def meant_by(cls, addresses: Iterable[str]) -> dict[str, Self | None]:
        """The mailbox that each of these addresses means, if it is one of ours."""
        boxes = db.session.scalars(cls.in_order()).all()
        by_name: dict[str, Self] = {"@postmaster": boxes[0]} if boxes else {}
        for box in boxes:
            others = (*box.aliases, *(f"postmaster@{host}" for host in sorted(box.hosts)))
            by_name |= {name: box for name in others if name not in by_name}
        by_name |= {box.address: box for box in boxes}
        return {address: by_name.get(without_plus(address)) for address in addresses}

    @classmethod
    def addresses(cls) -> frozenset[str]:
        """All addresses of open mailboxes."""
        boxes = db.session.scalars(cls.in_order())
        return frozenset(one for box in boxes for one in (box.address, *box.aliases))

    @property
    def hosts(self) -> set[str]:
        """The domains at which its mail arrives."""
        return {address.rpartition("@")[2] for address in (self.address, *self.aliases)}

    @classmethod
    def first(cls) -> Self | None:
        return db.session.scalar(cls.in_order().limit(1))


def without_plus(address: str) -> str:
    """`box@host` of `Box+anything@HOST`."""
    local, _, host = address.strip().strip("<>").lower().rpartition("@")
    return f"{local.split('+', 1)[0]}@{host}"


class Security(StrEnum):
    """How a connection to a mail server is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class Login(StrEnum):
    """How we show who we are."""

    PASSWORD = "password"
    XOAUTH2 = "xoauth2"


class MailAccount(Base):
    """The IMAP account from which a mailbox's mail is fetched, and how far we have come in it.

    A position is a UID under a UIDVALIDITY: below it everything has been kept, but what is named
    in `left_behind`.
    """

    __tablename__ = "mail_account"

    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id"), primary_key=True)
    host: Mapped[str]
    port: Mapped[int] = mapped_column(default=993)
    security: Mapped[str] = mapped_column(default=Security.TLS.value)
    username: Mapped[str]
    login: Mapped[str] = mapped_column(default=Login.PASSWORD.value)
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The password or the refresh token, sealed."""
    client_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    token_url: Mapped[str] = mapped_column(default="")
    client_id: Mapped[str] = mapped_column(default="")
    scope: Mapped[str] = mapped_column(default="")
    folder: Mapped[str] = mapped_column(default="INBOX")
    processed_folder: Mapped[str] = mapped_column(default="Processed")
    failed_folder: Mapped[str] = mapped_column(default="Failed")
    active: Mapped[bool] = mapped_column(default=True)
    uidvalidity: Mapped[int | None] = mapped_column(BigInteger)
    last_uid: Mapped[int] = mapped_column(BigInteger, default=0)
    left_behind: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    """UIDs that the server would not hand over; each run asks for them again."""
    moves: Mapped[bool | None]
    """Whether its mails can be moved away once kept; unknown before the first run."""
    fetched: Mapped[int] = mapped_column(default=0)
    last_try_at: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    last_error: Mapped[str | None]

    mailbox: Mapped[Mailbox] = relationship()

    @classmethod
    def active_ones(cls) -> Select[Self]:
        """The accounts to fetch from: those of open mailboxes."""
        return select(cls).join(Mailbox).where(cls.active, Mailbox.active).order_by(cls.mailbox_id)

    @classmethod
    def everything(cls) -> Select[Self]:
        return select(cls).order_by(cls.mailbox_id)

    @classmethod
    def failing(cls) -> Select[Self]:
        """Those that are fetched from, in vain."""
        return cls.active_ones().where(cls.last_error.is_not(None))

    @classmethod
    def of(cls, mailbox_id: int) -> Self | None:
        return db.session.get(cls, mailbox_id)

    @classmethod
    def held(cls, mailbox_id: int) -> Self | None:
        """The account as it stands now; nobody else moves its position in this transaction."""
        return db.session.scalar(
            select(cls)
            .where(cls.mailbox_id == mailbox_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )

    # --- what is secret ---------------------------------------------------------------------

    def keep_secret(self, secret: str) -> None:
        self.secret = ring().seal(secret.encode(), f"mail_account|secret|{self.mailbox_id}")

    def keep_client_secret(self, secret: str) -> None:
        place = f"mail_account|client_secret|{self.mailbox_id}"
        self.client_secret = ring().seal(secret.encode(), place)

    @property
    def plain_secret(self) -> str:
        if self.secret is None:
            return ""
        return ring().open(self.secret, f"mail_account|secret|{self.mailbox_id}").decode()

    @property
    def plain_client_secret(self) -> str:
        if self.client_secret is None:
            return ""
        place = f"mail_account|client_secret|{self.mailbox_id}"
        return ring().open(self.client_secret, place).decode()

    @property
    def terms(self) -> tuple[object, ...]:
        """All that a connection depends on: when one of them changes, it is made anew."""
        return (
            *(self.host, self.port, self.security, self.username, self.login, self.secret),
            *(self.client_secret, self.token_url, self.client_id, self.scope),
            *(self.folder, self.processed_folder, self.failed_folder),
        )

    # --- how far we have come ---------------------------------------------------------------

    def begin_at(self, uidvalidity: int) -> bool:
        """True when the folder is another one than last time: then everything is taken again."""
        if self.uidvalidity == uidvalidity:
            return False
        self.uidvalidity, self.last_uid, self.left_behind = uidvalidity, 0, []
        return True

    def take(self, uid: int, uidvalidity: int) -> bool:
        """Count `uid` as kept in the present transaction; False when somebody else has kept it.

        The account must be held.
        """
        if self.uidvalidity != uidvalidity:
            return False
        if uid in self.left_behind:
            self.left_behind = [one for one in self.left_behind if one != uid]
        elif uid > self.last_uid:
            self.last_uid = uid
        else:
            return False
        self.fetched += 1
        return True

    def leave_behind(self, uid: int, uidvalidity: int) -> None:
        """Go on without `uid`, and ask for it again at the next run."""
        if self.uidvalidity == uidvalidity and uid > self.last_uid:
            self.left_behind = [*self.left_behind, uid]
            self.last_uid = uid

    def begin_anew(self) -> None:
        """It is another folder that we look into now."""
        self.uidvalidity, self.last_uid, self.left_behind = None, 0, []
        self.moves, self.last_error = None, None

    def forget(self, uids: set[int], uidvalidity: int) -> None:
        """What is no longer in the folder cannot be asked for again."""
        if self.uidvalidity == uidvalidity:
            self.left_behind = [one for one in self.left_behind if one not in uids]

    def tried(self, at: datetime, error: str | None, *, moves: bool | None = None) -> None:
        """How a run ended; `error` in words for the administrator."""
        self.last_try_at, self.last_error = at, error
        if error is None:
            self.last_success_at = at
        if moves is not None:
            self.moves = moves


@contextmanager
def alone_with(mailbox_id: int) -> Iterator[bool]:
    """Whether we alone fetch from this account now, on whatever machine; ends with the block.

    Its connection is in no transaction, so that nothing limits how long a run may take.
    """
    key = func.hashtextextended(f"mail_account|{mailbox_id}", 0)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        ours = bool(connection.scalar(select(func.pg_try_advisory_lock(key))))
        try:
            yield ours
        finally:
            if ours:
                with suppress(SQLAlchemyError):  # a lost connection has let go by itself
                    connection.execute(select(func.pg_advisory_unlock(key)))
