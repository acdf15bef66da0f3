"""What one version of a form changed against the one before, and what no version may lack. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.topic import LANGUAGES
from models.web_form import WebFormVersion
from triage.comparing import Piece, pieces


@dataclass(frozen=True)
class Difference:
    """One text that is another now. `what` names the place: a field, or the form's own words."""

    what: str
    part: str
    """name, introduction, label, hint, option, required or place"""
    language: str
    pieces: list[Piece]


def differences(before: WebFormVersion, after: WebFormVersion) -> list[Difference]:
    """Everything that is not the same any more."""
    found = [
        *_texts("", "name", before.names, after.names),
        *_texts("", "introduction", before.introductions, after.introductions),
    ]
    old = {field["name"]: (place, field) for place, field in enumerate(before.fields, 1)}
    for place, field in enumerate(after.fields, 1):
        stood, was = old.get(field["name"], (0, {}))
        name = field["name"]
        found += _texts(name, "label", was.get("labels"), field.get("labels"))
        found += _texts(name, "hint", was.get("hints"), field.get("hints"))
        options = {option["value"]: option for option in was.get("options") or ()}
        for option in field.get("options") or ():
            earlier = options.pop(option["value"], {})
            found += _texts(name, "option", earlier.get("labels"), option.get("labels"))
        for gone in options.values():
            found += _texts(name, "option", gone.get("labels"), {})
        found += _plain(name, "required", bool(was.get("required")), bool(field.get("required")))
        found += _plain(name, "place", stood, place)
    return found


def _texts(
    what: str, part: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> Iterator[Difference]:
    old, new = before or {}, after or {}
    for code in LANGUAGES:
        if old.get(code, "") != new.get(code, ""):
            yield Difference(
                what, part, code, pieces(str(old.get(code, "")), str(new.get(code, "")))
            )


def _plain(what: str, part: str, before: Any, after: Any) -> Iterator[Difference]:
    if before != after:
        yield Difference(what, part, "", [Piece(str(before), "gone"), Piece(str(after), "new")])


def problems_of(names: Mapping[str, str], fields: Sequence[Mapping[str, Any]]) -> str:
    """What is lacking, in one word; empty when the version can be asked."""
    if any(not names.get(code) for code in LANGUAGES):
        return "name"
    if any(not field["labels"].get(code) for field in fields for code in LANGUAGES):
        return "label"
    for field in fields:
        if "options" in field and (
            len(field["options"]) < 2
            or any(not one["labels"].get(code) for one in field["options"] for code in LANGUAGES)
        ):
            return "options"
    return ""
