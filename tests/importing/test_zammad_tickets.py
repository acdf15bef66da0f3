"""A ticket of Zammad comes with its articles, files, tags, owner, state and notes; what has no
place of its own stands in a note, and nothing is dropped without a word."""

import base64
import json

import pytest
from sqlalchemy import func, select

from models.base import db
from models.contact import Contact
from models.data_import_row import DataImportRow
from models.files import Attachment, Blob
from models.message import Kind, Message, MessageFile
from models.note import Note, NoteFile
from models.ticket import Ticket
from tests.people import emily

LETTER = b"%PDF-1.4 a letter"
USERS = [
    {"id": 7, "firstname": "Emily", "lastname": "Stone", "email": emily.email,
     "phone": "+3225497300"},
    {"id": 3, "login": "nadia", "firstname": "N.", "lastname": "B."},
]  # fmt: skip
BESIDE = {
    "users": USERS,
    "groups": [{"id": 2, "name": "Bridging"}],
    "ticket_states": [{"id": 3, "name": "pending reminder"}, {"id": 4, "name": "closed"}],
    "ticket_priorities": [{"id": 3, "name": "3 high"}],
}


@pytest.fixture(autouse=True)
def _nadia(house):
    assert house.nadia


def article(number, sender="Customer", kind="email", **more):
    plain = {"from": f"Emily Stone <{emily.email}>"} if sender == "Customer" else {"from": "Nadia"}
    return {
        "id": number,
        "sender": sender,
        "type": kind,
        "subject": "Deferral",
        "body": f"text {number}",
        "content_type": "text/plain",
        "created_at": f"2019-05-02T{8 + number:02}:00:00Z",
        **plain,
        **more,
    }


def ticket(*articles, **more):
    return {
        "id": 31,
        "number": "31002",
        "title": "Deferral",
        "group_id": 2,
        "state_id": 4,
        "priority_id": 3,
        "owner_id": 3,
        "customer_id": 7,
        "created_at": "2019-05-02T08:00:00Z",
        "close_at": "2019-05-03T08:00:00Z",
        "article_count": len(articles),
        "articles": list(articles),
        **more,
    }


def file(name, content=LETTER, kind="application/pdf", **more):
    return {"filename": name, "data": base64.encodebytes(content).decode()} | (
        {"mime-type": kind} | more
    )


def brought(bringing, *tickets):
    done = bringing.try_out("zammad", json.dumps({"tickets": tickets, **BESIDE}).encode())
    return bringing.run() if done.created else done


def test_numbers_become_names_by_the_lists_beside_the_tickets(bringing, house):
    nadia_id = house.nadia.id
    brought(bringing, ticket(article(1), tags=["strike", "march"], note="call first", district="9"))
    [found] = db.session.scalars(select(Ticket))
    assert (found.team.slug, found.assignee_id, found.status) == ("bridging", nadia_id, "closed")
    assert found.client.numbers[0].e164 == "+3225497300"
    assert db.session.scalars(select(Note.text)).one().splitlines() == [
        "Zammad 31",
        "priority: 3 high",
        "district: 9",
        "note: call first",
        "number: 31002",
        "tags: strike, march",
    ]


def test_a_state_that_we_have_not_stands_in_the_note(bringing):
    brought(bringing, ticket(article(1), state_id=3, pending_time="2019-06-01T08:00:00Z"))
    assert db.session.scalars(select(Ticket.status)).one() == "open"
    written = db.session.scalars(select(Note.text)).one()
    assert "state: pending reminder" in written
    assert "pending_time: 2019-06-01T08:00:00Z" in written


def test_files_come_along_with_what_they_came_with(bringing):
    made = brought(
        bringing,
        ticket(
            article(1, attachments=[file("letter.pdf")]),
            article(2, "Agent", attachments=[file("form.pdf", LETTER + b"2")]),
            article(3, "Agent", "note", internal=True, attachments=[file("call.txt", b"3")]),
        ),
    )
    [came] = db.session.scalars(select(Attachment))
    assert (came.name, came.content_type, came.size) == (
        "letter.pdf",
        "application/pdf",
        len(LETTER),
    )
    assert came.blob.content == LETTER
    assert db.session.scalars(select(MessageFile)).one().blob.content == LETTER + b"2"
    assert db.session.scalars(select(NoteFile)).one().blob.content == b"3"
    assert DataImportRow.doubts(made.id) == []
    raw = db.session.scalars(select(Contact)).one().intake.raw
    assert b"letter.pdf" in raw
    assert b"data" not in raw
    bringing.undo()
    assert [_many(one) for one in (Attachment, MessageFile, NoteFile, Message, Note)] == [0] * 5


@pytest.mark.parametrize(
    "data",
    [{}, {"data": None}, {"data": "", "size": "12"}, {"data": "no base64!"}],
    ids=["none", "null", "empty", "bad"],
)
def test_a_file_without_its_content_is_told_and_named_in_the_note(bringing, data):
    gone = {"id": 5, "filename": "gone.pdf", "preferences": {"Content-Type": "application/pdf"}}
    made = brought(bringing, ticket(article(1, attachments=[gone | data])))
    assert DataImportRow.doubts(made.id) == [("file", "gone.pdf", "", 1)]
    assert "attachments without content: gone.pdf" in db.session.scalars(select(Note.text)).one()


def test_who_wrote_what_to_whom(bringing):
    other = "accountant@example.be"
    brought(
        bringing,
        ticket(
            article(1, cc=other),
            article(2, "System", body="we have it"),
            article(3, "Agent", to=other),
            article(4, "Agent", internal=True, to=f"Emily <{emily.email}>"),
            article(5, "Agent", internal=True, to="chief@example.be"),
            article(6, "Agent", "note"),
            article(7, "Agent", "phone", internal=True),
        ),
    )
    [contact] = db.session.scalars(select(Contact))
    assert contact.copies == [other]
    sent = db.session.scalars(select(Message).order_by(Message.sent_at)).all()
    assert [(one.kind, one.recipient) for one in sent] == [
        (Kind.ACKNOWLEDGEMENT, emily.email),
        (Kind.REPLY, other),
        (Kind.REPLY, emily.email),
    ]
    assert db.session.scalars(select(Ticket.first_answer_at)).one() == sent[1].sent_at
    notes = db.session.scalars(select(Note.text).order_by(Note.at, Note.id)).all()
    assert notes[:3] == [
        "Nadia: (email) text 5",
        "Nadia: (public) text 6",
        "Nadia: (phone) text 7",
    ]


def test_the_same_message_id_twice_is_no_trouble(bringing):
    twice = {"message_id": "<one@studio.example>"}
    done = brought(
        bringing,
        ticket(article(1), article(2, "Agent", **twice), article(3, "Agent", **twice)),
    )
    assert (done.state, _many(Message)) == ("done", 2)


def test_a_ticket_that_ended_before_it_began_stays_out(bringing):
    made = brought(bringing, ticket(article(1), close_at="2019-05-01T08:00:00Z"))
    assert DataImportRow.reasons(made.id) == [("error", "ends_before_it_begins", 1)]


def test_a_channel_that_we_have_not_keeps_its_ticket_out(bringing):
    made = brought(bringing, ticket(article(1, kind="twitter status")))
    assert (made.state, made.faulty) == ("tried", 1)
    assert DataImportRow.doubts(made.id) == [("channel", "twitter status", "", 1)]


def test_a_ticket_that_is_damaged_stops_no_other(bringing):
    made = brought(bringing, ticket(article(1)), {"id": 32, "articles": [1]}, [], ticket(id=33))
    assert (made.created, made.faulty) == (1, 3)
    reasons = [one.reason for one in db.session.scalars(DataImportRow.faults(made.id))]
    assert reasons == ["no_shape", "no_id", "nothing_said"]


def test_a_list_of_tickets_alone_is_enough(bringing):
    alone = ticket(article(1), customer=emily.email, state="closed", group="Weather")
    for number in ("customer_id", "state_id", "group_id"):
        del alone[number]
    made = bringing.try_out("zammad", json.dumps([alone]).encode())
    assert made.created == 1
    assert ("team", "Weather", "", 1) in DataImportRow.doubts(made.id)
    bringing.run()
    assert db.session.scalars(select(Blob.sha256)).first()
    assert db.session.scalars(select(Ticket)).one().client.name == "Emily Stone"


def _many(table):
    return db.session.scalar(select(func.count()).select_from(table))
