"""Identifiers are tagged by checksum and hidden by shape."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from classifiers.identifiers import Kind, find, mask, scan

LINE = (
    "NISS 85.07.30-033.28, compte BE68 5390 0754 7034, +++010/8068/17183+++, BCE 0403.019.261, "
    "gsm 0475 12 34 56, amelie@boulangerie.example, 2e trimestre 2020"
)


def values(text: str) -> list[tuple[str, str]]:
    return [(found.kind.value, found.value) for found in find(text)]


def test_a_line_with_everything_is_read_in_order() -> None:
    assert values(LINE) == [
        ("niss", "85.07.30-033.28"),
        ("iban", "BE68 5390 0754 7034"),
        ("ogm", "+++010/8068/17183+++"),
        ("kbo", "0403.019.261"),
        ("phone", "+32475123456"),
        ("email", "amelie@boulangerie.example"),
        ("quarter", "2020/2"),
    ]


def test_places_point_into_the_text_as_it_was_given() -> None:
    for found in find(LINE):
        written = re.sub(r"\W", "", LINE[found.start : found.end])
        if found.kind in {Kind.NISS, Kind.IBAN, Kind.OGM, Kind.KBO}:
            assert written == re.sub(r"\W", "", found.value)
        assert LINE[found.start] != " "
        assert LINE[found.end - 1] != " "


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("98472899765", "niss", "98.47.28-997.65"),
        ("85 07 30 033 28", "niss", "85.07.30-033.28"),
        ("mijn rekening be68539007547034 aub", "iban", "BE68 5390 0754 7034"),
        ("IBAN BE68 5390 0754 7034 pour mai", "iban", "BE68 5390 0754 7034"),
        ("*** 010/8068/17183 ***", "ogm", "+++010/8068/17183+++"),
        ("mededeling 010806817183", "ogm", "+++010/8068/17183+++"),
        ("BE0403019261", "kbo", "0403.019.261"),
        ("1000.000.021", "kbo", "1000.000.021"),
        ("ruf mich an: +32 (0)475/12.34.56", "phone", "+32475123456"),
        ("tel. 02 546 42 11", "phone", "+3225464211"),
        ("Joris@Loodgieter.example", "email", "joris@loodgieter.example"),
    ],
)
def test_people_write_identifiers_in_many_ways(text: str, kind: str, value: str) -> None:
    assert (kind, value) in values(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("dispense pour 2020/2", "2020/2"),
        ("2e trimestre 2020", "2020/2"),
        ("premier trimestre de 2021", "2021/1"),
        ("derde kwartaal van 2020", "2020/3"),
        ("K4 2020", "2020/4"),
        ("2. Quartal 2020", "2020/2"),
        ("im ersten Quartal 2021", "2021/1"),
        ("Q3/2020", "2020/3"),
        ("the second quarter of 2020", "2020/2"),
        ("2020 Q1", "2020/1"),
    ],
)
def test_a_quarter_is_read_in_four_languages(text: str, value: str) -> None:
    assert ("quarter", value) in values(text)


@pytest.mark.parametrize(
    "text", ["le 2020-02-14", "14/02/2020", "2020/12", "1.614,10 euros", "tussen 9 en 12 uur", ""]
)
def test_dates_and_amounts_are_not_identifiers(text: str) -> None:
    assert values(text) == []
    assert mask(text) == text


def test_a_register_number_shows_its_check_digits_only() -> None:
    assert mask("NISS 85.07.30-033.28.") == "NISS ••.••.••-•••.28."


def test_a_register_number_with_a_typo_is_hidden_though_not_tagged() -> None:
    for written in ("85.07.30-033.29", "85.07.30-33.28", "85073003329"):
        assert find(written) == []
        assert "0730" not in re.sub(r"\D", "", mask(written))


def test_masks_keep_a_tail_to_recognise_by() -> None:
    hidden = mask(LINE)
    for secret in ("8507", "5390", "8068", "0403", "1234", "amelie"):
        assert secret not in hidden
    for tail in (".28", "7034", "183+++", ".261", "@boulangerie.example", "2e trimestre 2020"):
        assert tail in hidden


def test_any_long_run_of_digits_is_hidden() -> None:
    assert mask("dossier 1234567") == "dossier •••••67"


def test_the_valid_examples_of_the_wrong_checksum_are_refused() -> None:
    assert find("+++123/4567/89012+++") == []
    assert [found.kind for found in scan("+++123/4567/89012+++")] == [Kind.OGM]


@given(some.text(max_size=400))
def test_whatever_is_written_spans_never_overlap(text: str) -> None:
    spans = scan(text)
    for before, after in zip(spans, spans[1:], strict=False):
        assert before.end <= after.start
    assert all(0 <= found.start < found.end <= len(text) for found in spans)


@pytest.mark.parametrize(
    "hostile",
    ["1" * 40_000, "1 " * 20_000, "BE12 " * 8_000, "a@" * 20_000, "+" * 40_000, "0.0-" * 9_000],
)
def test_hostile_text_costs_little(hostile: str) -> None:
    began = time.perf_counter()
    mask(hostile)
    assert time.perf_counter() - began < 5
