"""What I am writing is kept while I write, comes back on another machine, and can be dropped."""

from flask import abort, jsonify, request
from flask.typing import ResponseReturnValue

from models.base import now
from models.draft import LONGEST, Draft, DraftKind, Viewer
from models.policy import Verb
from triage.accounts import demand
from triage.desk.tickets import pages, the_ticket
from triage.desk.work import again

KEPT_FIELDS = ("language", "disposition", "recipient", "answer_version")
LONGEST_FIELD = 200


@pages.post("/tickets/<int:number>/drafts/<what>")
def keep_draft(number: int, what: str) -> ResponseReturnValue:
    """200 with the revision that is kept; 409 with what stands when another page wrote it."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    text = request.form.get("text", "").replace("\r\n", "\n")
    if len(text) > LONGEST:
        abort(413)
    at = now()
    saved = Draft.save(
        user,
        ticket.id,
        kind_of(what),
        text,
        page=request.form.get("page", "")[:40],
        revision=request.form.get("revision", 0, type=int),
        based_on=request.form.get("based_on", 0, type=int),
        at=at,
        fields={name: request.form.get(name, "")[:LONGEST_FIELD] for name in KEPT_FIELDS},
    )
    if text.strip():
        Viewer.note(user, ticket.id, at, typing=True)
    answer = jsonify(revision=saved.revision, text="" if saved.kept else saved.text)
    return answer, 200 if saved.kept else 409


@pages.post("/tickets/<int:number>/drafts/<what>/withdrawal")
def discard_draft(number: int, what: str) -> ResponseReturnValue:
    """Thrown away; it can be brought back for a day."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    draft = Draft.of(user, ticket.id, kind_of(what))
    if draft is not None and draft.ended_at is None:
        draft.discard(now())
    return again(ticket)


@pages.post("/tickets/<int:number>/drafts/<what>/return")
def restore_draft(number: int, what: str) -> ResponseReturnValue:
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    draft = Draft.of(user, ticket.id, kind_of(what))
    if draft is None or not draft.restore(now()):
        abort(404)
    return again(ticket)


def kind_of(word: str) -> DraftKind:
    if word not in list(DraftKind):
        abort(404)
    return DraftKind(word)
