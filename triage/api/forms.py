"""Web forms by REST: the same questions, checks and receipt as on the page; 202 once it is kept."""

import base64
import binascii
import hashlib
import io
import json
from typing import Any

from apiflask import APIBlueprint
from flask import current_app, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from werkzeug.datastructures import FileStorage, MultiDict

from models.api_token import Scope
from models.base import now
from models.calendar import business_day
from models.contact import Contact
from models.idempotency import IdempotencyKey
from models.keys import ring
from models.ticket import Ticket
from models.topic import LANGUAGES
from models.web_form import WebForm, WebFormVersion
from models.web_form_draft import SentFile
from triage.api.asking import ALWAYS, described_as
from triage.api.door import DEEPEST, Problem, deeper_than, demand_token
from triage.config import Settings
from triage.forms import sending
from triage.forms.asked import Asked
from triage.forms.documents import missing
from triage.forms.reading import Checked, check, typed_answers
from triage.forms.uploads import received
from triage.intake import NoRoom, refuse_when_full
from triage.letters import leads_on, status_token

pages = APIBlueprint("forms", __name__, tag="Forms")

SPARE_BYTES = 1024 * 1024
ANOTHER = "Another content came under this key before; the first stays."
_KNOWN = {"language", "answers", "files"}


@pages.post("/forms/<form_code>")
@described_as("sendForm", Scope.FORMS, (*ALWAYS, 404, 409, 413, 415), key=True)
def take(form_code: str) -> ResponseReturnValue:
    """Hand in a filled form

    As JSON or multipart; with an Idempotency-Key it counts once.
    """
    token, at = demand_token(Scope.FORMS), now()
    settings: Settings = current_app.extensions["settings"]
    request.max_content_length = settings.form_bytes * 4 // 3 + SPARE_BYTES
    form = WebForm.coded(form_code)
    if form is None:
        raise Problem(404, "There is no such form.")
    language, typed, sent = said(settings)
    asked = Asked(WebFormVersion.current(form), language, business_day(at))
    with force_locale(language):
        checked = judged(asked, typed)
        files = taken(asked, sent, settings)
    try:
        refuse_when_full(settings)
    except NoRoom:
        raise Problem(
            503, "Nothing can be kept just now.", headers={"Retry-After": "300"}
        ) from None
    shown = request.headers.get("Idempotency-Key", "")[:200]
    key = hashlib.sha256(f"{token.name}|{shown}".encode()).hexdigest()[:32] if shown else ""
    filled = sending.Filled(
        version=asked.version,
        language=language,
        answers=checked.answers,
        files=files,
        missing=missing(asked.documents, checked.answers, {file.document for file in files}),
        key=key,
    )
    scope, digest = f"api-form:{token.name}"[:100], filled.once or ""
    if key:
        IdempotencyKey.remember(scope, key, digest, None)
        standing = IdempotencyKey.seen(scope, key)
        if standing is not None and standing.digest != digest:
            raise Problem(409, ANOTHER)
    intake_id, new = sending.keep(filled, at)
    if new:
        sending.read_if_cheap(intake_id, settings)
    return jsonify(answer(intake_id, filled, language, settings)), 202


def answer(
    intake_id: int, filled: sending.Filled, language: str, settings: Settings
) -> dict[str, Any]:
    """The number once it was read, and where the client sees how it goes; no approval."""
    contact = Contact.from_intake(intake_id)
    ticket = Ticket.named(contact.ticket_id) if contact is not None else None
    token = f"{intake_id}-{ring().sign('receipt', intake_id)}"
    receipt = settings.base_url + url_for("public.receipt", token=token, lang=language)
    status = (
        settings.base_url + url_for("public.status", token=status_token(ticket), lang=language)
        if contact is not None and ticket is not None and leads_on(contact, ticket, now())
        else receipt
    )
    return {
        "reference": f"F-{intake_id}",
        "number": ticket.number if ticket is not None else None,
        "status": status,
        "receipt": receipt,
        "missing": [dict(one) for one in filled.missing],
        "approved": False,
    }


# --- what was sent --------------------------------------------------------------------------


def said(settings: Settings) -> tuple[str, MultiDict[str, str], list[tuple[str, FileStorage]]]:
    """(language, answers, files with the documents that they are)."""
    if request.mimetype == "multipart/form-data":
        typed = request.form.copy()
        language = typed.pop("language", "") or settings.default_language
        sent = [
            (name.removeprefix("file-") if name.startswith("file-") else "", file)
            for name, file in request.files.items(multi=True)
        ]
    else:
        told = body()
        language = str(told.get("language") or settings.default_language)
        typed = MultiDict[str, str]()
        for name, value in (told.get("answers") or {}).items():
            for one in value if isinstance(value, list) else [value]:
                typed.add(str(name), "yes" if one is True else "" if one is None else str(one))
        sent = [file_of(place, one) for place, one in enumerate(told.get("files") or [])]
    if language not in LANGUAGES:
        raise refused([{"pointer": "/language", "detail": "One of fr, nl, de, en."}])
    return language, typed, sent


def body() -> dict[str, Any]:
    """The JSON of a request; its size is bounded, also where its length is not told."""
    if request.mimetype != "application/json":
        raise Problem(415, "Send JSON or multipart/form-data.")
    try:
        told = json.loads(request.get_data(cache=False).decode("utf-8"))
    except (ValueError, RecursionError):
        raise Problem(400, "This is not JSON in UTF-8.") from None
    if deeper_than(told, DEEPEST):
        raise Problem(400, "This is nested too deeply.", at_most=DEEPEST)
    if not isinstance(told, dict) or not isinstance(told.get("answers"), dict):
        raise refused([{"pointer": "/answers", "detail": "An object of answers by field."}])
    if unknown := sorted(set(told) - _KNOWN):
        raise refused([{"pointer": f"/{one}", "detail": "Not known here."} for one in unknown])
    if not isinstance(told.get("files") or [], list):
        raise refused([{"pointer": "/files", "detail": "A list of files."}])
    return told


def file_of(place: int, told: Any) -> tuple[str, FileStorage]:
    try:
        content = base64.b64decode(told["content"], validate=True)
        name = str(told["name"])
    except (KeyError, TypeError, ValueError, binascii.Error):
        at = f"/files/{place}"
        raise refused(
            [{"pointer": at, "detail": "A file has a name and its content in base64."}]
        ) from None
    return str(told.get("document") or ""), FileStorage(io.BytesIO(content), filename=name)


def judged(asked: Asked, typed: MultiDict[str, str]) -> Checked:
    """What is in order; an unknown field is refused, for nothing that was said may be lost."""
    known = {field.name for field in asked.fields}
    faults = [
        {"pointer": f"/answers/{name}", "detail": "This form has no such field."}
        for name in sorted(set(typed) - known)
    ]
    checked = check(asked.fields, typed_answers(asked.fields, typed), {})
    for name, words in checked.mistakes.items():
        fault = {"pointer": f"/answers/{name}", "detail": words}
        if name in checked.suggestions:
            fault["suggestion"] = checked.suggestions[name]
        faults.append(fault)
    if faults:
        raise refused(faults)
    return checked


def taken(asked: Asked, sent: list[tuple[str, FileStorage]], settings: Settings) -> list[SentFile]:
    codes = {one.code for one in asked.documents}
    files: list[SentFile] = []
    faults = []
    for place, (document, file) in enumerate(sent):
        kept, not_kept = received(
            [file],
            settings,
            kept=len(files),
            kept_bytes=sum(len(one.content) for one in files),
            document=document if document in codes else "",
        )
        files += kept
        faults += [{"pointer": f"/files/{place}", "detail": one.why} for one in not_kept]
    if faults:
        raise refused(faults)
    return files


def refused(faults: list[dict[str, str]]) -> Problem:
    return Problem(422, "This form cannot be taken as it is.", errors=faults)
