"""What a receipt may already say: the approved sentence where the case is sure, else nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from classifiers.engine import Alternative, Decision, Opinion, Text
from classifiers.features import Floats
from models import measure_change, saying
from models.base import db, now, transaction
from models.calendar import business_day
from models.event import Event
from models.measure import Measure
from models.message import Kind, Message
from models.placing import place
from models.problem import Problem, ProblemState
from models.saying import MAIL_FOR
from models.ticket import Ticket
from models.topic import Topic
from models.user import User
from tests.people import House, Person, amelie, emily, frieda, joris
from triage import routing
from triage.intake.known import SURE, certain, sure_case
from triage.intake.receipts import ANSWER_IN_RECEIPT, SAID_IN_RECEIPT

FRIDAY = {
    "fr": "Les paiements de mai partent ce vendredi.",
    "nl": "De betalingen van mei vertrekken vrijdag.",
}
LATE = "Toujours rien reçu pour mai, mon droit passerelle n'est pas arrivé sur mon compte."

Hears = Callable[..., None]


@pytest.fixture
def problem(app: object, koen: User) -> Problem:
    """Late payments of today's board, with an approved sentence for agents and for mails."""
    return late_payments(koen)


def late_payments(koen: User, *, in_mail: bool = True, approve: bool = True) -> Problem:
    with transaction():
        made = Problem(
            thing="payment",
            symptom="not_received",
            topic_id="bridging_right",
            first_seen_at=now(),
            last_seen_at=now(),
            founded_on=business_day(now()),
        )
        db.session.add(made)
        db.session.flush()
        saying.write(made, FRIDAY, by=koen, at=now())
        last = saying.last_change(made)
        assert last is not None
        if approve:
            saying.approve(made, in_mail=in_mail, by=koen, seen=last.id, at=now())
    return made


@pytest.fixture
def hears(app: object, monkeypatch: pytest.MonkeyPatch) -> Hears:
    """Let the classifier be as sure as a test wants: `hears(thing_sure=0.95, …)`."""
    opine = routing.opine

    def hear(thing_sure: float = 0.97, symptom_sure: float = 0.97, **said: Any) -> None:
        facts = {
            "topic": "bridging_right",
            "decision": Decision.AUTO,
            "thing": "payment",
            "symptom": "not_received",
            "second": None,
            **said,
        }

        def believe(texts: list[Text]) -> list[Opinion | None]:
            return [
                None
                if found is None
                else replace(
                    found,
                    **facts,
                    posteriors={
                        **found.posteriors,
                        "thing": first(found.posteriors["thing"], thing_sure),
                        "symptom": first(found.posteriors["symptom"], symptom_sure),
                    },
                )
                for found in opine(texts)
            ]

        monkeypatch.setattr(routing, "opine", believe)

    return hear


def first(posterior: Floats, sure: float) -> Floats:
    """As sure as that of the first label, and of the others equally little."""
    made = np.full_like(posterior, (1 - sure) / (len(posterior) - 1))
    made[0] = sure
    return made


def receipt(house: House, who: Person = amelie, text: str = LATE) -> tuple[str, Ticket]:
    """What `who` was sent for a mail, and its ticket."""
    ticket = house.ticket(house.write(who, text, "Paiement"))
    wanted = select(Message.text).where(
        Message.ticket_id == ticket.id, Message.kind == Kind.ACKNOWLEDGEMENT.value
    )
    return db.session.scalars(wanted).one(), ticket


def told(ticket: Ticket) -> list[dict[str, Any]]:
    events = db.session.scalars(Event.of_ticket(ticket.id))
    return [event.facts for event in events if event.kind == SAID_IN_RECEIPT]


def test_a_sure_case_is_told_in_the_clients_language_and_the_ticket_says_so(
    house: House, problem: Problem, hears: Hears
) -> None:
    hears()
    text, ticket = receipt(house)
    assert f"Ce que nous pouvons déjà vous dire : {FRIDAY['fr']}" in text
    assert FRIDAY["nl"] not in text
    (facts,) = told(ticket)
    assert facts == {"problem": problem.number, "sure": {"thing": 0.97, "symptom": 0.97}}
    dutch, _ = receipt(house, joris, "Nog altijd niets ontvangen voor mei, mijn overbruggingsrecht")
    assert f"Wat we u nu al kunnen zeggen: {FRIDAY['nl']}" in dutch


@pytest.mark.parametrize(
    "heard",
    [
        {"thing_sure": SURE - 0.01},
        {"symptom_sure": SURE - 0.01},
        {"decision": Decision.PRESELECT},
        {"topic": "deferral"},
        {"thing": "letter"},
        {"symptom": "late"},
        {"symptom": "none"},
        {"second": Alternative("deferral", 0.5)},
    ],
)
def test_what_is_not_sure_enough_is_told_nothing(
    house: House, problem: Problem, hears: Hears, heard: dict[str, Any]
) -> None:
    hears(**heard)
    text, ticket = receipt(house)
    assert FRIDAY["fr"] not in text
    assert told(ticket) == []


def test_a_language_without_a_sentence_is_told_nothing(
    house: House, problem: Problem, hears: Hears
) -> None:
    hears()
    text, ticket = receipt(house, frieda, "Ich habe für Mai noch immer keine Zahlung erhalten.")
    assert "Was wir Ihnen schon sagen" not in text
    assert told(ticket) == []


@pytest.mark.parametrize("how", [{"in_mail": False}, {"approve": False}])
def test_without_approval_for_mails_nothing_is_told(
    house: House, koen: User, hears: Hears, how: dict[str, bool]
) -> None:
    late_payments(koen, **how)
    hears()
    assert FRIDAY["fr"] not in receipt(house)[0]


@pytest.mark.parametrize("approve", [True, False])
def test_of_two_problems_that_answer_to_it_neither_is_told(
    house: House, koen: User, problem: Problem, hears: Hears, approve: bool
) -> None:
    late_payments(koen, approve=approve)
    hears()
    assert FRIDAY["fr"] not in receipt(house)[0]


def test_what_is_over_or_long_past_is_told_no_more(
    house: House, problem: Problem, hears: Hears
) -> None:
    hears()
    with transaction():
        problem.state = ProblemState.CLOSED.value
    assert FRIDAY["fr"] not in receipt(house)[0]
    with transaction():
        problem.state, problem.sentence_at = ProblemState.ACTING.value, now() - MAIL_FOR
    assert FRIDAY["fr"] not in receipt(house, emily, "Bonjour, mai ?")[0]
    with transaction():
        problem.sentence_at = now()
        problem.state, problem.last_seen_at = ProblemState.ACTING.value, now() - timedelta(days=9)
    assert FRIDAY["fr"] not in receipt(house, joris)[0]


def test_a_matter_of_health_is_told_nothing(house: House, problem: Problem, hears: Hears) -> None:
    hears()
    with transaction():
        topic = Topic.named("bridging_right")
        assert topic is not None
        topic.restricted = True
    assert FRIDAY["fr"] not in receipt(house)[0]


def test_what_is_already_grouped_is_judged_by_its_placing(
    house: House, problem: Problem, koen: User
) -> None:
    contact = house.write(amelie, LATE, "Paiement")
    ticket = house.ticket(contact)
    with transaction():
        place(contact.id, problem, score=SURE - 0.01, reason={"why": "engine"}, at=now())
    assert sure_case(contact, ticket, None, now()) is None
    standing = db.session.scalars(problem.occurrences()).one()
    standing.score = SURE
    assert sure_case(contact, ticket, None, now()) == problem
    standing.score, standing.by_id = 0.1, koen.id
    assert sure_case(contact, ticket, None, now()) == problem


def test_without_a_model_nothing_is_certain(house: House, problem: Problem) -> None:
    contact = house.write(amelie, "Bonjour", "Question")
    with transaction():
        contact.topic_id = "bridging_right"
    assert sure_case(contact, house.ticket(contact), None, now()) is None


def test_the_starter_model_is_not_certain_of_a_greeting(app: object) -> None:
    (opinion,) = routing.opine([Text("Bonjour, une petite question.")])
    assert opinion is not None
    assert not certain(opinion)


# --- a measure that is told at once ---------------------------------------------------------

WEEK = {"fr": "Le paiement part la première semaine du mois suivant."}


@pytest.fixture
def measure(house: House, koen: User) -> Measure:
    """What is said about payments before anybody asks: the only thing known of them."""
    said = {
        "names": {"en": "Payment"},
        "scripts": WEEK,
        "confirmed": True,
        "valid_from": business_day(now()),
    }
    with transaction():
        made = measure_change.begin("payment", "bridging_right", said, change="", by=koen, at=now())
        measure_change.tell_at_once(made, True, by=koen, at=now())
    return made


def answers_told(ticket: Ticket) -> list[dict[str, Any]]:
    events = db.session.scalars(Event.of_ticket(ticket.id))
    return [event.facts for event in events if event.kind == ANSWER_IN_RECEIPT]


def test_a_plain_matter_is_told_the_answer_of_its_measure(
    house: House, measure: Measure, hears: Hears
) -> None:
    hears()
    text, ticket = receipt(house)
    assert WEEK["fr"] in text
    assert answers_told(ticket) == [{"measure": "payment", "version": 1}]


def test_the_sentence_of_a_sure_problem_goes_before_the_answer(
    house: House, measure: Measure, problem: Problem, hears: Hears
) -> None:
    hears()
    text, ticket = receipt(house)
    assert FRIDAY["fr"] in text and WEEK["fr"] not in text
    assert answers_told(ticket) == []


@pytest.mark.parametrize(
    "doubt",
    [{"decision": Decision.PRESELECT}, {"second": Alternative("deferral", 0.4)}],
    ids=["not sure", "two matters"],
)
def test_an_answer_is_not_told_where_the_matter_is_in_doubt(
    house: House, measure: Measure, hears: Hears, doubt: dict[str, Any]
) -> None:
    hears(**doubt)
    text, ticket = receipt(house)
    assert WEEK["fr"] not in text and answers_told(ticket) == []


def test_an_answer_is_not_told_in_another_language(
    house: House, measure: Measure, hears: Hears
) -> None:
    hears()
    text, _ = receipt(house, joris, "Nog altijd niets ontvangen van het overbruggingsrecht.")
    assert WEEK["fr"] not in text
