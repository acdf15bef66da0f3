"""People who help out: of the other team for everything while it lasts, and back by themselves."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from models import in_turn, moving, policy
from models.base import db, now, transaction
from models.callback import Callback, CallbackReason
from models.callback_list import offered_to
from models.event import Event
from models.next_ticket import take_next
from models.person_move import PersonMove
from models.team import Assignment, Team
from models.ticket import Ticket
from models.topic import Topic
from models.user import Role, User
from tests.people import House

HOUR = timedelta(hours=1)


@pytest.fixture
def payment(house: House) -> Team:
    return db.session.scalars(Team.by_slug("payment")).one()


@pytest.fixture
def closed_team(house: House) -> Team:
    """The team whose topic is restricted."""
    topic = db.session.query(Topic).filter(Topic.restricted).first()
    assert topic is not None
    return db.session.get_one(Team, topic.team_id)


def waiting(team: Team, language: str = "fr", **facts: object) -> Ticket:
    at = now()
    values = {
        "subject": "…",
        "channel": "email",
        "language": language,
        "team_id": team.id,
        "needs_choice": False,
        "opened_at": at,
        "last_contact_at": at,
    }
    with transaction():
        ticket = Ticket(**(values | facts))
        db.session.add(ticket)
    return ticket


def send(
    user: User,
    team: Team,
    by: User,
    *,
    hours: float = 2,
    at: datetime | None = None,
    **said: Any,
) -> str:
    at = at or now()
    with transaction():
        return moving.move([user], team, at + hours * HOUR, by=by, at=at, **said)


def sees(user: User, ticket: Ticket) -> bool:
    rows = db.session.query(Ticket.id).filter(policy.sees_ticket(user, Ticket))
    return ticket.id in {row.id for row in rows}


def take(user: User) -> Ticket | None:
    with transaction():
        return take_next(user, now()).ticket


def test_while_it_lasts_the_other_teams_work_is_ones_own(koen, nadia, payment):
    ticket = waiting(payment)
    assert (sees(nadia, ticket), take(nadia)) == (False, None)
    send(nadia, payment, koen)
    assert nadia.team_ids[1:] == [payment.id]
    assert sees(nadia, ticket)
    assert take(nadia) is ticket


def test_it_ends_by_itself_and_what_was_taken_stays(koen, nadia, payment):
    kept, left = waiting(payment), waiting(payment)
    send(nadia, payment, koen)
    assert take(nadia) is kept
    with time_machine.travel(now() + 3 * HOUR, tick=False):
        assert payment.id not in nadia.team_ids
        assert (sees(nadia, kept), sees(nadia, left)) == (True, False)
        with transaction():
            assert moving.release_ended(now()) == 0
        assert kept.assignee_id == nadia.id
        assert take(nadia) is None


def test_what_only_the_team_may_see_goes_back_to_it(ingrid, nadia, closed_team):
    topic = (
        db.session.query(Topic).filter(Topic.team_id == closed_team.id, Topic.restricted).first()
    )
    assert topic is not None
    ticket = waiting(closed_team, topic_id=topic.id)
    send(nadia, closed_team, ingrid)
    assert take(nadia) is ticket
    with time_machine.travel(now() + 3 * HOUR, tick=False):
        with transaction():
            assert moving.release_ended(now()) == 1
        assert (ticket.assignee_id, sees(nadia, ticket)) == (None, False)
        with transaction():
            assert moving.release_ended(now()) == 0
        told = db.session.query(Event).filter(Event.kind == "ticket.released").one()
        assert told.facts == {"before": nadia.id, "rule": "move_over"}


def test_the_own_languages_come_along_unless_others_are_said(koen, nadia, payment):
    german = waiting(payment, "de")
    send(nadia, payment, koen)
    assert take(nadia) is None
    send(nadia, payment, koen, languages=["de"])
    assert take(nadia) is german
    assert len(PersonMove.standing(now())) == 1


def test_who_helps_out_on_the_telephone_is_dealt_no_mail(koen, nadia, payment):
    mail, call = waiting(payment), waiting(payment, channel="phone")
    with transaction():
        payment.assignment = Assignment.IN_TURN.value
    send(nadia, payment, koen, channels=["phone"])
    with transaction():
        assert in_turn.deal(now()) == 1
    assert (mail.assignee_id, call.assignee_id) == (None, nadia.id)


def test_call_backs_of_the_team_are_offered_while_it_lasts(koen, nadia, payment):
    with transaction():
        owed = Callback.ask(number="+32475000001", reason=CallbackReason.REQUESTED, at=now())
        owed.team_id, owed.language = payment.id, "nl"

    def offered() -> bool:
        rows = db.session.query(Callback.id).filter(offered_to(nadia, now()))
        return owed.id in {row.id for row in rows}

    assert not offered()
    send(nadia, payment, koen, channels=["email"])
    assert not offered()
    send(nadia, payment, koen, channels=["phone"])
    assert offered()


def test_a_slip_is_taken_back_at_once(koen, nadia, payment):
    deed = send(nadia, payment, koen)
    with transaction():
        assert moving.take_back(deed, by=koen, at=now()) == 1
        assert moving.take_back(deed, by=koen, at=now()) == 0
    assert payment.id not in nadia.team_ids
    assert not PersonMove.standing(now())


def test_after_a_slip_the_move_before_it_goes_on(koen, nadia, payment):
    send(nadia, payment, koen, hours=4)
    slip = send(nadia, payment, koen, hours=1)
    with transaction():
        assert moving.take_back(slip, by=koen, at=now()) == 1
    [standing] = PersonMove.standing(now())
    assert standing.ends_at > now() + 3 * HOUR
    assert payment.id in nadia.team_ids


def test_the_places_of_a_person_are_those_of_the_moment(koen, nadia, payment):
    at = now()
    send(nadia, payment, koen, at=at)
    assert [place.team_id for place in nadia.places_at(at)][1:] == [payment.id]
    assert [place.team_id for place in nadia.places_at(at + 2 * HOUR)][1:] == []
    assert nadia in db.session.scalars(User.in_team(payment.id, at))
    assert nadia not in db.session.scalars(User.in_team(payment.id, at + 2 * HOUR)).all()


@pytest.mark.parametrize("until", [-1.0, 0.0, 17.0])
def test_a_move_ends_later_today(koen, nadia, payment, until):
    with pytest.raises(ValueError, match="later today"):
        send(nadia, payment, koen, hours=until)


def test_an_agent_moves_nobody(nadia, stranger, payment):
    with pytest.raises(ValueError, match="this person"):
        send(stranger, payment, nadia)


def test_a_move_is_no_way_to_what_is_closed(house, koen, ingrid, nadia, closed_team, payment):
    assert not policy.moves(koen, nadia, closed_team)
    assert not policy.moves(koen, koen, payment)
    assert policy.moves(koen, nadia, payment)
    assert policy.moves(ingrid, nadia, closed_team)
    assert policy.moves(ingrid, ingrid, payment)
    assert not policy.moves(koen, house.ada, payment)
    own = house.person("lead", "Els Maes", Role.MANAGER, closed_team.slug, [])
    assert policy.moves(own, nadia, closed_team)
