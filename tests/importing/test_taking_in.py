"""A file is tried row by row, then taken in whole or not at all, and can be taken back."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text, update

from models import client_deeds, data_import_undoing, outbox
from models.base import db, now, transaction
from models.client import Client, ClientAddress
from models.contact import Contact
from models.data_import import DataImport, ImportState
from models.data_import_row import DataImportRow
from models.event import Event
from models.files import Blob
from models.filestore import Lost
from models.intake import Adapter, Intake, IntakeRaw
from models.mailbox import Mailbox
from models.message import Message
from models.note import Note
from models.outbox import Claim, Job, Outbox
from models.prediction import Correction
from models.stale_day import StaleDay
from models.ticket import Ticket
from models.user import User
from tests.people import amelie, emily, joris
from triage.importing import run as running
from triage.importing import taking, trial

PEOPLE = (
    "id;firstname;lastname;email;phone;language\n"
    f"1;Amélie;Dujardin;{amelie.email};0475 12 34 56;fr\n"
    f"2;Joris;Peeters;{joris.email}~~~joris@home.example;0486/11.22.33;nl\n"
    "3;;;nobody@example.be;;\n"
    "4;Emily;Stone;not an address;;en\n"
    "5;Frieda;Maraite;frieda@hof.example;8,50E+10;de\n"
    "6;Karel;Claes;karel@example.be;475123456;nl\n"
)
HISTORY = (
    "external_id,subject,description,status,requester_email,channel,language,topic,"
    "created_at,solved_at\n"
    f"Z-1,Bridging right,My number is 85.07.30-033.28,solved,{emily.email},email,en,"
    "bridging_right,2019-03-04T10:00:00+01:00,2019-03-06\n"
    f"Z-2,Une question,Bonjour,open,{amelie.email},web,fr,,04/03/2019 09:30,\n"
    f"Z-3,Empty,,open,{amelie.email},web,fr,,2999-01-01,\n"
)
COLUMNS_OF_PEOPLE = {
    "external_id": 0,
    "first_name": 1,
    "last_name": 2,
    "email": 3,
    "phone": 4,
    "language": 5,
}
COLUMNS_OF_HISTORY = {
    "external_id": 0,
    "subject": 1,
    "text": 2,
    "status": 3,
    "email": 4,
    "channel": 5,
    "language": 6,
    "topic": 7,
    "opened_at": 8,
    "closed_at": 9,
}
ZAMMAD = {
    "users": [{"id": 7, "firstname": "Emily", "lastname": "Stone", "email": emily.email}],
    "tickets": [
        {
            "id": 31,
            "title": "Deferral",
            "state": "closed",
            "customer_id": 7,
            "created_at": "2019-05-02T08:00:00Z",
            "close_at": "2019-05-03T08:00:00Z",
            "articles": [
                {
                    "id": 1,
                    "sender": "Customer",
                    "type": "email",
                    "from": f"Emily Stone <{emily.email}>",
                    "subject": "Deferral",
                    "body": "<p>May I pay <b>later</b>?</p>",
                    "content_type": "text/html",
                    "message_id": "<one@studio.example>",
                    "created_at": "2019-05-02T08:00:00Z",
                },
                {
                    "id": 2,
                    "sender": "Agent",
                    "type": "email",
                    "body": "Yes.",
                    "created_at": "2019-05-02T09:00:00Z",
                },
                {
                    "id": 3,
                    "sender": "Agent",
                    "type": "note",
                    "internal": True,
                    "from": "Old Agent",
                    "body": "called her",
                    "created_at": "2019-05-02T10:00:00Z",
                },
            ],
        }
    ],
}
MBOX = (
    f"From a Mon Mar  4 10:00:00 2019\nFrom: Joris Peeters <{joris.email}>\n"
    "To: contact@fund.example\nSubject: Uitstel\nDate: Mon, 4 Mar 2019 10:00:00 +0100\n"
    "Message-ID: <first@plumbing.example>\n\nMag ik later betalen?\n\n"
    f"From b Tue Mar  5 10:00:00 2019\nFrom: Joris Peeters <{joris.email}>\n"
    "To: contact@fund.example\nSubject: Re: Uitstel\nDate: Tue, 5 Mar 2019 10:00:00 +0100\n"
    "Message-ID: <second@plumbing.example>\nIn-Reply-To: <first@plumbing.example>\n\n"
    "Nog niets gehoord.\n\n"
    f"From c Tue Mar  5 10:00:00 2019\nFrom: {joris.email}\nSubject: no date\n\nx\n"
)


@pytest.fixture
def bring(app, house):
    """Ada brings a file along; it is tried."""

    def brought(kind, content, columns=None, separator=";", source="Zammad"):
        asked = {"source": source, "columns": columns or {}, "separator": separator}
        with transaction():
            made = DataImport.take(kind, "file", io.BytesIO(content), by=ada(house), at=now())
            made.try_out(asked, by=ada(house), at=now())
        turn(app)
        return fresh(made)

    return brought


def ada(house):
    """Ada as the session knows her now: an import leaves nothing of before in memory."""
    return db.session.merge(house.ada)


def turn(app, owner="child"):
    return taking.take_waiting(owner, app.extensions["settings"])


def fresh(made):
    found_id = made if isinstance(made, int) else made.id
    db.session.expire_all()
    return DataImport.named(found_id)


def run(app, house, made):
    with transaction():
        fresh(made).run(by=ada(house), at=now())
    turn(app)
    return fresh(made)


def undo(app, house, made):
    with transaction():
        fresh(made).undo(by=ada(house), at=now())
    turn(app)
    return fresh(made)


def many(table):
    return db.session.scalar(select(func.count()).select_from(table))


def people(bring):
    return bring("clients", PEOPLE.encode("cp1252"), COLUMNS_OF_PEOPLE)


def history(bring):
    return bring("tickets", HISTORY.encode(), COLUMNS_OF_HISTORY, ",", "Zendesk")


def test_trying_says_what_becomes_of_each_row_and_changes_nothing(house, bring):
    tried = bring("clients", PEOPLE.encode(), COLUMNS_OF_PEOPLE)
    assert tried.state == ImportState.TRIED
    assert (tried.created, tried.updated, tried.skipped, tried.faulty) == (2, 0, 0, 4)
    faults = db.session.scalars(DataImportRow.faults(tried.id)).all()
    assert [(row.line, row.reason) for row in faults] == [
        (4, "no_name"),
        (5, "bad_address"),
        (6, "rounded"),
        (7, "lost_zero"),
    ]
    assert many(Client) == 0


def test_people_come_in_with_every_way_to_reach_them(app, house, bring):
    done = run(app, house, bring("clients", PEOPLE.encode(), COLUMNS_OF_PEOPLE))
    assert done.state == ImportState.DONE
    found = db.session.scalars(select(Client).order_by(Client.id)).all()
    assert [(one.name, one.language) for one in found] == [
        ("Amélie Dujardin", "fr"),
        ("Joris Peeters", "nl"),
    ]
    assert [one.address for one in found[1].addresses] == [joris.email, "joris@home.example"]
    assert found[0].numbers[0].e164 == amelie.number


def test_whom_we_know_is_told_apart_and_learns_only_what_was_missing(app, house, bring):
    house.write(joris, "Dag")
    done = run(app, house, bring("clients", PEOPLE.encode(), COLUMNS_OF_PEOPLE))
    assert (done.created, done.updated) == (1, 1)
    joris_here = db.session.scalars(Client.by_address(joris.email)).one()
    assert {one.address for one in joris_here.addresses} == {joris.email, "joris@home.example"}
    again = bring("clients", PEOPLE.encode(), COLUMNS_OF_PEOPLE)
    assert (again.created, again.updated, again.skipped) == (0, 0, 2)


def test_history_keeps_its_days_and_nobody_is_told(app, house, bring):
    done = run(app, house, history(bring))
    assert (done.created, done.faulty) == (2, 1)
    first, second = db.session.scalars(select(Ticket).order_by(Ticket.id)).all()
    assert (first.status, first.topic_id, first.opened_at.year) == (
        "closed",
        "bridging_right",
        2019,
    )
    assert (second.status, second.due_at, second.needs_choice) == ("open", None, True)
    contact = db.session.scalars(Contact.of_ticket(first.id)).one()
    assert contact.said_at.isoformat() == "2019-03-04T09:00:00+00:00"
    assert "033" not in contact.text
    assert db.session.scalar(select(Intake.adapter).limit(1)) == Adapter.IMPORT
    assert many(Message) == 0
    waiting = set(db.session.scalars(select(Outbox.kind).where(Outbox.done_at.is_(None))))
    assert waiting == set()
    said = db.session.scalars(
        select(Event).where(Event.ticket_id == first.id).order_by(Event.id)
    ).all()
    assert [(event.kind, event.facts["source"]) for event in said] == [
        ("ticket.imported", "Zendesk")
    ]
    assert db.session.scalars(select(Correction.topic_id)).all() == ["bridging_right"]


def test_the_days_on_which_history_was_closed_are_counted_again(app, house, bring):
    run(app, house, history(bring))
    with transaction():
        days, since = StaleDay.taken()
    assert {date(2019, 3, 4), date(2019, 3, 6)} <= {*days}
    assert since == date(2019, 3, 4)


def test_the_same_history_comes_in_once(app, house, bring):
    run(app, house, history(bring))
    again = history(bring)
    assert (again.created, again.skipped) == (0, 2)
    run(app, house, again)
    assert many(Ticket) == 2


def test_a_process_that_dies_leaves_nothing_and_the_next_one_takes_all(
    app, house, bring, monkeypatch
):
    tried = history(bring)

    def die(point, settings):
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "crash", die)
    monkeypatch.setattr(trial, "TOGETHER", 1)
    with transaction():
        fresh(tried).run(by=ada(house), at=now())
    with pytest.raises(KeyboardInterrupt):
        turn(app)
    monkeypatch.undo()
    db.session.rollback()
    assert (many(Ticket), many(Contact), many(Client)) == (0, 0, 0)
    with transaction():
        db.session.execute(update(Outbox).values(lease_until=now() - timedelta(seconds=1)))
    turn(app, "another")
    assert fresh(tried).state == ImportState.DONE
    assert many(Ticket) == 2


def test_a_trial_that_dies_goes_on_where_it_was(app, house, bring, monkeypatch):
    def die(point, settings):
        raise KeyboardInterrupt

    monkeypatch.setattr(trial, "crash", die)
    monkeypatch.setattr(trial, "TOGETHER", 2)
    with pytest.raises(KeyboardInterrupt):
        bring("clients", PEOPLE.encode(), COLUMNS_OF_PEOPLE)
    monkeypatch.undo()
    db.session.rollback()
    assert many(DataImportRow) == 2
    with transaction():
        db.session.execute(update(Outbox).values(lease_until=now() - timedelta(seconds=1)))
    turn(app, "another")
    tried = db.session.scalars(DataImport.latest()).one()
    assert (tried.state, tried.created, tried.faulty) == (ImportState.TRIED, 2, 4)


def test_an_import_can_be_taken_back_while_nobody_has_worked_on_it(app, house, bring):
    done = run(app, house, history(bring))
    back = undo(app, house, done)
    assert (back.state, back.error) == (ImportState.UNDONE, "")
    assert [many(one) for one in (Ticket, Contact, Client, ClientAddress, IntakeRaw)] == [0] * 5
    again = run(app, house, history(bring))
    assert again.created == 2


def test_a_long_undoing_says_how_far_it_is_and_keeps_its_lease(app, house, bring, monkeypatch):
    done = run(app, house, history(bring))
    monkeypatch.setattr(data_import_undoing, "AT_ONCE", 1)
    monkeypatch.setattr(taking, "TELL_AFTER", 0.0)
    seen, leases = [], []
    went_on, renew = DataImport.went_on, outbox.renew_apart

    def went(import_id, state, rows):
        seen.append((state, rows))
        return went_on(import_id, state, rows)  # waits for nobody

    monkeypatch.setattr(DataImport, "went_on", went)
    monkeypatch.setattr(outbox, "renew_apart", lambda *given: (leases.append(1), renew(*given))[1])
    back = undo(app, house, done)
    assert back.state == ImportState.UNDONE
    assert {state for state, _rows in seen} == {ImportState.UNDOING}
    rows = [each for _state, each in seen]
    assert rows == sorted(rows)
    assert rows[-1] == back.rows_total > 0
    assert len(leases) == len(seen) > 10


def test_what_somebody_has_worked_on_stays(app, house, bring):
    done = run(app, house, history(bring))
    with transaction():
        db.session.scalars(select(Ticket)).first().note(
            "?", by=db.session.merge(house.nadia), at=now()
        )
    back = undo(app, house, done)
    assert (back.state, back.error) == (ImportState.DONE, "touched")
    assert many(Ticket) == 2


def test_a_client_whom_somebody_has_tended_since_stays(app, house, bring):
    done = run(app, house, people(bring))
    with transaction():
        client = db.session.scalars(select(Client).where(Client.name == "Joris Peeters")).one()
        ingrid = db.session.merge(house.ingrid)
        client_deeds.describe(client, {"remark": "calls at noon"}, by=ingrid, at=now())
    back = undo(app, house, done)
    assert (back.state, back.error) == (ImportState.DONE, "touched")
    assert many(Client) == done.created


def test_an_undoing_that_fails_says_that_all_of_it_stays(app, house, bring, monkeypatch):
    done = run(app, house, history(bring))

    def fail(brought, beat):
        raise RuntimeError

    monkeypatch.setattr(taking, "take_back", fail)
    monkeypatch.setattr(Claim, "last_try", True)
    back = undo(app, house, done)
    assert (back.state, back.error) == (ImportState.DONE, "stayed")


def test_what_is_dropped_while_it_is_taken_in_leaves_nothing(app, house, bring, monkeypatch):
    tried = history(bring)
    import_id, ada_id = tried.id, house.ada.id

    def drop(point, settings):
        if db.session.get(DataImport, import_id).state == ImportState.RUNNING:
            with ThreadPoolExecutor(1) as somebody:
                somebody.submit(dropped, app, import_id, ada_id).result(timeout=20)

    monkeypatch.setattr(running, "crash", drop)
    gone = run(app, house, tried)
    assert gone.state == ImportState.DROPPED
    assert [many(one) for one in (Ticket, Contact, Client, DataImportRow, Blob)] == [0] * 5


def dropped(app, import_id, user_id):
    with app.app_context(), transaction():
        db.session.execute(text("set local lock_timeout = '3s'"))
        DataImport.held(import_id).drop(by=User.named(user_id), at=now())


def test_the_file_itself_goes_when_nobody_looks_into_it_any_more(app, house, bring):
    done = run(app, house, people(bring))
    assert DataImport.files() == [done.digest]
    with transaction():
        DataImport.let_files_go(now() - timedelta(days=1))
    assert many(Blob) == 1
    with transaction():
        DataImport.let_files_go(now() + timedelta(days=1))
    assert many(Blob) == 0
    with pytest.raises(Lost):
        fresh(done).opened()


def test_whom_we_knew_before_is_as_before_when_it_is_taken_back(app, house, bring):
    house.write(joris, "Dag")
    done = run(app, house, bring("clients", PEOPLE.encode(), COLUMNS_OF_PEOPLE))
    undo(app, house, done)
    found = db.session.scalars(select(Client)).one()
    assert [one.address for one in found.addresses] == [joris.email]


def test_a_ticket_of_zammad_comes_with_answers_and_notes(app, house, bring):
    done = run(app, house, bring("zammad", json.dumps(ZAMMAD).encode()))
    assert (done.state, done.created) == (ImportState.DONE, 1)
    ticket = db.session.scalars(select(Ticket)).one()
    assert (ticket.subject, ticket.status) == ("Deferral", "closed")
    assert ticket.client.name == "Emily Stone"
    contact = db.session.scalars(Contact.of_ticket(ticket.id)).one()
    assert contact.text.strip() == "May I pay later?"
    answer = db.session.scalars(select(Message)).one()
    assert (answer.state, answer.text, answer.recipient) == ("sent", "Yes.", emily.email)
    assert db.session.scalars(select(Note.text)).one() == "Old Agent: called her"
    undo(app, house, done)
    assert many(Ticket) == many(Message) == many(Note) == 0


def test_mails_that_answer_each_other_are_one_ticket(app, house, bring):
    tried = bring("mbox", MBOX.encode())
    assert (tried.created, tried.faulty) == (2, 1)
    done = run(app, house, tried)
    assert done.state == ImportState.DONE
    ticket = db.session.scalars(select(Ticket)).one()
    assert (ticket.contacts_count, ticket.status) == (2, "closed")
    assert ticket.closed_at.day == 5
    assert db.session.scalars(select(Client.name)).one() == "Joris Peeters"
    assert not db.session.scalars(select(Outbox).where(Outbox.kind == Job.READ.value)).all()
    again = bring("mbox", MBOX.encode())
    assert (again.created, again.skipped) == (0, 2)


def test_a_mail_that_came_by_itself_does_not_come_in_again(app, house, bring):
    contact = house.write(joris, "Mag ik later betalen?", "Uitstel")
    with transaction():
        box = db.session.scalars(Mailbox.in_order()).first()
        standing = db.session.get_one(Contact, contact.id)
        standing.mailbox_id, standing.message_id = box.id, "<first@plumbing.example>"
    tried = bring("mbox", MBOX.encode())
    assert (tried.created, tried.skipped) == (1, 1)


@pytest.mark.parametrize("content", [b"no json", b"[]", b'{"tickets": {}}'], ids=["a", "b", "c"])
def test_a_file_that_says_nothing_ends_with_the_reason(app, house, bring, content):
    failed = bring("zammad", content)
    assert failed.state == ImportState.FAILED
    assert failed.error in ("no_json", "empty")
