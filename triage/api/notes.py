"""What colleagues tell each other on a ticket, perhaps with files: no note leaves the house."""

from typing import Any

from apiflask import APIBlueprint, Schema, fields
from flask import current_app
from marshmallow import RAISE, validate

from models import sensitive
from models.api_token import Scope
from models.base import db, now
from models.look import Look, Thing
from models.note import Note, NoteFile
from triage import routing
from triage.api.asking import asks, held_ticket, once, the_ticket, the_user
from triage.api.given_files import files_given, kept_files
from triage.api.leaf import each, leaf_shown
from triage.api.seen import note_shown
from triage.api.shapes import LeafQuery, leaf_of
from triage.api.thread_shapes import NoteShape
from triage.config import Settings

pages = APIBlueprint("notes", __name__, tag="Contacts, notes and replies")

LONGEST = 50_000
NoteLeaf = leaf_of(NoteShape, "NoteLeaf")


@pages.get("/tickets/<int:number>/notes")
@asks(Scope.TICKETS_READ, refuses=(404,))
@pages.input(LeafQuery, location="query", unknown=RAISE)
@pages.output(NoteLeaf)
@pages.doc(operation_id="listNotes")
def index(number: int, query_data: dict[str, Any]) -> Any:
    """List the notes of a ticket"""
    ticket = the_ticket(number)
    Look.keep(the_user(), Thing.TICKET, ticket.id, now())
    readable = sensitive.sees_words(the_user(), ticket, now())
    query, show = Note.of_ticket(ticket.id), each(note_shown, readable)
    return leaf_shown(Note, query, (Note.at, Note.id), query_data, show, Note.files)


class NoteGiven(Schema):
    """A remark among colleagues."""

    text = fields.String(
        required=True, validate=[validate.Length(1, LONGEST), validate.Regexp(r"\S")]
    )
    files = files_given(10)


@pages.post("/tickets/<int:number>/notes")
@asks(Scope.TICKETS_WRITE, refuses=(404, 409, 413, 415), files=True)
@once
@pages.input(NoteGiven)
@pages.output(NoteShape, status_code=201)
@pages.doc(operation_id="writeNote")
def write(number: int, json_data: dict[str, Any]) -> Any:
    """Write a note

    It stays in the house with its files: no note is ever sent. National numbers in it are hidden.
    """
    ticket = held_ticket(number)
    settings: Settings = current_app.extensions["settings"]
    files = [NoteFile(**facts) for facts in kept_files(json_data["files"], settings)]
    text = routing.masked(json_data["text"].strip())
    made = ticket.note(text, by=the_user(), at=now(), files=files)
    db.session.flush()
    return note_shown(made, True), 201
