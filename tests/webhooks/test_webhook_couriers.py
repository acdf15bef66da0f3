"""What is promised to another program arrives: signed, once each, again after a failure."""

import dataclasses
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
import time_machine

from models import holding, outbox, webhook_deeds
from models.base import db, now, transaction
from models.holding import Cause
from models.house_mail import of_causes
from models.outbox import Job
from models.webhook import MOST_FAILURES, PublicEvent, SwitchedOff, Webhook
from models.webhook_delivery import DeliveryState, WebhookDelivery
from triage import webhooks
from triage.application import Passerelle

MINUTE = timedelta(minutes=1)


@pytest.fixture
def trial(app: Passerelle) -> object:
    """The settings, with this machine as a receiver."""
    return dataclasses.replace(app.extensions["settings"], webhook_loopback=1)


@pytest.fixture
def hook(ada, receiver) -> tuple[Webhook, str]:
    """An address that is told of closed tickets, and its secret."""
    with transaction():
        return webhook_deeds.add(
            "Dossiers", receiver.url, [PublicEvent.TICKET_CLOSED], with_text=False, by=ada, at=now()
        )


def promise(webhook: Webhook) -> WebhookDelivery:
    with transaction():
        return WebhookDelivery.promise(webhook.id, "ticket.closed", {}, now())


def test_a_telling_arrives_signed_with_the_secret_of_its_address(app, trial, hook, receiver):
    webhook, secret = hook
    made = promise(webhook)
    assert webhooks.tell_waiting(app, trial) == 1
    heard = receiver.heard[0]
    signed = hmac.new(secret.encode(), heard["body"], hashlib.sha256).hexdigest()
    assert heard["headers"]["X-Hub-Signature-256"] == f"sha256={signed}"
    assert heard["headers"]["X-Triage-Event"] == "ticket.closed"
    assert heard["headers"]["X-Triage-Delivery"] == made.uuid
    assert json.loads(heard["body"])["delivery"] == made.uuid
    db.session.expire_all()
    assert (made.state, made.tries) == (DeliveryState.DELIVERED, 1)
    assert [one.status for one in made.tried] == [204]
    assert webhooks.tell_waiting(app, trial) == 0


def test_after_a_failure_the_same_is_told_under_the_same_name(app, trial, hook, receiver):
    receiver.status = 503
    made = promise(hook[0])
    webhooks.tell_waiting(app, trial)
    receiver.status = 200
    assert webhooks.tell_waiting(app, trial) == 0  # not before its pause is over
    with transaction():
        outbox.hurry(Job.WEBHOOK, hook[0].id)
    webhooks.tell_waiting(app, trial)
    first, second = receiver.heard
    assert first["body"] == second["body"]
    assert first["headers"]["X-Triage-Delivery"] == second["headers"]["X-Triage-Delivery"]
    db.session.expire_all()
    assert made.state == DeliveryState.DELIVERED
    assert [(one.status, one.error) for one in made.tried] == [(503, "answer"), (200, "")]
    assert hook[0].failures == 0


def test_pauses_grow_from_a_minute_to_six_hours_and_end_after_a_day(hook):
    made = promise(hook[0])
    at, pauses = made.created_at, []
    while (pause := made.failed(at)) is not None:
        pauses.append(pause / MINUTE)
        at += pause
    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses[-1] == 360
    assert made.state == DeliveryState.DEAD
    assert at - made.created_at < timedelta(hours=24)


def test_while_one_fails_the_others_of_the_address_wait(app, trial, hook, receiver):
    receiver.status = 500
    promise(hook[0])
    promise(hook[0])
    assert webhooks.tell_waiting(app, trial) == 1
    assert len(receiver.heard) == 1


def test_too_many_failures_in_a_row_switch_it_off_and_the_administrators_hear(
    app, trial, hook, receiver, ada, house
):
    receiver.status = 500
    webhook = hook[0]
    waiting = promise(webhook)
    with transaction():
        webhook.failures = MOST_FAILURES - 1
    webhooks.tell_waiting(app, trial)
    db.session.expire_all()
    assert (webhook.told, webhook.disabled_why) == (False, SwitchedOff.FAILED)
    assert waiting.state == DeliveryState.DEAD
    webhooks.warn_waiting(trial)
    webhooks.warn_waiting(trial)
    [mail] = of_causes(f"webhook {webhook.id} off")
    assert "Dossiers" in mail.subject
    assert f"/admin/webhooks/{webhook.id}" in mail.text


def test_a_receiver_that_says_it_is_gone_is_told_nothing_more_and_its_owner_hears_why(
    app, trial, hook, receiver, ada, house
):
    receiver.status = 410
    webhook = hook[0]
    told, waiting = promise(webhook), promise(webhook)
    webhooks.tell_waiting(app, trial)
    assert len(receiver.heard) == 1
    db.session.expire_all()
    assert (webhook.told, webhook.disabled_why) == (False, SwitchedOff.GONE)
    assert (told.state, waiting.state) == (DeliveryState.DEAD, DeliveryState.DEAD)
    webhooks.warn_waiting(trial)
    [mail] = of_causes(f"webhook {webhook.id} off")
    assert "410" in mail.text


@pytest.mark.parametrize("trouble", ["hangs_up", "location"])
def test_what_a_receiver_dropped_or_sent_elsewhere_comes_again(app, trial, hook, receiver, trouble):
    made = promise(hook[0])
    receiver.status = 302 if trouble == "location" else 204
    setattr(receiver, trouble, receiver.url if trouble == "location" else True)
    webhooks.tell_waiting(app, trial)
    receiver.status, receiver.location, receiver.hangs_up = 204, "", False
    with transaction():
        outbox.hurry(Job.WEBHOOK, hook[0].id)
    webhooks.tell_waiting(app, trial)
    db.session.expire_all()
    assert made.state == DeliveryState.DELIVERED
    assert len({one["headers"]["X-Triage-Delivery"] for one in receiver.heard}) == 1


def test_while_nothing_fails_an_address_hears_in_the_order_of_what_happened(
    app, trial, hook, receiver
):
    made = [promise(hook[0]).uuid for _ in range(5)]
    webhooks.tell_waiting(app, trial)
    assert [one["headers"]["X-Triage-Delivery"] for one in receiver.heard] == made


def test_what_was_dead_is_sent_again_by_hand_under_its_name(app, trial, hook, receiver, ada):
    receiver.status = 500
    made = promise(hook[0])
    webhooks.tell_waiting(app, trial)
    with transaction():
        made.die(now())
        webhook_deeds.send_again(made, by=ada, at=now())
    receiver.status = 200
    assert webhooks.tell_waiting(app, trial) == 1
    assert [one["headers"]["X-Triage-Delivery"] for one in receiver.heard] == [made.uuid] * 2
    db.session.expire_all()
    assert made.state == DeliveryState.DELIVERED


def test_a_receiver_has_one_thing_at_a_time_and_holds_up_no_other(app, ada, hook, receiver):
    with transaction():
        other, _ = webhook_deeds.add("Other", receiver.url, [], with_text=False, by=ada, at=now())
    first = [promise(hook[0]) for _ in range(3)][0]
    beside = promise(other)
    claims = webhooks.claim(app, "one", 8)
    assert [one.cause for one in claims] == [first.uuid, beside.uuid]
    assert webhooks.claim(app, "two", 8) == []


def test_nothing_is_told_while_the_house_holds_everything_back(app, trial, hook, receiver):
    promise(hook[0])
    with transaction():
        holding.hold(Cause.ASKED, now())
    assert webhooks.tell_waiting(app, trial) == 0
    assert receiver.heard == []


def test_a_trial_reaches_an_address_that_is_switched_off_and_is_tried_once(
    app, trial, hook, receiver, ada
):
    receiver.status = 500
    with transaction():
        webhook_deeds.switch_off(hook[0], by=ada, at=now())
        made = webhook_deeds.test(hook[0], by=ada, at=now())
    assert webhooks.tell_waiting(app, trial) == 1
    assert json.loads(receiver.heard[0]["body"])["event"] == "ping"
    db.session.expire_all()
    assert (made.state, hook[0].failures) == (DeliveryState.DEAD, 0)


def test_outside_a_trial_this_machine_is_never_called(app, settings, hook, receiver):
    made = promise(hook[0])
    webhooks.tell_waiting(app, settings)
    db.session.expire_all()
    assert receiver.heard == []
    assert [one.error for one in made.tried] == ["refused_scheme"]


def test_a_new_secret_leaves_the_old_one_a_day(hook, ada):
    webhook, old = hook
    at = now()
    with transaction():
        new = webhook_deeds.renew_secret(webhook, by=ada, at=at)
    assert webhook.signing_secrets(at) == [new.encode(), old.encode()]
    assert webhook.signing_secrets(at + timedelta(hours=25)) == [new.encode()]
    assert old.encode() not in webhook.sealed_secret


def test_what_ended_a_month_ago_is_forgotten(app, trial, hook, receiver):
    promise(hook[0])
    webhooks.tell_waiting(app, trial)
    with time_machine.travel(now() + timedelta(days=31), tick=False), transaction():
        WebhookDelivery.sweep(now())
    assert db.session.query(WebhookDelivery).count() == 0
