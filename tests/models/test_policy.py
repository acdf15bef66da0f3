"""Who may do what, said twice: by the policy and by the rows that the database gives back."""

import pytest

from models.base import db, transaction
from models.policy import Verb, may, sees_small_counts
from models.team import Team
from models.ticket import Ticket
from models.topic import Topic
from models.user import User
from tests.people import House, amelie

EVERYBODY = ("nadia", "stranger", "koen", "ingrid", "ada")

MAY = {
    Verb.WORK: {"nadia", "stranger", "koen", "ingrid"},
    Verb.SEE_BOARD: {"nadia", "stranger", "koen", "ingrid", "ada"},
    Verb.LEAD: {"koen", "ingrid"},
    Verb.SEE_FIGURES: {"nadia", "stranger", "koen", "ingrid", "ada"},
    Verb.READ_QUARANTINE: {"koen", "ingrid", "ada"},
    Verb.READ_RAW: {"koen", "ingrid"},
    Verb.TEND_TEXTS: {"koen", "ingrid"},
    Verb.GUIDE: {"koen", "ingrid", "ada"},
    Verb.TEACH: {"koen", "ingrid"},
    Verb.TEND_CLASSIFIER: {"koen", "ingrid", "ada"},
    Verb.ADMINISTER: {"ada"},
    Verb.ERASE: {"ingrid", "ada"},
    Verb.SEE_LOOKS: {"ingrid"},
}

SEES = {
    # Nadia and Koen are of the bridging-right team, the stranger of another.
    "of the bridging-right team": {"nadia", "koen", "ingrid"},
    "of the payment team": {"koen", "ingrid"},
    "of no team yet": {"nadia", "stranger", "koen", "ingrid"},
    "of the payment team, waiting for a choice": {"nadia", "stranger", "koen", "ingrid"},
    "of the payment team, assigned to nadia": {"nadia", "koen", "ingrid"},
    "of the payment team, assigned to the stranger": {"stranger", "koen", "ingrid"},
    "about health": {"ingrid"},
    "about health, waiting for a choice": {"ingrid"},
    "about health, assigned to nadia": {"ingrid"},
    "about health, of the bridging-right team": {"nadia", "koen", "ingrid"},
}


def test_every_verb_has_its_row_in_the_table():
    assert set(MAY) == set(Verb)


@pytest.mark.parametrize("name", EVERYBODY)
def test_what_a_person_may_do(house, name):
    person: User = getattr(house, name)
    assert {verb for verb in Verb if may(person, verb)} == {
        verb for verb, people in MAY.items() if name in people
    }


def test_who_was_disabled_may_nothing(house, app):
    with transaction():
        house.ingrid.disable(house.ingrid.created_at)
    assert not [verb for verb in Verb if may(house.ingrid, verb)]
    assert db.session.scalars(Ticket.visible_to(house.ingrid)).all() == []


@pytest.mark.parametrize("kind", SEES)
def test_which_tickets_a_person_sees(house: House, kind):
    ticket = ticket_that_is(kind, house)
    people: dict[str, User] = {name: getattr(house, name) for name in EVERYBODY}
    listed = {
        name
        for name, person in people.items()
        if db.session.scalars(Ticket.visible_to(person)).all() == [ticket]
    }
    found = {
        name
        for name, person in people.items()
        if Ticket.numbered(person, ticket.number) is not None
    }
    counted = {name for name, person in people.items() if ticket.id in ids_seen_by(person, ticket)}
    assert listed == found == counted == SEES[kind]


def test_a_person_who_left_the_team_sees_its_tickets_no_more(house: House):
    ticket = ticket_that_is("of the bridging-right team", house)
    with transaction():
        house.nadia.belong_to({}, at=ticket.opened_at)
    assert Ticket.numbered(house.nadia, ticket.number) is None


def test_small_counts_of_a_restricted_topic_are_for_its_team_and_the_supervisor(house: House):
    health = restricted_topic()
    assert sees_small_counts(house.ingrid, health)
    assert not sees_small_counts(house.koen, health)
    assert not sees_small_counts(house.nadia, health)
    assert sees_small_counts(house.nadia, Topic.everything()["deferral"])


def ticket_that_is(kind: str, house: House) -> Ticket:
    words = kind.replace(",", "").split()
    contact = house.call(amelie, "Je voudrais un renseignement.", by=house.ingrid)
    ticket = house.ticket(contact)
    health = restricted_topic()
    with transaction():
        ticket.topic_id = health.id if "health" in words else "deferral"
        ticket.team_id = health.team_id if "health" in words else None
        ticket.team_id = team("payment") if "payment" in words else ticket.team_id
        ticket.team_id = team("bridging") if "bridging-right" in words else ticket.team_id
        ticket.needs_choice = "choice" in words
        ticket.assignee_id = None
        if "assigned" in words:
            ticket.assignee_id = getattr(house, words[-1]).id
    return ticket


def restricted_topic() -> Topic:
    """One about health, which is the matter of another team than the bridging right's."""
    found = [t for t in Topic.everything().values() if t.restricted and t.team_id is not None]
    return next(topic for topic in found if topic.team_id != team("bridging"))


def team(slug: str) -> int:
    found = db.session.scalar(Team.by_slug(slug))
    assert found is not None
    return found.id


def ids_seen_by(person: User, ticket: Ticket) -> set[int]:
    return set(Ticket.seen_of(person, [ticket.id, None]))
