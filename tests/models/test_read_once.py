"""What hardly changes is asked for once in a transaction, and never told stale in it."""

import pytest
from sqlalchemy import update

from models.base import db, read_once, transaction
from models.topic import Topic


def asked(monkeypatch):
    """How often the topics were read from the database, in a list that grows."""
    times = []
    read = Topic._by_id
    monkeypatch.setattr(Topic, "_by_id", lambda: (times.append(1), read())[1])
    return times


def test_many_who_ask_cost_one_question(app, monkeypatch):
    times = asked(monkeypatch)
    with app.app_context():
        first, second = Topic.everything(), Topic.everything()
    assert first == second
    assert len(times) == 1


def test_who_changes_what_he_was_given_changes_it_for_himself(app):
    with app.app_context():
        Topic.everything().clear()
        assert Topic.everything()


def test_what_was_just_written_is_read(app):
    with app.app_context(), transaction():
        known = Topic.everything()
        db.session.add(Topic(id="bees", names={}, counts="", not_this="", position=99))
        assert Topic.everything().keys() - known.keys() == {"bees"}  # before it is flushed, too
        assert "bees" in Topic.everything()
        db.session.delete(Topic.named("bees"))
        assert "bees" not in Topic.everything()


def test_what_was_undone_to_a_savepoint_is_gone(app):
    with app.app_context(), transaction() as session:
        known = Topic.everything().keys()
        undone = session.begin_nested()
        db.session.add(Topic(id="bees", names={}, counts="", not_this="", position=99))
        db.session.flush()
        assert "bees" in Topic.everything()
        undone.rollback()
        assert Topic.everything().keys() == known


def test_a_statement_that_writes_lets_it_be_read_anew(app, monkeypatch):
    times = asked(monkeypatch)
    with app.app_context(), transaction():
        Topic.everything()
        db.session.execute(update(Topic).where(Topic.id == "deferral").values(answer_days=9))
        assert Topic.everything()["deferral"].answer_days == 9
    assert len(times) == 2


def test_the_next_transaction_reads_anew(app, monkeypatch):
    times = asked(monkeypatch)
    with app.app_context():
        for _turn in range(2):
            with transaction():
                Topic.everything()
    assert len(times) == 2


def test_what_cannot_be_read_is_not_kept(app):
    answers = iter([LookupError(), "found"])

    def read():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with app.app_context():
        with pytest.raises(LookupError):
            read_once("something", read)
        assert read_once("something", read) == "found"
