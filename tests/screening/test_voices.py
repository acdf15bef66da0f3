"""Quotes: the telling sentence of a client, short, nameless, one in each language."""

from models.contact import Contact
from triage.quotes import choose, nameless, shortened


def contact(number: int, text: str, language: str, channel: str = "email") -> Contact:
    return Contact(id=number, client_id=number, new_text=text, language=language, channel=channel)


def heard(text: str, language: str = "fr", terms: dict[str, list[str]] | None = None) -> str:
    """What is quoted of one text."""
    (said,) = choose([contact(1, text, language)], terms or {})
    return said.text


def test_the_sentence_with_the_problems_words_is_quoted() -> None:
    text = (
        "Bonjour,\nJ'espère que vous allez tous bien. Toujours rien reçu pour mai ! Merci à vous."
    )
    assert heard(text, terms={"fr": ["recu", "rien"]}) == "Toujours rien reçu pour mai !"


def test_a_greeting_is_no_quote() -> None:
    for greeting in ("Goeiemorgen.", "Geachte mevrouw Claes,", "Guten Tag!", "Dear Sir or Madam,"):
        said = heard(f"{greeting}\nHet formulier weigert mijn nummer.", "nl")
        assert said == "Het formulier weigert mijn nummer."


def test_a_text_that_is_only_a_greeting_is_still_shown() -> None:
    assert heard("Bonjour") == "Bonjour"


def test_a_few_words_that_tell_nothing_are_no_quote() -> None:
    text = "Einmal ja, einmal nein. Laut Schreiben ist mein Aufschub noch immer nicht bewilligt."
    assert heard(text, "de", {"de": ["ja"]}).startswith("Laut Schreiben")


def test_the_sentence_that_complains_is_quoted() -> None:
    text = "Op 24 maart kreeg ik uw brief thuis. Sindsdien heb ik niets meer van u gehoord."
    assert heard(text, "nl") == "Sindsdien heb ik niets meer van u gehoord."


def test_what_several_clients_speak_of_is_quoted() -> None:
    contacts = [
        contact(
            1, "Mijn zaak ligt al weken helemaal stil. Het formulier toont mij een fout.", "nl"
        ),
        contact(2, "Le formulaire affiche une erreur à chaque fois.", "fr"),
    ]
    assert choose(contacts, {})[0].text == "Het formulier toont mij een fout."


def test_identifiers_are_masked() -> None:
    text = "Je n'arrive pas à vous joindre, rappelez le 0475 12 34 56 ou a.dujardin@bakery.example."
    said = heard(text)
    assert "0475" not in said and "12 34" not in said and "bakery" not in said


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
