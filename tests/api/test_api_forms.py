"""Forms by REST: kept once, checked as on the page, refused field by field."""

import base64
import io
from typing import Any

import pytest
from sqlalchemy import func, select

from models.api_token import ApiToken, Scope
from models.base import db, now, transaction
from models.contact import Contact
from models.web_form import FormSubmission
from tests.people import Browser, House, amelie

URL = "/api/v1/forms/deferral"
ANSWERS = {
    "name": amelie.name,
    "address": "Rue du Four 1, 5000 Namur",
    "business": "Boulangerie Dujardin, Namur",
    "enterprise_number": "0403.019.261",
    "email": amelie.email,
    "cause": "Plus de clients.",
}
PDF = b"%PDF-1.4 proof"


@pytest.fixture
def bearer(house: House) -> dict[str, str]:
    with transaction():
        _row, shown = ApiToken.issue(house.koen, "accountants", (Scope.FORMS,), None)
    return {"Authorization": f"Bearer {shown}"}


def told(**more: Any) -> dict[str, Any]:
    at = now()
    quarter = f"{at.year}/{(at.month + 2) // 3}"
    return {"language": "fr", "answers": ANSWERS | {"quarters": [quarter]} | more}


def test_a_form_is_kept_and_its_reference_given(client: Browser, bearer: dict[str, str]) -> None:
    file = {"name": "preuve.pdf", "content": base64.b64encode(PDF).decode()}
    answer = client.post(URL, json=told() | {"files": [file]}, headers=bearer)
    assert answer.status_code == 202
    contact = db.session.scalars(select(Contact)).one()
    assert answer.json["reference"] == f"F-{contact.intake_id}"
    assert answer.json["approved"] is False
    assert "/status/" in answer.json["status"]
    assert (contact.topic_id, contact.intent_id) == ("deferral", "submit_request")
    assert [one.name for one in contact.attachments] == ["preuve.pdf"]


def test_multipart_is_the_same(client: Browser, bearer: dict[str, str]) -> None:
    said = told()
    fields = said["answers"] | {"language": "nl", "files": (io.BytesIO(PDF), "bewijs.pdf")}
    assert client.post(URL, data=fields, headers=bearer).status_code == 202
    assert db.session.scalars(select(FormSubmission.language)).all() == ["nl"]


def test_the_same_key_counts_once_and_another_content_is_a_conflict(
    client: Browser, bearer: dict[str, str]
) -> None:
    keyed = bearer | {"Idempotency-Key": "order-7"}
    first = client.post(URL, json=told(), headers=keyed)
    again = client.post(URL, json=told(), headers=keyed)
    other = client.post(URL, json=told(cause="Autre chose."), headers=keyed)
    assert first.json["reference"] == again.json["reference"]
    assert other.status_code == 409
    assert db.session.scalar(select(func.count(Contact.id))) == 1


def test_what_is_wrong_is_told_field_by_field(client: Browser, bearer: dict[str, str]) -> None:
    wrong = client.post(
        URL, json=told(enterprise_number="403019261", name="", hat="red"), headers=bearer
    )
    assert wrong.status_code == 422
    assert wrong.mimetype == "application/problem+json"
    faults = {one["pointer"]: one for one in wrong.json["errors"]}
    assert set(faults) == {"/answers/enterprise_number", "/answers/name", "/answers/hat"}
    assert faults["/answers/enterprise_number"]["suggestion"] == "0403.019.261"


@pytest.mark.parametrize(
    ("content", "code"), [(b"{", 400), (b"[]", 422), (b'{"answers": {}, "more": 1}', 422)]
)
def test_what_is_no_form_is_refused(
    client: Browser, bearer: dict[str, str], content: bytes, code: int
) -> None:
    answer = client.post(URL, data=content, content_type="application/json", headers=bearer)
    assert answer.status_code == code


def test_nobody_comes_in_without_a_token(client: Browser, house: House) -> None:
    client.sign_in(house.koen)
    assert client.post(URL, json=told()).status_code == 401
