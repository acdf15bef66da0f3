"""Whom we could not reach is written to: once, in the own language, without the matter."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.base import db, now, transaction
from models.callback import AttemptResult, Callback, CallbackReason, CallbackState
from models.callback_work import tried, undo
from models.message import Kind, Message
from tests.people import amelie, emily, frieda, joris
from triage import callback_letters

SUBJECTS = {
    amelie: "Nous avons essayé de vous appeler",
    joris: "We hebben u proberen te bellen",
    frieda: "Wir haben versucht, Sie anzurufen",
    emily: "We tried to call you",
}
A_WHILE_AGO = timedelta(minutes=5)


def given_up(house, who, words="Question à propos de mon hospitalisation"):
    ticket = house.ticket(house.write(who, words))
    with transaction():
        ticket.client.language = who.language
        owed = Callback.ask(
            ticket=ticket, number=who.number, reason=CallbackReason.REQUESTED, at=now()
        )
        for _ in range(3):
            tried(owed, AttemptResult.NO_ANSWER, by=house.nadia, at=now() - A_WHILE_AGO)
    assert owed.state == CallbackState.GIVEN_UP
    return owed


def letters_of(owed):
    return db.session.scalars(
        select(Message).where(Message.cause.startswith(f"callback {owed.id} "))
    ).all()


@pytest.mark.parametrize("who", list(SUBJECTS))
def test_the_letter_is_in_the_clients_language_and_says_nothing_of_the_matter(house, app, who):
    owed = given_up(house, who)
    callback_letters.write_waiting(app.extensions["settings"])
    (letter,) = letters_of(owed)
    assert letter.subject.startswith(SUBJECTS[who])
    assert (letter.recipient, letter.kind) == (who.email, Kind.NOTICE)
    assert "hospital" not in letter.text + letter.subject
    assert owed.mailed_at is not None


def test_a_worker_that_dies_before_the_end_writes_nothing_and_the_next_one_writes_once(
    house, app, monkeypatch
):
    owed = given_up(house, amelie)
    settings = app.extensions["settings"]

    def die(*_args, **_facts):
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(Callback, "record", die)
        with pytest.raises(KeyboardInterrupt):
            callback_letters.write_waiting(settings)
    assert letters_of(owed) == []
    assert [callback_letters.write_waiting(settings) for _ in range(3)] == [1, 0, 0]
    assert len(letters_of(owed)) == 1


def test_what_can_still_be_undone_is_written_to_nobody(house, app):
    ticket = house.ticket(house.write(amelie, "Bonjour"))
    with transaction():
        owed = Callback.ask(
            ticket=ticket, number=amelie.number, reason=CallbackReason.REQUESTED, at=now()
        )
        tried(owed, AttemptResult.WRONG_NUMBER, by=house.nadia, at=now())
    assert callback_letters.write_waiting(app.extensions["settings"]) == 0
    with transaction():
        assert undo(owed, by=house.nadia, at=now())
    assert owed.state == CallbackState.OPEN


def test_who_has_no_address_stays_in_sight_as_such(house, app, client):
    with transaction():
        owed = Callback.ask(number="+32475000111", reason=CallbackReason.MISSED_CALL, at=now())
        tried(owed, AttemptResult.WRONG_NUMBER, by=house.nadia, at=now() - A_WHILE_AGO)
    assert callback_letters.write_waiting(app.extensions["settings"]) == 0
    client.sign_in(house.ingrid)
    assert "no address: nobody could tell" in client.get("/calls/callbacks?view=given_up").text


def test_a_missed_call_of_a_known_client_without_a_ticket_is_written_to_as_well(house, app):
    amelies = house.ticket(house.write(amelie, "Bonjour")).client
    with transaction():
        owed = Callback.ask(
            client=amelies, number=amelie.number, reason=CallbackReason.MISSED_CALL, at=now()
        )
        owed.ticket_id = None
        tried(owed, AttemptResult.WRONG_NUMBER, by=house.nadia, at=now() - A_WHILE_AGO)
    assert callback_letters.write_waiting(app.extensions["settings"]) == 1
    (letter,) = letters_of(owed)
    assert letter.ticket_id is None
