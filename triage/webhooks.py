"""Couriers: they tell other programs what was promised to them, each receiver one thing at a time.

They work beside the clock and not among the workers, so that a slow receiver holds up no mail.
"""

import json
import logging
import os
import secrets
import socket
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Event

from flask import Flask
from flask_babel import force_locale
from sqlalchemy.exc import SQLAlchemyError

from models import outbox, webhook_telling
from models.base import db, now, transaction
from models.event import record
from models.house_mail import address_of, write_to_house
from models.outbox import Claim, Job
from models.user import User
from models.webhook import Webhook
from models.webhook_delivery import DeliveryState, WebhookDelivery, WebhookTry, settle
from triage import mail_texts, routing
from triage.config import Settings
from triage.webhook_labels import try_words
from triage.webhooks_address import Allowed
from triage.webhooks_request import Answer, headers_for, post

log = logging.getLogger("triage.webhooks")

COURIERS = 8
LEASE = timedelta(seconds=60)
LOOKED_AGAIN = timedelta(seconds=15)
"""So long until what the classifier has not read yet is looked at again."""
PAUSE = 0.5


@dataclass(frozen=True)
class Letter:
    """What goes where."""

    url: str
    body: bytes
    headers: dict[str, str]


def allowed(settings: Settings) -> Allowed:
    """Whereto webhooks of this installation may lead."""
    return Allowed(
        hosts=settings.webhook_hosts,
        inside=settings.webhook_inside,
        loopback=bool(settings.webhook_loopback) and not settings.in_production,
    )


def carry(app: Flask, settings: Settings, stop: Event) -> None:
    """Tell until `stop`; what is on its way then comes to its end."""
    owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
    on_the_way: set[Future[None]] = set()
    with ThreadPoolExecutor(COURIERS, thread_name_prefix="courier") as couriers:
        while not stop.is_set():
            on_the_way = {one for one in on_the_way if not one.done()}
            claims = claim(app, owner, COURIERS - len(on_the_way))
            for claimed in claims:
                on_the_way.add(couriers.submit(carry_one, app, claimed, owner, settings))
            if not claims:
                stop.wait(PAUSE)


def claim(app: Flask, owner: str, free: int) -> list[Claim]:
    """What free couriers may take up: of each receiver one thing, unless all is held back."""
    if free <= 0:
        return []
    with app.app_context():
        try:
            with transaction():
                return outbox.claim(Job.WEBHOOK, owner, free, LEASE, one_each=True)
        except SQLAlchemyError as trouble:
            log.warning("the database does not answer: %s", type(trouble).__name__)
            return []


def tell_waiting(app: Flask, settings: Settings) -> int:
    """Tell once whatever can be told now, one after the other; returns how many tries that were."""
    owner, tries = secrets.token_hex(4), 0
    while claims := claim(app, owner, COURIERS):
        for claimed in claims:
            carry_one(app, claimed, owner, settings)
        tries += len(claims)
    return tries


def carry_one(app: Flask, claimed: Claim, owner: str, settings: Settings) -> None:
    """One try: what it says is kept first, what came of it afterwards."""
    with app.app_context():
        try:
            with transaction():
                letter = prepare(claimed, owner)
            if letter is not None:
                db.session.remove()  # no connection waits for a receiver
                answer = post(letter.url, letter.body, letter.headers, allowed(settings))
                with transaction():
                    keep(claimed, owner, answer)
        except outbox.LeaseLost:
            return
        except Exception:
            log.exception("what is told to webhook %s could not be kept", claimed.ref_id)


def prepare(claimed: Claim, owner: str) -> Letter | None:
    """The letter of a promise; None when there is nothing to tell, or not yet."""
    at = now()
    delivery = WebhookDelivery.of_claim(claimed)
    if delivery is None or not delivery.open:
        if delivery is not None and delivery.state == DeliveryState.WAITING:
            delivery.die(at)  # promised in the very moment in which it was switched off
        outbox.finish(claimed, owner)
        return None
    webhook = delivery.webhook
    if webhook_telling.unready(delivery, at):
        outbox.put_off(claimed, owner, "", LOOKED_AGAIN)
        return None
    told = webhook_telling.write(delivery, at, routing.masked)
    # In the order of the alphabet: kept as JSON it has no other, and each try sends the same bytes.
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    headers = headers_for(
        delivery.event, delivery.uuid, body, webhook.signing_secrets(at), int(time.time())
    )
    return Letter(webhook.url, body, headers)


def keep(claimed: Claim, owner: str, answer: Answer) -> None:
    at = now()
    off = settle(
        claimed,
        owner,
        status=answer.status,
        error=answer.error,
        milliseconds=answer.milliseconds,
        at=at,
    )
    if off is not None:
        record("webhook.failed", at=at, webhook=off.id, failures=off.failures, why=off.disabled_why)


def warn_waiting(settings: Settings) -> None:
    """Tell the administrators, once each, of what was switched off by its failures."""
    with transaction():
        for webhook in Webhook.switched_off_by_failure():
            for person in db.session.scalars(User.administrators()):
                warn(webhook, person, settings)


def warn(webhook: Webhook, person: User, settings: Settings) -> None:
    assert webhook.disabled_at is not None
    with force_locale(person.language):
        why = try_words(WebhookTry.last_failed(webhook.id))
    words = mail_texts.written(
        "webhook_off",
        person.language,
        why=why,
        webhook=webhook.name,
        failures=webhook.failures,
        address=f"{settings.base_url}/admin/webhooks/{webhook.id}",
        house=settings.triage_name,
    )
    write_to_house(
        address_of(person, settings.mail_domain),
        words.subject,
        words.text,
        cause=f"webhook {webhook.id} off {webhook.disabled_at:%Y-%m-%dT%H:%M:%S} {person.id}",
        language=person.language,
        domain=settings.mail_domain,
        at=now(),
    )
