"""Which documents a form still needs: the measure's, without what the form itself answers."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from unicodedata import normalize

from models.measure import MeasureVersion
from models.web_form import WebForm, WebFormVersion, in_some_language
from triage.answers import Sayable, said, sayable


@dataclass(frozen=True)
class Wanted:
    """One document that the measure asks for."""

    code: str
    names: Mapping[str, str]
    only_if: str = ""
    """The field on whose answer it depends; empty: always."""
    values: Sequence[str] = ()

    def name(self, language: str) -> str:
        return in_some_language(self.names, language)

    def needed(self, answers: Mapping[str, Any]) -> bool:
        return not self.only_if or answers.get(self.only_if) in self.values


def measure_of(form: WebForm, language: str, day: date) -> Sayable | None:
    """What may be said of the measure whose documents and last days the form shows."""
    if form.measure is not None:
        version = MeasureVersion.holding_for(form.measure.id, day)
        return said(version, language, day) if version is not None else None
    return next(iter(sayable(form.topic, form.subtopic, form.intent_id, language, day)), None)


def wanted(version: WebFormVersion, measure: MeasureVersion | None) -> list[Wanted]:
    """The documents that the client must send beside the form, in the order of the measure."""
    if measure is None:
        return []
    covered = [word for field in version.fields for word in field.get("covers") or ()]
    found: dict[str, Wanted] = {}
    for one in measure.documents:
        names = (
            {str(code): str(name) for code, name in one.items() if name}
            if isinstance(one, Mapping)
            else dict.fromkeys(("fr", "nl", "de", "en"), str(one))
        )
        depends = _condition(version, names)
        if names and (depends is not None or not _speaks_of(names, covered)):
            made = Wanted(code_of(names), names, *(depends or ("", ())))
            found.setdefault(made.code, made)
    return list(found.values())


def missing(
    documents: Sequence[Wanted], answers: Mapping[str, Any], sent: Collection[str]
) -> list[dict[str, Any]]:
    """What is needed after these answers and did not come: `code` and `names`."""
    return [
        {"code": one.code, "names": dict(one.names)}
        for one in documents
        if one.needed(answers) and one.code not in sent
    ]


def code_of(names: Mapping[str, str]) -> str:
    """A short name of a document that stays the same while its name does."""
    name = names.get("en") or next(iter(names.values()), "")
    plain = normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "document"


def _condition(version: WebFormVersion, names: Mapping[str, str]) -> tuple[str, Any] | None:
    for field in version.fields:
        for rule in field.get("asks") or ():
            if _speaks_of(names, rule["words"]):
                return field["name"], (rule["value"],)
    return None


def _speaks_of(names: Mapping[str, str], words: Collection[str]) -> bool:
    spoken = [name.casefold().replace("’", "'") for name in names.values()]
    return any(word.casefold().replace("’", "'") in name for word in words for name in spoken)
