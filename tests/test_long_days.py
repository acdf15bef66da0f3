"""Days in a client's letter."""

from datetime import date

import pytest

from triage.long_days import long_day


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("fr", "1er décembre 2026"),
        ("nl", "1 december 2026"),
        ("de", "1. Dezember 2026"),
        ("en", "1 December 2026"),
    ],
)
def test_the_first_of_a_month(language: str, written: str):
    assert long_day(date(2026, 12, 1), language) == written


def test_only_the_first_is_an_ordinal():
    assert long_day(date(2026, 12, 11), "fr") == "11 décembre 2026"
    assert long_day(date(2021, 1, 31), "fr") == "31 janvier 2021"
