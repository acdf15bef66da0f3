"""Somebody without an account asks for new links to the pages of their own matters.

The page that takes the wish looks nobody up: a known and an unknown address are the same to it. A
worker answers a wish with one mail an hour at most, and forgets it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import or_, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, db
from models.client import Client, ClientAddress, Level, normal
from models.idempotency import IdempotencyKey
from models.keys import ring
from models.mailbox import Mailbox
from models.message import Kind, Message
from models.ticket import Status, Ticket

AT_ONCE = 50
LATELY = timedelta(days=60)
"""A matter closed longer ago needs no page any more."""
MOST_MATTERS = 10
PAUSE = timedelta(hours=1)


class LinkWish(Base):
    """An address to which links shall go, if it is a client's; gone once a worker has looked."""

    __tablename__ = "link_wish"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str]
    language: Mapped[str]
    at: Mapped[datetime]

    @classmethod
    def make(cls, address: str, language: str, at: datetime, *, surely: bool = False) -> None:
        """`surely`: the links that went lately have just ended, so that no pause holds."""
        made = cls(address=address, language=language, at=at)
        db.session.add(made)
        if surely:
            IdempotencyKey.forget(made._scope)

    @classmethod
    def waiting(cls) -> Sequence[Self]:
        """The oldest wishes, each held by one worker."""
        rows = select(cls).order_by(cls.id).limit(AT_ONCE).with_for_update(skip_locked=True)
        return db.session.scalars(rows).all()

    @property
    def answered_lately(self) -> bool:
        return IdempotencyKey.since(self._scope, self.at - PAUSE)[0] > 0

    def matters(self) -> list[Ticket]:
        """Open and lately closed tickets of who is known by the address, the newest first."""
        known = (
            select(Client.id)
            .join(ClientAddress)
            .where(
                ClientAddress.address == normal(self.address),
                ClientAddress.level != Level.MAYBE.value,
                Client.merged_into_id.is_(None),
            )
        )
        alive = or_(Ticket.status != Status.CLOSED.value, Ticket.closed_at > self.at - LATELY)
        rows = (
            select(Ticket)
            .where(Ticket.client_id.in_(known), Ticket.merged_into_id.is_(None), alive)
            .order_by(Ticket.last_contact_at.desc(), Ticket.id.desc())
            .limit(MOST_MATTERS)
        )
        return list(db.session.scalars(rows))

    def answer(self, subject: str, text: str, *, language: str, domain: str, at: datetime) -> None:
        """Promise the mail with the links."""
        mailbox, cause = Mailbox.first(), f"links {self.id}"
        address = mailbox.address if mailbox is not None else f"contact@{domain}"
        Message(
            kind=Kind.NOTICE.value,
            cause=cause,
            recipient=normal(self.address),
            subject=" ".join(subject.split())[:200],
            text=text,
            language=language,
            message_id=f"<l.{ring().sign('links', cause)}@{domain}>",
            reply_to=address,
            mailbox=mailbox,
            written_at=at,
        ).promise()
        IdempotencyKey.remember(self._scope, str(self.id), "", None)

    @property
    def _scope(self) -> str:
        return f"links:{ring().blind(normal(self.address), 'links').hex()[:40]}"
