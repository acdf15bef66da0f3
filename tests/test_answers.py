"""What may be said: the answer of the measure that holds, or a promise."""

from datetime import UTC, date, datetime
from typing import Any

from models import measure_change
from models.base import transaction
from models.measure_question import MeasureQuestion
from tests.people import House
from triage.answers import HOLDING, Sayable, holding, sayable

AT = datetime(2026, 4, 29, 8, 0, tzinfo=UTC)
DAY = date(2026, 4, 29)
PART = "family/carer"


def offered(house: House, language: str = "nl", **fields: Any) -> Sayable:
    said: dict[str, Any] = {
        "names": {"fr": "Aidants", "en": "Carers"},
        "answers": {"fr": "Oui.", "nl": "Ja."},
        "scripts": {"fr": "Oui, bien sûr."},
        "applies_to": [PART],
    }
    with transaction():
        measure = measure_change.begin(
            "carers", "family", said | fields, change="", by=house.koen, at=AT
        )
        question = MeasureQuestion.ask(measure, {"nl": "Ook voor neven?"}, by=house.koen)
        question.answer({"nl": "Nee."}, by=house.koen, at=AT)
        MeasureQuestion.ask(measure, {"nl": "Nog open?"}, by=house.koen)
    return sayable("family", PART, "chase_status", language, DAY)[0]


def test_a_confirmed_answer_is_said_in_the_clients_language(house):
    one = offered(house, confirmed=True)
    assert (one.answer, one.language, one.missing) == ("Ja.", "nl", False)
    assert (one.holding, one.promise) == ("", None)
    assert one.words == "Ja."
    assert one.questions == (("Ook voor neven?", "Nee."),)


def test_a_missing_language_falls_back_and_says_so(house):
    one = offered(house, "de", confirmed=True)
    assert (one.answer, one.language, one.missing) == ("Oui.", "fr", True)
    assert one.script_language == "fr"


def test_without_a_confirmed_answer_there_is_a_promise_on_a_working_day(house):
    one = offered(house, answers={})
    assert one.promise == date(2026, 5, 5)  # three working days on, over the first of May
    assert one.words == one.holding
    assert "5 mei 2026" in one.holding


def test_an_answer_that_is_not_confirmed_comes_with_the_holding_sentence(house):
    one = offered(house, holding={"nl": "Wij antwoorden op {promise}."}, promise_days=1)
    assert one.answer == "Ja."
    assert one.holding == "Wij antwoorden op 30 april 2026."


def test_the_house_holds_in_four_languages_where_no_measure_does():
    for code in HOLDING:
        text, promise = holding(None, code, DAY)
        assert promise == date(2026, 5, 5)
        assert "2026" in text
        assert "{" not in text
    assert sayable(None, None, None, "fr", DAY) == []


def test_deadlines_that_are_still_ahead_are_counted(house):
    rule = {"names": {"nl": "Venster"}, "start": "quarter_end", "quarters": 1}
    one = offered(
        house, request_by=date(2026, 4, 20), pay_by=DAY, rules=[rule], quarters=["2026/1"]
    )
    assert one.deadlines == (
        ("Betaling", DAY, 0),
        ("Venster · K1 2026", date(2026, 6, 30), 62),
    )


def test_papers_and_links_are_in_the_clients_language_and_only_safe_links(house):
    one = offered(
        house,
        documents=["Form / formulier", {"fr": "Preuve", "nl": "Bewijs"}],
        links=[
            {"names": {"nl": "RSVZ"}, "urls": {"nl": "https://www.example.be/nl"}},
            {"names": {"nl": "Kwaad"}, "urls": {"nl": "javascript:alert(1)"}},
        ],
    )
    assert one.documents == ("Form / formulier", "Bewijs")
    assert [(link.name, link.url) for link in one.links] == [("RSVZ", "https://www.example.be/nl")]
