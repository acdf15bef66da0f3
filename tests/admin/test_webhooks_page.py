"""Webhooks on their page: added, tried, switched off, told again, archived."""

import pytest

from models.base import db, now, transaction
from models.event import Event
from models.webhook import Webhook
from models.webhook_delivery import DeliveryState, WebhookDelivery
from tests.people import Browser

FORM = {
    "name": "Dossiers",
    "url": "https://hooks.example.be/in",
    "event": ["ticket.closed", "call.missed"],
}


@pytest.fixture
def page(client: Browser, ada) -> Browser:
    client.sign_in(ada)
    return client


@pytest.fixture
def webhook(page) -> Webhook:
    assert page.post("/admin/webhooks", data=FORM).status_code == 200
    return db.session.query(Webhook).one()


def here(webhook: Webhook, deed: str = "") -> str:
    return f"/admin/webhooks/{webhook.id}{deed}"


def test_an_address_is_added_and_its_secret_shown_once(page):
    assert "No program is told" in page.get("/admin/webhooks").text
    answer = page.post("/admin/webhooks", data=FORM).text
    made = db.session.query(Webhook).one()
    secret = made.signing_secrets(now())[0].decode()
    assert secret in answer
    assert secret not in page.get(here(made)).text
    assert (made.events, made.with_text) == (["ticket.closed", "call.missed"], False)
    told = db.session.query(Event).filter(Event.kind == "webhook.added").one()
    assert secret not in str(told.facts)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"name": " "}, "Give a name"),
        ({"event": []}, "Choose what it is told of"),
        ({"url": "http://hooks.example.be/"}, "must begin with https"),
        ({"url": "https://127.0.0.1/"}, "not a number"),
        ({"url": "https://me:secret@example.be/"}, "No name or password"),
        ({"url": "https://example.be:8443/"}, "port 443"),
        ({"url": "nonsense"}, "must begin with https"),
    ],
)
def test_what_cannot_be_called_is_refused_and_what_was_typed_stays(page, said, words):
    answer = page.post("/admin/webhooks", data=FORM | said)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="call.missed"' in answer.text
    assert db.session.query(Webhook).count() == 0


def test_it_is_changed(page, webhook):
    page.post(here(webhook), data=FORM | {"event": "problem.opened", "with_text": "1"})
    db.session.expire_all()
    assert (webhook.events, webhook.with_text) == (["problem.opened"], True)


def test_a_trial_shows_in_the_log(page, webhook):
    page.post(here(webhook, "/trial"))
    assert "ping" in page.get(here(webhook)).text


def test_it_is_switched_off_and_on_again(page, webhook):
    answer = page.post(here(webhook, "/off"))
    assert "is switched off" in page.get(answer.location).text
    db.session.expire_all()
    assert not webhook.told
    page.post(here(webhook, "/on"))
    db.session.expire_all()
    assert webhook.told


def test_it_is_archived_and_brought_back(page, webhook):
    answer = page.post(here(webhook, "/archive"))
    assert "is archived" in page.get(answer.location).text
    assert page.get(here(webhook)).status_code == 404
    page.post(here(webhook, "/archive/undo"))
    assert page.get(here(webhook)).status_code == 200


def test_what_found_nobody_is_told_again(page, webhook):
    with transaction():
        made = [WebhookDelivery.promise(webhook.id, "call.missed", {}, now()) for _ in range(3)]
        for one in made:
            one.die(now())
    page.post(f"/admin/webhooks/deliveries/{made[0].id}/again")
    db.session.expire_all()
    assert [one.state == DeliveryState.WAITING for one in made] == [True, False, False]
    page.post(here(webhook, "/dead"))
    db.session.expire_all()
    assert [one.state == DeliveryState.WAITING for one in made] == [True, True, True]


def test_a_new_secret_is_shown_and_the_old_one_signs_a_while(page, webhook):
    before = webhook.signing_secrets(now())
    answer = page.post(here(webhook, "/secret")).text
    db.session.expire_all()
    new, old = webhook.signing_secrets(now())
    assert new.decode() in answer
    assert [old] == before
    assert "signs too until" in answer


def test_nobody_else_comes_near(client, koen, webhook):
    client.sign_in(koen)
    for where in ("/admin/webhooks", here(webhook)):
        assert client.get(where).status_code == 403
