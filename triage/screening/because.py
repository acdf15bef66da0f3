"""Why a contact belongs to a problem, and why two problems may be one, in words."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _

from models.likeness import Likeness
from models.problem import Occurrence
from triage.display import label
from triage.effect_words import percent

SHOWN = 5
"""Words, phrases or identifiers of each kind."""


def reason_words(occurrence: Occurrence) -> str:
    """Why this contact is a case of its problem."""
    reason = occurrence.reason
    why = reason.get("why") or reason.get("by")
    if why == "same_as":
        return str(_("its problem was found to be the same"))
    if why == "person" or occurrence.by_id is not None:
        return str(_("added by a person"))
    return "; ".join(shared_words(reason)) or str(_("alike in meaning"))


def evidence_words(likeness: Likeness) -> str:
    """What two problems have in common."""
    found = shared_words(likeness.evidence)
    if not found and likeness.score:
        found = [str(_("alike: %(share)s", share=percent(min(likeness.score, 1.0))))]
    return "; ".join(found)


def shared_words(facts: Mapping[str, Any]) -> list[str]:
    """What the engine has noted that contacts share, one part for each kind of it."""
    numbers, phrases, terms = (
        ", ".join(_listed(facts.get(name))[:SHOWN]) for name in ("identifiers", "phrases", "terms")
    )
    parts = []
    if numbers:
        parts.append(str(_("same numbers: %(words)s", words=numbers)))
    if phrases:
        parts.append(str(_("same phrases: %(words)s", words=phrases)))
    if terms:
        parts.append(str(_("same words: %(words)s", words=terms)))
    what = [
        str(label(axis, facts.get(axis)))
        for axis in ("thing", "symptom", "stage")
        if facts.get(axis) not in (None, "", "none")
    ]
    if what:
        parts.append(" · ".join(what))
    if facts.get("cosine"):
        parts.append(str(_("alike: %(share)s", share=percent(float(facts["cosine"])))))
    return parts


def _listed(value: object) -> list[str]:
    """Words as they come: a list, or a list for each language."""
    if isinstance(value, Mapping):
        return list(dict.fromkeys(word for words in value.values() for word in _listed(words)))
    if isinstance(value, str) or not isinstance(value, Iterable):
        return [str(value)] if value else []
    return [str(one) for one in value]
