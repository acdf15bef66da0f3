"""Clients: the people who write and call, with every address and number by which we know them."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from sqlalchemy import (
    ForeignKey,
    Index,
    LargeBinary,
    Select,
    UniqueConstraint,
    func,
    or_,
    select,
    union,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, db, now, one_at_a_time
from models.event import record
from models.keys import ring
from models.user import User

SEVERAL = 3
"""Who has named so many enterprises writes for others."""
NAMED_LATELY = timedelta(hours=1)
UNDELIVERABLE = timedelta(days=60)


class Level(StrEnum):
    """How sure we are that an address or number is this client's."""

    KNOWN = "known"
    MAYBE = "maybe"


class Client(Base):
    """A person (or the representative of several) with a language and ways to be reached."""

    __tablename__ = "client"
    __table_args__ = (
        Index("ix_client_merged", "merged_into_id", postgresql_where="merged_into_id IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(default="")
    language: Mapped[str | None]
    representative: Mapped[bool] = mapped_column(default=False)
    spoken_language: Mapped[str | None]
    """When it differs from the one in which the client writes."""
    remark: Mapped[str] = mapped_column(default="")
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    erased_at: Mapped[datetime | None]

    addresses: Mapped[list["ClientAddress"]] = relationship(
        lazy="selectin", order_by="ClientAddress.id"
    )
    numbers: Mapped[list["ClientNumber"]] = relationship(lazy="selectin")
    identifiers: Mapped[list["ClientIdentifier"]] = relationship(lazy="selectin")

    __mapper_args__ = {"version_id_col": version}

    @property
    def called(self) -> str:
        """A name to show: the person's, else an address, else a number."""
        if self.name:
            return self.name
        if self.addresses:
            return self.addresses[0].address
        return self.numbers[0].shown if self.numbers else f"#{self.id}"

    @property
    def email(self) -> str | None:
        return next(iter(self._answerable), None)

    @property
    def _answerable(self) -> list[str]:
        """Where answers may go: one that was only claimed in a mail waits for a person's word."""
        known = [a for a in self.addresses if a.level == Level.KNOWN]
        return [a.address for a in known if a.usable]

    def email_last_used_in(self, senders: list[str]) -> str | None:
        """The usable address from which the client wrote last; `senders` from oldest to newest."""
        usable = self._answerable
        for sender in reversed(senders):
            written_from = normal(sender.rpartition("<")[2].rstrip(">"))
            if written_from in usable:
                return written_from
        return self.email

    @property
    def represents_others(self) -> bool:
        """An accountant, say: known as one by a person's word or by the enterprises named."""
        enterprises = [known for known in self.identifiers if known.kind == "kbo"]
        return self.representative or len(enterprises) >= SEVERAL

    @classmethod
    def is_representative(cls, address: str) -> bool:
        """Whether whoever writes from `address` is known to write for others."""
        enterprises = (
            select(func.count())
            .where(ClientIdentifier.client_id == cls.id, ClientIdentifier.kind == "kbo")
            .scalar_subquery()
        )
        known = cls.by_address(address).where(or_(cls.representative, enterprises >= SEVERAL))
        return db.session.scalar(select(known.exists())) or False

    def represent(self, on: bool, *, by: User) -> None:
        """A person's word that this client writes for others, or does not."""
        self.representative = on
        kind = "client.representative" if on else "client.not_representative"
        record(kind, by=by, client_id=self.id)

    def cannot_be_reached_at(self, address: str, at: datetime) -> None:
        """A mail server says that this mailbox does not exist."""
        for known in self.addresses:
            if known.address == normal(address):
                known.undeliverable_at = at

    def can_be_reached_at(self, address: str) -> None:
        """A person's word that mail arrives there, whatever a server has said before."""
        self.add_address(address, "desk")
        for known in self.addresses:
            if known.address == normal(address):
                known.level, known.undeliverable_at = Level.KNOWN.value, None

    @classmethod
    def named(cls, client_id: int | None) -> Self | None:
        return db.session.get(cls, client_id) if client_id else None

    @classmethod
    def several(cls, ids: Collection[int]) -> list[Self]:
        """These clients, in one question however many they are."""
        return list(db.session.scalars(select(cls).where(cls.id.in_(ids)))) if ids else []

    @property
    def target(self) -> Self:
        """The client that this one is now: itself, or the one into which it was merged."""
        client, passed = self, {self.id}
        while client.merged_into_id is not None and client.merged_into_id not in passed:
            client = db.session.get_one(type(self), client.merged_into_id)
            passed.add(client.id)
        return client

    @classmethod
    def by_address(cls, address: str) -> Select[Self]:
        return (
            select(cls)
            .join(ClientAddress)
            .where(ClientAddress.address == normal(address), cls.merged_into_id.is_(None))
            .order_by(ClientAddress.level, cls.id)
        )

    @classmethod
    def standing(cls) -> Select[Self]:
        """All that are nobody else by now."""
        return select(cls).where(cls.merged_into_id.is_(None)).order_by(cls.id)

    @classmethod
    def by_number(cls, e164: str) -> Select[Self]:
        """Everybody who was ever reached on `e164`, the known ones first."""
        return (
            select(cls)
            .join(ClientNumber)
            .where(ClientNumber.e164 == e164, cls.merged_into_id.is_(None))
            .order_by(ClientNumber.level, cls.id)
        )

    @classmethod
    def by_numbers(cls, numbers: list[str]) -> dict[str, list[Self]]:
        """Everybody who was ever reached on each of several numbers."""
        rows = db.session.execute(
            select(ClientNumber.e164, cls)
            .join(ClientNumber)
            .where(ClientNumber.e164.in_(numbers), cls.merged_into_id.is_(None))
            .order_by(ClientNumber.level, cls.id)
        )
        found: dict[str, list[Self]] = {}
        for number, client in rows:
            found.setdefault(number, []).append(client)
        return found

    @classmethod
    def writing_from(cls, address: str, name: str, language: str | None, source: str) -> Self:
        """The client behind an e-mail address; made when nobody is known by it."""
        one_at_a_time("address", normal(address))
        found = cls._known(cls.by_address(address), name)
        if found is None:
            found = cls.unknown(name, language)
            found.add_address(address, source)
        return found

    @classmethod
    def calling_from(cls, e164: str, name: str, language: str | None, source: str) -> Self:
        """The client behind a telephone number; made when nobody is known by it."""
        one_at_a_time("number", e164)
        found = cls._known(cls.by_number(e164), name)
        if found is None:
            found = cls.unknown(name, language)
            found.add_number(e164, source)
        return found

    @classmethod
    def _known(cls, candidates: Select[Self], name: str) -> Self | None:
        """The likeliest of them; one whose name we lacked now has it."""
        found = db.session.scalars(candidates.limit(1)).first()
        if found is not None and name and not found.name:
            found.name = name.strip()[:300]
        return found

    @classmethod
    def unknown(cls, name: str, language: str | None) -> Self:
        """A client of whom we have no address and no number yet."""
        made = cls(name=name.strip()[:300], language=language)
        db.session.add(made)
        db.session.flush()
        return made

    def add_address(self, address: str, source: str, level: Level = Level.KNOWN) -> None:
        if normal(address) not in {known.address for known in self.addresses}:
            self.addresses.append(
                ClientAddress(address=normal(address), level=level.value, source=source)
            )

    def add_number(
        self, e164: str, source: str, level: Level = Level.KNOWN, raw: str = "", extension: str = ""
    ) -> None:
        if e164 not in {known.e164 for known in self.numbers}:
            self.numbers.append(
                ClientNumber(
                    e164=e164,
                    raw=raw or e164,
                    extension=extension,
                    level=level.value,
                    source=source,
                )
            )

    def add_number_maybe(self, e164: str, source: str) -> None:
        """A number that the client mentioned: perhaps theirs, for a person to confirm."""
        self.add_number(e164, source, Level.MAYBE)

    def add_address_maybe(self, address: str, source: str) -> None:
        """An address that the client said is new: no answer goes there until a person confirms."""
        self.add_address(address, source, Level.MAYBE)

    def confirm_number(self, number_id: int, *, by: User, at: datetime) -> bool:
        """A person's word that a number is this client's; False when it is not one of theirs."""
        number = next((known for known in self.numbers if known.id == number_id), None)
        if number is None:
            return False
        number.level, number.confirmed_at = Level.KNOWN.value, at
        record("client.number_confirmed", by=by, at=at, client_id=self.id, number=number.id)
        return True

    def learn_identifier(self, kind: str, value: str, masked: str, at: datetime) -> bool:
        """Keep a national or enterprise number: sealed, findable, shown masked.

        True when the client had not named it in the hour before `at`.
        """
        digest = blind(kind, value)
        for known in self.identifiers:
            if known.digest == digest:
                before = known.named_at
                known.named_at = max(before, at) if before else at
                return before is None or at - before > NAMED_LATELY
        sealed = ring().seal(value.encode(), sealed_for(kind, self.id))
        self.identifiers.append(
            ClientIdentifier(kind=kind, sealed=sealed, digest=digest, masked=masked, named_at=at)
        )
        return True

    @classmethod
    def by_identifier(cls, kind: str, value: str) -> Select[Self]:
        return (
            select(cls)
            .join(ClientIdentifier)
            .where(ClientIdentifier.digest == blind(kind, value), cls.merged_into_id.is_(None))
            .order_by(cls.id)
        )

    @classmethod
    def found_by(cls, words: str) -> Select[Self]:
        """Clients whose name, address or number contains `words`."""
        pattern = "%" + re.sub(r"([%_\\])", r"\\\1", words.strip().lower()) + "%"
        digits = re.sub(r"\D", "", words).lstrip("0")
        # Each way by an index of its own: one condition for all would look at every client.
        ways = [
            select(cls.id).where(func.plain(cls.name).like(func.plain(pattern))),
            select(ClientAddress.client_id).where(ClientAddress.address.like(pattern)),
        ]
        if len(digits) >= 4:
            ways.append(select(ClientNumber.client_id).where(ClientNumber.e164.like(f"%{digits}%")))
        found = select(cls).where(cls.id.in_(union(*ways)), cls.merged_into_id.is_(None))
        return found.order_by(cls.name, cls.id).limit(20)


class ClientAddress(Base):
    """An e-mail address of a client, and how we came to know it."""

    __tablename__ = "client_address"
    __table_args__ = (UniqueConstraint("client_id", "address"), Index("ix_address", "address"))

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    address: Mapped[str]
    level: Mapped[str] = mapped_column(default=Level.KNOWN.value)
    source: Mapped[str]
    confirmed_at: Mapped[datetime | None]
    undeliverable_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    @property
    def usable(self) -> bool:
        """A mailbox that did not exist is tried again after some time: people move back."""
        return self.undeliverable_at is None or now() - self.undeliverable_at > UNDELIVERABLE


class ClientNumber(Base):
    """A telephone number of a client; several clients may share one (accountants, families)."""

    __tablename__ = "client_number"
    __table_args__ = (UniqueConstraint("client_id", "e164"), Index("ix_number", "e164"))

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    e164: Mapped[str]
    raw: Mapped[str]
    extension: Mapped[str] = mapped_column(default="")
    level: Mapped[str] = mapped_column(default=Level.KNOWN.value)
    source: Mapped[str]
    confirmed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    @property
    def shown(self) -> str:
        return self.e164 or self.raw


class ClientIdentifier(Base):
    """A national (niss) or enterprise (kbo) number: sealed bytes, a blind index, a masked form."""

    __tablename__ = "client_identifier"
    __table_args__ = (UniqueConstraint("client_id", "kind", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    kind: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    masked: Mapped[str]
    named_at: Mapped[datetime | None]
    """When the client named it last."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    @property
    def value(self) -> str:
        """The number itself: for who was given it for a reason, and for sealing it anew."""
        return ring().open(self.sealed, sealed_for(self.kind, self.client_id)).decode()

    @property
    def hidden(self) -> bool:
        """Whether the masked form keeps something back: enterprise numbers are public."""
        return "•" in self.masked

    def move(self, client_id: int) -> None:
        """To another client: sealed bytes open only in their own place."""
        value = self.value
        self.client_id = client_id
        self.sealed = ring().seal(value.encode(), sealed_for(self.kind, client_id))


def sealed_for(kind: str, client_id: int) -> str:
    return f"client_identifier|{kind}|{client_id}"


def normal(address: str) -> str:
    """An e-mail address as it is compared: without blanks, lower case."""
    return address.strip().lower()


def mailbox_of(address: str) -> str:
    """The address without its plus part: whatever stands there reaches the same person."""
    local, _, host = normal(address).rpartition("@")
    return f"{local.partition('+')[0]}@{host}" if local else host


def blind(kind: str, number: str) -> bytes:
    """The index under which a number is found, with or without its dots and spaces."""
    return ring().blind(re.sub(r"[\W_]", "", number).upper(), kind)
