import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from models.audit import Audit
from models.base import db, transaction
from models.event import record
from tests.chain import first_broken


@pytest.fixture(autouse=True)
def house_is_open(app):
    return app


@pytest.fixture
def chain(nadia):
    """Five acts of Nadia."""
    for number in range(1, 6):
        with transaction():
            record("ticket.noted", by=nadia, ticket=number)
    return list(db.session.scalars(select(Audit).order_by(Audit.seq)))


def without_triggers(statement: str) -> None:
    with transaction():
        db.session.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
        db.session.execute(text(statement))
        db.session.execute(text("ALTER TABLE audit ENABLE TRIGGER USER"))
    db.session.expire_all()


def test_each_act_is_sealed_by_the_one_before(chain):
    assert [row.seq for row in chain] == [1, 2, 3, 4, 5]
    assert chain[0].previous == b""
    for before, after in zip(chain, chain[1:], strict=False):
        assert after.previous == before.digest


def test_it_says_who_did_what_to_what(nadia):
    with transaction():
        Audit.append(nadia.id, "client.number_shown", {"client": 7}, {"number": 3})
    row = db.session.scalar(select(Audit))
    assert row is not None
    assert (row.actor_id, row.action) == (nadia.id, "client.number_shown")
    assert (row.thing, row.facts) == ({"client": 7}, {"number": 3})


def test_an_untouched_chain_is_whole(chain):
    db.session.expire_all()
    assert first_broken() is None


def test_an_empty_chain_is_whole():
    assert first_broken() is None


@pytest.mark.parametrize(
    "fact",
    [
        "Amélie's line\r\nand another",
        "a bell \x07 and nothing \x00",
        "half a pair \udcff",
        {"amount": 1.5, "list": [1, None, True], "ü": "ö"},
    ],
    ids=["two lines", "control characters", "a lone surrogate", "a nested fact"],
)
def test_the_chain_holds_whatever_somebody_typed(nadia, fact):
    with transaction():
        record("problem.renamed", by=nadia, after=fact)
    db.session.expire_all()
    assert first_broken() is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET action = 'nothing' WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 3",
        "TRUNCATE audit",
    ],
)
def test_the_database_refuses_to_change_the_past(chain, statement):
    with pytest.raises(DatabaseError, match="append-only"), transaction():
        db.session.execute(text(statement))
    assert db.session.scalar(select(func.count()).select_from(Audit)) == 5


@pytest.mark.parametrize(
    "change",
    [
        "action = 'nothing'",
        "actor_id = NULL",
        "at = at + interval '1 second'",
        "thing = '{\"ticket\": 4}'",
        "facts = '{}'",
        "previous = ''",
        "digest = sha256('forged')",
    ],
)
def test_a_changed_row_is_named(chain, change):
    without_triggers(f"UPDATE audit SET {change} WHERE seq = 3")
    assert first_broken() == 3


def test_a_removed_row_is_noticed_at_the_next_one(chain):
    without_triggers("DELETE FROM audit WHERE seq = 3")
    assert first_broken() == 4


def test_removing_the_beginning_is_noticed(chain):
    without_triggers("DELETE FROM audit WHERE seq = 1")
    assert first_broken() == 2


def test_an_act_that_was_undone_leaves_no_gap(nadia, chain):
    with pytest.raises(ZeroDivisionError), transaction():
        record("ticket.noted", by=nadia, ticket=6)
        raise ZeroDivisionError
    with transaction():
        record("ticket.noted", by=nadia, ticket=7)
    db.session.expire_all()
    assert first_broken() is None
    assert db.session.scalar(select(func.max(Audit.seq))) == 6


def test_what_the_machine_does_stays_out_of_the_chain():
    with transaction():
        record("ticket.routed", topic="deferral")
    assert db.session.scalar(select(func.count()).select_from(Audit)) == 0
