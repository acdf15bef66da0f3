"""What is made of a typed line: words, phrases, numbers, and conditions in four languages."""

from datetime import date

import pytest

from models.calendar import start_of
from models.wording import Term
from triage.searching.reading import Question, Words, named, read

TODAY = date(2026, 6, 9)
WORDS = Words(
    topics=named(
        [
            ("deferral", "deferral"),
            ("Report de paiement", "deferral"),
            ("Uitstel van betaling", "deferral"),
            ("Droit passerelle", "bridging_right"),
        ]
    ),
    teams=named([("Exonération", 3), ("Vrijstelling", 3)]),
    languages=named([("nl", "nl"), ("Nederlands", "nl"), ("néerlandais", "nl")]),
)


def asked(typed: str) -> Question:
    return read(typed, WORDS, 7, TODAY)


def test_words_phrases_and_what_must_be_absent() -> None:
    terms = asked('paiement "droit passerelle" -report').sought.terms
    assert terms == (
        Term("paiement"),
        Term("droit passerelle", phrase=True),
        Term("report", without=True),
    )


@pytest.mark.parametrize(
    "written",
    ["0475 12 34 56", "0475.12.34.56", "0475/123456", "+32 475 12 34 56", "0032475123456",
     "(0)475/12.34.56", "32475123456"],
)  # fmt: skip
def test_a_telephone_number_is_one_however_it_is_written(written: str) -> None:
    assert asked(written).sought.numbers == (("phone", "+32475123456"),)
    assert asked(written).sought.terms == ()


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("0403.019.261", "kbo"),
        ("BE 0403019261", "kbo"),
        ("85.07.30-033.28", "niss"),
        ("+++010/8068/17183+++", "ogm"),
        ("amelie@bakery.example", "email"),
    ],
)
def test_register_numbers_are_known_by_their_form(written: str, kind: str) -> None:
    assert [known for known, _ in asked(written).sought.numbers] == [kind]
    assert asked(written).sought.terms == ()


def test_a_number_among_words_leaves_the_words() -> None:
    question = asked("dujardin 0475 12 34 56").sought
    assert question.numbers == (("phone", "+32475123456"),)
    assert question.terms == (Term("dujardin"),)


@pytest.mark.parametrize("typed", ["#100123", "100123"])
def test_a_tickets_number(typed: str) -> None:
    assert asked(typed).sought.numbers == (("ticket", "100123"),)


def test_a_part_of_a_number_is_looked_for_as_such() -> None:
    assert asked("475 12 34 5").sought.numbers == (("digits", "47512345"),)


@pytest.mark.parametrize(
    "typed",
    ["topic:deferral", "sujet:report", "onderwerp:uitstel", 'Thema:"report de paiement"'],
)
def test_a_topic_by_its_name_in_any_language(typed: str) -> None:
    assert asked(typed).sought.topics == ("deferral",)


def test_conditions_in_any_language() -> None:
    question = asked("taal:nederlands canal:téléphone is:open équipe:exo assigned:me").sought
    assert question.languages == ("nl",)
    assert question.channels == ("phone",)
    assert question.statuses == ("open",)
    assert question.team_ids == (3,)
    assert question.assignee_id == 7
    assert question.terms == ()


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("since:2026-05-31", date(2026, 5, 31)),
        ("depuis:31/5", date(2026, 5, 31)),
        ("sinds:31.12", date(2025, 12, 31)),
        ("seit:7", date(2026, 6, 2)),
    ],
)
def test_days_as_people_write_them(typed: str, day: date) -> None:
    assert asked(typed).sought.since == start_of(day)


def test_what_is_no_condition_is_looked_for_and_said() -> None:
    question = asked("mood:bad since:31/31")
    assert question.unread == ("mood:bad", "since:31/31")
    assert Term("mood") in question.sought.terms


@pytest.mark.parametrize("typed", ["", "   ", '"', "-", ":", "::", '""', "-:", "\ue000", "'"])
def test_nothing_is_asked_by_signs_alone(typed: str) -> None:
    assert asked(typed).sought.nothing
