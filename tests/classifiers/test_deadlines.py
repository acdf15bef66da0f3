"""The day by which something must be done, as people name it."""

import time
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
        ("before Mon please", date(2020, 6, 15)),
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
        "avant mon rendez-vous",
        "before 4 pm",
        "tegen 31/2",
        "avant le 1er janvier 2019 j'étais salarié",
        "",
    ],
)
def test_other_days_are_none(text: str) -> None:
    assert deadline(text, WEDNESDAY) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Huissier demain", date(2020, 6, 11)),
        ("l'huissier passe lundi matin", date(2020, 6, 15)),
        ("Après-demain on nous coupe le courant", date(2020, 6, 12)),
        ("audience au tribunal le 17 juin", date(2020, 6, 17)),
        ("On va m'expulser, expulsion prévue vendredi", date(2020, 6, 12)),
        ("Saisie dans trois jours", date(2020, 6, 13)),
        ("morgen komt de deurwaarder", date(2020, 6, 11)),
        ("Goede morgen, vrijdag sluiten ze de stroom af", date(2020, 6, 12)),
        ("overmorgen worden we uit ons huis gezet", date(2020, 6, 12)),
        ("zitting bij de vrederechter op 18/6", date(2020, 6, 18)),
        ("binnen 5 dagen leggen ze beslag", date(2020, 6, 15)),
        ("Montag kommt der Gerichtsvollzieher", date(2020, 6, 15)),
        ("Guten Morgen, heute wird der Strom abgestellt", date(2020, 6, 10)),
        ("Am Montag kommt der Gerichtsvollzieher", date(2020, 6, 15)),
        ("Die Räumung ist übermorgen", date(2020, 6, 12)),
        ("Verhandlung am 16.6.", date(2020, 6, 16)),
        ("in zwei Tagen wird mein Auto gepfändet", date(2020, 6, 12)),
        ("tomorrow the bailiff comes", date(2020, 6, 11)),
        ("they cut our power off on Friday", date(2020, 6, 12)),
        ("The eviction is the day after tomorrow", date(2020, 6, 12)),
        ("hearing on June 18th", date(2020, 6, 18)),
        ("they seize my van within four days", date(2020, 6, 14)),
        ("J'ai reçu votre lettre, l'huissier vient jeudi.", date(2020, 6, 11)),
    ],
)
def test_a_day_said_with_what_harms_is_one(text: str, day: date) -> None:
    assert deadline(text, WEDNESDAY) == day


@pytest.mark.parametrize(
    "text",
    [
        "L'huissier est venu lundi",
        "Lundi j'ai reçu une lettre de l'huissier",
        "contrainte d'huissier du 3 novembre 2019",
        "De deurwaarder is maandag langs geweest",
        "Goede morgen, de deurwaarder is langs geweest",
        "Der Gerichtsvollzieher war am Montag da",
        "Guten Morgen, was macht ein Gerichtsvollzieher",
        "Der Gerichtsvollzieher ist seit Montag angekündigt",
        "Der Vollstrecker war Montag da, guten Morgen",
        "The bailiff came on Monday",
        "I call you tomorrow. What does a bailiff do?",
        "Tomorrow I am in the shop from nine to five and I would like to hear from you then what "
        "you know of a hearing",
        "Demain c'est mon anniversaire",
        "Un huissier réclame à mon nom",
        "Le tribunal a prononcé ma faillite mardi",
        "The court declared us bankrupt on Friday",
    ],
)
def test_a_day_said_with_what_is_over_or_elsewhere_is_none(text: str) -> None:
    assert deadline(text, WEDNESDAY) is None


def test_many_days_and_events_are_read_in_no_time() -> None:
    text = "l'huissier vient, coupe off demain sluit " * 3_000
    began = time.process_time()
    assert deadline(text, WEDNESDAY) == date(2020, 6, 11)
    assert time.process_time() - began < 2


def test_the_earliest_of_several_counts() -> None:
    assert deadline("before the 20th, or better before Friday", WEDNESDAY) == date(2020, 6, 12)


def test_what_is_far_ahead_presses_nobody() -> None:
    assert deadline("bis zum 31. Dezember", WEDNESDAY) is None


def test_at_the_end_of_the_year_the_next_one_is_meant() -> None:
    assert deadline("before the 5th", date(2020, 12, 30)) == date(2021, 1, 5)
    assert deadline("uiterlijk 10 januari", date(2020, 12, 30)) == date(2021, 1, 10)
