"""Harm of waiting and dissatisfaction: what is heard, in four languages, and what is not."""

import json
import time

import pytest

from classifiers import starter, tone
from classifiers.text import opening, vocabulary_form
from classifiers.tone import Heard, after_contacts, dissatisfaction, urgency

NOTHING: dict[str, float] = {}


def harm(text: str, language: str, **intents: float) -> Heard:
    opened = opening(text)
    return urgency(opened, vocabulary_form(opened), language, intents)


def unhappy(text: str, language: str, **intents: float) -> Heard:
    opened = opening(text)
    return dissatisfaction(opened, vocabulary_form(opened), language, intents)


@pytest.mark.parametrize(
    ("text", "language", "reason"),
    [
        ("L'huissier vient demain matin saisir mon four", "fr", "bailiff"),
        ("De deurwaarder staat morgen voor de deur", "nl", "bailiff"),
        ("Der Gerichtsvollzieher kommt bis Freitag", "de", "bailiff"),
        ("The bailiff comes tomorrow", "en", "bailiff"),
        ("Je n'ai plus de quoi manger, mon compte est vide, en larmes", "fr", "no_income"),
        ("Geen inkomen meer, ik ben ten einde raad", "nl", "no_income"),
        ("Ohne Einkommen, ich bin verzweifelt", "de", "no_income"),
        ("No income left, I am desperate", "en", "no_income"),
        ("Expulsion le 12, dernier délai avant vendredi", "fr", "evicted_or_cut_off"),
        ("Alleenstaande moeder, kan het niet meer, huur moet maandag betaald", "nl", "vulnerable"),
        ("Die Frist endet morgen, ich kann nicht mehr", "de", "window_closes"),
        ("Pregnant and crying, needs it by Monday", "en", "vulnerable"),
    ],
)
def test_waiting_that_does_harm_is_heard_with_its_reason(
    text: str, language: str, reason: str
) -> None:
    heard = harm(text, language)
    assert heard.probability >= tone.URGENT_FROM
    assert reason in heard.reasons


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("C'EST UN SCANDALE !!! Je vais chez le médiateur et à la presse", "fr"),
        ("Schandalig! Ik stap over naar een andere kas!!", "nl"),
        ("Unverschämtheit, ich kündige und gehe zum Anwalt!!", "de"),
        ("URGENT!!! This is outrageous, you are useless", "en"),
    ],
)
def test_anger_and_threats_are_no_urgency(text: str, language: str) -> None:
    assert harm(text, language, complain=1.0).probability < tone.URGENT_FROM
    assert unhappy(text, language, complain=1.0).probability >= tone.UNHAPPY_FROM


@pytest.mark.parametrize(
    ("text", "language", "reason"),
    [
        ("Je suis furieuse, c'est inadmissible", "fr", "says_so"),
        ("Al drie keer gemaild en niemand antwoordt, belachelijk", "nl", "nobody_answers"),
        ("Zum dritten Mal! Das ist eine Zumutung", "de", "again_and_again"),
        ("I am angry and will call the ombudsman", "en", "ombudsman_or_court"),
        ("Malgré votre accord vous réclamez encore une fois, quelle honte", "fr", "let_down"),
        ("WAT IS DIT VOOR EEN SCHANDE TOCH ALLEMAAL!!", "nl", "shouting"),
        ("Seid ihr taub? Unverschämt", "de", "insult"),
        ("Ridiculous. I am switching to another fund!!", "en", "threatens_to_leave"),
    ],
)
def test_dissatisfaction_is_heard_with_its_reason(text: str, language: str, reason: str) -> None:
    heard = unhappy(text, language)
    assert heard.probability >= tone.UNHAPPY_FROM
    assert reason in heard.reasons


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Bonjour, comment demander une dispense ? Merci d'avance", "fr"),
        ("Goedemorgen, graag een attest van aansluiting. Dank u", "nl"),
        ("Guten Tag, wie ändere ich meine Adresse?", "de"),
        ("Hello, which quarter does the deferral cover?", "en"),
        ("", "fr"),
    ],
)
def test_calm_questions_stay_calm(text: str, language: str) -> None:
    assert harm(text, language, ask_information=1.0).probability < 0.1
    assert unhappy(text, language, ask_information=1.0).probability < 0.1


def test_a_language_without_wordings_says_nothing() -> None:
    assert harm("bailiff tomorrow", "xx") == Heard(harm("", "xx").probability, ())


def test_the_strongest_reason_comes_first() -> None:
    assert harm("huissier avant vendredi, aujourd'hui", "fr").reasons[0] == "bailiff"


def test_the_third_contact_raises_harm_and_says_so() -> None:
    first = Heard(0.2, ("deadline_named",))
    assert after_contacts(first, 0) == after_contacts(first, 1) == first
    third = after_contacts(first, 2)
    assert third == Heard(0.333, ("deadline_named", "third_contact"))
    assert after_contacts(Heard(0.2, ("third_contact",)), 5).reasons == ("third_contact",)


def test_coming_back_alone_never_makes_a_calm_question_urgent() -> None:
    calm = harm("Bonjour, comment demander une dispense ?", "fr")
    assert after_contacts(calm, 9).probability < tone.URGENT_FROM


def test_reasons_are_of_the_closed_lists_and_known_in_every_language() -> None:
    known = json.loads(tone.DATA.read_text("utf-8"))
    for name, reasons in (
        ("urgency", tone.URGENCY_REASONS),
        ("dissatisfaction", tone.DISSATISFIED_REASONS),
    ):
        assert set(known[name]["wordings"]) <= set(reasons)
        assert set(known[name]["weights"]) <= set(reasons)
        assert {frozenset(forms) for forms in known[name]["wordings"].values()} == {
            frozenset(("fr", "nl", "de", "en"))
        }


def test_the_figures_are_those_of_texts_that_were_set_aside() -> None:
    for name in ("urgency", "dissatisfaction"):
        judged = tone.figures(name)["judged_on"]
        assert judged["all"]["texts"] == 720
        assert {"fr", "nl", "de", "en"} < set(judged)


def test_both_cost_less_than_a_millisecond_a_text() -> None:
    texts = [opening(row.text) for row in starter.starter()[:500]]
    forms = [vocabulary_form(text) for text in texts]
    urgency(texts[0], forms[0], "fr", NOTHING)
    began = time.process_time()
    for text, form in zip(texts, forms, strict=True):
        urgency(text, form, "fr", NOTHING)
        dissatisfaction(text, form, "fr", NOTHING)
    assert time.process_time() - began < 0.5


def test_a_hostile_text_costs_no_more() -> None:
    text = opening("nog al # avant le " * 20_000)
    began = time.process_time()
    for language in ("fr", "nl", "de", "en"):
        harm(text, language)
        unhappy(text, language)
    assert time.process_time() - began < 0.1
