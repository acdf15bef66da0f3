"""Counters of the house: they agree with the rows, and they never fall."""

from datetime import timedelta

from sqlalchemy import delete, func, select

from models import totals
from models.base import db, now, transaction
from models.contact import Contact
from models.outbox import Job, Outbox, later
from models.settings import Setting
from tests.people import House, amelie, joris


def contacts_at(at):
    return totals.count(totals.CONTACTS, at)


def test_a_counter_is_what_the_rows_say(house: House):
    for _ in range(3):
        house.write(amelie, "Bonjour, toujours rien reçu pour le droit passerelle de mai.")
    counted = contacts_at(now())
    rows = db.session.execute(
        select(Contact.channel, Contact.topic_id, Contact.language, func.count()).group_by(
            Contact.channel, Contact.topic_id, Contact.language
        )
    )
    assert counted == {tuple(str(one or "") for one in row[:3]): row[3] for row in rows}


def test_what_was_counted_stays_counted_when_its_rows_are_gone(app):
    at = now()
    with transaction():
        for number in range(1, 4):
            later(Job.READ, number)
        db.session.execute(Outbox.__table__.update().values(done_at=at))
        assert totals.count(totals.JOBS, at) == {("read", "done"): 3}
    with transaction():
        assert totals.count(totals.JOBS, at + timedelta(hours=25)) == {("read", "done"): 3}
        db.session.execute(delete(Outbox))
        later(Job.SEND, 7)
        db.session.execute(Outbox.__table__.update().values(gave_up_at=at))
    with transaction():
        expected = {("read", "done"): 3, ("send", "gave_up"): 1}
        assert totals.count(totals.JOBS, at + timedelta(hours=26)) == expected
        assert totals.count(totals.JOBS, at + timedelta(hours=60)) == expected


def test_a_long_history_is_read_at_the_first_look_only(house: House, monkeypatch):
    monkeypatch.setattr(totals, "MANY", 1)
    for _ in range(3):
        house.write(amelie, "Bonjour, toujours rien reçu pour le droit passerelle de mai.")
    with transaction():
        assert sum(contacts_at(now()).values()) == 3
    closed = Setting.read("total.contacts")["closed"]
    assert closed == db.session.scalar(select(func.max(Contact.id)))
    house.write(joris, "Goedendag, kan ik uitstel van betaling krijgen?")
    assert sum(contacts_at(now()).values()) == 4


def test_first_answers_count_people_and_the_first_time_only(house: House):
    contact = house.write(joris, "Goedendag, kan ik uitstel van betaling krijgen?")
    ticket = house.ticket(contact)
    with transaction():
        house.answer(ticket)
        house.answer(ticket)
    counted = totals.count(totals.ANSWERS, now())
    assert set(counted) == {("email", str(15 * 60)), ("email", totals.SECONDS)}
    assert counted["email", str(15 * 60)] == 1
