"""What we had answered by mail before comes along as an answer: in the ticket of the mail that it
answers, also where that one is here already."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select, text

from models.base import db, transaction
from models.contact import Contact
from models.data_import_row import DataImportRow
from models.mailbox import Mailbox
from models.message import Message
from models.stale_day import StaleDay
from models.ticket import Ticket
from tests.people import joris
from triage.importing import run as running

HOUSE = "contact@fund.example"


def mail(number, sender=HOUSE, answers=None, day=5, text="Ja, dat kan."):
    reply = f"In-Reply-To: <{answers}@plumbing.example>\n" if answers else ""
    return (
        f"From x Mon Mar  4 10:00:00 2019\nFrom: {sender}\nTo: {joris.email}\n"
        f"Subject: Uitstel\nDate: {day} Mar 2019 10:00:00 +0100\n"
        f"Message-ID: <{number}@plumbing.example>\n{reply}\n{text}\n\n"
    )


@pytest.fixture
def standing(house):
    """Joris's mail is here already: it came by itself."""
    contact = house.write(joris, "Mag ik later betalen?", "Uitstel")
    with transaction():
        found = db.session.get_one(Contact, contact.id)
        found.mailbox_id = db.session.scalars(Mailbox.in_order()).first().id
        found.message_id = "<first@plumbing.example>"
    return contact.ticket_id


def brought(bringing, *mails):
    bringing.try_out("mbox", "".join(mails).encode())
    return bringing.run()


def test_an_answer_to_a_mail_that_is_here_stands_in_its_ticket(bringing, standing):
    first = mail("first", joris.email, day=4)
    done = brought(bringing, first, mail("answer", answers="first"))
    assert (done.created, done.skipped, done.faulty) == (1, 1, 0)
    ticket = db.session.scalars(select(Ticket)).one()
    assert ticket.id == standing
    answer = db.session.scalars(select(Message).where(Message.kind == "reply")).one()
    assert (answer.ticket_id, answer.state, answer.recipient) == (standing, "sent", joris.email)
    assert answer.text.strip() == "Ja, dat kan."
    assert ticket.first_answer_at == datetime(2019, 3, 5, 9, tzinfo=UTC)
    assert DataImportRow.reasons(done.id) == [("skip", "here", 1)]


def test_it_needs_no_mail_of_the_client_in_the_file(bringing, standing):
    done = brought(bringing, mail("answer", answers="first"))
    assert (done.created, done.faulty) == (1, 0)
    again = bringing.try_out("mbox", mail("answer", answers="first").encode())
    assert (again.created, again.skipped) == (0, 1)


def test_taken_back_the_ticket_is_as_before(bringing, standing):
    brought(
        bringing,
        mail("later", answers="first", day=6),
        mail("answer", answers="first"),
    )
    assert bringing.undo().state == "undone"
    ticket = db.session.get_one(Ticket, standing)
    assert ticket.first_answer_at is None
    assert not db.session.scalars(select(Message).where(Message.kind == "reply")).all()
    assert db.session.scalar(select(func.count()).select_from(Contact)) == 1


def test_the_days_of_the_first_answer_are_counted_again_each_time(bringing, standing):
    answered = date(2019, 3, 5)
    marked_days()
    brought(bringing, mail("answer", answers="first"))
    assert answered in marked_days()
    bringing.undo()
    assert answered in marked_days()


def marked_days():
    """The days that would be counted again now; after that they are not."""
    with transaction():
        return StaleDay.taken()[0]


def test_nobody_who_works_on_the_ticket_waits_for_the_file(bringing, standing, monkeypatch):
    free = []

    def meanwhile(_point, _settings):
        with db.engine.begin() as connection:
            held = text("SELECT id FROM ticket WHERE id = :id FOR UPDATE NOWAIT")
            free.append(connection.scalar(held, {"id": standing}))

    monkeypatch.setattr(running, "crash", meanwhile)
    done = brought(bringing, mail("answer", answers="first"))
    assert (free, done.state) == ([standing], "done")


def test_a_mail_that_another_file_has_brought_is_a_duplicate(bringing, house):
    question = mail("first", joris.email, day=4)
    bringing.try_out("mbox", question.encode(), source="Outlook")
    bringing.run()
    again = bringing.try_out("mbox", question.encode(), source="Thunderbird")
    assert (again.created, DataImportRow.reasons(again.id)) == (0, [("skip", "here", 1)])


def test_an_answer_in_the_file_alone_stays_with_its_question(bringing, house):
    done = brought(
        bringing, mail("first", joris.email, day=4), mail("answer", answers="first"),
        mail("more", joris.email, "answer", 6), mail("lost", answers="elsewhere"),
    )  # fmt: skip
    assert (done.created, done.faulty) == (3, 1)
    ticket = db.session.scalars(select(Ticket)).one()
    assert (ticket.contacts_count, ticket.closed_at.day) == (2, 6)
    assert db.session.scalars(select(Message.ticket_id)).all() == [ticket.id]
    reasons = DataImportRow.reasons(done.id)
    assert reasons == [("error", "answer_alone", 1)]


def test_its_files_come_along(bringing, standing):
    body = (
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\n"
        "Content-Type: text/plain\n\nZie bijlage.\n--x\nContent-Type: application/pdf\n"
        "Content-Disposition: attachment; filename=a.pdf\n\nPDF\n--x--\n"
    )
    head, _, _ = mail("answer", answers="first").partition("\n\n")
    brought(bringing, f"{head}\n{body}\n")
    answer = db.session.scalars(select(Message).where(Message.kind == "reply")).one()
    assert [file.name for file in answer.files] == ["a.pdf"]
