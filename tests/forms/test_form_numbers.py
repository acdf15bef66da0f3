"""Numbers as people type them: what helps, what is suggested, what is kept."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import Babel

from triage.forms.numbers import (
    account,
    communication,
    enterprise_number,
    masked,
    national_number,
    percent,
)


@pytest.fixture(autouse=True)
def spoken() -> Iterator[None]:
    """English, without a database."""
    app = Flask("numbers")
    Babel(app, default_locale="en")
    with app.test_request_context():
        yield


@pytest.mark.parametrize("written", ["85.07.30-033.28", "85073003328", "85 07 30 033 28"])
def test_a_national_number_is_kept_with_its_dots(written: str) -> None:
    assert national_number(written).value == "85.07.30-033.28"


@pytest.mark.parametrize(
    ("written", "help_"),
    [
        ("8507300332", "too short"),
        ("850730033281", "too long"),
        ("85.07.30-O33.28", "figures only"),
        ("0403.019.261", "enterprise number"),
        ("BE71 0961 2345 6769", "bank account"),
        ("0475 12 34 56", "phone number"),
        ("30.07.1985", "date of birth"),
        ("85.17.30-033.28", "this day does not exist"),
        ("85.07.30-033.82", "changed places"),
        ("5073003328", "too short"),
    ],
)
def test_a_wrong_national_number_is_explained(written: str, help_: str) -> None:
    reading = national_number(written)
    assert help_ in reading.mistake and not reading.value


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("0403.019.261", "0403019261"),
        ("BE 0403.019.261", "0403019261"),
        ("be0403019261", "0403019261"),
        ("1000.000.021", "1000000021"),
    ],
)
def test_an_enterprise_number_begins_with_0_or_1(written: str, kept: str) -> None:
    assert enterprise_number(written).value == kept


def test_the_missing_zero_is_suggested() -> None:
    assert enterprise_number("403 019 261").suggestion == "0403.019.261"
    assert enterprise_number("2403019261").mistake.startswith("It begins with 0 or 1")


def test_an_account_of_any_country_is_taken_and_an_unknown_bank_only_noticed() -> None:
    assert account("be71096123456769").value == "BE71 0961 2345 6769"
    assert account("DE89370400440532013000").value == "DE89 3704 0044 0532 0130 00"
    unknown = account("BE68 5390 0754 7034")
    assert unknown.value and "Look again" in unknown.notice
    assert "fourteen figures" in account("BE71 0961 2345 676").mistake
    assert account("71096123456769").suggestion == "BE71 0961 2345 6769"


@pytest.mark.parametrize(
    "written", ["+++090/9337/55493+++", "***090/9337/55493***", "090933755493"]
)
def test_a_communication_is_kept_as_on_the_statement(written: str) -> None:
    assert communication(written).value == "+++090/9337/55493+++"


def test_a_fall_is_a_number() -> None:
    assert percent("-40 %").value == "40"
    assert percent("40,5").value == "40.5"
    assert percent("half").mistake and percent("140").mistake


def test_what_was_accepted_is_shown_by_its_tail() -> None:
    assert masked("national_number", "85.07.30-033.28") == "••.••.••-•••.28"
    assert masked("iban", "BE71 0961 2345 6769").endswith("6769")
    assert "0961" not in masked("iban", "BE71 0961 2345 6769")
