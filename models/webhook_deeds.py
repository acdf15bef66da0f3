"""What an administrator does with webhooks: each deed leaves an event, and can be undone."""

from collections.abc import Collection
from datetime import datetime

from models import webhook_telling
from models.base import db
from models.event import record
from models.user import User
from models.webhook import LONGEST_NAME, PublicEvent, SwitchedOff, Webhook
from models.webhook_delivery import DeliveryState, WebhookDelivery, bury_waiting
from models.webhook_delivery import switch_off as _switch_off


def add(
    name: str,
    url: str,
    events: Collection[PublicEvent],
    *,
    with_text: bool,
    by: User,
    at: datetime,
) -> tuple[Webhook, str]:
    """A new address, told from now on; and its secret, to be shown once.

    Whether the address may be called is for the caller to ask first.
    """
    made = Webhook(
        name=_plain(name),
        url=url,
        sealed_secret=b"",
        events=_in_order(events),
        with_text=with_text,
        created_by_id=by.id,
        created_at=at,
    )
    db.session.add(made)
    db.session.flush()
    secret = made.renew_secret()
    record("webhook.added", by=by, at=at, **made.facts())
    return made, secret


def change(
    webhook: Webhook,
    name: str,
    url: str,
    events: Collection[PublicEvent],
    *,
    with_text: bool,
    by: User,
    at: datetime,
) -> None:
    before = webhook.facts()
    webhook.name, webhook.url = _plain(name), url
    webhook.events, webhook.with_text = _in_order(events), with_text
    record(
        "webhook.changed", by=by, at=at, webhook=webhook.id, before=before, after=webhook.facts()
    )


def renew_secret(webhook: Webhook, *, by: User, at: datetime) -> str:
    """A new secret, to be shown once; for a day the present one signs too."""
    secret = webhook.renew_secret(at)
    record("webhook.secret_renewed", by=by, at=at, webhook=webhook.id)
    return secret


def switch_off(webhook: Webhook, *, by: User, at: datetime) -> None:
    """Told nothing any more; what waited can be sent again by hand."""
    if webhook.disabled_at is None:
        _switch_off(webhook, SwitchedOff.BY_HAND, at)
        record("webhook.switched_off", by=by, at=at, webhook=webhook.id)


def switch_on(webhook: Webhook, *, by: User, at: datetime) -> None:
    """Told again of what happens from now on; its failures are forgotten."""
    if webhook.disabled_at is not None:
        webhook.disabled_at, webhook.disabled_why, webhook.failures = None, "", 0
        record("webhook.switched_on", by=by, at=at, webhook=webhook.id)


def archive(webhook: Webhook, *, by: User, at: datetime) -> None:
    if webhook.archived_at is None:
        webhook.archived_at = at
        bury_waiting(webhook, at)
        record("webhook.archived", by=by, at=at, webhook=webhook.id)


def restore(webhook: Webhook, *, by: User, at: datetime) -> None:
    if webhook.archived_at is not None:
        webhook.archived_at = None
        record("webhook.restored", by=by, at=at, webhook=webhook.id)


def test(webhook: Webhook, *, by: User, at: datetime) -> WebhookDelivery:
    """Send a telling of nothing, also to an address that is switched off."""
    record("webhook.tested", by=by, at=at, webhook=webhook.id)
    return webhook_telling.ping(webhook, at)


def send_again(delivery: WebhookDelivery, *, by: User, at: datetime) -> bool:
    """One that has ended, whatever came of it; False where it still waits or may not be sent."""
    if delivery.state == DeliveryState.WAITING or not delivery.webhook.told:
        return False
    delivery.send_again(at)
    record("webhook.sent_again", by=by, at=at, webhook=delivery.webhook_id, delivery=delivery.id)
    return True


def send_dead_again(webhook: Webhook, since: datetime, *, by: User, at: datetime) -> int:
    """All that found nobody since then; returns how many."""
    dead = WebhookDelivery.log_of(webhook.id, DeliveryState.DEAD).where(
        WebhookDelivery.created_at >= since, ~WebhookDelivery.test
    )
    found = db.session.scalars(dead.order_by(None).order_by(WebhookDelivery.id)).all()
    return sum(send_again(one, by=by, at=at) for one in found)


def _plain(name: str) -> str:
    return " ".join(name.split())[:LONGEST_NAME]


def _in_order(events: Collection[PublicEvent]) -> list[str]:
    return [event.value for event in PublicEvent if event in events]
