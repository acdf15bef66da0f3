"""Quotes: the telling sentence of a client, short, nameless, one in each language."""

from models.contact import Contact
from triage.screening.quotes import choose, nameless, shortened, telling


def contact(number: int, text: str, language: str, channel: str = "email") -> Contact:
    return Contact(id=number, client_id=number, new_text=text, language=language, channel=channel)


def test_the_sentence_with_the_problems_words_is_quoted() -> None:
    text = "Bonjour,\nJ'espère que vous allez bien. Toujours rien reçu pour mai ! Merci."
    assert telling(text, ["recu", "rien"]) == "Toujours rien reçu pour mai !"


def test_a_greeting_is_no_quote() -> None:
    assert telling("Geachte mevrouw Claes,\nHet formulier weigert mijn nummer.", []) == (
        "Het formulier weigert mijn nummer."
    )


def test_good_morning_is_no_quote_either() -> None:
    for greeting in ("Goeiemorgen.", "Goedendag,", "Guten Tag!", "Sehr geehrte Damen und Herren,"):
        assert telling(f"{greeting}\nMijn formulier wordt geweigerd.", []).startswith("Mijn")


def test_a_text_that_is_only_a_greeting_is_still_shown() -> None:
    assert telling("Bonjour", []) == "Bonjour"


def test_a_long_sentence_ends_at_a_word() -> None:
    cut = shortened("wachten " * 40)
    assert len(cut) <= 150 and cut.endswith("wachten…")


def test_the_clients_own_name_is_left_out() -> None:
    said = nameless("Ici Amélie Dujardin, boulangère", "Amélie Dujardin")
    assert said == "Ici ••• •••, boulangère"


def test_each_language_is_heard_once() -> None:
    texts = [
        contact(1, "Rien reçu pour mai.", "fr"),
        contact(2, "Rien reçu pour le mois de mai.", "fr"),
        contact(3, "Niets ontvangen voor mei.", "nl"),
        contact(4, "Nichts erhalten für Mai.", "de"),
    ]
    assert [said.language for said in choose(texts, {})] == ["fr", "nl", "de"]


def test_in_one_language_two_different_voices_are_heard() -> None:
    texts = [
        contact(1, "Rien reçu pour mai.", "fr"),
        contact(2, "Rien reçu pour mai !", "fr"),
        contact(3, "Mon loyer attend votre virement promis.", "fr"),
    ]
    said = [quote.text for quote in choose(texts, {})]
    assert said == ["Rien reçu pour mai.", "Mon loyer attend votre virement promis."]


def test_a_silent_problem_has_no_quotes() -> None:
    assert choose([], {}) == []
