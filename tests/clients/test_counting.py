"""A representative's contact counts for those for whom it speaks, on the board and everywhere."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from classifiers.groups import Item
from models import past
from models.base import db, transaction
from models.cases import (
    CaseFilter,
    clients_by_day,
    count_cases,
    profile_of,
    seen_between,
)
from models.client import Client
from models.contact import Contact
from models.counting import spoken_for
from models.mandate import Represented
from models.placing import place, unplace
from models.problem import Problem
from models.problem_day import counts_until
from tests.people import House, amelie, emily

DAY = date(2026, 5, 4)
AT = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
END = AT + timedelta(hours=12)


@pytest.fixture
def problem(house: House) -> Problem:
    """Emily the accountant wrote once for three clients, one of whom also wrote herself."""
    mail = house.fill_form(emily, "My three clients still wait.", at=AT)
    own = house.fill_form(amelie, "Toujours rien reçu.", at=AT)
    with transaction():
        made = Problem(
            thing="payment",
            symptom="not_received",
            first_seen_at=AT,
            last_seen_at=AT,
            founded_on=DAY,
        )
        db.session.add(made)
        db.session.flush()
        for contact in (mail, own):
            unplace(contact.id, AT)
            place(contact.id, made, score=1.0, reason={}, at=AT)
        others = [own.client, Client.unknown("Garage Petit", "fr"), Client.unknown("Thiry", "fr")]
        for client in others:
            db.session.add(
                Represented(contact_id=mail.id, client_id=client.id, rule="confirmed", at=AT)
            )
    return made


def test_a_card_counts_the_clients_and_the_contacts_once(problem):
    day, since = counts_until(END, AT - timedelta(hours=1), AT - timedelta(hours=1))
    assert (day[problem.id].contacts, day[problem.id].clients) == (2, 3)
    assert since[problem.id].clients == 3


def test_all_figures_of_a_problem_agree(problem):
    assert count_cases(problem, CaseFilter(day=DAY)) == (2, 3)
    seen = seen_between(AT - timedelta(hours=1), END, CaseFilter())[problem.id]
    assert (seen.contacts, seen.clients) == (2, 3)
    assert clients_by_day([problem.id], DAY, DAY)[problem.id] == {DAY: 3}
    profile = profile_of(problem)
    assert (profile.contacts, profile.clients, profile.returning) == (2, 3, 1)


def test_the_clients_of_a_day_are_those_who_were_spoken_for(problem):
    assert past.clients_between(AT - timedelta(hours=1), END) == 3


def test_without_representation_whoever_said_it_counts(problem):
    with transaction():
        for row in db.session.query(Represented):
            db.session.delete(row)
    assert count_cases(problem, CaseFilter(day=DAY)) == (2, 2)
    assert spoken_for([contact.id for contact in db.session.query(Contact)]) == {}


def test_the_grouping_takes_one_contact_for_several_clients():
    item = Item(1, AT, DAY, "9", "fr", "email", "…", np.zeros(1), frozenset({"1", "2", "3"}))
    assert item.clients == {"1", "2", "3"}
    assert Item(1, AT, DAY, "9", "fr", "email", "…", np.zeros(1)).clients == {"9"}
