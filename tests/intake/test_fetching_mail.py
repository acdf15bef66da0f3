"""Mail is fetched from an IMAP account: kept first, moved then, and nothing twice."""

import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from models.base import db, transaction
from models.contact import Contact
from models.intake import Adapter, Intake, State
from models.mailbox import MailAccount, Mailbox, alone_with
from models.ticket import Ticket
from tests.mail_servers import Odd, Server, account, pymap
from tests.people import Person, amelie, joris, letter
from triage.intake import NoRoom, fetching
from triage.intake.fetching.connection import Fault, Trouble
from triage.intake.fetching.watch import fetch_once


@pytest.fixture(scope="module")
def process() -> Iterator[Server]:
    with pymap() as server:
        yield server


@pytest.fixture
def server(process, app) -> Server:
    """A real server with an empty inbox, and our account at it."""
    with process.opened() as box:
        for folder in box.folder.list():
            box.folder.set(folder.name)
            if uids := box.uids():
                box.delete(uids)
            if folder.name != "INBOX":
                box.folder.set("INBOX")
                box.folder.delete(folder.name)
    account(process.port)
    return process


@pytest.fixture
def odd(app) -> Iterator[Odd]:
    """A server that does wrong what it is told to, and our account at it."""
    with Odd().running() as server:
        account(server.port)
        yield server


def mailbox_id() -> int:
    mailbox = Mailbox.first()
    assert mailbox is not None
    return mailbox.id


def fetched(settings, **changes: Any) -> fetching.Totals:
    return fetch_once(mailbox_id(), replace(settings, **changes), until_empty=True)


def standing() -> MailAccount:
    db.session.rollback()
    db.session.expire_all()
    found = MailAccount.of(mailbox_id())
    assert found is not None
    return found


def intakes() -> list[Intake]:
    db.session.rollback()
    return list(db.session.scalars(select(Intake).order_by(Intake.id)))


def count(table: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def clients(number: int) -> list[bytes]:
    """As many mails, each of somebody else."""
    people = [
        Person(f"Client {n}", f"client{n}@home.example", "", "fr") for n in range(1, number + 1)
    ]
    return [letter(who, f"Bonjour, où en est mon dossier, {who.name} ?") for who in people]


# --- a real server --------------------------------------------------------------------------


def test_a_mail_is_kept_as_it_came_and_moved_then(server, settings):
    raw = letter(amelie, "Bonjour", headers={"X-Odd": "\ttab"}) + bytes(range(128, 256)) + b"\r\n"
    server.deliver(raw)
    totals = fetched(settings)
    (kept,) = intakes()
    assert (totals.kept, totals.moved) == (1, 1)
    assert (kept.raw, kept.adapter, kept.state) == (raw, Adapter.IMAP, State.RECEIVED)
    assert (server.count(), server.count("Processed")) == (0, 1)


def test_the_envelope_says_where_it_lay_and_how_it_was_delivered(server, settings):
    delivered = (
        b"Return-Path: <bounces@bakery.example>\r\n"
        b"Delivered-To: contact+t12.x@fund.example\r\n"
        b"X-Original-To: somebody@elsewhere.example\r\n"
    )
    server.deliver(delivered + letter(amelie, "Bonjour"))
    fetched(settings)
    (kept,) = intakes()
    assert kept.envelope["mail_from"] == "bounces@bakery.example"
    assert kept.envelope["rcpt_to"] == ["contact+t12.x@fund.example", "contact@fund.example"]
    assert kept.envelope["imap_uid"] == standing().last_uid
    assert kept.envelope["imap_uidvalidity"] == standing().uidvalidity


def test_the_null_sender_is_heard_and_an_absent_one_is_not_guessed(server, settings):
    server.deliver(b"Return-Path: <>\r\n" + letter(amelie, "Bonjour"), letter(joris, "Dag"))
    fetched(settings)
    assert [kept.envelope["mail_from"] for kept in intakes()] == ["<>", None]


def test_a_second_look_takes_only_what_is_new(server, settings):
    server.deliver(letter(amelie, "Bonjour"))
    fetched(settings)
    assert fetched(settings).kept == 0
    server.deliver(letter(joris, "Dag"))
    assert fetched(settings).kept == 1
    assert count(Intake) == standing().fetched == 2


def test_a_mail_that_somebody_has_read_is_taken_all_the_same(server, settings):
    server.deliver(letter(amelie, "Bonjour"))
    with server.opened() as box:
        box.flag(box.uids(), "\\Seen", True)
    assert fetched(settings).kept == 1


def test_it_becomes_a_ticket_of_its_mailbox(server, settings, house):
    server.deliver(letter(amelie, "Où en est mon droit passerelle ?"))
    fetched(settings)
    house.work()
    (contact,) = db.session.scalars(select(Contact))
    assert contact.mailbox_id == mailbox_id()
    assert count(Ticket) == 1


def test_a_mailbox_of_many_is_taken_in_several_runs(server, settings, monkeypatch):
    monkeypatch.setattr(fetching, "MOST", 3)
    monkeypatch.setattr(fetching, "BATCH", 2)
    server.deliver(*clients(8))
    once = fetch_once(mailbox_id(), settings, until_empty=False)
    assert (once.kept, once.more) == (3, True)
    assert fetched(settings).kept == 5
    assert (count(Intake), server.count("Processed")) == (8, 8)


def test_the_folder_of_what_was_kept_may_have_any_name(server, settings):
    account(server.port, processed_folder='Traité "ici"')
    server.deliver(letter(amelie, "Bonjour"))
    fetched(settings)
    assert server.count('Traité "ici"') == 1


# --- nothing twice, nothing lost ------------------------------------------------------------


def test_the_same_mail_100_times_by_four_fetchers_is_one_ticket(server, settings, house, app):
    raw = letter(amelie, "Bonjour, où en est mon dossier ?")
    server.deliver(*[raw] * 100)
    faults: list[Exception] = []

    def work() -> None:
        with app.app_context():
            try:
                while fetch_once(mailbox_id(), settings, until_empty=True).busy:
                    time.sleep(0.02)
            except Exception as trouble:
                faults.append(trouble)

    four = [Thread(target=work) for _ in range(4)]
    for thread in four:
        thread.start()
    for thread in four:
        thread.join()
    assert faults == []
    assert count(Intake) == 100
    house.work()
    house.work()
    assert (count(Contact), count(Ticket)) == (1, 1)
    states = db.session.scalars(select(Intake.state)).all()
    assert sorted(states) == ["duplicate"] * 99 + ["read"]


def test_without_the_lock_the_position_alone_keeps_two_fetchers_apart(
    server, settings, app, monkeypatch
):
    monkeypatch.setattr(fetching, "alone_with", lambda _: _Always())
    server.deliver(*clients(20))
    threads = [Thread(target=in_app(app, fetched), args=(settings,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(Intake) == 20


class _Always:
    def __enter__(self) -> bool:
        return True

    def __exit__(self, *_: object) -> None:
        pass


def in_app(app, function):
    def run(*arguments: Any) -> None:
        with app.app_context():
            function(*arguments)

    return run


def test_who_comes_while_another_fetches_does_nothing(server, settings):
    server.deliver(letter(amelie, "Bonjour"))
    with alone_with(mailbox_id()) as first, alone_with(mailbox_id()) as second:
        assert (first, second) == (True, False)
        assert fetched(settings).busy
    assert count(Intake) == 0
    assert fetched(settings).kept == 1


def test_the_same_id_with_other_words_is_a_second_mail(server, settings, house):
    once = letter(amelie, "Bonjour", message_id="<a@bakery.example>")
    other = letter(amelie, "Autre chose", message_id="<a@bakery.example>")
    server.deliver(once, once, other)
    fetched(settings)
    house.work()
    contacts = db.session.scalars(select(Contact).order_by(Contact.id)).all()
    assert [("message_id_reused" in one.defects) for one in contacts] == [False, True]


def test_another_folder_under_the_same_name_is_taken_whole_and_nothing_twice(odd, settings, house):
    first, second, third = clients(3)
    odd.deliver(first, second)
    fetched(settings)
    odd.validity, odd.next_uid = 2, 1
    odd.folders["INBOX"] = {}
    odd.deliver(second, third)
    assert fetched(settings).kept == 2
    house.work()
    assert count(Contact) == count(Ticket) == 3
    assert standing().uidvalidity == 2


def test_what_was_kept_and_not_moved_is_moved_by_the_next_run(odd, settings, monkeypatch):
    odd.deliver(*clients(2))
    with monkeypatch.context() as patched:
        patched.setattr(fetching.Connection, "move", lambda *_: False)
        assert fetched(settings).moved == 0
    assert len(odd.folders["INBOX"]) == 2
    fetched(settings)
    assert (count(Intake), len(odd.folders["INBOX"]), len(odd.folders["Processed"])) == (2, 0, 2)


def test_without_the_database_nothing_is_moved(odd, settings, monkeypatch):
    odd.deliver(*clients(3))

    def away(*_: object, **__: object) -> int:
        raise OperationalError("INSERT", {}, ConnectionRefusedError())

    with monkeypatch.context() as patched:
        patched.setattr(fetching, "keep", away)
        with pytest.raises(Trouble, match=Fault.NOT_KEPT):
            fetched(settings)
    assert (len(odd.folders["INBOX"]), count(Intake)) == (3, 0)
    assert standing().last_uid == 0
    assert str(standing().last_error).startswith(Fault.NOT_KEPT)
    assert fetched(settings).kept == 3
    assert standing().last_error is None


def test_with_too_little_room_the_mails_stay_where_they_are(odd, settings, monkeypatch):
    odd.deliver(*clients(1))

    def full(_settings: object) -> None:
        raise NoRoom("3 MB free")

    with monkeypatch.context() as patched:
        patched.setattr(fetching, "refuse_when_full", full)
        with pytest.raises(Trouble, match="3 MB free"):
            fetched(settings)
    assert fetched(settings).kept == 1


# --- a server that misbehaves ---------------------------------------------------------------


def test_a_connection_cut_in_the_middle_of_a_mail_keeps_no_half_of_it(odd, settings):
    mails = clients(3)
    odd.deliver(*mails)
    odd.cut_at = 2
    with pytest.raises(Trouble, match=Fault.CUT):
        fetched(settings)
    fetched(settings)
    assert [kept.raw for kept in intakes()] == mails
    assert len(odd.folders["Processed"]) == 3


def test_without_move_exactly_the_kept_mails_are_taken_away(odd, settings):
    odd.deliver(*clients(2))
    fetched(settings)
    assert "UID EXPUNGE 1:2" in odd.commands
    assert (odd.expunges, len(odd.folders["Processed"])) == (0, 2)


def test_what_somebody_else_has_marked_is_not_expunged(odd, settings):
    odd.capabilities = "IMAP4rev1"
    (theirs,) = odd.deliver(letter(joris, "Dag"))
    fetched(settings)
    assert odd.expunges == 1
    (theirs,) = odd.deliver(letter(joris, "Dag"))
    (ours,) = odd.deliver(letter(amelie, "Bonjour"))
    odd.refused, odd.deleted = {theirs}, {theirs}
    fetched(settings)
    assert odd.expunges == 1
    assert set(odd.folders["INBOX"]) == {theirs, ours}
    assert fetched(settings).moved == 0


@pytest.mark.parametrize("how", [{"makes_folders": False}, {"read_only": True}])
def test_where_nothing_can_be_moved_the_position_is_enough(odd, settings, how):
    for name, value in how.items():
        setattr(odd, name, value)
    odd.deliver(*clients(3))
    assert (fetched(settings).kept, fetched(settings).kept) == (3, 0)
    odd.deliver(letter(amelie, "Bonjour"))
    assert fetched(settings).kept == 1
    assert (len(odd.folders["INBOX"]), standing().moves) == (4, False)


def test_a_mail_that_is_not_handed_over_keeps_no_other_waiting(odd, settings):
    odd.refused = {2}
    odd.deliver(*clients(3))
    totals = fetched(settings)
    assert (totals.kept, totals.left, set(odd.folders["INBOX"])) == (2, 1, {2})
    assert standing().last_error == f"{Fault.LEFT_BEHIND} (1)"
    odd.refused = set()
    assert fetched(settings).kept == 1
    assert (standing().last_error, standing().left_behind) == (None, [])
    assert count(Intake) == 3


def test_a_mail_left_behind_that_is_taken_away_is_forgotten(odd, settings):
    odd.refused = {1}
    odd.deliver(*clients(1))
    fetched(settings)
    odd.folders["INBOX"].clear()
    fetched(settings)
    assert (standing().last_error, standing().left_behind) == (None, [])


class TestTooLarge:
    """A mail over the limit: its beginning is kept, and a ticket says where the whole is."""

    def test_its_beginning_is_a_ticket_and_the_whole_stays_in_a_folder(self, odd, settings, house):
        raw = letter(amelie, "Bonjour, voici mon dossier.\r\n" + "Page du dossier.\r\n" * 15_000)
        odd.deliver(raw, letter(joris, "Dag"))
        totals = fetched(settings, mail_limit=200_000)
        assert (totals.kept, totals.too_large) == (1, 1)
        assert odd.folders["Failed"] == {1: raw}
        cut, whole = intakes()
        assert (cut.state, whole.state) == (State.PARTIAL, State.RECEIVED)
        assert cut.raw == raw[: len(cut.raw)]
        assert 60_000 < len(cut.raw) < 80_000
        assert "the whole mail stays in the folder Failed" in (cut.last_error or "")
        contact = Contact.from_intake(cut.id)
        assert contact is not None
        assert not contact.fully_read
        assert "too_large" in contact.defects
        assert amelie.email in contact.sender
        assert contact.new_text.startswith("Bonjour, voici mon dossier.")
        assert contact.ticket_id is not None
        assert cut.id in {one.id for one in db.session.scalars(Intake.not_read())}
        house.work()
        assert count(Ticket) == 2

    def test_up_to_the_limit_it_is_taken_whole(self, odd, settings):
        raw = letter(amelie, "Bonjour")
        odd.deliver(raw)
        totals = fetched(settings, mail_limit=len(raw))
        assert (totals.kept, totals.too_large) == (1, 0)

    def test_without_such_a_folder_it_stays_and_is_one_ticket(self, odd, settings):
        odd.makes_folders = False
        odd.deliver(letter(amelie, "Bonjour" + "x" * 4_000))
        for validity in (1, 2):
            odd.validity = validity
            fetched(settings, mail_limit=2_000)
        assert count(Ticket) == 1
        assert [one.state for one in intakes()] == [State.PARTIAL, State.DUPLICATE]
        assert "folder INBOX" in (intakes()[0].last_error or "")


# --- in words -------------------------------------------------------------------------------


def test_a_wrong_password_is_said_in_words(server, settings):
    account(server.port, secret="wrong")
    with pytest.raises(Trouble) as refusal:
        fetched(settings)
    assert refusal.value.fault is Fault.PASSWORD
    assert str(standing().last_error).startswith("wrong user name or password (")
    assert "secret" not in str(standing().last_error)


def test_a_missing_folder_is_said_in_words(server, settings):
    account(server.port, folder="Nowhere")
    with pytest.raises(Trouble, match="no such folder"):
        fetched(settings)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"host": "mail.invalid"}, Fault.UNKNOWN_HOST),
        ({"port": 1}, Fault.REFUSED),
        ({"security": "tls"}, Fault.NO_TLS),
        ({"security": "starttls"}, Fault.NO_TLS),
    ],
)
def test_what_is_wrong_with_a_server_is_said_in_words(odd, settings, changes, fault):
    account(odd.port, **changes)
    with pytest.raises(Trouble) as trouble:
        fetched(settings)
    assert trouble.value.fault is fault, trouble.value


def test_a_password_of_other_letters_is_tried_and_refused_in_words(odd, settings):
    account(odd.port, secret="pässwörd")
    with pytest.raises(Trouble) as refusal:
        fetched(settings)
    assert refusal.value.fault is Fault.PASSWORD


def test_the_administrator_is_told_by_readyz(odd, settings, client):
    account(odd.port, secret="wrong")
    with pytest.raises(Trouble):
        fetched(settings)
    faults = client.get("/readyz").get_json()["faults"]
    assert "wrong user name or password" in faults["mailbox contact"]
    account(odd.port)
    fetched(settings)
    assert "mailbox contact" not in client.get("/readyz").get_json()["faults"]


def test_no_word_of_a_mail_reaches_the_log(odd, settings, caplog):
    caplog.set_level(logging.DEBUG)
    odd.refused = {2}
    odd.deliver(*clients(3))
    fetched(settings)
    assert "home.example" not in caplog.text


def test_of_a_closed_mailbox_nothing_is_fetched(odd):
    mailbox = Mailbox.first()
    assert mailbox is not None
    assert len(db.session.scalars(MailAccount.active_ones()).all()) == 1
    with transaction():
        mailbox.active = False
    assert db.session.scalars(MailAccount.active_ones()).all() == []
