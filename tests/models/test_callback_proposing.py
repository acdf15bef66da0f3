"""Whom we seem to have let down is proposed once, with the reasons; and how calling back goes."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.base import db, now, transaction
from models.callback import Callback, CallbackReason, CallbackState, Outcome
from models.callback_figures import figures, open_by_reason
from models.callback_proposing import propose
from models.callback_states import AttemptResult
from models.callback_work import accept, cancel, reached, tried
from tests.people import amelie, joris


def comes(house, who, times, angriest):
    contacts = [house.call(who, f"Toujours rien reçu, {n}.", by=house.nadia) for n in range(times)]
    with transaction():
        for contact in contacts:
            contact.dissatisfied, contact.repeated = 0.1, contact is not contacts[0]
            house.ticket(contact).status = "open"
        contacts[-1].dissatisfied = angriest
    return contacts


def proposed():
    return db.session.scalars(
        select(Callback).where(Callback.state == CallbackState.PROPOSED.value)
    ).all()


def test_who_came_often_and_sounded_angry_is_proposed_with_the_reasons(house):
    contacts = comes(house, amelie, 3, 0.9)
    with transaction():
        assert propose(now()) == 1
    (one,) = proposed()
    assert one.client_id == contacts[0].client_id
    assert [fact["kind"] for fact in one.reasons] == ["contacts", "repeated", "dissatisfied"]
    assert one.reasons[0] == {"kind": "contacts", "times": 3, "days": 5}


@pytest.mark.parametrize(("times", "angriest"), [(2, 0.9), (3, 0.3)])
def test_one_sign_alone_proposes_nobody(house, times, angriest):
    comes(house, amelie, times, angriest)
    with transaction():
        assert propose(now()) == 0


def test_a_second_night_proposes_nobody_twice(house):
    comes(house, amelie, 3, 0.9)
    with transaction():
        assert [propose(now()), propose(now())] == [1, 0]
    assert len(proposed()) == 1


def test_what_was_dismissed_is_not_proposed_again_for_that_matter(house):
    comes(house, amelie, 3, 0.9)
    with transaction():
        propose(now())
        (one,) = proposed()
        cancel(one, Outcome.DISMISSED, by=house.koen, at=now())
        one.created_at -= timedelta(days=60)
        db.session.flush()
        assert propose(now()) == 0


def test_who_is_owed_a_call_already_is_not_proposed(house):
    contacts = comes(house, amelie, 3, 0.9)
    with transaction():
        Callback.ask(client=contacts[0].client, reason=CallbackReason.REQUESTED, at=now())
        assert propose(now()) == 0


def test_figures_say_what_came_of_it(house):
    at = now()
    with transaction():
        glad = Callback.ask(
            number="+32475000001", reason=CallbackReason.DISSATISFIED, at=at, proposed=True
        )
        accept(glad, by=house.koen, at=at)
        reached(glad, Outcome.SATISFIED, by=house.koen, at=at + timedelta(minutes=30))
        lost = Callback.ask(number="+32475000002", reason=CallbackReason.REQUESTED, at=at)
        tried(lost, AttemptResult.WRONG_NUMBER, by=house.nadia, at=at)
        slip = Callback.ask(number="+32475000003", reason=CallbackReason.REQUESTED, at=at)
        cancel(slip, Outcome.MISTAKE, by=house.nadia, at=at)
        Callback.ask(number=joris.number, reason=CallbackReason.MISSED_CALL, at=at)
        Callback.ask(
            number="+32475000005", reason=CallbackReason.DISSATISFIED, at=at, proposed=True
        )
        found = figures(house.ingrid, at - timedelta(days=1), at + timedelta(days=1))
    assert (found.made, found.reached, found.given_up) == (3, 1, 1)
    assert found.median_minutes == pytest.approx(30, abs=0.1)
    assert found.contentment == {"satisfied": 1}
    assert open_by_reason() == {"missed_call": 1}
