"""The whole description against the doors: whatever is sent, what comes back is described.

Every operation is asked with things that fit and with things that do not, half of the time about
rows that are really there; the same questions in every run.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given
from hypothesis import settings as hypothesis_settings
from hypothesis.errors import Unsatisfiable
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from models.action import Action, ActionKind
from models.api_token import ApiToken, Scope
from models.base import db, transaction
from models.placing import place, unplace
from models.problem import Problem
from tests.people import Browser, House, amelie, joris
from triage.api.asking import ALWAYS
from triage.application import Passerelle

AT = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXPECTED = {
    GenerationMode.POSITIVE: {200, 201, 404},
    GenerationMode.NEGATIVE: {404, 422},
}
"""What must have come back at least: else nothing was asked in earnest."""
DOCUMENT = "/api/v1/openapi.json"


@dataclass(frozen=True)
class Furnished:
    """A house with a little of everything, and a key to it."""

    headers: dict[str, str]
    real: dict[str, Any]


@pytest.fixture
def furnished_house(house: House, client: Browser) -> Furnished:
    contact = house.call(
        amelie,
        "Demande où en est son dossier.",
        by=house.nadia,
        topic="bridging_right",
        intent="chase_status",
        email=amelie.email,
        files=[["proof.pdf", "application/pdf", "JVBERi0xLjQ="]],
    )
    house.write(joris, "Wanneer krijg ik antwoord op mijn vraag over uitstel?")
    message = house.answer(house.ticket(contact))
    with transaction():
        problem = Problem(thing="form", first_seen_at=AT, last_seen_at=AT, founded_on=AT.date())
        db.session.add(problem)
        db.session.flush()
        unplace(contact.id, AT)
        db.session.flush()
        place(contact.id, problem, score=1.0, reason={"why": "engine"}, at=AT)
        action = Action(
            problem_id=problem.id,
            kind=ActionKind.FORM_FIX.value,
            owner_id=house.koen.id,
            due_on=AT.date(),
            decided_at=AT,
        )
        db.session.add(action)
        db.session.flush()
        _row, shown = ApiToken.issue(house.ingrid, "back office", tuple(Scope), None)
        real = {
            "number": house.ticket(contact).number,
            "contact_id": contact.id,
            "client_id": contact.client_id,
            "attachment_id": contact.attachments[0].id,
            "reply_id": message.id,
            "action_id": action.id,
            "code": "exemption",
            "form_code": "deferral",
        }
    return Furnished({"Authorization": f"Bearer {shown}"}, real)


@pytest.fixture
def calm(app: Passerelle) -> Iterator[None]:
    """So many questions in a minute are no attack."""
    settings = app.extensions["settings"]
    before = settings.api_limit
    object.__setattr__(settings, "api_limit", 1_000_000)
    yield
    object.__setattr__(settings, "api_limit", before)


def test_the_description_is_one_that_programs_read(client: Browser) -> None:
    answer = client.get(DOCUMENT)
    assert answer.json["openapi"].startswith("3.1")
    names = [
        operation["operationId"]
        for operations in answer.json["paths"].values()
        for operation in operations.values()
    ]
    assert len(names) == len(set(names)) > 35


def test_it_is_valid_openapi_and_tells_the_same_of_every_operation(client: Browser) -> None:
    whole = client.get(DOCUMENT).json
    OpenAPIV31SpecValidator(whole).validate()
    for path, operations in whole["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            answers = operation["responses"]
            assert operation.get("summary"), where
            assert {str(status) for status in ALWAYS} <= answers.keys(), where
            assert ("404" in answers) >= ("{" in path), where
            if "requestBody" in operation:
                said = operation["requestBody"]["content"]["application/json"]
                assert {"413", "415"} <= answers.keys(), where
                assert_fits(said["example"], said["schema"], whole, where)
            for status, answer in answers.items():
                assert answer.get("description"), (where, status)
                told = answer.get("content", {}).get("application/json")
                if status[0] == "2" and told is not None:
                    assert_fits(told["example"], told["schema"], whole, where)
                if status[0] in "45":
                    assert list(answer["content"]) == ["application/problem+json"], (where, status)


def assert_fits(example: Any, schema: dict[str, Any], whole: dict[str, Any], where: str) -> None:
    """An example is one of what the schema beside it describes."""
    known = {"components": whole["components"], **schema}
    faults = [one.message for one in OAS31Validator(known).iter_errors(example)]
    assert not faults, (where, faults)


def test_every_route_is_described(app: Passerelle, client: Browser) -> None:
    described = {
        (method.upper(), path)
        for path, operations in client.get(DOCUMENT).json["paths"].items()
        for method in operations
    }
    mine = {
        (method, _written(rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and not rule.endpoint.startswith("api.description.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == mine


def _written(rule: str) -> str:
    return rule.replace("<int:", "{").replace("<", "{").replace(">", "}")


@pytest.mark.usefixtures("calm")
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=str)
def test_nothing_breaks_and_every_answer_is_described(
    app: Passerelle, furnished_house: Furnished, mode: GenerationMode
) -> None:
    statuses = knock(app, furnished_house, mode, 2)
    assert sum(statuses.values()) > 60
    assert statuses.keys() >= EXPECTED[mode]


@pytest.mark.slow
@pytest.mark.usefixtures("calm")
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=str)
def test_nothing_breaks_however_long_one_asks(
    app: Passerelle, furnished_house: Furnished, mode: GenerationMode
) -> None:
    assert sum(knock(app, furnished_house, mode, 25).values()) > 500


def knock(app: Passerelle, there: Furnished, mode: GenerationMode, examples: int) -> Counter[int]:
    """Ask every operation so often; returns how often each status came back."""
    document = schemathesis.openapi.from_wsgi(DOCUMENT, app)
    statuses = Counter[int]()
    for found in document.get_all_operations():
        operation = found.ok()

        @hypothesis_settings(
            max_examples=examples,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            verbosity=Verbosity.quiet,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Case) -> None:
            if statuses.total() % 2 == 0:
                case.path_parameters = {
                    name: there.real.get(name, value)
                    for name, value in (case.path_parameters or {}).items()
                }
                if "If-Match" in (case.headers or {}):
                    case.headers["If-Match"] = "*"
            response = case.call(headers=there.headers)
            db.session.rollback()
            statuses[response.status_code] += 1
            case.validate_response(response, checks=CHECKS)

        with suppress(Unsatisfiable):  # where nothing is asked, nothing can be asked wrongly
            ask()
    return statuses
