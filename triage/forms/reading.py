"""What was typed into the fields of a form: read once, checked with words that help."""

import hashlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from models.base import db_safe
from triage.forms import numbers
from triage.forms.fields import Field, Kind, asked_of
from triage.forms.numbers import Reading
from triage.intake.phone import e164

LONGEST_LINE, LONGEST_TEXT = 200, 20_000
MOST_CHOSEN = 40
ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]{2,}")
KNOWN_HOSTS = (
    *("gmail.com", "googlemail.com", "icloud.com", "me.com", "msn.com", "proton.me"),
    *("hotmail.com", "hotmail.be", "hotmail.fr", "hotmail.nl", "hotmail.de"),
    *("outlook.com", "outlook.be", "outlook.fr", "outlook.nl", "outlook.de"),
    *("live.be", "live.com", "live.fr", "live.nl", "yahoo.com", "yahoo.be", "yahoo.fr"),
    *("yahoo.de", "yahoo.nl", "skynet.be", "telenet.be", "proximus.be", "scarlet.be"),
    *("voo.be", "gmx.de", "gmx.net", "web.de", "t-online.de", "orange.fr", "ziggo.nl"),
)
"""Where most people have their mail: what is nearly one of these is probably mistyped."""

Answers = dict[str, Any]


@dataclass
class Checked:
    """What is kept, by field; what must be put right, and what should be looked at once more."""

    answers: Answers = field(default_factory=dict)
    mistakes: dict[str, str] = field(default_factory=dict)
    suggestions: dict[str, str] = field(default_factory=dict)
    notices: dict[str, str] = field(default_factory=dict)

    @property
    def in_order(self) -> bool:
        return not self.mistakes and not self.notices


def typed_answers(fields: Sequence[Field], typed: MultiDict[str, str]) -> Answers:
    """What stands in the fields, tidied but not judged."""
    found: Answers = {}
    for one in fields:
        if one.kind is Kind.DOCUMENTS:
            continue
        if one.several:
            found[one.name] = typed.getlist(one.name)[:MOST_CHOSEN]
        elif one.kind is Kind.TEXT:
            found[one.name] = db_safe(typed.get(one.name, "").replace("\r\n", "\n")).strip()
        else:
            found[one.name] = " ".join(db_safe(typed.get(one.name, "")).split())
    return found


def check(
    fields: Sequence[Field],
    typed: Answers,
    earlier: Mapping[str, Any],
    looked: Collection[str] = (),
) -> Checked:
    """Judge what was typed; `earlier` are the answers of other steps.

    A hidden number that was accepted before and left empty now stays. `looked` are the marks of
    what was already pointed out: it is not pointed out twice.
    """
    found = Checked()
    whole = {**earlier, **typed}
    asked = asked_of(fields, whole)
    for one in fields:
        if one.kind is Kind.DOCUMENTS:
            continue
        value = typed.get(one.name, [] if one.several else "")
        if one.name not in asked:
            found.answers[one.name] = [] if one.several else ""
        elif not value:
            kept = earlier.get(one.name, "") if one.hidden else value
            found.answers[one.name] = kept
            if one.required and one.askable and not kept:
                found.mistakes[one.name] = needed(one)
        else:
            _judge(one, value, found, looked)
    _judge_together(fields, {**whole, **found.answers}, found)
    return found


def mark(name: str, value: str) -> str:
    """By which a page remembers that a value was pointed out."""
    return f"{name}:{hashlib.sha256(value.encode()).hexdigest()[:12]}"


def _judge(one: Field, value: Any, found: Checked, looked: Collection[str]) -> None:
    if one.several:
        offered = {option.value for option in one.options}
        found.answers[one.name] = [chosen for chosen in value if chosen in offered]
        if one.required and one.askable and not found.answers[one.name]:
            found.mistakes[one.name] = needed(one)
        return
    reading = _READERS.get(one.kind, _line)(value, one)
    found.answers[one.name] = reading.value or value
    if reading.suggestion:
        found.suggestions[one.name] = reading.suggestion
    if reading.mistake:
        found.mistakes[one.name] = reading.mistake
    elif reading.notice and mark(one.name, value) not in looked:
        found.notices[one.name] = reading.notice
    else:
        found.suggestions.pop(one.name, None)


def _judge_together(fields: Sequence[Field], answers: Mapping[str, Any], found: Checked) -> None:
    here = {one.name for one in fields}
    reachable = answers.get("email") or answers.get("phone")
    if "email" in here and not reachable and "email" not in found.mistakes:
        found.mistakes["email"] = _("Give an e-mail address or a phone number.")
    if "call_back" in here and answers.get("call_back") == "yes" and not answers.get("phone"):
        found.mistakes["call_back"] = _("Give the number on which we may call you.")


def needed(one: Field) -> str:
    """What to say where nothing was typed or chosen."""
    if one.kind is Kind.TICK:
        return str(_("Tick this to go on."))
    if one.several:
        return str(_("Choose at least one."))
    if one.kind is Kind.CHOICE:
        return str(_("Choose one of these."))
    return str(_("Fill this in: “%(question)s”", question=one.label))


# --- one reader for each kind ---------------------------------------------------------------


def _line(value: str, one: Field) -> Reading:
    if len(value) > LONGEST_LINE:
        return Reading(mistake=_("This is too long."))
    return Reading(value)


def _text(value: str, one: Field) -> Reading:
    over = len(value) - LONGEST_TEXT
    if over > 0:
        return Reading(
            mistake=ngettext(
                "Your message is %(num)s character too long. Attach it as a file.",
                "Your message is %(num)s characters too long. Attach it as a file.",
                over,
            )
        )
    return Reading(value)


def _email(value: str, one: Field) -> Reading:
    if len(value) > LONGEST_LINE or not ADDRESS.fullmatch(value):
        mended = value.replace(" ", "").replace(",", ".").strip(".;")
        return Reading(
            mistake=_("This address is not complete. Example: name@example.com"),
            suggestion=mended if mended != value and ADDRESS.fullmatch(mended) else "",
        )
    name, _at, host = value.rpartition("@")
    host = host.lower()
    near = [] if host in KNOWN_HOSTS else get_close_matches(host, KNOWN_HOSTS, 1, 0.82)
    if near:
        return Reading(
            value,
            notice=_("Is this right? Many addresses end in %(host)s.", host=near[0]),
            suggestion=f"{name}@{near[0]}",
        )
    return Reading(value)


def _phone(value: str, one: Field) -> Reading:
    number = e164(value[:40])
    if number is None:
        return Reading(mistake=_("This number is not complete. Example: 0475 12 34 56"))
    return Reading(number)


def _choice(value: str, one: Field) -> Reading:
    if value not in {option.value for option in one.options}:
        return Reading(mistake=needed(one) if one.required else _("Choose one of these."))
    return Reading(value)


def _tick(value: str, one: Field) -> Reading:
    return Reading("yes")


_READERS: dict[Kind, Callable[[str, Field], Reading]] = {
    Kind.TEXT: _text,
    Kind.EMAIL: _email,
    Kind.PHONE: _phone,
    Kind.NATIONAL_NUMBER: lambda value, one: numbers.national_number(value[:LONGEST_LINE]),
    Kind.ENTERPRISE_NUMBER: lambda value, one: numbers.enterprise_number(value[:LONGEST_LINE]),
    Kind.IBAN: lambda value, one: numbers.account(value[:LONGEST_LINE]),
    Kind.COMMUNICATION: lambda value, one: numbers.communication(value[:LONGEST_LINE]),
    Kind.PERCENT: lambda value, one: numbers.percent(value[:LONGEST_LINE]),
    Kind.CHOICE: _choice,
    Kind.TOPIC: _choice,
    Kind.TICK: _tick,
}
