"""What other programs are told: one row for each event and address, and one for each try.

A telling is promised in the outbox under its address, so that a worker has one of an address in
hand at a time and a slow one holds up only itself.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import BigInteger, ForeignKey, Index, Select, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models import outbox
from models.base import Base, SafeJSON, db
from models.outbox import Claim, Job, later
from models.webhook import MOST_FAILURES, SwitchedOff, Webhook

GIVEN_UP_AFTER = timedelta(hours=24)
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)
FIRST_HOLD = timedelta(seconds=10)
LONGEST_HOLD = timedelta(minutes=5)
"""After a failure the whole address is left alone for a moment, doubled with each further one."""
KEPT = timedelta(days=30)
GONE = 410
"""The answer of a receiver that wants nothing any more."""


class DeliveryState(StrEnum):
    """What became of one telling."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"
    """Tried for a day in vain, or its receiver was switched off; it can be sent again by hand."""


class WebhookDelivery(Base):
    """One event for one address."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (Index("ix_webhook_delivery_log", "webhook_id", "created_at"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    uuid: Mapped[str] = mapped_column(unique=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id"))
    event: Mapped[str]
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    body: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    """Until it is first told only what it is about; from then on exactly what is sent."""
    written_at: Mapped[datetime | None]
    test: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default=DeliveryState.WAITING.value)
    tries: Mapped[int] = mapped_column(default=0)
    replays: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    until: Mapped[datetime]
    """When it is given up."""
    next_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    webhook: Mapped[Webhook] = relationship()

    # --- promised ---------------------------------------------------------------------------

    @classmethod
    def promise(
        cls,
        webhook_id: int,
        event: str,
        about: dict[str, Any],
        at: datetime,
        *,
        ticket_id: int | None = None,
        test: bool = False,
        name: str = "",
    ) -> Self:
        """Tell an address of an event, from the transaction of the caller on."""
        made = cls(
            uuid=name or str(uuid.uuid4()),
            webhook_id=webhook_id,
            event=event,
            ticket_id=ticket_id,
            body=about,
            test=test,
            created_at=at,
            until=at + GIVEN_UP_AFTER,
        )
        db.session.add(made)
        with db.session.no_autoflush:
            later(Job.WEBHOOK, webhook_id, cause=made.uuid)
        return made

    def send_again(self, at: datetime) -> None:
        """By hand: the same telling under the same name, for another day."""
        self.replays += 1
        self.state, self.tries = DeliveryState.WAITING.value, 0
        self.until, self.next_at, self.ended_at = at + GIVEN_UP_AFTER, None, None
        later(Job.WEBHOOK, self.webhook_id, cause=f"{self.uuid} {self.replays}")

    # --- kept -------------------------------------------------------------------------------

    @classmethod
    def of_claim(cls, claimed: Claim) -> Self | None:
        return db.session.scalar(
            select(cls)
            .where(cls.uuid == claimed.cause.split(" ")[0])
            .with_for_update(of=cls)
            .execution_options(populate_existing=True)
        )

    def delivered(self, at: datetime) -> None:
        self.tries += 1
        self.state, self.ended_at, self.next_at = DeliveryState.DELIVERED.value, at, None

    def failed(self, at: datetime) -> timedelta | None:
        """How long to wait for the next try; None when this was the last."""
        self.tries += 1
        pause: timedelta = min(FIRST_PAUSE * 2 ** min(self.tries - 1, 20), LONGEST_PAUSE)
        if at + pause > self.until or self.test:
            self.die(at)
            return None
        self.next_at = at + pause
        return pause

    def die(self, at: datetime) -> None:
        self.state, self.ended_at, self.next_at = DeliveryState.DEAD.value, at, None

    # --- seen -------------------------------------------------------------------------------

    @property
    def open(self) -> bool:
        """Whether it is still to be told: a trial also to an address that is switched off."""
        told = self.webhook.told or (self.test and self.webhook.archived_at is None)
        return self.state == DeliveryState.WAITING and told

    @classmethod
    def log_of(cls, webhook_id: int, state: str = "") -> Select[Self]:
        """The latest first."""
        rows = select(cls).where(cls.webhook_id == webhook_id)
        if state:
            rows = rows.where(cls.state == state)
        return rows.order_by(cls.created_at.desc(), cls.id.desc())

    @classmethod
    def counts(cls, since: datetime) -> dict[int, dict[str, int]]:
        """By address and state, how much was told since then; what waits counts however old."""
        waiting = cls.state == DeliveryState.WAITING.value
        rows = db.session.execute(
            select(cls.webhook_id, cls.state, func.count())
            .where((cls.created_at >= since) | waiting)
            .group_by(cls.webhook_id, cls.state)
        )
        found: dict[int, dict[str, int]] = {}
        for webhook_id, state, count in rows:
            found.setdefault(webhook_id, {})[state] = count
        return found

    @classmethod
    def named(cls, delivery_id: int) -> Self | None:
        return db.session.get(cls, delivery_id)

    @classmethod
    def sweep(cls, at: datetime) -> None:
        """What has ended long ago is not kept."""
        db.session.execute(delete(cls).where(cls.ended_at < at - KEPT))

    @property
    def tried(self) -> Sequence["WebhookTry"]:
        rows = select(WebhookTry).where(WebhookTry.delivery_id == self.id)
        return db.session.scalars(rows.order_by(WebhookTry.id)).all()


class WebhookTry(Base):
    """One knock at the door."""

    __tablename__ = "webhook_try"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    delivery_id: Mapped[int] = mapped_column(
        ForeignKey("webhook_delivery.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]
    status: Mapped[int | None]
    milliseconds: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
    """A word of ours, never what the receiver said."""

    @classmethod
    def last_failed(cls, webhook_id: int) -> Self | None:
        """The latest try at an address that came to nothing."""
        return db.session.scalar(
            select(cls)
            .join(WebhookDelivery, WebhookDelivery.id == cls.delivery_id)
            .where(WebhookDelivery.webhook_id == webhook_id, cls.error != "")
            .order_by(cls.id.desc())
            .limit(1)
        )


def settle(
    claimed: Claim,
    owner: str,
    *,
    status: int | None,
    error: str,
    milliseconds: int,
    at: datetime,
) -> Webhook | None:
    """Keep what a try came to; returns the address when this failure switched it off.

    Raises `outbox.LeaseLost` when the promise is no longer this worker's.
    """
    delivery = WebhookDelivery.of_claim(claimed)
    if delivery is None or delivery.state != DeliveryState.WAITING:
        outbox.finish(claimed, owner)
        return None
    db.session.add(
        WebhookTry(
            delivery_id=delivery.id, at=at, status=status, milliseconds=milliseconds, error=error
        )
    )
    webhook = Webhook.held(delivery.webhook_id)
    assert webhook is not None
    if not error:
        webhook.failures = 0
        delivery.delivered(at)
        outbox.finish(claimed, owner)
        return None
    gone = status == GONE
    if gone:
        delivery.die(at)
    pause = None if gone else delivery.failed(at)
    if pause is None:
        outbox.finish(claimed, owner)
    else:
        outbox.put_off(claimed, owner, error, pause)
    if delivery.test or not webhook.told:  # a try by hand proves nothing of the others
        return None
    webhook.failures += 1
    if gone or webhook.failures >= MOST_FAILURES:
        switch_off(webhook, SwitchedOff.GONE if gone else SwitchedOff.FAILED, at)
        return webhook
    hold = min(FIRST_HOLD * 2 ** (webhook.failures - 1), LONGEST_HOLD)
    outbox.hold(Job.WEBHOOK, hold, ref_id=webhook.id)
    return None


def switch_off(webhook: Webhook, why: SwitchedOff, at: datetime) -> None:
    """Told nothing any more; what waits for it is dead, and can be sent again by hand."""
    webhook.disabled_at, webhook.disabled_why = at, why.value
    bury_waiting(webhook, at)


def bury_waiting(webhook: Webhook, at: datetime) -> None:
    db.session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.webhook_id == webhook.id,
            WebhookDelivery.state == DeliveryState.WAITING.value,
        )
        .values(state=DeliveryState.DEAD.value, ended_at=at, next_at=None)
    )
