"""The description of the API (OpenAPI 3.1) and the page made of it; both stand for everybody."""

import json
from typing import Any, cast

from apiflask import APIBlueprint, APIFlask
from apispec import APISpec
from apispec.ext.marshmallow.common import make_schema_key
from flask import Flask, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from models.api_token import Scope
from triage.api import described
from triage.api.asking import FORM, JSON, PROBLEM
from triage.api.door import LARGEST_BODY
from triage.api.shapes import LARGEST_ID, ProblemDetails

pages = APIBlueprint("description", __name__, enable_openapi=False)

VERSION = "1.0"
WORDS = {
    400: "Not to be read: no JSON in UTF-8, NUL, nested too deeply, or a header that is none.",
    401: "No valid token.",
    403: "This token, or its person, may not do that.",
    404: "There is no such thing, or your person may not see it.",
    406: "Nothing that you accept can be answered.",
    409: "It cannot be done as things stand, or the Idempotency-Key came with another question.",
    412: "Somebody has changed it since the version in If-Match; `differences` says what.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The question does not fit; `errors` names each place.",
    428: "If-Match is missing.",
    429: "Too many requests; Retry-After says when to come back.",
    500: "Something broke on our side.",
    503: "Not available for a moment; Retry-After says when to come back.",
}
KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": "The same key with the same question is done once and answered alike, "
    "for two days.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 120, "pattern": "^[!-~]{1,120}$"},
}
SEEN = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "description": "The ETag of the version that you have seen, or *.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": '^([*]|"[0-9]+")$'},
}


class Described(APIFlask):
    """APIFlask, with every schema described once, also one that stands within another."""

    def _register_schema_and_get_ref(
        self, spec: APISpec, registered_schema_classes: dict[int, str], schema_obj: Any
    ) -> dict[str, str]:
        if isinstance(schema_obj, Schema) and self._ma_plugin.converter is not None:
            known = self._ma_plugin.converter.refs.get(make_schema_key(schema_obj))
            if known is not None:
                return {"$ref": f"#/components/schemas/{known}"}
        return super()._register_schema_and_get_ref(spec, registered_schema_classes, schema_obj)


@pages.get("/openapi.json")
def document() -> ResponseReturnValue:
    return jsonify(spec())


@pages.get("/docs")
def docs() -> ResponseReturnValue:
    """The description for people: searchable, with examples, and what each scope opens."""
    whole = spec()
    return render_template(
        "api/docs.html",
        spec=whole,
        groups=groups_of(whole),
        scopes=scopes_of(whole),
        body_of=lambda operation: example_body(operation, whole),
        fields_of=lambda schema: fields_of(schema, whole),
        largest=LARGEST_BODY,
    )


def spec() -> dict[str, Any]:
    found = cast(APIFlask, current_app)._get_spec("json")
    assert isinstance(found, dict)
    return found


def describe(app: Flask) -> None:
    """Tell the application how its API is described."""
    assert isinstance(app, APIFlask)
    app.title, app.version = "Passerelle", VERSION
    app.config.update(
        OPENAPI_VERSION="3.1.0",
        AUTO_SERVERS=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_404_RESPONSE=False,
        AUTO_AUTH_ERROR_RESPONSE=False,
        INFO={"description": described.INTRODUCTION},
        SECURITY_SCHEMES={"token": {"type": "http", "scheme": "bearer"}},
        HTTP_ERROR_SCHEMA=ProblemDetails,
    )
    app.schema_name_resolver = name_of
    app.spec_processor(finished)


def name_of(schema: Any) -> str:
    """What a schema is called in the description."""
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__.removesuffix("Shape")


def finished(whole: Any) -> Any:
    """What is the same for every route, added once: refusals, headers, bounds."""
    whole["servers"] = [{"url": "/"}]
    whole["tags"] = [{"name": name} for name in dict.fromkeys(tag["name"] for tag in whole["tags"])]
    schemas = whole.setdefault("components", {}).setdefault("schemas", {})
    schemas["Refusal"] = PROBLEM_SCHEMA
    schemas.update(described.SCHEMAS)
    for path, operations in whole["paths"].items():
        for method, operation in operations.items():
            operation.update(described.BODIES.get((method, path), {}))
            finish(method, operation)
            exemplify(operation, whole)
    return whole


def exemplify(operation: dict[str, Any], whole: dict[str, Any]) -> None:
    """An example beside every JSON that is asked and answered."""
    answers = [one for status, one in operation["responses"].items() if status[0] == "2"]
    for said in (operation.get("requestBody", {}), *answers):
        content = said.get("content", {}).get(JSON)
        if content is not None and "example" not in content:
            content["example"] = example_of(content["schema"], whole)


def finish(method: str, operation: dict[str, Any]) -> None:
    parameters = operation.setdefault("parameters", [])
    for one in parameters:
        if one["in"] == "path" and one["schema"].get("type") == "integer":
            one["schema"] |= {"minimum": 1, "maximum": LARGEST_ID}
        one.setdefault("required", one["in"] == "path")
        if one["in"] == "path":
            one["required"] = True
    if operation.pop("x-files", False):
        operation["requestBody"]["content"][FORM] = {"schema": FORM_SCHEMA}
    if operation.pop("x-once", False):
        parameters.append(KEY)
    refuses = operation.pop("x-refuses", [])
    if 428 in refuses:
        parameters.append(SEEN)
    elif 412 in refuses:
        parameters.append(SEEN | {"required": False})
    for status in sorted(refuses):
        refusal: dict[str, Any] = {
            "description": WORDS[status],
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Refusal"}}},
        }
        if status in (429, 503):
            refusal["headers"] = {
                "Retry-After": {
                    "description": "Seconds.",
                    "required": True,
                    "schema": {"type": "string"},
                }
            }
        operation["responses"][str(status)] = refusal
    for status in ("204", "304"):
        operation["responses"].get(status, {}).pop("content", None)


FORM_SCHEMA = {
    "type": "object",
    "description": "The words of the same JSON by their names, and any number of files.",
    "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
    "additionalProperties": {"type": "string"},
}
PROBLEM_SCHEMA = {
    "type": "object",
    "description": "A refusal, as RFC 9457 writes it.",
    "required": ["type", "title", "status", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "request_id": {"type": "string", "description": "Name it when you ask us what happened."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "The place in the body."},
                    "parameter": {"type": "string", "description": "The place in the address."},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


# --- for people -----------------------------------------------------------------------------


def groups_of(whole: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Operations by tag, each with its method and path."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, operations in whole["paths"].items():
        for method, operation in operations.items():
            told = {**operation, "method": method.upper(), "path": path}
            found.setdefault(operation["tags"][0], []).append(told)
    return found


def scopes_of(whole: dict[str, Any]) -> dict[str, list[str]]:
    """What each scope opens."""
    found: dict[str, list[str]] = {scope.value: [] for scope in Scope}
    for path, operations in whole["paths"].items():
        for method, operation in operations.items():
            if scope := operation.get("x-scope"):
                found[scope].append(f"{method.upper()} {path}")
    return found


def example_body(operation: dict[str, Any], whole: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {}).get(JSON)
    if content is None:
        return ""
    told = content.get("example") or example_of(content["schema"], whole)
    return json.dumps(told, ensure_ascii=False)


def example_of(schema: dict[str, Any], whole: dict[str, Any]) -> Any:
    """The smallest thing that fits: what must be there, with a word for each."""
    schema = resolved(schema, whole)
    if schema.get("anyOf"):
        return example_of(schema["anyOf"][0], whole)
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("format") in _EXAMPLES:
        return _EXAMPLES[schema["format"]]
    if kind == "object":
        inner = schema.get("properties", {})
        wanted = schema.get("required") or list(inner)[:1]
        return {name: example_of(inner[name], whole) for name in wanted if name in inner}
    if kind == "array":
        return [example_of(schema.get("items", {}), whole)]
    return {"integer": 100001, "number": 0.5, "boolean": True}.get(str(kind), "…")


_EXAMPLES = {"date": "2026-11-02", "date-time": "2026-11-02T09:00:00+01:00"}


def fields_of(schema: dict[str, Any], whole: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of an object, with their types in a word."""
    schema = resolved(schema, whole)
    if "items" in schema.get("properties", {}) and "next_cursor" in schema["properties"]:
        schema = resolved(schema["properties"]["items"]["items"], whole)
    must = schema.get("required", [])
    return [
        {"name": name, "kind": kind_of(inner, whole), "must": name in must, **about(inner, whole)}
        for name, inner in schema.get("properties", {}).items()
    ]


def kind_of(schema: dict[str, Any], whole: dict[str, Any]) -> str:
    if "$ref" in schema:
        return "object"
    kinds = schema.get("type") or [kind_of(one, whole) for one in schema.get("anyOf", [])]
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "array" in kinds:
        return f"list of {kind_of(schema.get('items', {}), whole)}"
    return " or ".join(dict.fromkeys(kinds)) or "any"


def about(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    known = resolved(schema, whole)
    values = known.get("enum") or known.get("items", {}).get("enum") or []
    words = schema.get("description") or ""
    return {"about": words, "values": [one for one in values if one is not None]}


def resolved(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        found: dict[str, Any] = whole["components"]["schemas"][name]
        return found
    return schema
