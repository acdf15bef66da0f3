"""Four languages, also in an agent's shorthand."""

import pytest

from classifiers import starter
from classifiers.language import detect


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


def test_the_starter_texts_are_read_in_their_own_language() -> None:
    texts = starter.starter()
    right = sum(detect(f"{row.subject} {row.text}") == row.language for row in texts)
    assert right / len(texts) > 0.985
