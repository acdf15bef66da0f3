"""Numbers as Belgians, clients abroad and exchanges write them."""

from collections.abc import Iterator

import pytest

from triage.intake import phone
from triage.intake.phone import e164, mentioned, read, several

MOBILE, BRUSSELS, NAMUR = "+32475123456", "+3225497300", "+3281250465"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0475 12 34 56", MOBILE),
        ("0475.12.34.56", MOBILE),
        ("(0)475/12.34.56", MOBILE),
        ("475123456", MOBILE),
        ("32475123456", MOBILE),
        ("02/549 73 00", BRUSSELS),
        ("02.549.73.00", BRUSSELS),
        ("02 549 73 00", BRUSSELS),
        ("+32 (0)2 549 73 00", BRUSSELS),
        ("0032 2 549 73 00", BRUSSELS),
        ("081/25.04.65", NAMUR),
        ("081250465", NAMUR),
        ("0800 12 018", "+3280012018"),
        ("+32 475 12 34 56 ext 12", MOBILE),
        ("492214710334", "+492214710334"),
        ("31201234567", "+31201234567"),
        ("33142685300", "+33142685300"),
        ("1819", None),
        ("112", None),
        ("anonymous", None),
        ("", None),
        ("0221 4710334", None),
        ("0403.170.701", None),
        ("0475 12 34", None),
    ],
)
def test_a_number_reads_the_same_however_it_is_written(written: str, number: str | None) -> None:
    assert e164(written) == number
    assert read(written).raw == written


def test_an_extension_is_told_apart_from_its_number() -> None:
    found = read("+32 475 12 34 56 ext 12")
    assert (found.e164, found.extension) == (MOBILE, "12")
    assert read("0475 12 34 56").extension is None


@pytest.mark.parametrize(
    "field",
    [
        "02/549 73 00 / 0475 12 34 56",
        "02/549 73 00 of 0475.12.34.56",
        "02 549 73 00 ou 0475/12.34.56",
        "02.549.73.00; 0475123456",
        "025497300/0475123456",
    ],
)
def test_two_numbers_in_one_field_are_two_numbers(field: str) -> None:
    assert several(field) == [BRUSSELS, MOBILE]
    assert e164(field) == BRUSSELS


def test_a_text_names_its_telephones_and_no_other_number() -> None:
    text = "Bel me op 02/549 73 00 of 0475.12.34.56, BE 0403.170.701, dossier 12.345.678"
    assert mentioned(text) == [BRUSSELS, MOBILE]


@pytest.fixture
def germany() -> Iterator[None]:
    phone.live_in("de")
    yield
    phone.live_in(phone.REGION)


def test_a_house_abroad_reads_national_numbers_as_its_own(germany: None) -> None:
    assert e164("0221 4710334") == "+492214710334"
    assert e164("+32 475 12 34 56") == MOBILE
