"""What every door of the API asks before it opens, said once for each route and described by it.

The order is fixed: token and scope, then the shape of what was sent, then the thing itself.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, TypeVar

from apiflask.exceptions import HTTPError
from apiflask.scaffold import _annotate
from apiflask.schema_adapters.marshmallow import parser
from cryptography.exceptions import InvalidTag
from flask import Request, Response, current_app, g, request
from marshmallow import Schema

from models import sensitive
from models.api_answer import ApiAnswer
from models.api_token import ApiToken, Scope
from models.base import db, now
from models.keys import ring
from models.keyset import Place
from models.ticket import Ticket
from models.user import User
from triage.api.door import (
    LARGEST_BODY,
    Problem,
    demand_plain,
    demand_token,
    field_by_field,
    said,
    written,
)
from triage.config import Settings

View = TypeVar("View", bound=Callable[..., Any])

JSON = "application/json"
BYTES = "application/octet-stream"
FORM = "multipart/form-data"
PROBLEM = "application/problem+json"
KEY = re.compile(r"[!-~]{1,120}")
"""An Idempotency-Key: visible signs of ASCII."""
SETTLED = (409, 422)
"""Refusals that the same question will meet again."""
KEPT = ("Location", "ETag", "Content-Type")
"""The headers that are part of an answer."""
ALWAYS = (400, 401, 403, 406, 422, 429, 500, 503)
_TAG = re.compile(r'(?:W/)?"([^"]*)"')


def asks(
    scope: Scope | None, *, answers: str = JSON, refuses: Sequence[int] = (), files: bool = False
) -> Callable[[View], View]:
    """A token of that scope (None: any token), and an answer in a form that the program takes.

    With `files` the body may be as large as the files that one contact may bring.
    """

    def decorator(view: View) -> View:
        @wraps(view)
        def opened(*args: Any, **kwargs: Any) -> Any:
            g.api_token = demand_token(scope)
            demand_acceptable(answers)
            settings: Settings = current_app.extensions["settings"]
            more = settings.form_bytes * 4 // 3 if files else 0
            g.largest_body = request.max_content_length = LARGEST_BODY + more
            g.takes_files = files
            return view(*args, **kwargs)

        told = {"x-scope": scope.value if scope else None, "x-refuses": [*ALWAYS, *refuses]}
        add_extensions(opened, **told, **({"x-files": True} if files else {}))
        _annotate(opened, security=["token"])
        return opened  # type: ignore[return-value]

    return decorator


def once(view: View) -> View:
    """A creating request: with an Idempotency-Key it is done once, however often it is sent."""

    @wraps(view)
    def answered(*args: Any, **kwargs: Any) -> Any:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return view(*args, **kwargs)
        if not KEY.fullmatch(key):
            raise Problem(400, "An Idempotency-Key has 1 to 120 visible signs of ASCII.")
        asked = question()
        standing, new = ApiAnswer.begin(the_token().id, key, asked)
        if standing.question != asked:
            raise Problem(409, "This Idempotency-Key came with another question before.")
        if not new:
            headers = {**standing.headers, "Idempotent-Replayed": "true"}
            return Response(standing.body, standing.status or 200, headers)
        response = remembered(view, *args, **kwargs)
        headers = {name: response.headers[name] for name in KEPT if name in response.headers}
        standing.give(response.status_code, headers, response.get_data())
        return response

    add_extensions(answered, **{"x-once": True})
    return answered  # type: ignore[return-value]


def remembered(view: View, *args: Any, **kwargs: Any) -> Response:
    """The answer of a view; a refusal for what was asked is one, too, with nothing done."""
    try:
        with db.session.begin_nested():
            response = current_app.make_response(view(*args, **kwargs))
    except (Problem, HTTPError) as refusal:
        problem = refusal if isinstance(refusal, Problem) else field_by_field(refusal)
        if problem.status not in SETTLED:
            raise
        response, g.remembered = written(problem), True
    return response


def described_as(
    operation_id: str, scope: Scope, refuses: Sequence[int], *, key: bool = False
) -> Callable[[View], View]:
    """Of a door that asks and reads by itself: only what the description says of it."""

    def decorator(view: View) -> View:
        more = {"x-scope": scope.value, "x-refuses": list(refuses), "x-once": key}
        _annotate(view, operation_id=operation_id, security=["token"], extensions=more)
        return view

    return decorator


def add_extensions(view: Callable[..., Any], **more: Any) -> None:
    known = getattr(view, "_spec", {}).get("extensions") or {}
    _annotate(view, extensions={**known, **more})


# --- who asks -------------------------------------------------------------------------------


def the_token() -> ApiToken:
    token: ApiToken = g.api_token
    return token


def the_user() -> User:
    """The person in whose name the program comes: what that person may not, it may not."""
    return the_token().user


def the_ticket(number: int) -> Ticket:
    """The ticket of that number, if the person may see it."""
    found = Ticket.numbered(the_user(), number)
    if found is None:
        raise Problem(404, "There is no such ticket.")
    return found


def held_ticket(number: int) -> Ticket:
    """The same, to be changed: nobody else changes it until this is done."""
    held = Ticket.hold(the_user(), [the_ticket(number).id])
    if not held:
        raise Problem(404, "There is no such ticket.")
    if held[0].merged_into_id is not None:
        into = held[0].target
        seen = Ticket.numbered(the_user(), into.number)
        words = "This ticket is part of another one by now."
        raise Problem(409, words, merged_into=into.number if seen is not None else None)
    return held[0]


def demand_words(ticket: Ticket) -> None:
    """403 where it tells of health and the person has not opened that."""
    if not sensitive.sees_words(the_user(), ticket, now()):
        raise Problem(403, "What tells of health is opened on its page, for a reason.")


# --- what is sent ---------------------------------------------------------------------------


@parser.location_loader("json")
def read_body(_request: Request, _schema: Schema) -> Any:
    """JSON as this API takes it: bounded, in UTF-8, an object; where files may come, a form too."""
    if g.takes_files and request.mimetype == FORM:
        return typed()
    told = said()
    if not isinstance(told, dict):
        raise refused_fields([{"pointer": "", "detail": "An object is expected."}])
    return told


def typed() -> dict[str, Any]:
    """A form as the same JSON would say it: its words by their names, its files in `files`."""
    told: dict[str, Any] = {}
    for name, value in request.form.items(multi=True):
        if name in told:
            raise refuse(f"/{name}", "This came twice.")
        told[name] = value
    demand_plain(told)
    files = [
        {"name": file.filename or "file", "content": base64.b64encode(file.read()).decode()}
        for _name, file in request.files.items(multi=True)
    ]
    return told | ({"files": files} if files else {})


def refused_fields(faults: list[dict[str, str]]) -> Problem:
    return Problem(422, "This cannot be taken as it is.", errors=faults)


def refuse(pointer: str, detail: str) -> Problem:
    return refused_fields([{"pointer": pointer, "detail": detail}])


def question() -> str:
    """What was asked, as a digest."""
    path = request.full_path.encode("utf-8", "replace")
    parts = [request.method.encode(), path, *_body()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _body() -> list[bytes]:
    """What was sent; of a form its parts, for what stands between them is another each time."""
    if request.mimetype != FORM:
        return [request.get_data(cache=True)]
    parts = [f"{name}={value}" for name, value in request.form.items(multi=True)]
    for name, file in request.files.items(multi=True):
        parts.append(f"{name}={file.filename}={hashlib.sha256(file.read()).hexdigest()}")
        file.seek(0)
    return [part.encode("utf-8", "replace") for part in parts]


def demand_acceptable(answers: str) -> None:
    wanted = request.accept_mimetypes
    if wanted.provided and not any(wanted[one] > 0 for one in (answers, PROBLEM)):
        raise Problem(406, "Nothing that you accept can be answered.", answers=[answers, PROBLEM])


# --- versions -------------------------------------------------------------------------------


def tag_of(version: int) -> str:
    return f'"{version}"'


def unchanged(version: int) -> bool:
    """Whether the program has this version already (If-None-Match)."""
    wanted = request.headers.get("If-None-Match", "")
    return wanted.strip() == "*" or str(version) in _TAG.findall(wanted)


def demand_version(version: int, differences: Callable[[], list[dict[str, Any]]]) -> None:
    """428 without If-Match; 412, with what differs, where somebody has changed the thing since."""
    wanted = request.headers.get("If-Match")
    if wanted is None:
        raise Problem(428, "Say with If-Match which version you change.")
    if wanted.strip() != "*" and str(version) not in _TAG.findall(wanted):
        raise Problem(
            412,
            "Somebody has changed this meanwhile.",
            headers={"ETag": tag_of(version)},
            version=version,
            differences=differences(),
        )


# --- leaves ---------------------------------------------------------------------------------


def place_in(query: Mapping[str, Any]) -> Place | None:
    """Where the leaf begins that a cursor asks for; one of another list is refused."""
    cursor = query.get("cursor")
    if not cursor:
        return None
    try:
        sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        place: Place = json.loads(ring().open(sealed, _list_asked(query)))
    except (InvalidTag, ValueError, KeyError):
        faults = [{"parameter": "cursor", "detail": "Not a cursor of this very list."}]
        raise refused_fields(faults) from None
    return place


def cursor_at(place: Place | None, query: Mapping[str, Any]) -> str | None:
    """Sealed: the last row may be one of which the person learns nothing, not even its name."""
    if place is None:
        return None
    sealed = ring().seal(json.dumps(place).encode(), _list_asked(query))
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def _list_asked(query: Mapping[str, Any]) -> str:
    """Each list with its filters has cursors of its own, and so has each person."""
    asked = sorted((k, repr(v)) for k, v in query.items() if k not in ("cursor", "limit", "total"))
    return f"cursor|{the_user().id}|{request.path}|{asked}"
