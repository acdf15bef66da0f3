"""What a roster comes to: heads by half hour, team and channel."""

from datetime import UTC, date, datetime, timedelta

import pytest

from models import moving, releasing
from models.base import db, now, transaction
from models.calendar import business_day, start_of
from models.shift import Shift
from models.team import Team
from models.user import User
from tests.people import House

TODAY = business_day(now())
EIGHT = start_of(TODAY) + timedelta(hours=8)
HALF = timedelta(minutes=30)


@pytest.fixture
def bridging(house: House) -> Team:
    return db.session.scalars(Team.by_slug("bridging")).one()


@pytest.fixture
def payment(house: House) -> Team:
    return db.session.scalars(Team.by_slug("payment")).one()


def at_work(
    team: Team,
    halves: int,
    *,
    by: User,
    user: User | None = None,
    channel: str = "",
    heads: float = 1.0,
    starts: datetime = EIGHT,
) -> Shift:
    with transaction():
        shift = Shift(
            user_id=user.id if user else None,
            team_id=team.id,
            channel=channel,
            starts_at=starts,
            ends_at=starts + halves * HALF,
            heads=heads,
            by_id=by.id,
        )
        db.session.add(shift)
    return shift


def heads(first: date = TODAY, last: date = TODAY) -> dict[tuple[float, int, str], float]:
    """By half hours since eight o'clock, team and channel."""
    return {
        ((row.starts_at - EIGHT) / HALF, row.team_id, row.channel): row.heads
        for row in Shift.capacity(first, last)
    }


def test_people_and_heads_add_up(koen, nadia, bridging):
    at_work(bridging, 2, by=koen, user=nadia, channel="phone")
    at_work(bridging, 1, by=koen, heads=2.5, channel="phone")
    at_work(bridging, 1, by=koen, heads=4)
    assert heads() == {
        (0, bridging.id, "phone"): 3.5,
        (1, bridging.id, "phone"): 1,
        (0, bridging.id, ""): 4,
    }


def test_whoever_is_absent_or_gone_counts_for_nothing(koen, nadia, stranger, bridging):
    at_work(bridging, 1, by=koen, user=nadia)
    at_work(bridging, 1, by=koen, user=nadia, starts=EIGHT + timedelta(days=1))
    at_work(bridging, 1, by=koen, user=stranger)
    with transaction():
        releasing.mark(nadia, TODAY, TODAY, "", by=koen, at=now())
        stranger.disable(now())
    assert heads() == {}
    assert list(heads(TODAY, TODAY + timedelta(days=1)).values()) == [1]


def test_whoever_is_moved_counts_in_the_other_team_meanwhile(koen, nadia, bridging, payment):
    at_work(bridging, 4, by=koen, user=nadia, channel="email")
    with transaction():
        moving.move(
            [nadia], payment, EIGHT + 3 * HALF, by=koen, at=EIGHT + HALF, channels=["phone"]
        )
    assert heads() == {
        (0, bridging.id, "email"): 1,
        (1, payment.id, "phone"): 1,
        (2, payment.id, "phone"): 1,
        (3, bridging.id, "email"): 1,
    }


def test_whoever_has_no_shift_of_his_own_is_taken_from_the_heads_of_the_team(
    koen, nadia, bridging, payment
):
    at_work(bridging, 1, by=koen, heads=3)
    with transaction():
        moving.move([nadia], payment, EIGHT + HALF, by=koen, at=EIGHT)
    assert heads() == {(0, bridging.id, ""): 2, (0, payment.id, ""): 1}


def test_a_move_on_a_day_without_a_roster_makes_none(koen, nadia, payment):
    with transaction():
        moving.move([nadia], payment, EIGHT + HALF, by=koen, at=EIGHT)
    assert heads() == {}
    assert not Shift.rostered(TODAY, TODAY)


def test_a_move_that_is_taken_back_counts_until_then(koen, nadia, bridging, payment):
    at_work(bridging, 3, by=koen, user=nadia)
    with transaction():
        deed = moving.move([nadia], payment, EIGHT + 3 * HALF, by=koen, at=EIGHT)
        moving.take_back(deed, by=koen, at=EIGHT + HALF)
    assert [key[:2] for key in heads()] == [(0, payment.id), (1, bridging.id), (2, bridging.id)]


def test_what_is_removed_stands_no_more(koen, bridging):
    shift = at_work(bridging, 1, by=koen)
    assert Shift.rostered(TODAY, TODAY)
    with transaction():
        shift.removed_at = now()
    assert (heads(), Shift.rostered(TODAY, TODAY)) == ({}, False)


def test_the_night_on_which_the_clocks_change_has_its_own_length(koen, bridging):
    short = date(2026, 3, 29)
    starts = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    at_work(bridging, 46, by=koen, starts=starts)
    assert len(Shift.capacity(short, short)) == 46
    assert Shift.capacity(short + timedelta(days=1), short + timedelta(days=1)) == []
