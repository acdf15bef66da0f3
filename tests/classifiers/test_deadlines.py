"""The day by which something must be done, as people name it."""

from datetime import date

import pytest

from classifiers.deadlines import deadline

WEDNESDAY = date(2020, 6, 10)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Il me faut l'attestation avant vendredi", date(2020, 6, 12)),
        ("d'ici demain svp", date(2020, 6, 11)),
        ("date limite 15/6 approche", date(2020, 6, 15)),
        ("avant le 15 juin 2020", date(2020, 6, 15)),
        ("au plus tard le 12", date(2020, 6, 12)),
        ("tegen maandag graag", date(2020, 6, 15)),
        ("uiterlijk op 15 juni", date(2020, 6, 15)),
        ("voor morgen", date(2020, 6, 11)),
        ("braucht A1 bis Montag", date(2020, 6, 15)),
        ("spätestens am 30. Juni", date(2020, 6, 30)),
        ("Frist ist heute", date(2020, 6, 10)),
        ("deadline tonight", date(2020, 6, 10)),
        ("The premium closes on Friday", date(2020, 6, 12)),
        ("before the 5th of July", date(2020, 7, 5)),
        ("before Wednesday", date(2020, 6, 17)),
    ],
)
def test_a_day_behind_a_word_of_deadline_is_one(text: str, day: date) -> None:
    assert deadline(text, WEDNESDAY) == day


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour, j'ai reçu 1291 euros vendredi",
        "Goedemorgen, ik wacht al sinds maandag",
        "Guten Morgen, seit Freitag nichts",
        "I called on Monday and on Tuesday",
        "avant 30 jours",
        "before 4 pm",
        "tegen 31/2",
        "avant le 1er janvier 2019 j'étais salarié",
        "",
    ],
)
def test_other_days_are_none(text: str) -> None:
    assert deadline(text, WEDNESDAY) is None


def test_the_earliest_of_several_counts() -> None:
    assert deadline("before the 20th, or better before Friday", WEDNESDAY) == date(2020, 6, 12)


def test_what_is_far_ahead_presses_nobody() -> None:
    assert deadline("bis zum 31. Dezember", WEDNESDAY) is None


def test_at_the_end_of_the_year_the_next_one_is_meant() -> None:
    assert deadline("before the 5th", date(2020, 12, 30)) == date(2021, 1, 5)
    assert deadline("uiterlijk 10 januari", date(2020, 12, 30)) == date(2021, 1, 10)
