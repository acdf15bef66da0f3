"""On what a forecast of contacts stands, in words."""

import pytest
from flask_babel import force_locale

from models.wave import PAYMENT, Wave
from triage.wave_words import basis, basis_in_full


def wave(**known: object) -> Wave:
    values = {
        "days": (),
        "recipients": 100,
        "topic_id": None,
        "per_hundred": 8.0,
        "assumed": True,
        "waves": 0,
        "expected": 8.0,
        "low": 2.0,
        "high": 20.0,
        "languages": {},
    }
    return Wave(**{**values, **known})


LEARNED = {"assumed": False, "waves": 3, "seen_recipients": 1500, "seen_contacts": 61.4}


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({}, "assumed"),
        (LEARNED, "from 3 mailings"),
        ({**LEARNED, "purpose": PAYMENT, "waves": 1}, "from 1 payment day"),
    ],
)
def test_it_says_whether_it_is_assumed_or_learned_from_how_many(app, known, words):
    with app.test_request_context(), force_locale("en"):
        assert basis(wave(**known)) == words


def test_what_was_counted_stands_beside_what_is_assumed(app):
    with app.test_request_context(), force_locale("en"):
        assert basis_in_full(wave()) == "8 contacts per 100 people are assumed."
        assert basis_in_full(wave(**LEARNED)) == (
            "3 mailings: 61 contacts beyond the usual of 1,500 people. "
            "The assumed 8 contacts per 100 people weigh as much as 300 people."
        )


def test_a_forecast_that_was_kept_before_is_still_read():
    kept = {name: value for name, value in wave().figures().items() if not name.startswith("seen")}
    kept.pop("purpose")
    assert Wave.kept(kept) == wave()


def test_a_forecast_that_was_kept_before_claims_no_people_it_did_not_count(app):
    with app.test_request_context(), force_locale("en"):
        said = basis_in_full(wave(assumed=False, waves=3))
    assert said == "The assumed 8 contacts per 100 people weigh as much as 300 people."
