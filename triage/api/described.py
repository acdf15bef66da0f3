"""What no schema of ours says by itself: the introduction, and the bodies of forms and notices."""

from typing import Any

INTRODUCTION = """\
The same verbs and the same sight as on the pages: a token speaks in the name of one person, and \
what that person may not see or do, the token may not either. What is hidden from the person does \
not exist here: the answer is 404.

The events of a telephone exchange are not described here: their bodies are dictated by the \
exchange, and the token stands in the address that an administrator gives it."""

_ERROR = {
    "type": "object",
    "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
}
_NOTICE = {
    "type": "object",
    "required": ["kind", "occurred_at", "client"],
    "properties": {
        "id": {"type": "string", "description": "Yours; the same id is the same event."},
        "kind": {"type": "string"},
        "occurred_at": {"type": "string", "format": "date-time"},
        "file_reference": {"type": "string"},
        "client": {"type": "object"},
        "pays_on": {"type": "string", "format": "date"},
    },
}
SCHEMAS: dict[str, Any] = {
    "NoticeGiven": _NOTICE,
    "NoticeTaken": {
        "type": "object",
        "required": ["status"],
        "properties": {
            "status": {"type": "integer"},
            "id": {"type": "string"},
            "notice": {"type": "integer"},
            "new": {"type": "boolean"},
            "href": {"type": "string"},
            "detail": {"type": "string"},
            "errors": {"type": "array", "items": _ERROR},
        },
    },
    "NoticesTaken": {
        "type": "object",
        "required": ["events"],
        "properties": {
            "events": {"type": "array", "items": {"$ref": "#/components/schemas/NoticeTaken"}}
        },
    },
    "Notice": {
        "type": "object",
        "required": ["notice", "id", "kind", "occurred_at", "state"],
        "properties": {
            "notice": {"type": "integer"},
            "id": {"type": "string"},
            "kind": {"type": "string"},
            "occurred_at": {"type": "string", "format": "date-time"},
            "pays_on": {"type": ["string", "null"], "format": "date"},
            "state": {"type": "string"},
            "why": {"type": ["string", "null"]},
            "told_at": {"type": ["string", "null"], "format": "date-time"},
            "sent_at": {"type": ["string", "null"], "format": "date-time"},
        },
    },
    "FormGiven": {
        "type": "object",
        "required": ["answers"],
        "additionalProperties": False,
        "properties": {
            "language": {"type": "string", "enum": ["fr", "nl", "de", "en"]},
            "answers": {"type": "object", "description": "By the names of the form's fields."},
            "files": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["name", "content"],
                    "properties": {
                        "name": {"type": "string"},
                        "content": {"type": "string", "description": "In base64."},
                        "document": {"type": "string"},
                    },
                },
            },
        },
    },
    "FormTaken": {
        "type": "object",
        "required": ["reference", "status", "receipt", "missing", "approved"],
        "properties": {
            "reference": {"type": "string"},
            "number": {"type": ["integer", "null"]},
            "status": {"type": "string"},
            "receipt": {"type": "string"},
            "missing": {"type": "array", "items": {"type": "object"}},
            "approved": {"type": "boolean"},
        },
    },
}


def _named(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _body(schema: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    return {
        "required": True,
        "content": {"application/json": {"schema": schema, "example": example}},
    }


def _answer(status: str, words: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {status: {"description": words, "content": {"application/json": {"schema": schema}}}}


BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("post", "/api/v1/notices"): {
        "requestBody": _body(
            {"anyOf": [_named("NoticeGiven"), {"type": "array", "items": _named("NoticeGiven")}]},
            {
                "id": "e-1",
                "kind": "approved",
                "occurred_at": "2026-11-02T09:00:00+01:00",
                "client": {"email": "amelie@example.be"},
            },
        ),
        "responses": _answer(
            "202", "Kept.", {"anyOf": [_named("NoticesTaken"), _named("NoticeTaken")]}
        ),
    },
    ("get", "/api/v1/notices/{notice_id}"): {
        "responses": _answer("200", "What became of it.", _named("Notice"))
    },
    ("post", "/api/v1/forms/{form_code}"): {
        "requestBody": _body(_named("FormGiven"), {"language": "fr", "answers": {"name": "…"}}),
        "responses": _answer("202", "Kept.", _named("FormTaken")),
    },
}
"""Of the doors that read their bodies themselves, by method and path."""
