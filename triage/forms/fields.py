"""What a form asks, in one language: its fields by step, with what may be chosen. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from models.web_form import WebFormVersion, in_some_language


class Kind(StrEnum):
    """How a field is asked, read and checked."""

    LINE = "line"
    TEXT = "text"
    EMAIL = "email"
    PHONE = "phone"
    NATIONAL_NUMBER = "national_number"
    ENTERPRISE_NUMBER = "enterprise_number"
    IBAN = "iban"
    COMMUNICATION = "communication"
    MONTHS = "months"
    QUARTERS = "quarters"
    CHOICE = "choice"
    TICK = "tick"
    PERCENT = "percent"
    TOPIC = "topic"
    DOCUMENTS = "documents"


class Step(StrEnum):
    """One screen; the last one shows everything before it is sent."""

    WHO = "who"
    WHAT = "what"
    DOCUMENTS = "documents"
    CHECK = "check"


SEVERAL = (Kind.MONTHS, Kind.QUARTERS)
"""Of these more than one may be ticked."""
GROUPED = (Kind.MONTHS, Kind.QUARTERS, Kind.CHOICE)
"""A question with several things to tick: a group with a legend."""
HIDDEN = (Kind.NATIONAL_NUMBER, Kind.IBAN)
"""Never shown in full again once it was accepted."""


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    group: str = ""


@dataclass(frozen=True)
class Field:
    """One question. `rule` is the field as the data has it."""

    name: str
    kind: Kind
    step: Step
    label: str
    hint: str
    required: bool
    options: Sequence[Option]
    rule: Mapping[str, Any]

    @property
    def grouped(self) -> bool:
        return self.kind in GROUPED

    @property
    def several(self) -> bool:
        return self.kind in SEVERAL

    @property
    def ticked(self) -> bool:
        """Answered by choosing: a style sheet can tell what was chosen, not what was written."""
        return self.grouped or self.kind in (Kind.TICK, Kind.TOPIC)

    @property
    def hidden(self) -> bool:
        return self.kind in HIDDEN

    @property
    def depends_on(self) -> str:
        """The question on whose answer it depends; empty: it is always asked."""
        return str((self.rule.get("shown_if") or {}).get("field", ""))

    @property
    def askable(self) -> bool:
        """False for months or quarters of which none is open: nobody must choose from nothing."""
        return self.kind not in SEVERAL or bool(self.options)

    def chosen(self, value: str) -> Mapping[str, Any]:
        """What the data says of the option that was chosen."""
        for option in self.rule.get("options") or ():
            if option["value"] == value:
                found: Mapping[str, Any] = option
                return found
        return {}

    def opened_by(self, value: Any) -> bool:
        """Whether this answer of the question on which it depends makes it asked."""
        wanted = self.rule["shown_if"]["values"]
        return any(one in wanted for one in (value if isinstance(value, list) else [value]))


@dataclass(frozen=True)
class Opening:
    """A question with those that depend on its answer on the same screen, and on what in turn."""

    field: Field
    opened: Sequence["Opening"] = ()

    def places(self, value: str) -> list[int]:
        """Which of `opened` this answer shows, counted from 1."""
        return [place for place, one in enumerate(self.opened, 1) if one.field.opened_by(value)]


def fields_of(
    version: WebFormVersion,
    language: str,
    periods: Mapping[Kind, Sequence[Option]],
    topics: Sequence[Option] = (),
) -> list[Field]:
    """The fields in their order; `periods` are the months and quarters that may be asked for."""
    return [_field(rule, language, periods, topics) for rule in version.fields]


def _field(
    rule: Mapping[str, Any],
    language: str,
    periods: Mapping[Kind, Sequence[Option]],
    topics: Sequence[Option],
) -> Field:
    kind = Kind(rule["type"])
    options: Sequence[Option] = [
        Option(str(one["value"]), in_some_language(one["labels"], language))
        for one in rule.get("options") or ()
    ]
    if kind in periods:
        options = periods[kind]
    elif kind is Kind.TOPIC:
        options = topics
    return Field(
        name=rule["name"],
        kind=kind,
        step=Step(rule["step"]),
        label=in_some_language(rule.get("labels"), language),
        hint=in_some_language(rule.get("hints"), language),
        required=bool(rule.get("required")),
        options=options,
        rule=rule,
    )


def asked_of(fields: Sequence[Field], answers: Mapping[str, Any]) -> set[str]:
    """The names of what is asked at all after these answers; what hangs on a question that is not
    asked is not asked either."""
    named = {field.name: field for field in fields}

    def asked(field: Field, above: tuple[str, ...] = ()) -> bool:
        name = field.depends_on
        if not name:
            return True
        if name in above or not field.opened_by(answers.get(name)):
            return False
        return name not in named or asked(named[name], (*above, field.name))

    return {field.name for field in fields if asked(field)}


def opening(fields: Sequence[Field]) -> list[Opening]:
    """The questions of one screen, each with those that its answer opens right below it."""
    here = {field.name for field in fields}

    def below(name: str, above: tuple[str, ...]) -> list[Opening]:
        return [
            Opening(one, below(one.name, (*above, one.name)))
            for one in fields
            if one.depends_on == name and one.name not in above
        ]

    return [
        Opening(one, below(one.name, (one.name,))) for one in fields if one.depends_on not in here
    ]


def steps_of(fields: Sequence[Field]) -> list[Step]:
    """The screens of a form, the last look included."""
    used = {field.step for field in fields}
    return [step for step in Step if step in used or step is Step.CHECK]
