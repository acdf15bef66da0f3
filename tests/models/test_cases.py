"""The cases of a problem: all of them, and those that a filter asks for."""

from datetime import UTC, date, datetime, timedelta

import pytest

from models.base import db, transaction
from models.cases import (
    EVERYTHING,
    CaseFilter,
    cases_of,
    clients_by_day,
    contacts_between,
    count_cases,
    inflow_between,
    profile_of,
    seen_between,
)
from models.contact import Contact
from models.placing import place, unplace
from models.problem import Problem
from tests.people import House, amelie, frieda, joris

DAY = date(2026, 5, 4)
AT = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
NEXT = AT + timedelta(days=1)


@pytest.fixture
def problem(house: House) -> Problem:
    with transaction():
        made = Problem(
            thing="payment",
            symptom="not_received",
            first_seen_at=AT,
            last_seen_at=AT,
            founded_on=DAY,
        )
        db.session.add(made)
    return made


@pytest.fixture
def cases(house: House, problem: Problem) -> list[Contact]:
    """Amélie by form, twice; Joris by telephone; Frieda by form the day after."""
    contacts = [
        house.fill_form(amelie, "Toujours rien reçu.", at=AT),
        house.fill_form(amelie, "Et maintenant ?", at=AT + timedelta(hours=1)),
        house.call(joris, "Heeft niets ontvangen.", by=house.nadia, at=AT),
        house.fill_form(frieda, "Noch nichts erhalten.", at=NEXT),
    ]
    with transaction():
        intents = ("chase_status", "complain", "complain", None)
        for contact, language, intent in zip(
            contacts, ("fr", "fr", "nl", "de"), intents, strict=True
        ):
            contact.language, contact.topic_id = language, "bridging_right"
            contact.intent_id, contact.dissatisfied = intent, 0.8 if intent == "complain" else 0.0
            contact.repeated = contact is contacts[1]
            unplace(contact.id, AT)
            db.session.flush()
            place(contact.id, problem, score=0.7, reason={"why": "engine"}, at=AT)
        contacts[3].topic_id = None
    return contacts


def test_a_profile_tells_who_came_more_than_once_and_what_they_want(
    problem: Problem, cases: list[Contact]
) -> None:
    profile = profile_of(problem)
    assert (profile.contacts, profile.clients, profile.returning) == (4, 3, 1)
    assert (profile.repeats, profile.dissatisfied) == (1, 2)
    assert profile.matters[("bridging_right", "complain")] == 2
    assert profile.topics == {"bridging_right": 3, "": 1}
    assert profile.intents == {"complain": 2, "": 1, "chase_status": 1}
    assert sum(profile.teams.values()) == 4


@pytest.mark.parametrize(
    ("asked", "contacts", "clients"),
    [
        (EVERYTHING, 4, 3),
        (CaseFilter(language="fr"), 2, 1),
        (CaseFilter(channel="phone"), 1, 1),
        (CaseFilter(topic="bridging_right", intent="complain"), 2, 2),
        (CaseFilter(day=DAY), 3, 2),
        (CaseFilter(language="de", day=DAY), 0, 0),
    ],
)
def test_a_filter_counts_contacts_and_clients_of_what_is_asked_for(
    problem: Problem, cases: list[Contact], asked: CaseFilter, contacts: int, clients: int
) -> None:
    assert count_cases(problem, asked) == (contacts, clients)
    assert len(db.session.scalars(cases_of(problem, asked)).all()) == contacts


def test_the_team_is_that_of_the_ticket(
    house: House, problem: Problem, cases: list[Contact]
) -> None:
    team = house.koen.team_ids[0]
    with transaction():
        for contact in cases:
            house.ticket(contact).team_id = None
        house.ticket(cases[2]).team_id = team
    assert count_cases(problem, CaseFilter(team=team)) == (1, 1)
    found = contacts_between(AT, NEXT, CaseFilter(team=team), house.koen, alone=False)
    assert db.session.scalars(found).all() == [cases[2]]


def test_the_board_counts_a_client_once_a_day(problem: Problem, cases: list[Contact]) -> None:
    start, end = AT - timedelta(hours=9), AT + timedelta(hours=13)
    seen = seen_between(start, end, CaseFilter(language="fr"))
    assert (seen[problem.id].contacts, seen[problem.id].clients) == (2, 1)
    assert seen_between(start, end, CaseFilter(language="de")) == {}
    days = clients_by_day([problem.id], DAY, DAY + timedelta(days=1))
    assert days == {problem.id: {DAY: 2, DAY + timedelta(days=1): 1}}


def test_what_was_read_is_counted_with_the_filter(problem: Problem, cases: list[Contact]) -> None:
    until = NEXT + timedelta(hours=1)
    assert inflow_between(AT, until, EVERYTHING) == (4, 3)
    assert inflow_between(AT, until, CaseFilter(language="de")) == (1, 0)


def test_what_is_a_case_of_nothing_can_be_looked_at(
    house: House, problem: Problem, cases: list[Contact]
) -> None:
    stray = house.fill_form(joris, "Een andere vraag.", at=AT)
    with transaction():
        unplace(stray.id, AT)
    found = contacts_between(AT, NEXT, EVERYTHING, house.ingrid, alone=True)
    assert db.session.scalars(found).all() == [stray]
