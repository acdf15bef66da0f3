"""The next ticket: in one's language, the oldest promise first, and never the same for two."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from models import in_turn, ticket_clock
from models.absence import Absence
from models.base import db, transaction
from models.draft import Viewer
from models.next_ticket import Offer, take_next
from models.team import Assignment, Team
from models.ticket import Status, Ticket
from models.user import Presence, Role, User
from tests.people import House

MONDAY = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

Make = Callable[..., Ticket]


@pytest.fixture
def team(house: House) -> Team:
    return db.session.scalars(Team.by_slug("bridging")).one()


@pytest.fixture
def make(team: Team) -> Make:
    """A ticket that waits in the team's queue."""

    def made(language: str | None = "fr", **facts: object) -> Ticket:
        values = {
            "subject": "…",
            "channel": "email",
            "language": language,
            "topic_id": "bridging_right",
            "team_id": team.id,
            "needs_choice": False,
            "opened_at": MONDAY,
            "last_contact_at": MONDAY,
            "due_at": MONDAY + HOUR,
        }
        with transaction():
            ticket = Ticket(**(values | facts))
            db.session.add(ticket)
        return ticket

    return made


def take(user: User, at: datetime = MONDAY) -> Offer:
    with transaction():
        return take_next(user, at)


def test_the_oldest_promise_comes_first_within_urgency(make, nadia):
    late, soon = make(due_at=MONDAY + 2 * HOUR), make(due_at=MONDAY + HOUR)
    urgent = make(due_at=MONDAY + 9 * HOUR, urgent=True)
    assert [take(nadia).ticket for _ in range(3)] == [urgent, soon, late]
    assert {one.assignee_id for one in (late, soon, urgent)} == {nadia.id}
    assert late.status == Status.OPEN


def test_nobody_is_offered_a_language_he_does_not_write(make, nadia, team):
    make("de"), make("de")
    dutch = make("nl", due_at=MONDAY + 9 * HOUR)
    assert take(nadia).ticket == dutch
    assert take(nadia) == Offer(languages={"de": 2})
    with transaction():
        team.overflow = True
    assert take(nadia).ticket is not None


def test_a_dutch_ticket_is_never_offered_to_who_writes_french_only(make, house):
    french = house.person("luc", "Luc Martin", Role.AGENT, "bridging", ["fr"])
    make("nl")
    assert take(french) == Offer(languages={"nl": 1})


def test_topics_that_somebody_does_not_take_are_passed_over(make, nadia):
    make(topic_id="deferral")
    with transaction():
        nadia.memberships[0].topics = ["bridging_right"]
    assert take(nadia) == Offer(other_topics=1)


def test_what_a_colleague_is_looking_at_is_left_to_him(make, nadia, koen):
    seen, free = make(), make(due_at=MONDAY + 9 * HOUR)
    with transaction():
        db.session.add(Viewer(ticket_id=seen.id, user_id=koen.id, seen_at=MONDAY))
    assert take(nadia).ticket == free
    assert take(nadia) == Offer(looked_at=1)
    assert take(nadia, MONDAY + HOUR).ticket == seen


def test_what_sleeps_waits_for_a_choice_or_is_another_teams_is_not_offered(make, nadia, stranger):
    make(needs_choice=True)
    make(team_id=stranger.team_ids[0])
    make(status="waiting"), make(status="closed"), make(assignee_id=stranger.id)
    with transaction():
        ticket_clock.snooze(make(), MONDAY + HOUR, by=nadia, at=MONDAY)
    assert take(nadia) == Offer()
    assert take(nadia, MONDAY + 2 * HOUR).ticket is not None


def test_nobody_gets_more_than_a_cap_allows(make, nadia):
    make(), make()
    with transaction():
        nadia.load_cap = 1
    assert take(nadia).ticket is not None
    assert take(nadia) == Offer(full=1)


def test_who_is_absent_or_in_no_team_is_offered_nothing(make, nadia, ingrid):
    make()
    assert take(ingrid) == Offer(no_team=True)
    with transaction():
        db.session.add(
            Absence(user_id=nadia.id, first_day=MONDAY.date(), by_id=nadia.id, at=MONDAY)
        )
    assert take(nadia) == Offer(absent=True)


def test_fifty_at_once_get_thirty_tickets_once(app: Flask, house: House, make):
    people = [
        house.person(f"agent{number}", f"Agent {number}", Role.AGENT, "bridging", ["fr"]).id
        for number in range(50)
    ]
    for number in range(30):
        make(due_at=MONDAY + number * HOUR)
    db.session.remove()

    def press(user_id: int) -> int | None:
        with app.app_context():
            try:
                with transaction():
                    offer = take_next(db.session.get_one(User, user_id), MONDAY)
                    return offer.ticket.id if offer.ticket else None
            finally:
                db.session.remove()

    with ThreadPoolExecutor(10) as pool:
        given = list(pool.map(press, people))
    taken = [one for one in given if one is not None]
    assert (len(taken), len(set(taken)), given.count(None)) == (30, 30, 20)
    with transaction():
        owners = db.session.scalars(select(Ticket.assignee_id)).all()
    assert sorted(owners) == sorted(set(owners))


# --- in turn --------------------------------------------------------------------------------


@pytest.fixture
def in_turn_team(team: Team) -> Team:
    with transaction():
        team.assignment = Assignment.IN_TURN.value
    return team


def deal(at: datetime = MONDAY) -> int:
    with transaction():
        return in_turn.deal(at)


def test_tickets_go_in_turn_to_who_has_least(make, nadia, koen, in_turn_team):
    tickets = [make() for _ in range(4)]
    assert deal() == 4
    assert sorted(ticket.assignee_id for ticket in tickets) == sorted([nadia.id, koen.id] * 2)
    assert deal() == 0


def test_in_turn_asks_for_language_room_and_being_there(make, nadia, koen, house, in_turn_team):
    german = make("de")
    with transaction():
        nadia.be(Presence.AWAY, MONDAY)
        koen.load_cap = 1
    assert deal() == 0
    first, second = make("nl"), make("fr")
    assert deal() == 1
    assert (first.assignee_id, second.assignee_id, german.assignee_id) == (koen.id, None, None)
    with transaction():
        nadia.be(Presence.AVAILABLE, MONDAY)
    assert deal() == 1
    assert second.assignee_id == nadia.id


def test_what_nobody_takes_stands_in_nobodys_way(make, nadia, koen, in_turn_team, monkeypatch):
    monkeypatch.setattr(in_turn, "AT_ONCE", 2)
    for _ in range(2):
        make("de", urgent=True)
    french = make("fr")
    assert deal() == 1
    assert french.assignee_id in (nadia.id, koen.id)


def test_by_hand_nothing_is_given(make, nadia):
    make()
    assert deal() == 0
