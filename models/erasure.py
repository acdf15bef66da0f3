"""Erasures: what a person may demand, carried out everywhere and again after a restored backup.

One person asks, another one decides; then a day of grace; then a worker does it. It cannot be
undone after that.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from secrets import token_hex
from typing import Any, Self

from sqlalchemy import BigInteger, ForeignKey, Select, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models import erasure_reach, erasure_steps
from models.base import Base, SafeJSON, db, one_at_a_time, transaction
from models.calendar import business_day
from models.client import Client
from models.contact import Contact
from models.erasure_blocks import Block, blocks, reach_of
from models.erasure_outside import outside
from models.erasure_reach import Reach
from models.event import record
from models.outbox import Job, later
from models.user import User

DONE_EVENT = "erasure.done"


class Cause(StrEnum):
    """Why it goes."""

    REQUEST = "request"
    MISTAKE = "mistake"
    RETENTION = "retention"


class NotNow(Exception):
    """It cannot be asked for or decided: says why in one word."""


class ErasureState(StrEnum):
    """How far it has come."""

    ASKED = "asked"
    REFUSED = "refused"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Erasure(Base):
    """One erasure; it names rows by their numbers and nobody by name."""

    __tablename__ = "erasure"

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"), index=True)
    pseudonym: Mapped[str]
    contact_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list)
    ticket_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list)
    cause: Mapped[str]
    """request, retention, mistake"""
    reason: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=ErasureState.ASKED.value)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    asked_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    error: Mapped[str] = mapped_column(default="")

    asked_by: Mapped[User | None] = relationship(foreign_keys=[asked_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])

    @property
    def reach(self) -> Reach:
        """All rows that it is about, as they are now."""
        return reach_of(self.client_id, self.contact_ids)

    # --- found ------------------------------------------------------------------------------

    @classmethod
    def named(cls, erasure_id: int) -> Self | None:
        return db.session.get(cls, erasure_id)

    @classmethod
    def held(cls, erasure_id: int) -> Self | None:
        """The same, as it stands now, nobody else's until the transaction ends."""
        row = select(cls).where(cls.id == erasure_id).with_for_update(of=cls)
        return db.session.scalar(row.execution_options(populate_existing=True))

    @classmethod
    def newest_first(cls) -> Select[Self]:
        return select(cls).order_by(cls.id.desc())

    @classmethod
    def open_for(cls, client_id: int) -> Self | None:
        """What was asked for a client and is neither refused nor done."""
        rows = select(cls).where(cls.client_id == client_id, cls.state.in_(UNFINISHED))
        return db.session.scalar(rows.order_by(cls.id.desc()).limit(1))

    @classmethod
    def asked_for(cls, client_id: int | None, contact_ids: list[int]) -> bool:
        """Whether it is asked for already; two who ask at once are one after the other."""
        one_at_a_time("erasure", "asked")
        if client_id is not None:
            return cls.open_for(client_id) is not None
        same = select(cls.id).where(cls.contact_ids.overlap(contact_ids), cls.state.in_(UNFINISHED))
        return db.session.scalar(same.limit(1)) is not None

    # --- decided by two ---------------------------------------------------------------------

    @classmethod
    def ask(
        cls,
        client: Client | None,
        contacts: Iterable[Contact],
        cause: Cause,
        reason: str,
        *,
        by: User,
        at: datetime,
    ) -> Self:
        """Ask for a whole person, or for some contacts; raises `NotNow` where it may not go."""
        contact_ids = sorted(contact.id for contact in contacts)
        client_id = client.id if client else None
        if cls.asked_for(client_id, contact_ids):
            raise NotNow("asked")
        reach = reach_of(client_id, contact_ids)
        if stopped := blocks(client, reach, business_day(at)):
            raise NotNow(stopped[0].value)
        made = cls(
            client_id=client_id,
            pseudonym=token_hex(3).upper(),
            contact_ids=contact_ids,
            ticket_ids=[],
            cause=cause.value,
            reason=reason.strip()[:500],
            asked_by_id=by.id,
            asked_at=at,
            counts={"planned": erasure_steps.count(reach)},
        )
        db.session.add(made)
        db.session.flush()
        record(
            "erasure.asked", by=by, at=at, client_id=client_id, erasure=made.id, cause=made.cause
        )
        return made

    def agree(self, *, by: User, at: datetime, grace: timedelta) -> None:
        """The second person's yes; raises `NotNow` when it is the first one's own."""
        if self.state != ErasureState.ASKED:
            raise NotNow("decided")
        if by.id == self.asked_by_id:
            raise NotNow("own")
        if stopped := self._stopped(at):
            raise NotNow(stopped[0].value)
        self.state = ErasureState.WAITING.value
        self.decided_by_id, self.decided_at, self.not_before = by.id, at, at + grace
        later(Job.ERASE, self.id, cause=at.isoformat(), not_before=self.not_before)
        record("erasure.agreed", by=by, at=at, client_id=self.client_id, erasure=self.id)

    def refuse(self, *, by: User, at: datetime) -> None:
        """No; or, before it has begun, no longer: the person stays as he is."""
        if not self.can_be_refused:
            raise NotNow("decided")
        self.state, self.error = ErasureState.REFUSED.value, ""
        self.decided_by_id, self.decided_at, self.not_before = by.id, at, None
        record("erasure.refused", by=by, at=at, client_id=self.client_id, erasure=self.id)

    @property
    def can_be_refused(self) -> bool:
        """Whether nothing of the person is gone yet."""
        asked = (ErasureState.ASKED, ErasureState.WAITING, ErasureState.FAILED)
        return self.state in asked and self.started_at is None

    def try_again(self, *, by: User, at: datetime) -> None:
        """What stood in its way is settled: it goes on from where it stopped."""
        if self.state != ErasureState.FAILED:
            raise NotNow("decided")
        begun = self.started_at is not None
        if not begun and (stopped := self._stopped(at)):
            raise NotNow(stopped[0].value)
        self.state = (ErasureState.RUNNING if begun else ErasureState.WAITING).value
        self.error = ""
        later(Job.ERASE, self.id, cause=at.isoformat())
        record("erasure.tried_again", by=by, at=at, client_id=self.client_id, erasure=self.id)

    def ask_again(self, *, by: User, at: datetime) -> None:
        """A refusal that was a mistake is taken back."""
        if self.state != ErasureState.REFUSED:
            raise NotNow("decided")
        self.state, self.decided_by_id, self.decided_at = ErasureState.ASKED.value, None, None
        record("erasure.asked", by=by, at=at, client_id=self.client_id, erasure=self.id)

    # --- carried out ------------------------------------------------------------------------

    def begin(self, at: datetime, *, noted: bool = False) -> bool:
        """The words go, in the caller's transaction; False when nobody wants it (yet), or when a
        hold, a ticket or a call-back has come since it was agreed. What the log has `noted` was
        done once: nothing stands in its way."""
        if self.state != ErasureState.WAITING or self.too_early(at):
            return False
        reach = self.reach
        if not noted and (stopped := self._stopped(at)):
            self.state, self.error = ErasureState.FAILED.value, stopped[0].value
            return False
        self.contact_ids = sorted(reach["contact"])
        self.ticket_ids = sorted(reach["ticket"])
        entry = {} if noted else self._entry(reach)
        gone = erasure_steps.erase(reach, self.pseudonym, at)
        self.state, self.started_at = ErasureState.RUNNING.value, at
        self.counts = {
            "rows": gone.rows,
            "files": len(gone.digests),
            "outside": {
                "digests": gone.digests,
                "letters": gone.letters,
                "exports": gone.exports,
                "entry": entry,
            },
        }
        return True

    def finish(self, at: datetime) -> None:
        """What lies outside goes and the log is written; only then is it done."""
        if self.state != ErasureState.RUNNING:
            return
        left = self.counts.get("outside", {})
        outside().remove(left.get("digests", []), left.get("letters", []), left.get("exports", []))
        entry = left.get("entry")
        if entry and not any(entry.items() <= line.items() for line in outside().noted()):
            outside().note({**entry, "at": at.isoformat()})
        self.counts = {name: value for name, value in self.counts.items() if name != "outside"}
        self.state, self.ended_at = ErasureState.DONE.value, at
        record(DONE_EVENT, at=at, client_id=self.client_id, erasure=self.id)

    def too_early(self, at: datetime) -> bool:
        """Whether the day of grace still runs."""
        return self.not_before is not None and self.not_before > at

    def _stopped(self, at: datetime) -> list[Block]:
        """What stands in its way now; a rule takes closed matters, and asks for holds alone."""
        reach = self.reach
        found = blocks(Client.named(self.client_id), reach, business_day(at))
        only_holds = self.cause == Cause.RETENTION
        return [one for one in found if one is Block.HOLD or not only_holds]

    def _entry(self, reach: Reach) -> dict[str, Any]:
        """The line of the log: whom and what, by number, with the times that prove that a number
        still means the same after an older backup was put back."""
        born = select(Client.id, Client.created_at).where(Client.id.in_(reach["client"]))
        came = select(Contact.id, Contact.received_at).where(Contact.id.in_(reach["contact"]))
        return {
            "erasure": self.id,
            "pseudonym": self.pseudonym,
            "cause": self.cause,
            "client": self.client_id,
            "whole": self.client_id is not None,
            "clients": _as_old(born),
            "contacts": _as_old(came),
        }


def _as_old(rows: Select[*tuple[Any, ...]]) -> dict[str, str]:
    return {str(number): at.isoformat() for number, at in db.session.execute(rows)}


UNFINISHED = (
    ErasureState.ASKED.value,
    ErasureState.WAITING.value,
    ErasureState.RUNNING.value,
    ErasureState.FAILED.value,
)


def contacts_of(client: Client) -> Select[Contact]:
    """What the client has said and is not erased, the newest first."""
    ids = erasure_reach.of_client(client)["contact"]
    rows = select(Contact).where(Contact.id.in_(ids), Contact.erased_at.is_(None))
    return rows.order_by(Contact.received_at.desc())


def carry_out(erasure_id: int, at: datetime) -> bool:
    """Do one that is due: the words in one transaction, files and log after it, then the end. A
    kill in between leaves a row that says how far it is; doing it again harms nothing."""
    with transaction():
        row = Erasure.held(erasure_id)
        if row is None or (row.state != ErasureState.RUNNING and not row.begin(at)):
            return False
    with transaction():
        row = Erasure.held(erasure_id)
        if row is not None:
            row.finish(at)
    return True


def begin_retention(contact_ids: Iterable[int], at: datetime) -> int:
    """An erasure that a rule has decided, which people have switched on; returns its number."""
    made = Erasure(
        client_id=None,
        pseudonym=token_hex(3).upper(),
        contact_ids=sorted(contact_ids),
        ticket_ids=[],
        cause=Cause.RETENTION.value,
        state=ErasureState.WAITING.value,
        asked_at=at,
        decided_at=at,
        not_before=at,
        counts={},
    )
    db.session.add(made)
    db.session.flush()
    return made.id
