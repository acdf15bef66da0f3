"""The words of which answers are made, as fields of schemas: every field is always there, empty
where nothing is known. What a resource looks like stands beside the resource.
"""

from typing import Any

from apiflask import Schema, fields
from marshmallow import post_load, validate

from models.topic import LANGUAGES

LARGEST_ID = 2**31 - 1
MOST = 200
LANGUAGE = validate.OneOf(LANGUAGES)
ID = validate.Range(1, LARGEST_ID)


def _told(about: str) -> dict[str, str]:
    return {"description": about} if about else {}


class Strict(fields.Integer):
    """A number in JSON: never one in quotation marks, nor a truth value."""

    def _validated(self, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class Truth(fields.Boolean):
    """true or false, and nothing that only means them."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


def words(about: str = "", *, none: bool = False) -> fields.String:
    return fields.String(required=True, allow_none=none, metadata=_told(about))


def whole(about: str = "", *, none: bool = False) -> fields.Integer:
    return fields.Integer(required=True, allow_none=none, metadata=_told(about))


def yes(about: str = "", *, none: bool = False) -> fields.Boolean:
    return fields.Boolean(required=True, allow_none=none, metadata=_told(about))


def moment(about: str = "", *, none: bool = True) -> fields.DateTime:
    return fields.DateTime(required=True, allow_none=none, metadata=_told(about))


def day(about: str = "") -> fields.Date:
    return fields.Date(required=True, allow_none=True, metadata=_told(about))


def one(shape: type[Schema], *, none: bool = False) -> fields.Nested:
    return fields.Nested(shape, required=True, allow_none=none)


def several(inner: Any) -> fields.List[Any]:
    nested = fields.Nested(inner) if isinstance(inner, type) else inner
    return fields.List(nested, required=True)


def leaf_of(shape: type[Schema], name: str) -> Any:
    """One leaf of a list, as an answer."""
    parts: dict[str, Any] = {
        "items": several(shape),
        "next_cursor": words(
            "Send it as `cursor` for what follows; null on the last leaf.", none=True
        ),
        "has_more": yes(),
        "next_page": words("The address of what follows; null on the last leaf.", none=True),
        "total": whole("How many there are in all; null unless `total=true` was asked.", none=True),
    }
    return Schema.from_dict(parts, name=name)


class LeafQuery(Schema):
    """Which leaf of a list."""

    cursor = fields.String(validate=validate.Length(1, 2_000))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST))
    total = fields.Boolean(load_default=False)
    per_page = fields.Integer(
        validate=validate.Range(1, MOST),
        metadata={"description": "The same as `limit`, in the words of Zammad and Zendesk."},
    )
    with_total_count = fields.Boolean(metadata={"description": "The same as `total`."})

    @post_load
    def in_our_words(self, told: dict[str, Any], **_more: Any) -> dict[str, Any]:
        for theirs, ours in (("per_page", "limit"), ("with_total_count", "total")):
            if theirs in told:
                told[ours] = told.pop(theirs)
        return told


class ProblemDetails(Schema):
    """A refusal (RFC 9457)."""

    type = words()
    title = words()
    status = whole()
    request_id = fields.String()
    errors = fields.List(fields.Dict(keys=fields.String()))
