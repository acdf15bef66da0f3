import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from models import outbox
from models.base import abandon, after_commit, db, transaction
from models.outbox import Job, Outbox, later
from models.settings import Setting


@pytest.fixture(autouse=True)
def house_is_open(app):
    return app


@pytest.fixture
def rung(monkeypatch) -> list[int]:
    """What the bell saw in the database, from outside, each time it rang."""
    seen: list[int] = []

    def ring() -> None:
        with Session(db.engine) as outside:
            seen.append(len(outside.scalars(select(Outbox)).all()))

    monkeypatch.setattr("models.base.after_commit", [ring])
    return seen


def test_leaving_normally_keeps():
    with transaction():
        Setting.write("banner", "We are late today.")
    db.session.rollback()
    assert Setting.read("banner") == "We are late today."


def test_leaving_by_an_exception_undoes():
    with pytest.raises(ZeroDivisionError), transaction():
        Setting.write("banner", "We are late today.")
        raise ZeroDivisionError
    assert Setting.read("banner") is None


def test_after_an_exception_the_next_transaction_is_clean():
    with pytest.raises(ZeroDivisionError), transaction():
        raise ZeroDivisionError
    with transaction():
        Setting.write("banner", "We are on time again.")
    assert Setting.read("banner") == "We are on time again."


def test_a_transaction_inside_another_joins_it():
    with pytest.raises(ZeroDivisionError), transaction():
        with transaction():
            Setting.write("banner", "We are late today.")
        raise ZeroDivisionError
    assert Setting.read("banner") is None


def test_the_bell_is_hung_when_the_application_is_built():
    assert len(after_commit) == 1


def test_the_bell_rings_once_and_only_after_the_commit(rung):
    with transaction():
        later(Job.READ, 1)
        later(Job.READ, 2)
        assert rung == []
    assert rung == [2]


def test_the_bell_rings_for_a_promise_made_inside_a_joined_transaction(rung):
    with transaction():
        with transaction():
            later(Job.READ, 1)
        assert rung == []
    assert rung == [1]


def test_the_bell_does_not_ring_without_a_promise(rung):
    with transaction():
        Setting.write("banner", "We are late today.")
    assert rung == []


def test_the_bell_does_not_ring_for_what_was_undone(rung):
    with pytest.raises(ZeroDivisionError), transaction():
        later(Job.READ, 1)
        raise ZeroDivisionError
    with transaction():
        Setting.write("banner", "We are late today.")
    assert rung == []


def test_the_bell_does_not_ring_for_what_was_abandoned(rung):
    with transaction():
        later(Job.READ, 1)
        abandon()
    assert rung == []
    assert outbox.waiting() == {}


def test_a_promise_stands_when_something_after_it_is_undone(rung):
    with transaction():
        later(Job.READ, 1)
        with pytest.raises(ZeroDivisionError), db.session.begin_nested():
            Setting.write("banner", "We are late today.")
            raise ZeroDivisionError
    assert rung == [1]


def test_an_error_of_the_database_repeats_nothing_that_was_written():
    with pytest.raises(DBAPIError) as told, transaction():
        db.session.execute(text("SELECT 1 / 0, :said"), {"said": "secret words"})
    assert "secret words" not in str(told.value)
