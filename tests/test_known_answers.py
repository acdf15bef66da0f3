"""What is said before anybody asks: approved, in the client's language, and never about health."""

from datetime import timedelta

import pytest

from models import measure_change, saying
from models.base import db, now, transaction
from models.calendar import business_day
from models.measure import Measure, MeasureVersion
from models.problem import Problem
from models.user import User
from tests.people import House
from triage.known_answers import known_for, told_at_once

FRIDAY = {"fr": "Les paiements de mai partent ce vendredi."}
SHORT = {"fr": "Oui, dès mai.", "nl": "Ja, vanaf mei."}
TOPIC = "family"
AT = now()
DAY = business_day(AT)


@pytest.fixture
def problem(house: House) -> Problem:
    with transaction():
        made = Problem(topic_id="bridging_right", first_seen_at=AT, last_seen_at=AT, founded_on=DAY)
        db.session.add(made)
        db.session.flush()
        saying.write(made, FRIDAY, by=house.koen, at=AT)
    return made


def approve(problem: Problem, by: User) -> None:
    last = saying.last_change(problem)
    with transaction():
        saying.approve(problem, in_mail=False, by=by, seen=last.id if last else 0, at=AT)


@pytest.fixture
def carers(house: House) -> Measure:
    said = {"names": {"en": "Carers"}, "scripts": SHORT, "confirmed": True}
    with transaction():
        return measure_change.begin("carers", TOPIC, said, change="", by=house.koen, at=AT)


def tell(measure: Measure, by: User, told: bool = True) -> None:
    with transaction():
        measure_change.tell_at_once(measure, told, by=by, at=AT)


def test_a_draft_is_not_told_and_an_approved_sentence_is(house: House, problem: Problem) -> None:
    assert known_for("bridging_right", None, "fr", DAY) == []
    approve(problem, house.koen)
    assert known_for("bridging_right", None, "fr", DAY) == list(FRIDAY.values())


def test_nothing_is_told_in_a_language_in_which_nobody_approved_it(
    house: House, problem: Problem
) -> None:
    approve(problem, house.koen)
    assert known_for("bridging_right", None, "nl", DAY) == []


def test_an_approval_of_long_ago_is_told_no_more(house: House, problem: Problem) -> None:
    approve(problem, house.koen)
    later = DAY + saying.MAIL_FOR + timedelta(days=1)
    with transaction():
        problem.last_seen_at = AT + saying.MAIL_FOR + timedelta(days=1)
    assert known_for("bridging_right", None, "fr", later) == []


def test_a_measure_is_told_only_where_somebody_switched_it_on(
    house: House, carers: Measure
) -> None:
    assert known_for(TOPIC, None, "nl", DAY) == []
    tell(carers, house.koen)
    assert known_for(TOPIC, None, "nl", DAY) == [SHORT["nl"]]
    tell(carers, house.koen, told=False)
    assert known_for(TOPIC, None, "nl", DAY) == []


@pytest.mark.parametrize("field", ["confirmed", "review_by", "scripts"])
def test_unconfirmed_stale_or_long_answers_are_not_told(
    house: House, carers: Measure, field: str
) -> None:
    value = {"confirmed": False, "review_by": DAY - timedelta(days=1), "scripts": {"nl": "a" * 301}}
    tell(carers, house.koen)
    version = measure_change.newest_of(carers.id)
    with transaction():
        setattr(version, field, value[field])
    assert known_for(TOPIC, None, "nl", DAY) == []


def test_a_measure_says_which_version_was_told(house: House, carers: Measure) -> None:
    tell(carers, house.koen)
    [said] = told_at_once(TOPIC, None, "fr", DAY)
    assert isinstance(said.version, MeasureVersion) and said.version.version == 1


def test_nothing_is_told_of_health_however_well_it_was_approved(
    house: House, problem: Problem
) -> None:
    approve(problem, house.koen)
    with transaction():
        problem.topic_id = "incapacity"
    assert known_for("incapacity", None, "fr", DAY) == []


@pytest.mark.parametrize("topic_id", [None, "nowhere"])
def test_nothing_is_told_where_the_topic_is_not_known(house: House, topic_id: str | None) -> None:
    assert known_for(topic_id, None, "fr", DAY) == []
