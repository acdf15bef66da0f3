"""Did it help? The client's link: one answer for a day, words never lost, no forged one."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from models.base import db, now, transaction
from models.calendar import business_day
from models.call_round import CallRound, Helped
from models.call_round_helped import answer_of, token_of
from models.contact import Contact
from models.placing import place, unplace
from models.problem import Problem
from tests.people import amelie, joris
from triage import background

CHANGED = {"fr": "Le formulaire accepte maintenant votre numéro.", "nl": "Het formulier werkt."}


@pytest.fixture
def said(house):
    return {who.name: house.write(who, "Rien reçu.", "Mai") for who in (amelie, joris)}


@pytest.fixture
def call_round(house, said):
    with transaction():
        problem = Problem(first_seen_at=now(), last_seen_at=now(), founded_on=business_day(now()))
        db.session.add(problem)
        db.session.flush()
        for contact in said.values():
            unplace(contact.id, now())
            place(contact.id, problem, score=0.9, reason={}, at=now())
        return CallRound.begin(problem, "Mai", {}, {"changed": CHANGED}, by=house.koen, at=now())


@pytest.fixture
def link(call_round, said):
    return f"/helped/{token_of(call_round.id, said[amelie.name].client_id, now())}"


def test_it_shows_what_was_changed_in_the_clients_language_and_nothing_of_the_client(client, link):
    page = client.get(link)
    assert CHANGED["fr"] in page.text
    assert amelie.name not in page.text and amelie.email not in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert CHANGED["nl"] in client.get(f"{link}?lang=nl").text


@pytest.mark.parametrize("answer", ["yes", "partly", "no"])
def test_one_click_is_enough(client, link, call_round, said, answer):
    page = client.post(link, data={"answer": answer}, follow_redirects=True)
    assert page.status_code == 200
    kept = answer_of(call_round, said[amelie.name].client_id)
    assert (kept.answer, kept.how, kept.intake_id) == (answer, "link", None)


def test_the_words_are_a_contact_of_the_clients_ticket(client, link, said, house, settings):
    client.post(link, data={"answer": "no", "words": "Toujours bloqué."})
    client.post(link, data={"answer": "no", "words": "Toujours bloqué."})
    background.keep_promises(settings, 50)
    words = select(Contact).where(Contact.new_text == "Toujours bloqué.")
    (contact,) = db.session.scalars(words)
    assert contact.ticket_id == said[amelie.name].ticket_id
    assert contact.client_id == said[amelie.name].client_id


def test_it_can_be_changed_for_a_day_and_the_words_are_kept_afterwards(
    client, link, call_round, said
):
    client.post(link, data={"answer": "no"})
    client.post(link, data={"answer": "yes"})
    kept = answer_of(call_round, said[amelie.name].client_id)
    assert kept.answer == "yes"
    with transaction():
        kept.at = now() - timedelta(hours=25)
    assert client.post(link, data={"answer": "no", "words": "Encore."}).status_code == 303
    db.session.expire_all()
    assert kept.answer == "yes"
    assert db.session.scalars(select(Helped)).one().id == kept.id
    page = client.get(link).text
    assert "Vous avez déjà répondu" in page or "answered already" in page


def test_without_a_choice_nothing_is_lost(client, link):
    page = client.post(link, data={"words": "Toujours bloqué."})
    assert page.status_code == 422
    assert "Toujours bloqué." in page.text


def test_wrong_links_look_alike(client, link, call_round, said):
    other = token_of(call_round.id, said[joris.name].client_id, now())
    forged = link.rpartition("-")[0] + "-" + other.rpartition("-")[2]
    ended = (
        f"/helped/{token_of(call_round.id, said[joris.name].client_id, now() - timedelta(days=62))}"
    )
    pages = [client.get(one) for one in (forged, ended, "/helped/1-1-1-x", "/helped/x")]
    assert {page.status_code for page in pages} == {404}
    assert len({re.sub(r'value="[^"]+"|/helped/[^"?]+', "", page.text) for page in pages}) == 1
    assert client.post(forged, data={"answer": "no"}).status_code == 404
    assert db.session.scalar(select(Helped)) is None
