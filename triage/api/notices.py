"""Events of the back office by REST: taken at once, told by a worker, asked after by number."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, after_this_request, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from models.api_token import ApiToken, Scope
from models.base import now, transaction
from models.notice import Kept, Notice
from triage.api.asking import ALWAYS, described_as
from triage.api.door import Problem, demand_token, said
from triage.notice_reading import Reading, Unreadable

pages = APIBlueprint("notices", __name__, tag="Notices")

MOST = 1_000
ANOTHER = "Another content came under this id before; the first stays."


@pages.post("/notices")
@described_as("sendNotices", Scope.NOTICES, (*ALWAYS, 409, 413, 415), key=True)
def take() -> ResponseReturnValue:
    """Send events of files

    One event or a list; each is kept once for its id, whatever comes of the others.
    """
    token = demand_token(Scope.NOTICES)
    told = said()
    if isinstance(told, list):
        return several(token, told)
    answer = one(token, told, Reading(now()), key=request.headers.get("Idempotency-Key", "")[:120])
    if answer["status"] == 409:
        raise Problem(409, ANOTHER, id=answer["id"], notice=answer["notice"])
    if answer["status"] == 422:
        raise Problem(422, "This event cannot be read.", errors=answer["errors"])
    return jsonify(answer), 202, {"Location": answer["href"]}


def several(token: ApiToken, told: list[Any]) -> ResponseReturnValue:
    if not told or len(told) > MOST:
        raise Problem(422, f"Send 1 to {MOST} events at once.", at_most=MOST)
    reading = Reading(now())
    answers = [one(token, event, reading, at=f"/{place}") for place, event in enumerate(told)]
    return jsonify(events=answers), 202


def one(
    token: ApiToken, told: Any, reading: Reading, *, key: str = "", at: str = ""
) -> dict[str, Any]:
    """What became of one event: its notice, or what is wrong with it and where."""
    try:
        event = reading.read(told, key=key)
    except Unreadable as trouble:
        errors = [{"pointer": at + one.pointer, "detail": one.detail} for one in trouble.faults]
        return {"status": 422, "errors": errors}
    notice_id, kept = Notice.keep(event, token.name)
    answer: dict[str, Any] = {"status": 202, "id": event.key, "notice": notice_id}
    if kept is Kept.DIFFERENT:
        note_conflict(notice_id)
        return answer | {"status": 409, "detail": ANOTHER}
    href = url_for("api.notices.show", notice_id=notice_id, _external=False)
    return answer | {"new": kept is Kept.NEW, "href": href}


def note_conflict(notice_id: int) -> None:
    """Keep it where people see it, though the request itself may be undone by its answer."""

    @after_this_request
    def keep(response: Response) -> Response:
        with transaction():
            standing = Notice.named(notice_id)
            if standing is not None:
                standing.conflicted_at = now()
        return response


@pages.get("/notices/<int:notice_id>")
@described_as("readNotice", Scope.NOTICES, (*ALWAYS, 404))
def show(notice_id: int) -> ResponseReturnValue:
    """Ask what became of an event

    A program learns of its own only.
    """
    token = demand_token(Scope.NOTICES)
    notice = Notice.named(notice_id)
    if notice is None or notice.source != token.name:
        raise Problem(404, "There is no such notice.")
    return jsonify(
        {
            "notice": notice.id,
            "id": notice.key,
            "kind": notice.kind,
            "occurred_at": notice.occurred_at.isoformat(),
            "pays_on": notice.pays_on.isoformat() if notice.pays_on else None,
            "state": notice.state,
            "why": notice.why or None,
            "told_at": notice.told_at.isoformat() if notice.told_at else None,
            "sent_at": notice.message.sent_at.isoformat()
            if notice.message is not None and notice.message.sent_at
            else None,
        }
    )
