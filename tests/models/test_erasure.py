"""An erasure: two people, a day of grace, and what stands in its way."""

import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from models import erasure, erasure_replay, outbox, retention
from models.audit import Audit
from models.base import db, now, transaction
from models.client import Client
from models.contact import Contact
from models.daily_figure import DailyFigure
from models.data_export import DataExport, ExportState
from models.data_import import DataImport
from models.erasure import Cause, Erasure, ErasureState, NotNow
from models.erasure_blocks import Block
from models.erasure_outside import outside
from models.event import Event
from models.filestore import Lost
from models.legal_hold import LegalHold
from models.note import Note
from models.outbox import Job
from models.retention import DataClass, RetentionRule, RetentionRun
from models.ticket import Disposition, Ticket
from tests.chain import first_broken
from tests.people import House, amelie, joris
from triage import retaining

DAY = timedelta(days=1)


@pytest.fixture
def said(house: House) -> Contact:
    """What Amélie has asked, and been answered; her ticket is closed."""
    assert house.ingrid.id != house.ada.id
    contact = house.write(amelie, f"Où en est mon dossier ? {amelie.name}", "Mon dossier")
    close(house, contact)
    return contact


def close(house: House, contact: Contact) -> None:
    with transaction():
        house.ticket(contact).close(by=house.nadia, at=now(), disposition=Disposition.ANSWERED)


def asked(house: House, contact: Contact) -> int:
    with transaction():
        client = Client.named(contact.client_id)
        return Erasure.ask(
            client, [], Cause.REQUEST, "asked by letter", by=house.ingrid, at=now()
        ).id


def found(erasure_id: int) -> Erasure:
    db.session.expire_all()
    row = Erasure.named(erasure_id)
    assert row is not None
    return row


def test_who_asked_does_not_decide(house: House, said: Contact) -> None:
    number = asked(house, said)
    with pytest.raises(NotNow, match="own"), transaction():
        found(number).agree(by=house.ingrid, at=now(), grace=DAY)
    assert found(number).state == ErasureState.ASKED


def test_nothing_goes_before_the_day_of_grace_is_over(house: House, said: Contact) -> None:
    number = asked(house, said)
    at = now()
    with transaction():
        found(number).agree(by=house.ada, at=at, grace=DAY)
    house.work()
    assert not erasure.carry_out(number, at + DAY / 2)
    assert db.session.get_one(Contact, said.id).text != ""
    assert erasure.carry_out(number, at + DAY)
    assert db.session.get_one(Contact, said.id).text == ""


def test_what_is_agreed_can_be_called_off_and_asked_again(house: House, said: Contact) -> None:
    number, at = asked(house, said), now()
    with transaction():
        found(number).agree(by=house.ada, at=at, grace=DAY)
    with transaction():
        found(number).refuse(by=house.ingrid, at=at)
    assert not erasure.carry_out(number, at + 2 * DAY)
    with transaction():
        found(number).ask_again(by=house.ingrid, at=at)
    assert found(number).state == ErasureState.ASKED


def test_an_open_ticket_a_hold_and_a_second_wish_stand_in_the_way(
    house: House, said: Contact
) -> None:
    other = house.write(joris, "Mag ik uitstel?")
    with pytest.raises(NotNow, match=Block.OPEN_TICKET.value):
        asked(house, other)
    with transaction():
        hold = LegalHold.lay(said.client_id, None, "court", None, by=house.ingrid, at=now())
    with pytest.raises(NotNow, match=Block.HOLD.value):
        asked(house, said)
    with transaction():
        hold.lift(by=house.ingrid, at=now())
    asked(house, said)
    with pytest.raises(NotNow, match="asked"):
        asked(house, said)


def test_a_hold_that_was_laid_meanwhile_stops_it(house: House, said: Contact) -> None:
    number, at = asked(house, said), now()
    with transaction():
        found(number).agree(by=house.ada, at=at, grace=timedelta(0))
        LegalHold.lay(said.client_id, None, "court", None, by=house.ingrid, at=at)
    erasure.carry_out(number, at)
    assert (found(number).state, found(number).error) == (ErasureState.FAILED, "hold")
    assert db.session.get_one(Contact, said.id).text != ""


def test_what_stopped_it_is_settled_and_it_is_tried_again(house: House, said: Contact) -> None:
    number, at = asked(house, said), now()
    with transaction():
        found(number).agree(by=house.ada, at=at, grace=timedelta(0))
    newer = house.write(amelie, "Et mon autre dossier ?", "Autre chose")
    erasure.carry_out(number, at)
    assert (found(number).state, found(number).error) == (ErasureState.FAILED, "open_ticket")
    with pytest.raises(NotNow, match="open_ticket"), transaction():
        found(number).try_again(by=house.ingrid, at=now())
    close(house, newer)
    with transaction():
        found(number).try_again(by=house.ingrid, at=now())
    house.work()
    assert found(number).state == ErasureState.DONE
    assert db.session.get_one(Contact, newer.id).text == ""


def test_what_was_stopped_can_be_called_off(house: House, said: Contact) -> None:
    number, at = asked(house, said), now()
    with transaction():
        found(number).agree(by=house.ada, at=at, grace=timedelta(0))
    house.write(amelie, "Et mon autre dossier ?", "Autre chose")
    erasure.carry_out(number, at)
    with transaction():
        found(number).refuse(by=house.ingrid, at=now())
    assert Erasure.open_for(said.client_id) is None


def test_a_promise_that_comes_a_moment_too_early_is_kept_all_the_same(
    house: House, said: Contact
) -> None:
    number = asked(house, said)
    with transaction():
        found(number).agree(by=house.ada, at=now(), grace=DAY)
        outbox.hurry(Job.ERASE, number)
    house.work()
    with transaction():
        found(number).not_before = now()
        outbox.hurry(Job.ERASE, number)
    house.work()
    assert found(number).state == ErasureState.DONE


def test_a_hold_on_the_client_or_the_ticket_keeps_each_contact(house: House, said: Contact) -> None:
    with transaction():
        contact = db.session.get_one(Contact, said.id)
        hold = LegalHold.lay(said.client_id, None, "court", None, by=house.ingrid, at=now())
    with pytest.raises(NotNow, match=Block.HOLD.value), transaction():
        Erasure.ask(None, [contact], Cause.MISTAKE, "not for us", by=house.ingrid, at=now())
    with transaction():
        hold.lift(by=house.ingrid, at=now())
        LegalHold.lay(None, said.ticket_id, "court", None, by=house.ingrid, at=now())
    house.write(amelie, "Autre chose", "Autre chose")
    with pytest.raises(NotNow, match=Block.HOLD.value), transaction():
        Erasure.ask(None, [contact], Cause.MISTAKE, "not for us", by=house.ingrid, at=now())


def test_one_contact_is_asked_for_once(house: House, said: Contact) -> None:
    with transaction():
        contact = db.session.get_one(Contact, said.id)
        Erasure.ask(None, [contact], Cause.MISTAKE, "not for us", by=house.ingrid, at=now())
    with pytest.raises(NotNow, match="asked"), transaction():
        Erasure.ask(None, [contact], Cause.MISTAKE, "not for us", by=house.ingrid, at=now())


def test_a_namesake_keeps_the_name(house: House, said: Contact) -> None:
    with transaction():
        same = Client(name=amelie.name, language="fr")
        longer = Client(name=f"{amelie.name}-Claes", language="fr")
        db.session.add_all([same, longer])
        db.session.flush()
        ids = same.id, longer.id
        house.ticket(house.write(joris, "Mag ik uitstel?")).note(
            f"{amelie.name} appelle", by=house.nadia, at=now()
        )
    number = asked(house, said)
    with transaction():
        found(number).agree(by=house.ada, at=now(), grace=timedelta(0))
    house.work()
    assert found(number).state == ErasureState.DONE
    names = [db.session.get_one(Client, one).name for one in ids]
    assert names == [amelie.name, f"{amelie.name}-Claes"]
    assert f"{amelie.name} appelle" in db.session.scalars(select(Note.text)).all()


def test_the_log_is_enough_for_a_client_that_was_merged_after_the_copy(
    house: House, said: Contact
) -> None:
    other = house.write(joris, "Mag ik uitstel?")
    with transaction():
        lines = [
            {
                "erasure": 1,
                "pseudonym": "7F3A2C",
                "cause": "request",
                "client": 999_999,
                "whole": True,
                "clients": {
                    str(one.client_id): db.session.get_one(
                        Client, one.client_id
                    ).created_at.isoformat()
                    for one in (said, other)
                },
                "contacts": {},
            }
        ]
        LegalHold.lay(said.client_id, None, "since lifted", None, by=house.ingrid, at=now())
    for line in lines:
        outside().note(line)
    assert erasure_replay.replay(now()) == 1
    db.session.expire_all()
    for one in (said, other):
        assert db.session.get_one(Client, one.client_id).name == "[7F3A2C]"
        assert db.session.get_one(Contact, one.id).text == ""
    assert erasure_replay.replay(now()) == 0
    assert len(outside().noted()) == 1


def test_a_kill_after_the_words_are_gone_is_finished_by_the_next_worker(
    house: House, said: Contact
) -> None:
    number, at = asked(house, said), now()
    with transaction():
        found(number).agree(by=house.ada, at=at, grace=timedelta(0))
    with transaction():
        assert found(number).begin(at)
    assert found(number).state == ErasureState.RUNNING
    assert erasure.carry_out(number, at)
    assert found(number).state == ErasureState.DONE
    assert "outside" not in found(number).counts


def test_one_contact_goes_alone(house: House, said: Contact) -> None:
    kept = house.write(amelie, "Autre chose", "Autre chose", at=now() + timedelta(seconds=1))
    with transaction():
        contact = db.session.get_one(Contact, said.id)
        wish = Erasure.ask(None, [contact], Cause.MISTAKE, "not for us", by=house.ingrid, at=now())
        number = wish.id
    with transaction():
        found(number).agree(by=house.ada, at=now(), grace=timedelta(0))
    house.work()
    assert db.session.get_one(Contact, said.id).text == ""
    assert db.session.get_one(Contact, kept.id).text != ""
    assert db.session.get_one(Client, said.client_id).name == amelie.name


def test_tables_and_files_that_were_carried_about_go_too(house: House, said: Contact) -> None:
    with transaction():
        written = DataExport.ask("tickets", {}, "csv", 1, by=house.koen, language="en", at=now())
        written.begin(now())
        db.session.flush()
        assert outbox.claim(Job.EXPORT, "a worker that writes it now", 1, DAY)
        brought = DataImport.take(
            "clients", "people.csv", io.BytesIO(b"name\nA"), by=house.ada, at=now()
        )
    number = asked(house, said)
    with transaction():
        found(number).agree(by=house.ada, at=now(), grace=timedelta(0))
    house.work()
    assert found(number).state == ErasureState.DONE
    assert db.session.get_one(DataExport, written.id).state == ExportState.CANCELLED
    with pytest.raises(Lost):
        assert db.session.get_one(DataImport, brought.id).opened()


def test_the_counters_stay(house: House, said: Contact) -> None:
    before = counters()
    number = asked(house, said)
    with transaction():
        found(number).agree(by=house.ada, at=now(), grace=timedelta(0))
    house.work()
    assert found(number).state == ErasureState.DONE
    assert counters() == before


def counters() -> list[tuple[Any, ...]]:
    """What was said on the day, counted anew."""
    with transaction():
        db.session.execute(delete(DailyFigure))
        DailyFigure.close(now() + timedelta(days=1))
    said = DailyFigure.kpi.in_(["inflow", "repeats", "failures", "other"])
    counted = select(DailyFigure.__table__).where(said).order_by(*DailyFigure.__table__.primary_key)
    return [tuple(row) for row in db.session.execute(counted)]


def test_the_chain_of_the_audit_never_held_a_word(house: House, said: Contact) -> None:
    with transaction():
        ticket = house.ticket(said)
        ticket.note(f"{amelie.name} appelle", by=house.nadia, at=now())
    rows = db.session.scalars(select(Audit)).all()
    assert rows
    assert all("Dujardin" not in str(row.facts) for row in rows)
    assert first_broken() is None


# --- retention ------------------------------------------------------------------------------


def old(contact: Contact) -> None:
    long_ago = now() - timedelta(days=5_000)
    with transaction():
        ticket = db.session.get_one(Ticket, contact.ticket_id)
        ticket.closed_at = ticket.last_contact_at = long_ago
        db.session.get_one(Contact, contact.id).received_at = long_ago


def switch_on(house: House, name: DataClass, days: int = 3_650) -> None:
    with transaction():
        RetentionRule.set(name, days, True, "confirmed", by=house.ada, at=now())


def test_nothing_goes_before_a_class_is_switched_on(house: House, said: Contact) -> None:
    old(said)
    with transaction():
        run = retention.try_all(by=house.ada, at=now())
        assert run.counts["matters"]["count"] == 1
    assert not retaining.sweep(now())
    assert db.session.get_one(Contact, said.id).text != ""


def test_what_is_kept_long_enough_goes_at_night(house: House, said: Contact) -> None:
    old(said)
    switch_on(house, DataClass.MATTERS)
    with transaction():
        retaining.by_night(now())
    house.work()
    assert db.session.get_one(Contact, said.id).text == ""
    night = db.session.scalars(select(RetentionRun)).one()
    assert night.counts == {"matters": 1}


def test_a_hold_keeps_it(house: House, said: Contact) -> None:
    old(said)
    switch_on(house, DataClass.MATTERS)
    with transaction():
        LegalHold.lay(None, said.ticket_id, "court", None, by=house.ingrid, at=now())
    retaining.sweep(now())
    assert db.session.get_one(Contact, said.id).text != ""
    due = retention.due(DataClass.MATTERS, now())
    assert (due.count, due.held) == (0, 1)


def test_the_original_goes_and_the_text_stays(house: House, said: Contact) -> None:
    old(said)
    switch_on(house, DataClass.RAW_MAIL, 730)
    retaining.sweep(now())
    db.session.expire_all()
    contact = db.session.get_one(Contact, said.id)
    assert (contact.intake.raw, contact.text != "") == (b"", True)


def test_every_class_can_be_counted_and_swept(house: House, said: Contact) -> None:
    for name in DataClass:
        switch_on(house, name, 1)
        assert retention.due(name, now()).count >= 0
    assert not retaining.sweep(now() + 2 * DAY)
    events = db.session.scalar(
        select(func.count()).select_from(Event).where(Event.kind == "retention.set")
    )
    assert events == len(DataClass)
