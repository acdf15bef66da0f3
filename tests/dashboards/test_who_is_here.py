"""Who is here now beside the roster, and moving people for today from the page."""

from datetime import datetime, timedelta

import pytest
import time_machine

from models import here, releasing
from models.base import db, now, transaction
from models.calendar import business_day, start_of
from models.callback import Callback, CallbackReason
from models.person_move import PersonMove
from models.shift import Shift
from models.team import Team
from models.user import Presence, User
from tests.people import Browser, House

HALF = timedelta(minutes=30)


@pytest.fixture(autouse=True)
def monday_morning():
    """A Monday on which the house is open."""
    day = business_day(now()) + timedelta(days=7 - business_day(now()).weekday())
    with time_machine.travel(start_of(day) + timedelta(hours=10), tick=False):
        yield now()


@pytest.fixture
def bridging(house: House) -> Team:
    return db.session.scalars(Team.by_slug("bridging")).one()


@pytest.fixture
def payment(house: House) -> Team:
    return db.session.scalars(Team.by_slug("payment")).one()


def rostered(team: Team, by: User, user: User | None = None, heads: float = 1, channel="phone"):
    at = now().replace(minute=0)
    with transaction():
        db.session.add(
            Shift(
                user_id=user.id if user else None,
                team_id=team.id,
                channel=channel,
                starts_at=at - HALF,
                ends_at=at + 4 * HALF,
                heads=heads,
                by_id=by.id,
            )
        )


def desks(found: here.Here) -> dict[tuple[str, str], tuple[int, float | None]]:
    return {(one.team.slug, one.channel): (one.here, one.rostered) for one in found.desks}


def test_without_a_roster_whoever_is_here_is_all_there_is(koen, nadia, bridging):
    found = here.now_here(koen, now())
    assert found.assumed
    assert desks(found) == {("bridging", ""): (2, None)}


def test_the_gap_is_between_those_rostered_and_those_here(koen, nadia, bridging):
    rostered(bridging, koen, nadia)
    rostered(bridging, koen, heads=2)
    found = here.now_here(koen, now())
    assert desks(found) == {("bridging", "phone"): (1, 3), ("bridging", ""): (1, 0)}
    with transaction():
        nadia.be(Presence.AWAY, now())
    [somebody] = [one for one in here.everybody(now()) if one.user.id == nadia.id]
    assert somebody.missing
    assert desks(here.now_here(koen, now()))["bridging", "phone"] == (0, 3)
    with transaction():
        releasing.mark(nadia, business_day(now()), None, "", by=koen, at=now())
    assert desks(here.now_here(koen, now()))["bridging", "phone"] == (0, 3)


def test_a_language_that_nobody_covers_is_named(koen, nadia, bridging):
    assert set(here.now_here(koen, now()).silent) == {"de", "en"}
    with time_machine.travel(now() + timedelta(hours=12), tick=False):
        assert not here.now_here(koen, now()).silent  # the house is closed


def test_call_backs_due_today_stand_beside_their_language(koen, nadia):
    with transaction():
        for number, minutes in (("+32475000001", -5), ("+32475000002", 60)):
            Callback.ask(
                number=number,
                reason=CallbackReason.REQUESTED,
                language="nl",
                at=now() - timedelta(hours=1),
                due_at=now() + timedelta(minutes=minutes),
            )
    [dutch] = [one for one in here.now_here(koen, now()).languages if one.language == "nl"]
    assert (dutch.callbacks, dutch.callbacks_late) == (2, 1)


def move(client: Browser, team: Team, *people: User, until: str = "17:00", **said: object):
    form = {"team": team.id, "number": [one.id for one in people], "until": until, **said}
    return client.post("/dashboard/people/moves", data=form)


def test_people_are_moved_in_one_action_and_back_in_another(client, koen, nadia, payment):
    client.sign_in(koen)
    answer = move(client, payment, nadia, channel="phone", note="Phones are full")
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "Moved to" in page
    [standing] = PersonMove.standing(now())
    assert (standing.channels, standing.note) == (["phone"], "Phones are full")
    assert [one.team_id for one in here.everybody(now()) if one.user.id == nadia.id] == [payment.id]
    client.sign_in(nadia)
    assert "Phones are full" in client.get("/desk/").text
    client.sign_in(koen)
    assert client.post(f"/dashboard/people/moves/{standing.deed}/undo").status_code == 303
    assert not PersonMove.standing(now())


def test_one_of_several_is_brought_back(client, koen, nadia, ingrid, stranger, payment):
    client.sign_in(ingrid)
    move(client, payment, nadia, stranger)
    first = next(one for one in PersonMove.standing(now()) if one.user_id == nadia.id)
    client.post(f"/dashboard/people/moves/{first.id}/end")
    db.session.expire_all()
    assert [one.user_id for one in PersonMove.standing(now())] == [stranger.id]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"team": "0"}, "Choose a team"),
        ({"number": []}, "Choose whom"),
        ({"until": "07:00"}, "later today"),
        ({"until": "soon"}, "later today"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(
    client, koen, nadia, payment, said, words
):
    client.sign_in(koen)
    form = {"team": payment.id, "number": [nadia.id], "until": "17:00", "note": "help", **said}
    answer = client.post("/dashboard/people/moves", data=form)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="help"' in answer.text
    assert not PersonMove.standing(now())


def test_an_agent_sees_the_people_and_moves_nobody(client, koen, nadia, payment):
    client.sign_in(nadia)
    page = client.get("/dashboard/people").text
    assert koen.name in page
    assert "Move people" not in page
    assert move(client, payment, koen).status_code == 403


def test_the_parts_of_the_page_are_read_anew_alone(client, koen):
    client.sign_in(koen)
    covered = client.get("/dashboard/people", headers={"HX-Target": "covered"}).text
    assert "<html" not in covered
    assert "Nobody for calls in German" in covered
    assert koen.name in client.get("/dashboard/people/list").text


def test_at_night_nobody_moves_for_all_of_the_day(client, koen, nadia, payment):
    with time_machine.travel(start_of(business_day(now())) + timedelta(hours=1), tick=False):
        client.sign_in(koen)
        answer = move(client, payment, nadia, until="23:59")
        assert answer.status_code == 422
        assert "at most 16 hours" in answer.text
        assert not PersonMove.standing(now())


def test_the_time_offered_is_that_of_closing_or_in_an_hour(client, koen):
    client.sign_in(koen)
    assert 'value="17:00"' in client.get("/dashboard/people").text
    late: datetime = now() + timedelta(hours=9)
    with time_machine.travel(late, tick=False):
        client.sign_in(koen)
        assert 'value="20:00"' in client.get("/dashboard/people").text
