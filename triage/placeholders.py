"""What may stand in braces in a text, and how it is filled for the client who gets it.

A closed list of names: a text can reach nothing else. What cannot be filled stays in its braces,
and an answer with braces in it does not leave.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask_babel import force_locale
from flask_babel import gettext as _

from triage.long_days import long_day

FIELDS = ("opening", "name", "number", "team", "house", "closing")
"""Who sends it stands in the signature, which every answer gets when it leaves."""
ANSWER_FIELDS = (*FIELDS, "topic", "deadline", "promise", "agent", "document")
"""What an answer to one client may name; `document` is always typed by the agent."""
_BRACED = re.compile(r"\{(\w{1,40})\}")


@dataclass(frozen=True)
class Wording:
    """How one opens and closes a letter in a language; `named` has `{name}` in it."""

    named: str
    unnamed: str
    closing: str


def wording(language: str) -> Wording:
    with force_locale(language):
        return Wording(
            _("Dear %(name)s,", name="{name}"), _("Dear Sir or Madam,"), _("Kind regards,")
        )


def unknown(text: str, known: tuple[str, ...] = FIELDS) -> list[str]:
    """What stands in braces and is no field: most likely a slip of the pen."""
    return [braced for braced in unfilled(text) if braced[1:-1] not in known]


def unfilled(text: str) -> list[str]:
    """All that stands in braces, once each."""
    return list(dict.fromkeys(f"{{{name}}}" for name in _BRACED.findall(text)))


@dataclass(frozen=True)
class Facts:
    """What is known of one client's matter; what is empty is not known."""

    name: str = ""
    number: int | None = None
    topic: str = ""
    deadline: date | None = None
    promise: date | None = None
    agent: str = ""
    team: str = ""
    house: str = ""


def answered(text: str, facts: Facts, language: str) -> str:
    """`text` for one client, in its language; what is not known stays in its braces.

    Replaced literally and once: a name can bring no further field with it.
    """
    words = wording(language)
    values = {
        "opening": words.named.replace("{name}", facts.name) if facts.name else words.unnamed,
        "name": facts.name,
        "number": f"#{facts.number}" if facts.number else "",
        "topic": facts.topic,
        "deadline": day_in(facts.deadline, language),
        "promise": day_in(facts.promise, language),
        "agent": facts.agent,
        "team": facts.team,
        "house": facts.house,
        "closing": words.closing,
    }
    return put_in(text, values)


def put_in(text: str, values: Mapping[str, str]) -> str:
    """What is empty or not known stays in its braces; replaced literally and once."""
    return _BRACED.sub(lambda found: values.get(found[1]) or found[0], text).strip()


def day_in(day: date | None, language: str) -> str:
    """A day as a letter in that language writes it."""
    if day is None:
        return ""
    return long_day(day, language)


def filled(
    text: str, words: Wording, *, name: str, number: int, team: str, house: str
) -> str | None:
    """`text` with the names in; None where it asks for a name that nobody knows.

    Replaced literally and once: a name can bring no further field with it.
    """
    if "{name}" in text and not name:
        return None
    opening = words.named.replace("{name}", name) if name else words.unnamed
    values = {
        "opening": opening,
        "name": name,
        "number": f"#{number}",
        "team": team,
        "house": house,
        "closing": words.closing,
    }
    return _BRACED.sub(lambda found: values.get(found[1], found[0]), text).strip()
