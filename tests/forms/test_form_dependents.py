"""What depends on an answer is asked only after it, and stands right below its question."""

from typing import Any

from triage.application import Passerelle
from triage.forms.fields import Field, Kind, Option, Step, asked_of, opening
from triage.forms.reading import check


def field(name: str, after: tuple[str, str] | None = None, step: Step = Step.WHAT) -> Field:
    rule: dict[str, Any] = {"name": name}
    if after:
        rule["shown_if"] = {"field": after[0], "values": [after[1]]}
    options = [Option("yes", "Yes"), Option("no", "No")]
    return Field(name, Kind.CHOICE, step, name, "", True, options, rule)


INCOME = [field("income"), field("text"), field("which", ("income", "yes"))]
CHAIN = [*INCOME, field("since", ("which", "yes"))]


def test_what_depends_on_an_answer_stands_below_its_question_wherever_it_was_put() -> None:
    income, text = opening(INCOME)
    assert [one.field.name for one in income.opened] == ["which"] and not text.opened
    assert (income.places("yes"), income.places("no")) == ([1], [])


def test_what_hangs_on_a_question_that_is_not_asked_is_not_asked() -> None:
    said = {"income": "no", "which": "yes", "since": "yes"}
    assert asked_of(CHAIN, said) == {"income", "text"}
    assert asked_of(CHAIN, said | {"income": "yes"}) == {"income", "text", "which", "since"}


def test_questions_that_wait_for_each_other_keep_nobody_from_going_on() -> None:
    circle = [field("one", ("two", "yes")), field("two", ("one", "yes")), field("three")]
    assert asked_of(circle, {"one": "yes", "two": "yes"}) == {"three"}
    assert [one.field.name for one in opening(circle)] == ["three"]


def test_an_answer_that_is_hidden_again_is_neither_kept_nor_demanded(app: Passerelle) -> None:
    typed = {"income": "no", "text": "yes", "which": "yes", "since": "no"}
    with app.test_request_context():
        checked = check(CHAIN, typed, {})
        needed = check(CHAIN, {"income": "yes", "text": "yes"}, {})
    assert checked.in_order and checked.answers["which"] == checked.answers["since"] == ""
    assert set(needed.mistakes) == {"which"}
