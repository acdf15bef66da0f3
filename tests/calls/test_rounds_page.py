"""Rounds on their pages: begun, followed while calling, closed, told, and who may do what."""

import pytest
from sqlalchemy import select

from models.base import db, now, transaction
from models.call_round import CallRound, Helped
from models.call_round_helped import HelpedAnswer, say
from models.callback import Callback, CallbackState, Outcome
from models.mailing import Mailing
from tests.models.test_call_round import contacts, let_down, problem  # noqa: F401
from tests.people import amelie, emily, frieda, joris

FORM = {
    "name": "Mai",
    "scripts-fr": "Nous vous avons mal répondu.",
    "changed-fr": "Le formulaire accepte maintenant votre numéro.",
    "changed-nl": "Het formulier aanvaardt uw nummer.",
    "ground": ["complaint", "dissatisfied", "misinformed"],
}


@pytest.fixture
def begun(client, koen, let_down):  # noqa: F811
    client.sign_in(koen)
    answer = client.post(f"/calls/rounds/problems/{let_down.number}", data=FORM)
    assert answer.status_code == 303
    return db.session.scalars(select(CallRound)).one()


def call_of(who):
    db.session.expire_all()
    return next(one for one in db.session.scalars(select(Callback)) if one.client.name == who.name)


def test_it_counts_by_ground_before_anything_is_asked(client, koen, let_down):  # noqa: F811
    client.sign_in(koen)
    page = client.get(f"/calls/rounds/problems/{let_down.number}").text
    assert "3 clients will be called" in page and emily.name not in page
    page = client.get(f"/calls/rounds/problems/{let_down.number}?ground=hit&ground=complaint").text
    assert emily.name in page
    assert db.session.scalar(select(Callback)) is None


def test_an_agent_sees_a_round_and_begins_none(client, nadia, begun, let_down):  # noqa: F811
    client.sign_in(nadia)
    assert client.get(f"/calls/rounds/{begun.id}").status_code == 200
    assert client.get("/calls/rounds").status_code == 200
    assert client.get(f"/calls/rounds/problems/{let_down.number}").status_code == 403
    assert client.post(f"/calls/rounds/{begun.id}/closure").status_code == 403


def test_the_script_is_read_while_calling_and_what_was_said_is_kept(client, nadia, begun):
    client.sign_in(nadia)
    call = call_of(amelie)
    page = client.get(f"/calls/callbacks/{call.id}?talk=1").text
    assert FORM["scripts-fr"] in page and FORM["changed-fr"] in page
    assert "Did what we changed help?" in page
    card = client.get(f"/calls/new?client={call.client_id}").text
    assert FORM["scripts-fr"] in card
    said = {"outcome": "partly_satisfied", "note": "Contente, mais attend.", "helped": "partly"}
    client.post(f"/calls/callbacks/{call.id}/conversation", data=said)
    kept = db.session.scalars(select(Helped)).one()
    assert (kept.answer, kept.how, kept.callback_id) == ("partly", "call", call.id)
    assert call_of(amelie).outcome == Outcome.PARTLY_SATISFIED
    client.post(f"/calls/callbacks/{call.id}/deed/withdrawal")
    assert db.session.scalar(select(Helped)) is None
    assert call_of(amelie).state == CallbackState.OPEN


def test_asking_and_closing_are_undone(client, begun):
    address = f"/calls/rounds/{begun.id}"
    assert "3 calls are asked for." in client.get(address).text
    page = client.post(f"{address}/closure", follow_redirects=True).text
    assert "The round is closed." in page
    assert call_of(joris).state == CallbackState.CANCELLED
    client.post(f"{address}/closure/withdrawal")
    assert call_of(joris).state == CallbackState.OPEN
    page = client.post(f"{address}/withdrawal", follow_redirects=True).text
    assert "3 call-backs are called off again." in page


def test_the_table_is_what_the_page_shows(client, koen, begun):
    with transaction():
        call_of(frieda).client.name = "=HYPERLINK(1)"
    table = client.get(f"/calls/rounds/{begun.id}.csv").data.decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in table
    assert amelie.name in table and "told something that was corrected" in table


def test_what_was_changed_becomes_a_mailing_to_the_round(client, begun):
    client.post(f"/calls/rounds/{begun.id}/mailing")
    made = db.session.scalars(select(Mailing)).one()
    assert (made.purpose, made.round_id, made.on_threads) == ("change", begun.id, False)
    assert set(made.texts) == {"fr", "nl"}
    assert FORM["changed-nl"] in made.texts["nl"] and "/helped/{helped}" in made.texts["nl"]


def test_people_say_on_the_problems_page_that_it_did_not_help(
    client,
    koen,
    begun,
    let_down,  # noqa: F811
):
    with transaction():
        for who, answer in ((amelie, "yes"), (joris, "no")):
            say(begun, call_of(who).client, HelpedAnswer(answer), at=now())
    page = client.get(f"/screening/problems/{let_down.number}").text
    assert "1 of 2 say it did not help" in page
    assert "A client says that what was changed did not help" in page
