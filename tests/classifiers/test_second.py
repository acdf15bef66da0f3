"""Two questions in one contact: both are heard, and one question is not made into two."""

import json
from pathlib import Path

import pytest

from classifiers.engine import Engine, Text
from classifiers.second import MOST_SENTENCES, sentences

TWO = {
    "fr": (
        "Bonjour, je déménage le mois prochain, voici ma nouvelle adresse : rue Neuve 3 à Namur. "
        "Par ailleurs, à partir de quel âge puis-je prendre ma pension légale d'indépendant ?",
        {"file_admin", "pension"},
    ),
    "nl": (
        "Ik heb mijn activiteit stopgezet op 31 maart, wat moet ik nu nog doen? "
        "En kan ik voor het eerste kwartaal uitstel van betaling krijgen?",
        {"cessation", "deferral"},
    ),
    "de": (
        "Guten Tag, ich möchte meine Tätigkeit Ende März einstellen. "
        "Bekomme ich für das letzte Quartal noch einen Zahlungsaufschub?",
        {"cessation", "deferral"},
    ),
    "en": (
        "Hello, we moved to Ostend, please note the new address. "
        "Also, at what age may I draw my state pension?",
        {"file_admin", "pension"},
    ),
}


@pytest.mark.parametrize("language", sorted(TWO))
def test_both_matters_of_a_contact_are_named(engine: Engine, language: str) -> None:
    text, topics = TWO[language]
    opinion = engine.classify([Text(text)])[0]
    assert opinion.second is not None
    assert {opinion.topic, opinion.second.topic} == topics


def test_few_who_ask_one_thing_are_told_that_they_ask_two(engine: Engine) -> None:
    written = Path(__file__).resolve().parent.parent / "data" / "frozen_x.jsonl"
    rows = [json.loads(line) for line in written.read_text("utf-8").splitlines()]
    opinions = engine.classify([Text(row["text"], row["subject"] or "") for row in rows])
    assert sum(opinion.second is not None for opinion in opinions) <= 0.07 * len(rows)


def test_one_sentence_holds_one_matter() -> None:
    assert sentences("Wanneer krijg ik mijn geld op mijn rekening?") == []
    assert len(sentences("Dit is een zin van zes woorden. " * 40)) == MOST_SENTENCES
    assert sentences("Merci. Quand serai-je payé pour mars ?\nEt ma pension, quand ?") == [
        "Quand serai-je payé pour mars ?",
        "Et ma pension, quand ?",
    ]
