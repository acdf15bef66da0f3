"""What a filled form says: its lines for people, in any language, with hidden numbers masked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date
from flask_babel import force_locale
from flask_babel import gettext as _

from models.deadline import Quarter, RuleError
from models.topic import Topic
from models.web_form import WebFormVersion, in_some_language
from triage import routing
from triage.answers import quarter_name
from triage.forms import numbers
from triage.forms.fields import Field, Kind, asked_of, fields_of

WORDS = ("text", "cause")
"""The fields in which clients tell in their own words: what the classifier hears."""


@dataclass(frozen=True)
class Line:
    """One question and what was answered."""

    field: Field
    label: str
    value: str


def lines(version: WebFormVersion, answers: Mapping[str, Any], language: str) -> list[Line]:
    """Everything that was answered, in the order of the form."""
    found = []
    fields = fields_of(version, language, {})
    asked = asked_of(fields, answers)
    for field in fields:
        value = answers.get(field.name)
        if value and field.kind is not Kind.DOCUMENTS and field.name in asked:
            found.append(Line(field, field.label, value_words(field, value, language)))
    return found


def value_words(field: Field, value: Any, language: str) -> str:
    """One answer as it is shown."""
    if isinstance(value, list):
        return ", ".join(value_words(field, one, language) for one in value)
    said = str(value)
    if field.kind is Kind.CHOICE:
        return in_some_language(field.chosen(said).get("labels"), language) or said
    if field.kind is Kind.TICK:
        with force_locale(language):
            return str(_("Yes"))
    if field.kind is Kind.MONTHS:
        return month_name(said, language)
    if field.kind is Kind.QUARTERS:
        return quarter_words(said, language)
    if field.kind is Kind.TOPIC:
        topic = Topic.named(said)
        return topic.name(language) if topic else said
    if field.kind is Kind.ENTERPRISE_NUMBER:
        return numbers.formatted_enterprise(said)
    if field.kind is Kind.PERCENT:
        return f"{said} %"
    return numbers.masked(field.kind.value, said)


def month_name(month: str, language: str) -> str:
    try:
        return format_date(date.fromisoformat(f"{month}-01"), "LLLL y", locale=language)
    except ValueError:
        return month


def quarter_words(quarter: str, language: str) -> str:
    try:
        found = Quarter.read(quarter)
    except RuleError:
        return quarter
    return quarter_name(found.year, found.number, language)


def masked_answers(version: WebFormVersion, answers: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept readable: account and national numbers hidden."""
    kinds = {rule["name"]: rule["type"] for rule in version.fields}
    return {
        name: _hidden(kinds[name], value)
        for name, value in answers.items()
        if name in kinds and value
    }


def _hidden(kind: str, value: Any) -> Any:
    if isinstance(value, list):
        return value
    return routing.masked(numbers.masked(kind, str(value)))


def own_words(version: WebFormVersion, answers: Mapping[str, Any]) -> str:
    """What the client wrote freely."""
    texts = [rule["name"] for rule in version.fields if rule["name"] in WORDS]
    return "\n\n".join(str(answers[name]) for name in texts if answers.get(name))


def whole_text(
    version: WebFormVersion, answers: Mapping[str, Any], language: str, missing: Sequence[str]
) -> str:
    """The contact's text: the client's words, then each question with its answer."""
    said = [
        f"{line.label.rstrip('?').rstrip()}: {line.value}"
        for line in lines(version, answers, language)
        if line.field.name not in WORDS
    ]
    if missing:
        with force_locale(language):
            said.append(f"{_('Still to come')}: {', '.join(missing)}")
    words = own_words(version, answers)
    return f"{words}\n\n" * bool(words) + "\n".join(said)


def subject(version: WebFormVersion, answers: Mapping[str, Any], language: str) -> str:
    """What a list shows of it: the form, and the period that it is about."""
    periods = [
        line.value
        for line in lines(version, answers, language)
        if line.field.kind in (Kind.MONTHS, Kind.QUARTERS)
    ]
    return " · ".join([version.name(language), *periods])[:200]
