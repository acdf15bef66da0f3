"""Whether somebody's health is spoken of, in four languages and in agents' shorthand."""

import json

import pytest

from classifiers.health import WORDS, heard


@pytest.mark.parametrize(
    "text",
    [
        "Je suis en incapacité de travail depuis mars.",
        "Je suis enceinte de six mois, que dois-je payer ?",
        "certificat médical en annexe",
        "Ik ben ernstig ziek geweest en kon niet betalen.",
        "cl. zwanger, vraagt moederschapsrust",
        "Ich bin seit Mai krankgeschrieben.",
        "Nach der Knie-Operation darf ich nicht arbeiten, Krankengeld fehlt.",
        "I was in hospital when the reminder came.",
        "self-employed, cancer treatment since June",
        "J’étais à l’hôpital, désolée du retard.",
        "WEGEN QUARANTÄNE GESCHLOSSEN",
    ],
)
def test_what_tells_of_somebodys_health_is_heard(text: str) -> None:
    assert heard(text)


@pytest.mark.parametrize(
    "text",
    [
        "Où en est mon droit passerelle ?",
        "Je suis infirmière à l'hôpital et je demande un report.",
        "Mon salon est fermé à cause de la crise du coronavirus.",
        "attestation de la mutuelle pour la charge de famille",
        "Verlies ik mijn ziekteverzekering bij vrijstelling?",
        "Ich bin bei der Krankenkasse AOK versichert.",
        "My shop is closed, can I defer my contributions?",
        "",
    ],
)
def test_what_does_not_is_left_alone(text: str) -> None:
    assert heard(text) is None


def test_most_of_what_is_said_of_incapacity_is_heard_and_little_else() -> None:
    files = sorted(WORDS.parent.glob("starter_*.jsonl"))
    told = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    sick = [one for one in told if one["topic"] == "incapacity"]
    other = [one for one in told if one["topic"] not in ("incapacity", "family")]
    share = [
        sum(heard(one.get("subject") or "", one["text"]) is not None for one in some) / len(some)
        for some in (sick, other)
    ]
    assert share[0] > 0.7
    assert share[1] < 0.04


def test_a_giant_text_is_heard_quickly_to_its_limit() -> None:
    assert heard("x" * 200_000) is None
    assert heard("mot " * 1_000 + "enceinte") == "enceinte"
