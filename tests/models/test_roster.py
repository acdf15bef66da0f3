"""The roster changes in deeds, and each deed can be undone."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from models import roster
from models.base import db, now, transaction
from models.calendar import start_of
from models.roster import Wish, wish
from models.shift import RosterFile, Shift, Source
from models.team import Team
from models.user import User
from tests.people import House

MONDAY = date(2026, 6, 1)
WEEK = timedelta(days=7)


@pytest.fixture
def team(house: House) -> Team:
    return db.session.scalars(Team.by_slug("bridging")).one()


def morning(team: Team, user: User | None = None, day: date = MONDAY, heads: float = 2) -> Wish:
    return wish(team, "phone", day, time(8), time(12), user, heads)


def add(*wishes: Wish, by: User, at: datetime | None = None) -> str:
    with transaction():
        return roster.add(list(wishes), by=by, at=at or now())


def of(first: date, days: int = 7) -> list[tuple[int, float, str]]:
    """(weekday, heads or nobody's, login) of what stands."""
    rows = Shift.between(start_of(first), start_of(first + timedelta(days=days)))
    return [
        (
            row.starts_at.astimezone(UTC).weekday(),
            row.heads,
            row.user.login if row.user else "",
        )
        for row in rows
    ]


def test_people_and_heads_are_put_in_and_taken_out_again(koen, nadia, team):
    deed = add(morning(team, nadia), morning(team), by=koen)
    assert of(MONDAY) == [(0, 1, "nadia"), (0, 2, "")]
    with transaction():
        assert roster.offered(deed, koen, now())
        assert roster.offered(deed, nadia, now()) is None
        assert roster.undo(deed, by=koen, at=now())
        assert roster.offered(deed, koen, now()) is None
    assert of(MONDAY) == []


def test_what_was_removed_comes_back(koen, nadia, team):
    add(morning(team, nadia), by=koen)
    [shift] = Shift.between(start_of(MONDAY), start_of(MONDAY + WEEK))
    with transaction():
        deed = roster.remove([shift.id], by=koen, at=now())
        assert roster.remove([shift.id], by=koen, at=now()) == ""
    assert of(MONDAY) == []
    with transaction():
        roster.undo(deed, by=koen, at=now())
    assert of(MONDAY) == [(0, 1, "nadia")]


def test_an_undo_said_twice_undoes_nothing_done_since(koen, nadia, team):
    add(morning(team, nadia), by=koen)
    [shift] = Shift.between(start_of(MONDAY), start_of(MONDAY + WEEK))
    with transaction():
        deed = roster.remove([shift.id], by=koen, at=now())
        assert roster.undo(deed, by=koen, at=now())
    with transaction():
        roster.remove([shift.id], by=koen, at=now())
        assert not roster.undo(deed, by=koen, at=now())
    assert of(MONDAY) == []


def test_nobody_is_in_two_places_and_the_same_is_put_in_once(koen, nadia, team):
    other = wish(team, "email", MONDAY, time(11), time(14), nadia)
    beside = wish(team, "email", MONDAY, time(12), time(14), nadia)
    add(morning(team, nadia), other, beside, morning(team, nadia), morning(team), by=koen)
    assert len(of(MONDAY)) == 3
    assert add(morning(team), by=koen) == ""
    assert add(morning(team, heads=3), by=koen)


def test_a_removed_shift_that_clashes_by_now_stays_removed(koen, nadia, team):
    add(morning(team, nadia), by=koen)
    [shift] = Shift.between(start_of(MONDAY), start_of(MONDAY + WEEK))
    with transaction():
        deed = roster.remove([shift.id], by=koen, at=now())
    add(wish(team, "email", MONDAY, time(9), time(10), nadia), by=koen)
    with transaction():
        roster.undo(deed, by=koen, at=now())
    assert len(of(MONDAY)) == 1


def test_a_week_is_copied_by_the_clock_over_the_change_of_clocks(koen, nadia, team):
    before = date(2026, 3, 23)
    add(morning(team, nadia, before), morning(team, None, before + timedelta(days=4)), by=koen)
    with transaction():
        assert roster.copy_week(before, before + WEEK, by=koen, at=now())
        assert roster.copy_week(before, before + WEEK, by=koen, at=now()) == ""
    starts = [
        one.starts_at for one in Shift.between(start_of(before + WEEK), start_of(before + 2 * WEEK))
    ]
    assert starts == [
        start_of(before + WEEK, time(8)),
        start_of(before + WEEK + timedelta(days=4), time(8)),
    ]


def test_the_usual_week_is_kept_and_filled_in_without_who_has_left(koen, nadia, stranger, team):
    add(morning(team, nadia), morning(team, stranger), morning(team), by=koen)
    assert not roster.has_usual()
    with transaction():
        assert roster.keep_usual(MONDAY, by=koen, at=now()) == 3
        stranger.disable(now())
        roster.fill_usual(MONDAY + WEEK, by=koen, at=now())
    assert of(MONDAY + WEEK) == [(0, 1, "nadia"), (0, 2, "")]


def test_a_file_is_undone_whole(koen, nadia, team):
    with transaction():
        file = RosterFile(name="june.csv", digest="d", rows=1, by_id=koen.id)
        db.session.add(file)
        db.session.flush()
        deed = roster.add([morning(team, nadia)], by=koen, at=now(), file=file)
    assert RosterFile.read_before("d") is file
    assert [one.source for one in db.session.query(Shift)] == [Source.FILE]
    with transaction():
        roster.undo(deed, by=koen, at=now())
    assert (of(MONDAY), RosterFile.read_before("d")) == ([], None)


@pytest.mark.parametrize(
    ("starts", "ends", "heads", "why"),
    [
        (time(8, 15), time(9), 1, "times"),
        (time(9), time(8), 1, "times"),
        (time(9), time(9), 1, "times"),
        (time(8), time(9), 0, "heads"),
        (time(8), time(9), 501, "heads"),
        (time(8), time(9), float("nan"), "heads"),
    ],
)
def test_a_wish_is_made_of_half_hours_and_heads(team, starts, ends, heads, why):
    with pytest.raises(ValueError, match=why):
        wish(team, "", MONDAY, starts, ends, None, heads)


def test_a_day_ends_at_midnight(team):
    late = wish(team, "", MONDAY, time(22), time(0))
    assert late.ends_at - late.starts_at == timedelta(hours=2)
