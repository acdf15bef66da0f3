"""A document that a client still has to send: asked for, told, reminded, received, looked at.

What a person does with one can be taken back for a minute; the client is told only after that.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, Select, func, select
from sqlalchemy.orm import Mapped, mapped_column

from models import ticket_clock
from models.base import Base, SafeJSON, db, one_at_a_time
from models.contact import Contact
from models.event import Event, record
from models.standing import put_back, standing, stands
from models.ticket import Status, Ticket
from models.user import User

TIME_TO_UNDO = timedelta(minutes=1)
"""So long a deed can be taken back, and so long its letter is not written."""
_CAME = "document.received"
DEEDS = ("document.asked", _CAME, "document.accepted", "document.rejected", "document.waived")
LONGEST_NAME = 200
_ASKED = "documents"
_COLUMNS = (
    "asked_at",
    "told_at",
    "reminded_at",
    "received_at",
    "accepted_at",
    "waived_at",
    "times",
    "message_id",
    "contact_id",
    "accepted_by_id",
    "waived_by_id",
    "why",
)


class DocumentState(StrEnum):
    """How far a document is."""

    ASKED = "asked"
    RECEIVED = "received"
    """It came, and nobody has looked at it yet."""
    ACCEPTED = "accepted"
    WAIVED = "waived"


class DocumentRequest(Base):
    """One document of one ticket. It is open until it came, or a person waived it."""

    __tablename__ = "document_request"
    __table_args__ = (
        Index(
            "ix_document_request_open",
            "ticket_id",
            postgresql_where="received_at IS NULL AND waived_at IS NULL",
        ),
        Index("ix_document_request_ticket", "ticket_id"),
        Index(
            "ix_document_request_untold",
            "asked_at",
            postgresql_where="told_at IS NULL AND received_at IS NULL AND waived_at IS NULL",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    code: Mapped[str] = mapped_column(default="")
    """Of the measure's document, where it is one."""
    names: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    """What it is called to the client, by language."""
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Empty: a form or the back office found it missing."""
    cause: Mapped[str] = mapped_column(default="")
    times: Mapped[int] = mapped_column(default=1)
    """How often this document has been asked for in this matter, this time included."""
    due_on: Mapped[date | None]
    told_at: Mapped[datetime | None]
    """When the client was told: by our letter, on a receipt, or on the telephone."""
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)
    """With which the client was asked."""
    reminded_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    """What brought it."""
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Who has looked at it; empty: nobody yet, or the back office says that all is there."""
    waived_at: Mapped[datetime | None]
    waived_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    why: Mapped[str] = mapped_column(default="")
    """Why it is asked again, or why it is not needed any more."""
    untold: Mapped[str] = mapped_column(default="")
    """Why no letter about it could be written: a person tells the client."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    # --- asked ------------------------------------------------------------------------------

    @property
    def state(self) -> DocumentState:
        if self.waived_at is not None:
            return DocumentState.WAIVED
        if self.accepted_at is not None:
            return DocumentState.ACCEPTED
        return DocumentState.ASKED if self.received_at is None else DocumentState.RECEIVED

    @property
    def open(self) -> bool:
        return self.state is DocumentState.ASKED

    @property
    def settled(self) -> bool:
        """Nothing is to be done about it any more."""
        return self.waived_at is not None or self.accepted_at is not None

    def name(self, language: str) -> str:
        """What the client reads, in the language or in the nearest that there is."""
        spoken = (language, "fr", "nl", "en", "de", *self.names)
        return next((str(self.names[code]) for code in spoken if self.names.get(code)), self.code)

    @classmethod
    def named(cls, request_id: int | None) -> Self | None:
        return db.session.get(cls, request_id) if request_id else None

    @classmethod
    def select_of(cls, ticket_id: int) -> Select[Self]:
        return select(cls).where(cls.ticket_id == ticket_id).order_by(cls.asked_at, cls.id)

    @classmethod
    def of_ticket(cls, ticket_id: int) -> Sequence[Self]:
        """All that was ever asked for in a matter, the oldest first."""
        return db.session.scalars(cls.select_of(ticket_id)).all()

    @classmethod
    def open_of(cls, ticket_id: int) -> Sequence[Self]:
        """What the client still has to send."""
        missing = cls.select_of(ticket_id).where(cls.received_at.is_(None), cls.waived_at.is_(None))
        return db.session.scalars(missing).all()

    # --- the verbs --------------------------------------------------------------------------

    @classmethod
    def ask(
        cls,
        ticket: Ticket,
        names: Mapping[str, str],
        *,
        at: datetime,
        code: str = "",
        by: User | None = None,
        cause: str = "",
        due_on: date | None = None,
        told: bool = False,
    ) -> Self:
        """Ask the client for a document; what is asked for already, or lies here unread, stays one.

        `told`: the client reads or hears it elsewhere, so that no letter is written for it.
        The ticket waits for the client, unless nobody of us has read it yet.
        """
        ticket = ticket.target
        spoken = {key: name.strip()[:LONGEST_NAME] for key, name in names.items() if name.strip()}
        if not spoken:
            raise ValueError("a document has a name")
        one_at_a_time(_ASKED, str(ticket.id))
        before = [one for one in cls.of_ticket(ticket.id) if one.is_for(code, spoken)]
        already = next((one for one in before if not one.settled), None)
        if already is not None:
            return already
        made = cls(
            ticket_id=ticket.id,
            code=code,
            names=spoken,
            asked_at=at,
            asked_by_id=by.id if by else None,
            cause=cause,
            due_on=due_on,
            told_at=at if told else None,
            times=1 + max((one.times for one in before), default=0),
        )
        db.session.add(made)
        db.session.flush()
        stood = _work(ticket)
        if by is not None or ticket.status != Status.NEW:
            _waits_for_client(ticket, at)
        made._record("document.asked", by, at, ticket=stood, code=code, times=made.times)
        return made

    @classmethod
    def receive(
        cls,
        contact: Contact,
        which: Collection[str | int],
        at: datetime,
        by: User | None = None,
    ) -> list[Self]:
        """A contact brought these open documents of its ticket, by code or id; returns which.

        `by` says so; without a person it is what the client said. Nobody has looked at them yet.
        """
        if contact.ticket_id is None:
            return []
        one_at_a_time(_ASKED, str(contact.ticket_id))
        came = [
            one
            for one in cls.open_of(contact.ticket_id)
            if one.id in which or (one.code and one.code in which)
        ]
        for request in came:
            before = standing(request, _COLUMNS)
            request.received_at, request.contact_id = at, contact.id
            again = request.times > 1 and not contact.supplied_again
            contact.supplied_again = contact.supplied_again or again
            request._record(_CAME, by, at, contact=contact.id, again=again, before=before)
        return came

    def accept(self, *, by: User | None, at: datetime) -> None:
        """It is what was needed; also where it came by another way than this."""
        before = standing(self, _COLUMNS)
        self.received_at = self.received_at or at
        self.accepted_at, self.accepted_by_id = at, by.id if by else None
        stood = self._nothing_more(at)
        self._record("document.accepted", by, at, before=before, ticket=stood)

    def reject(self, *, by: User, at: datetime, why: str) -> None:
        """It is not what was needed: it is asked for again, and the client reads why."""
        if not why.strip():
            raise ValueError("whoever is asked again must know why")
        before, ticket = standing(self, _COLUMNS), self.ticket
        stood = _work(ticket)
        self.received_at = self.contact_id = self.accepted_at = self.accepted_by_id = None
        self.told_at = self.message_id = self.reminded_at = self.waived_at = None
        self.waived_by_id = None
        self.asked_at, self.times, self.why = at, self.times + 1, why.strip()
        _waits_for_client(ticket, at)
        self._record("document.rejected", by, at, before=before, ticket=stood)

    def waive(self, *, by: User | None, at: datetime, why: str) -> None:
        """It is not needed any more."""
        before = standing(self, _COLUMNS)
        self.waived_at, self.waived_by_id, self.why = at, by.id if by else None, why.strip()
        stood = self._nothing_more(at)
        self._record("document.waived", by, at, before=before, ticket=stood)

    @classmethod
    def all_there(cls, ticket_id: int, *, at: datetime, why: str = "") -> None:
        """The back office says that the file is complete: nothing is asked for any more."""
        for request in cls.of_ticket(ticket_id):
            if request.state is DocumentState.RECEIVED:
                request.accept(by=None, at=at)
            elif request.open:
                request.waive(by=None, at=at, why=why)

    def take_back(self, *, by: User, at: datetime) -> bool:
        """Undo what `by` did with it last; False when it is too late or somebody did more since."""
        one_at_a_time(_ASKED, str(self.ticket_id))
        last = db.session.scalars(self.events.order_by(Event.id.desc()).limit(1)).first()
        if last is None or last.actor_id != by.id or last.kind not in DEEDS:
            return False
        if last.at < at - TIME_TO_UNDO or self.message_id != last.facts.get("message"):
            return False
        _work_returns(self.ticket, last.facts.get("ticket") or {})
        record(
            "document.deed_undone",
            by=by,
            at=at,
            ticket_id=self.ticket_id,
            deed=last.kind,
            request=self.id,
        )
        if last.kind == _CAME and last.facts["again"]:
            db.session.get_one(Contact, last.facts["contact"]).supplied_again = False
        if last.kind == "document.asked":
            db.session.delete(self)
        else:
            put_back(self, last.facts["before"])
        db.session.flush()
        return True

    def was_told(self, message_id: int, at: datetime) -> None:
        """Our letter names it."""
        self.told_at, self.message_id = at, message_id

    # --- within -----------------------------------------------------------------------------

    @property
    def ticket(self) -> Ticket:
        return db.session.get_one(Ticket, self.ticket_id)

    @property
    def events(self) -> Select[Event]:
        mine = Event.facts["request"].as_integer() == self.id
        return Event.of_ticket(self.ticket_id).where(mine).order_by(None)

    def is_for(self, code: str, names: Mapping[str, str]) -> bool:
        """Whether that is this document: by its code, or by its name in any language."""
        if code and code == self.code:
            return True
        return any(_plain(self.names.get(key)) == _plain(name) for key, name in names.items())

    def _nothing_more(self, at: datetime) -> dict[str, Any]:
        """A ticket that waited for documents alone is ours again; how it stood before."""
        ticket = self.ticket
        stood = _work(ticket)
        others = [one for one in self.of_ticket(self.ticket_id) if one.id != self.id]
        waited = ticket.clock_stopped_at in {one.asked_at for one in [self, *others]}
        if ticket.status == Status.WAITING and waited and not any(one.open for one in others):
            ticket.open_again()
            ticket_clock.go_on(ticket, at)
        return stood

    def _record(self, kind: str, by: User | None, at: datetime, **facts: Any) -> None:
        told: dict[str, Any] = {**facts, "request": self.id, "message": self.message_id}
        if "ticket" in told:
            told["ticket"] = {"before": told["ticket"], "after": _work(self.ticket)}
        record(kind, by=by, at=at, ticket_id=self.ticket_id, **told)


def _waits_for_client(ticket: Ticket, at: datetime) -> None:
    """A closed ticket that lacks a document is not over: it waits."""
    if ticket.closed:
        ticket.open_again()
    ticket.wait_for_client(at)


_WORK = ("status", "due_at", "clock_stopped_at", "closed_at", "disposition", "needs_choice")


def _work(ticket: Ticket) -> dict[str, Any]:
    return standing(ticket, _WORK)


def _work_returns(ticket: Ticket, stood: Mapping[str, Any]) -> None:
    """The ticket stands as before, unless somebody has changed where it stands since."""
    if stood and stands(ticket, stood["after"]):
        put_back(ticket, stood["before"])


def _plain(name: Any) -> str:
    return " ".join(str(name or "").casefold().split())


def missing_names(requests: Iterable[DocumentRequest], language: str) -> list[str]:
    """What is still open of these, as the client reads it."""
    return [one.name(language) for one in requests if one.open]
