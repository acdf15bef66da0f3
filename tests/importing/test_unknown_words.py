"""A topic, team, language, channel, state or colleague that is not known here is told at the trial,
with the name that is most like it; nothing is taken without a word."""

import io

import pytest
from sqlalchemy import select

from models.base import db, now
from models.client import Client
from models.data_import import DataImport
from models.data_import_row import DataImportRow
from models.note import Note
from models.ticket import Ticket
from tests.people import amelie, emily
from triage.importing.table import guessed

HEADING = (
    "external_id,subject,description,status,requester_email,channel,language,topic,intent,"
    "team,owner,priority,tags,created_at,solved_at"
)
COLUMNS = guessed(HEADING.split(","))


def table(*rows):
    return "\n".join([HEADING, *rows]).encode()


def row(number="1", **cells):
    plain = {"subject": "Question", "description": "Hello", "created_at": "2019-03-04"}
    found = {"external_id": number, "requester_email": amelie.email} | plain | cells
    return ",".join(found.get(name, "") for name in HEADING.split(","))


def tried(bringing, *rows):
    return bringing.try_out("tickets", table(*rows), columns=COLUMNS, separator=",")


@pytest.mark.parametrize(
    ("field", "word", "nearest"),
    [
        ("topic", "Bridging rigth", "bridging_right"),
        ("topic", "Weather", ""),
        ("intent", "complaim", "complain"),
        ("team", "brigding", "bridging"),
        ("owner", "nadja", "nadia"),
        ("language", "Nederlans", "nl"),
        ("status", "solvd", "solved"),
    ],
)
def test_a_word_that_is_not_known_is_doubted_and_the_row_comes_in_without_it(
    bringing, house, field, word, nearest
):
    assert house.nadia
    made = tried(bringing, row("1", **{field: word}), row("2", **{field: word}))
    assert (made.created, made.faulty) == (2, 0)
    named = "state" if field == "status" else field
    assert DataImportRow.doubts(made.id) == [(named, word, nearest, 2)]
    bringing.run()
    ticket = db.session.scalars(select(Ticket)).first()
    assert (ticket.topic_id, ticket.team_id, ticket.language) == (None, None, None)
    assert (ticket.intent_id, ticket.assignee_id, ticket.status) == (None, None, "open")


def test_a_channel_that_is_not_known_keeps_the_row_out(bringing):
    made = tried(bringing, row(channel="emial"), row("2", channel="carrier pigeon"))
    assert (made.created, made.faulty) == (0, 2)
    reasons = {one.reason for one in db.session.scalars(DataImportRow.faults(made.id))}
    assert reasons == {"unknown_channel"}
    assert DataImportRow.doubts(made.id) == [
        ("channel", "carrier pigeon", "", 1),
        ("channel", "emial", "email", 1),
    ]


def test_words_that_are_known_are_taken_in_any_language_and_spelling(bringing, house):
    cells = {
        "topic": "Droit passerelle",
        "team": "BRIDGING",
        "owner": "Nadia Benali",
        "language": "Nederlands",
        "channel": "Phone call",
        "status": "fermé",
        "priority": "high",
        "tags": "strike",
    }
    nadia_id = house.nadia.id
    made = tried(bringing, row(**cells))
    assert (made.created, DataImportRow.doubts(made.id)) == (1, [])
    bringing.run()
    ticket = db.session.scalars(select(Ticket)).one()
    assert (ticket.topic_id, ticket.team.slug) == ("bridging_right", "bridging")
    assert (ticket.assignee_id, ticket.language) == (nadia_id, "nl")
    assert (ticket.channel, ticket.status) == ("phone", "closed")
    note = db.session.scalars(select(Note.text)).one()
    assert note.splitlines() == ["Zammad 1", "priority: high", "tags: strike"]


def test_a_colleague_of_another_team_is_not_given_the_ticket(bringing, house):
    assert house.stranger
    made = tried(bringing, row(topic="bridging_right", owner="stranger"))
    assert DataImportRow.doubts(made.id) == [("owner", "stranger", "", 1)]


def test_a_language_of_a_client_is_doubted_too(bringing):
    people = f"id,name,email,language\n1,Emily,{emily.email},Klingon\n".encode()
    made = bringing.try_out("clients", people, columns=guessed(["id", "name", "email", "language"]),
                            separator=",")  # fmt: skip
    assert DataImportRow.doubts(made.id) == [("language", "Klingon", "", 1)]
    bringing.run()
    assert db.session.scalars(select(Client.language)).one() is None


def test_the_page_says_which_words_and_what_is_known(client, house, bringing):
    client.sign_in(house.ada)
    made = tried(bringing, row(topic="Bridging rigth"), row("2", channel="emial"))
    page = client.get(f"/admin/imports/{made.id}").text
    assert "Words that are not known here" in page
    assert "<td>Topic</td><td>Bridging rigth</td><td>Bridging right</td>" in page
    assert "<td>Channel</td><td>emial</td><td>E-mail</td>" in page
    assert "all that are known" in page


def test_duplicates_are_counted_as_such(client, house, bringing):
    client.sign_in(house.ada)
    made = tried(bringing, row("1"), row("1"), row("2"))
    assert (made.created, made.skipped) == (2, 1)
    assert "<li><b>1</b> duplicates</li>" in client.get(f"/admin/imports/{made.id}").text


def test_the_encoding_is_found_out_when_the_file_comes(app, house):
    made = DataImport.take("clients", "x", io.BytesIO(b"a"), by=house.ada, at=now(), encoding="x")
    assert made.asked == {"encoding": "x"}
