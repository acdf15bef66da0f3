"""Four languages, also in an agent's shorthand."""

import json
import time
from pathlib import Path

import pytest

from classifiers import starter
from classifiers.language import detect, learn

DATA = Path(__file__).resolve().parent.parent / "data"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Bonjour, je n'ai toujours rien reçu", "fr"),
        ("cl. tjs rien reçu pr mai", "fr"),
        ("Goedemorgen, ik heb nog niets ontvangen", "nl"),
        ("kl. belt terug, nog niks", "nl"),
        ("Guten Tag, ich habe noch nichts erhalten", "de"),
        ("immer noch nichts", "de"),
        ("Hello, I still have not received anything", "en"),
        ("still nothing", "en"),
        ("NOG STEEDS NIETS", "nl"),
        ("85.07.30-033.28 wacht op antwoord", "nl"),
    ],
)
def test_short_texts_are_told_apart(text: str, code: str) -> None:
    assert detect(text) == code


def test_a_hint_decides_where_the_text_says_nothing() -> None:
    for code in ("fr", "nl", "de", "en"):
        assert detect("", code) == code
        assert detect("0475 12 34 56", code) == code


def test_a_hint_does_not_overrule_a_clear_text() -> None:
    clear = "Guten Morgen, seit drei Wochen warte ich auf die Auszahlung für den Monat Mai."
    assert detect(clear, "fr") == "de"


def test_an_unknown_hint_is_ignored() -> None:
    assert detect("Ik wacht al drie weken", "xx") == "nl"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("septante euros de trop", "fr"),
        ("jé pa reçu largent", "fr"),
        ("amaai, geen goesting meer", "nl"),
        ("kweet het nie", "nl"),
        ("hab nix gekriegt", "de"),
        ("whats taking so long", "en"),
    ],
)
def test_people_write_as_they_speak(text: str, code: str) -> None:
    assert detect(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Bonjour, ich warte noch immer auf das Geld von Mai.", "de"),
        ("Merci voor de info! En wat met het derde kwartaal?", "nl"),
        ("Mijn adres is nu Rue Royale 14, 1000 Bruxelles.", "nl"),
        ("Frau Müller, Hauptstraße 3, demande quand elle sera payée", "fr"),
        ("My accountant, Cabinet Lefèvre et Associés, sent the form.", "en"),
    ],
)
def test_greetings_names_and_addresses_do_not_mislead(text: str, code: str) -> None:
    assert detect(text) == code


def test_a_quoted_letter_does_not_speak_for_its_reader() -> None:
    letter = "Madame, nous vous informons que votre demande de dispense a été transmise."
    assert detect(f"Ich habe das bekommen: „{letter}“ Was muss ich tun?") == "de"
    assert detect(f"Was muss ich jetzt tun?\n> {letter}\n> {letter}") == "de"
    assert detect(f"„{letter}“") == "fr"


def test_mails_in_two_languages_are_read_in_that_of_the_matter() -> None:
    assert share_right("mixed_languages") >= 0.96


def test_short_utterances_are_told_apart_without_a_hint() -> None:
    assert share_right("short_utterances") >= 0.97


@pytest.mark.parametrize("author", ["starter_a", "starter_g"])
def test_words_learned_from_others_tell_two_words_of_an_author_apart(author: str) -> None:
    texts = starter.starter()
    lexicon = learn(
        (row.language or "", row.text, row.source) for row in texts if row.source != author
    )
    openings = [
        (" ".join(row.text.split()[:2]), row.language) for row in texts if row.source == author
    ]
    right = sum(detect(text, lexicon=lexicon) == code for text, code in openings)
    assert right / len(openings) > 0.93


def test_a_word_of_one_author_alone_is_not_learned() -> None:
    alone = [
        ("nl", "Vanzeveren Vanzeveren Vanzeveren kapsalon", "a"),
        ("nl", "kapsalon", "b"),
        ("nl", "kapsalon", "c"),
        ("fr", "salon", "a"),
    ]
    assert set(learn(alone)) == {"kapsalon"}


def test_a_text_costs_less_than_a_third_of_a_millisecond() -> None:
    texts = [row.text for row in starter.starter()[:1000]]
    detect(texts[0])
    began = time.process_time()
    for text in texts:
        detect(text)
    assert time.process_time() - began < 0.3


def test_a_giant_text_costs_no_more() -> None:
    began = time.process_time()
    assert detect("„ich " * 500_000) == "de"
    assert time.process_time() - began < 0.1


def test_the_starter_texts_are_read_in_their_own_language() -> None:
    texts = starter.starter()
    right = sum(detect(f"{row.subject} {row.text}") == row.language for row in texts)
    assert right / len(texts) > 0.995


def share_right(name: str) -> float:
    lines = (DATA / f"{name}.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return sum(detect(row["text"]) == row["lang"] for row in rows) / len(rows)
