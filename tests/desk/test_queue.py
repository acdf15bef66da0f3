"""Lists, saved views, next, laying aside, absences, and changing several tickets at once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from models import releasing, ticket_clock
from models.absence import Absence
from models.base import db, now, transaction
from models.bulk_change import BulkChange, Stage
from models.calendar import business_day
from models.callback import Callback
from models.callback_states import CallbackReason
from models.contact import Contact
from models.event import Event
from models.note import Note
from models.prediction import Correction
from models.saved_view import SavedView
from models.team import Team
from models.ticket import Disposition, Status, Ticket
from models.ticket_choice import Kept, Sort
from models.ticket_list import TicketFilter
from models.user import Presence, User
from models.wrap_up import WrapUp
from tests.people import Browser, House, joris
from triage import background, bulk
from triage.bulk import Kind, Wish

MONDAY = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def team(house: House) -> Team:
    return db.session.scalars(Team.by_slug("bridging")).one()


@pytest.fixture
def made(team: Team) -> list[Ticket]:
    """Four tickets of Nadia's team."""
    rows = [
        {"language": "fr", "topic_id": "bridging_right", "intent_id": "chase_status"},
        {"language": "nl", "topic_id": "bridging_right", "channel": "phone", "urgent": True},
        {"language": "nl", "topic_id": "deferral", "deadline_on": date(2026, 5, 9)},
        {"language": "de", "topic_id": "exemption", "health": True, "due_at": MONDAY},
    ]
    usual = {
        "channel": "email",
        "subject": "…",
        "team_id": team.id,
        "needs_choice": False,
        "opened_at": MONDAY,
        "last_contact_at": MONDAY,
        "due_at": MONDAY + 30 * HOUR,
    }
    with transaction():
        tickets = [Ticket(**(usual | row)) for row in rows]
        db.session.add_all(tickets)
    return tickets


def listed(user: User, at: datetime = MONDAY + HOUR, **chosen: object) -> list[Ticket]:
    return list(db.session.scalars(TicketFilter(**chosen).tickets(user, at)))


# --- the filter -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ({"languages": ("nl", "de")}, {1, 2, 3}),
        ({"topics": ("deferral", "exemption")}, {2, 3}),
        ({"intents": ("chase_status",)}, {0}),
        ({"channels": ("phone",), "languages": ("nl",)}, {1}),
        ({"urgent": True}, {1}),
        ({"without_health": True}, {0, 1, 2}),
        ({"overdue": True}, {3}),
        ({"deadline": 7}, {2}),
        ({"deadline": 2}, set()),
        ({"who": "nobody"}, {0, 1, 2, 3}),
        ({"who": "me"}, set()),
        ({"answered": "yes"}, set()),
        ({"answered": "no", "languages": ("fr",)}, {0}),
        ({"states": ("closed",)}, set()),
        ({"since": date(2026, 5, 5)}, set()),
        ({"problem": True}, set()),
        ({"flagged": True}, set()),
        ({"snoozed": True}, set()),
        ({"teams": (999,)}, set()),
    ],
)
def test_conditions_can_be_combined(made, nadia, chosen, found):
    assert {made.index(ticket) for ticket in listed(nadia, **chosen)} == found


def test_the_orders(made, nadia):
    assert listed(nadia)[0] == made[1]
    assert listed(nadia, sort=Sort.PROMISE)[0] == made[3]
    assert listed(nadia, sort=Sort.DEADLINE)[0] == made[2]
    assert listed(nadia, sort=Sort.NEWEST) == list(reversed(listed(nadia, sort=Sort.OLDEST)))


def test_a_choice_is_the_same_after_its_address(made):
    chosen = TicketFilter(
        view="mine",
        languages=("nl",),
        topics=("deferral", "exemption"),
        teams=(3, 4),
        who="12",
        urgent=True,
        snoozed=True,
        deadline=6,
        since=date(2026, 5, 4),
        sort="deadline",
        words="passerelle",
    )
    assert TicketFilter.read(Kept(chosen.query())) == chosen
    assert chosen.bare.query() == {"view": "mine", "sort": "deadline"}
    assert chosen.without("topics").topics == ()


def test_nonsense_in_an_address_is_as_if_it_were_not_there(client: Browser, nadia):
    client.sign_in(nadia)
    odd = "view=x&team=9999999999999&who=9999999999&deadline=-4&since=0001-13-99&sort=y&state=z"
    assert client.get(f"/desk/?{odd}&topic=%00&channel=%F0%9F%99%82").status_code == 200


def test_what_sleeps_is_out_of_sight_but_a_broken_promise_is_not_for_who_leads(made, nadia, koen):
    with transaction():
        ticket_clock.snooze(made[3], MONDAY + 90 * HOUR, by=nadia, at=MONDAY)
        ticket_clock.snooze(made[0], MONDAY + 90 * HOUR, by=nadia, at=MONDAY)
    assert listed(nadia) == [made[1], made[2]]
    assert set(listed(nadia, snoozed=True)) == {made[0], made[3]}
    assert made[3] in listed(koen)
    assert made[0] not in listed(koen)


def test_what_comes_back_stands_on_top(made, nadia):
    with transaction():
        ticket_clock.snooze(made[2], MONDAY + 2 * HOUR, by=nadia, at=MONDAY)
        ticket_clock.wake(made[2], "contact", MONDAY + HOUR)
    assert listed(nadia)[0] == made[2]


# --- saved views ----------------------------------------------------------------------------


def test_a_filter_is_saved_renamed_moved_removed_and_brought_back(client: Browser, made, nadia):
    client.sign_in(nadia)
    client.post("/desk/views?view=all&language=nl", data={"name": "Dutch"})
    client.post("/desk/views?view=all&urgent=1", data={"name": "Urgent"})
    dutch, urgent = db.session.scalars(SavedView.seen_by(nadia)).all()
    assert f'id="count-saved-{dutch.id}">2<' in client.get("/desk/?view=all&language=nl").text
    assert f'id="count-saved-{dutch.id}" hx-swap-oob="true">2<' in client.get("/desk/waiting").text
    client.post(f"/desk/views/{dutch.id}", data={"name": "Nederlands"})
    client.post(f"/desk/views/{urgent.id}/place", data={"to": "up"})
    assert [one.name for one in db.session.scalars(SavedView.seen_by(nadia))] == [
        "Urgent",
        "Nederlands",
    ]
    gone = client.post(f"/desk/views/{dutch.id}/removal", follow_redirects=True).text
    assert f"/desk/views/{dutch.id}/return" in gone
    client.post(f"/desk/views/{dutch.id}/return")
    assert db.session.scalars(SavedView.seen_by(nadia)).all() == [urgent, dutch]


def test_a_shared_view_is_everybodys_in_the_team(client: Browser, nadia, koen, stranger):
    client.sign_in(nadia)
    client.post("/desk/views?view=all", data={"name": "Ours", "team": nadia.team_ids[0]})
    shared = db.session.scalars(SavedView.seen_by(koen)).one()
    assert db.session.scalars(SavedView.seen_by(stranger)).all() == []
    assert (shared.changed_by(koen), shared.changed_by(stranger)) == (True, False)
    client.sign_in(stranger)
    assert client.post(f"/desk/views/{shared.id}/removal").status_code == 404
    assert (
        client.post("/desk/views", data={"name": "x", "team": nadia.team_ids[0]}).status_code == 400
    )


# --- next, presence, laying aside -----------------------------------------------------------


def test_one_key_gives_the_next_ticket_or_says_why_not(client: Browser, made, nadia):
    client.sign_in(nadia)
    first = client.post("/desk/next")
    assert f"/desk/tickets/{made[1].number}" in first.location
    client.post("/desk/next"), client.post("/desk/next")
    said = client.post("/desk/next", follow_redirects=True).text
    assert "1 waits in German, which you do not take." in said


def test_somebody_is_away_until_an_hour_with_a_word(client: Browser, nadia):
    client.sign_in(nadia)
    client.post("/desk/presence", data={"presence": "away", "note": "dentist", "until": "23:59"})
    assert (nadia.presence, nadia.presence_note) == (Presence.AWAY, "dentist")
    assert nadia.presence_until is not None
    client.post("/desk/presence", data={"presence": "available", "note": "x"})
    assert (nadia.presence_note, nadia.presence_until) == ("", None)
    assert client.post("/desk/presence", data={"presence": "wrapping_up"}).status_code == 400


@pytest.mark.parametrize("until", ["tomorrow", "monday", "three_days"])
def test_a_ticket_is_laid_aside_and_taken_up(client: Browser, made, nadia, until):
    client.sign_in(nadia)
    client.post(f"/desk/tickets/{made[0].number}/snooze", data={"until": until})
    assert made[0].snoozed_until > now()
    assert made[0] not in listed(nadia, at=now())
    page = client.get(f"/desk/tickets/{made[0].number}").text
    assert f"/desk/tickets/{made[0].number}/snooze/end" in page
    assert "Laid aside until" in page
    client.post(f"/desk/tickets/{made[0].number}/snooze/end")
    assert made[0].snoozed_until is None
    page = client.get(f"/desk/tickets/{made[0].number}").text
    assert "Laid aside until" not in page


@pytest.mark.parametrize("until", ["", "x", "0001-01-01T00:00", "9999-12-31T23:59", "2020-01-01"])
def test_an_odd_time_lays_nothing_aside(client: Browser, made, nadia, until):
    client.sign_in(nadia)
    done = client.post(f"/desk/tickets/{made[0].number}/snooze", data={"until": until})
    assert done.status_code == 302
    assert made[0].snoozed_until is None


# --- absences -------------------------------------------------------------------------------


def test_who_is_absent_gives_back_what_waits_for_him(client: Browser, made, nadia, koen):
    with transaction():
        made[0].assign(nadia, by=nadia)
        made[1].assign(koen, by=koen)
        promised = WrapUp(
            user_id=nadia.id,
            ticket_id=made[2].id,
            disposition="call_back_promised",
            promise="calls back",
            promise_on=business_day(now()) + timedelta(days=1),
            began_at=now(),
        )
        db.session.add(promised)
    client.sign_in(koen)
    today = business_day(now()).isoformat()
    page = client.post(
        "/desk/absences", data={"user": nadia.id, "first": today}, follow_redirects=True
    ).text
    assert (made[0].assignee_id, made[1].assignee_id) == (None, koen.id)
    assert made[2].attention == releasing.PROMISED
    assert "calls back" in db.session.scalars(Note.of_ticket(made[2].id)).one().text
    assert nadia.presence == Presence.AWAY
    absence = Absence.of(nadia, business_day(now()))
    assert f"/desk/absences/{absence.id}/withdrawal" in page
    client.post(f"/desk/absences/{absence.id}/withdrawal")
    assert made[0].assignee_id == nadia.id
    assert (made[2].attention, nadia.presence) == (None, Presence.AVAILABLE)
    assert Absence.of(nadia, business_day(now())) is None


def test_taking_it_back_leaves_to_others_what_they_have_taken(made, nadia, koen):
    with transaction():
        made[0].assign(nadia, by=nadia)
        absence = releasing.mark(nadia, MONDAY.date(), None, "", by=nadia, at=MONDAY)
        made[0].assign(koen, by=koen)
        assert releasing.take_back(absence, by=nadia, at=MONDAY) == 0
    assert made[0].assignee_id == koen.id


def test_an_absence_of_earlier_is_ended_and_not_taken_back(client: Browser, made, nadia):
    with transaction():
        absence = releasing.mark(nadia, business_day(now()), None, "", by=nadia, at=now() - HOUR)
    client.sign_in(nadia)
    assert client.post(f"/desk/absences/{absence.id}/withdrawal").status_code == 409
    assert client.post(f"/desk/absences/{absence.id}/end").status_code == 303


def test_who_is_disabled_lets_go_and_has_back_what_nobody_took(made, nadia, koen):
    with transaction():
        made[0].assign(nadia, by=nadia)
        made[1].assign(nadia, by=nadia)
        releasing.leave(nadia, by=koen, at=MONDAY)
    assert (made[0].assignee_id, made[1].assignee_id, nadia.active) == (None, None, False)
    with transaction():
        made[1].assign(koen, by=koen)
        releasing.come_back(nadia, by=koen, at=MONDAY)
    assert (made[0].assignee_id, made[1].assignee_id, nadia.active) == (nadia.id, koen.id, True)
    assert Absence.without_end(nadia) == []


def test_marked_twice_is_marked_once(made, nadia):
    with transaction():
        first = releasing.mark(nadia, MONDAY.date(), None, "", by=nadia, at=MONDAY)
        assert releasing.mark(nadia, MONDAY.date(), None, "", by=nadia, at=MONDAY) is first
    assert len(Absence.standing(MONDAY.date(), MONDAY.date())) == 1


def test_a_coming_absence_begins_by_the_clock(made, nadia):
    with transaction():
        made[0].assign(nadia, by=nadia)
        releasing.mark(nadia, date(2026, 5, 6), date(2026, 5, 8), "course", by=nadia, at=MONDAY)
        assert releasing.begin_due(MONDAY) == 0
        assert made[0].assignee_id == nadia.id
        assert releasing.begin_due(MONDAY + timedelta(days=2)) == 1
        assert releasing.begin_due(MONDAY + timedelta(days=2)) == 0
    assert made[0].assignee_id is None


def test_an_agent_marks_nobody_else_absent(client: Browser, nadia, koen):
    client.sign_in(nadia)
    today = business_day(now()).isoformat()
    marked = client.post("/desk/absences", data={"user": koen.id, "first": today})
    assert marked.status_code == 403
    for days in ({"first": "2020-01-01"}, {"first": "x"}, {"first": today, "last": "2020-01-01"}):
        client.post("/desk/absences", data=days)
    assert Absence.of(nadia, business_day(now())) is None


# --- several at once ------------------------------------------------------------------------


def choose(user: User, tickets: list[Ticket]) -> BulkChange:
    versions = Ticket.versions_of(user, [ticket.number for ticket in tickets])
    return BulkChange.choose(versions, by=user, at=now())


def change(user: User, tickets: list[Ticket], kind: Kind, value: str) -> BulkChange:
    with transaction():
        chosen = choose(user, tickets)
        wish = Wish(kind, value)
        assert wish.sensible(now())
        bulk.run(chosen, wish, by=user, at=now())
    return chosen


def test_several_are_chosen_previewed_changed_and_put_back(client: Browser, made, nadia, koen):
    client.sign_in(nadia)
    numbers = [ticket.number for ticket in made]
    chosen = client.post("/desk/bulk?view=all", data={"number": numbers}).location
    page = client.get(f"{chosen}&kind=assign&value={koen.id}").text
    assert "3 change" in page
    assert "1 about somebody’s health" in page
    where = chosen.partition("?")[0]
    client.post(f"{where}/run", data={"kind": "assign", "value": koen.id})
    assert [ticket.assignee_id for ticket in made] == [koen.id] * 3 + [None]
    assert "3 tickets are changed." in client.get(where).text
    client.post(f"{where}/undo")
    assert [ticket.assignee_id for ticket in made] == [None] * 4
    assert [ticket.status for ticket in made] == [Status.NEW] * 4


def test_all_of_a_list_are_chosen_as_it_is_filtered(client: Browser, made, nadia):
    client.sign_in(nadia)
    chosen = client.post("/desk/bulk?view=all&language=nl", data={"all": "1"}).location
    assert "<h1>2 tickets</h1>" in client.get(chosen).text


@pytest.mark.parametrize(
    ("kind", "value", "changed"),
    [
        (Kind.TOPIC, "deferral", 2),
        (Kind.STATUS, "waiting", 4),
        (Kind.URGENCY, "1", 3),
        (Kind.SNOOZE, "2099-01-05T08:30:00+00:00", 4),
        (Kind.CLOSE, "answered", 3),
    ],
)
def test_what_is_changed_is_put_back_as_it_was(made, nadia, kind, value, changed):
    before = [(t.status, t.topic_id, t.urgent, t.due_at, t.snoozed_until) for t in made]
    done = change(nadia, made, kind, value)
    assert (len(done.before), done.stage) == (changed, Stage.DONE)
    with transaction():
        bulk.undo(done, by=nadia, at=now())
    assert [(t.status, t.topic_id, t.urgent, t.due_at, t.snoozed_until) for t in made] == before
    assert done.stage is Stage.UNDONE


def test_a_call_that_ended_with_a_closing_is_owed_again_without_it(made, nadia):
    with transaction():
        asked = Callback.ask(
            ticket=made[0], number="+32470000001", reason=CallbackReason.REQUESTED, at=now()
        )
    done = change(nadia, made, Kind.CLOSE, "answered")
    assert asked.closed
    with transaction():
        bulk.undo(done, by=nadia, at=now())
    assert not asked.closed


@pytest.mark.parametrize("number", ["²", "9" * 5000])
def test_a_strange_number_of_a_row_chooses_nothing(client: Browser, made, nadia, number):
    client.sign_in(nadia)
    assert client.post("/desk/bulk", data={"number": number}).status_code == 303
    assert bulk.Wish(Kind.TEAM, number).sensible(now()) is False
    assert db.session.scalars(select(BulkChange)).all() == []


def test_complaints_and_what_is_closed_are_left_out_of_closing(made, nadia):
    with transaction():
        made[0].intent_id = "complain"
        made[1].close(Disposition.ANSWERED, by=nadia, at=now())
    done = change(nadia, made, Kind.CLOSE, "answered")
    assert done.passed == {made[0].id: "complaint", made[1].id: "closed", made[3].id: "health"}
    assert made[2].closed


def test_a_ticket_that_somebody_has_changed_since_is_left_alone(made, nadia, koen):
    with transaction():
        chosen = choose(nadia, [made[0], made[2]])
        made[0].assign(koen, by=koen)
        db.session.flush()
        bulk.run(chosen, Wish(Kind.URGENCY, "1"), by=nadia, at=now())
    assert chosen.passed == {made[0].id: "changed"}
    done = change(nadia, made[:2], Kind.STATUS, "waiting")
    with transaction():
        made[0].assign(None, by=koen)
    with transaction():
        bulk.undo(done, by=nadia, at=now())
    assert done.change["stays"] == [made[0].number]
    assert (made[0].status, made[1].status) == (Status.WAITING, Status.NEW)


def test_a_topic_set_for_several_is_taught_and_untaught(house: House, nadia):
    ticket = house.ticket(house.write(joris, "Hallo, een vraag over iets."))
    done = change(nadia, [ticket], Kind.TOPIC, "exemption")
    said = db.session.scalars(Contact.of_ticket(ticket.id)).one()
    assert (ticket.topic_id, said.topic_id) == ("exemption", "exemption")
    with transaction():
        bulk.undo(done, by=nadia, at=now())
    assert done.change["stays"] == []
    assert Correction.last_of(said.id) is None
    assert said.topic_id == ticket.topic_id


def test_many_are_changed_by_a_worker_with_progress(app, house, made, nadia, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 1)
    monkeypatch.setattr(bulk, "TURN", 2)
    done = change(nadia, made, Kind.STATUS, "waiting")
    assert (done.stage, len(done.before)) == (Stage.RUNNING, 0)
    background.keep_promises(app.extensions["settings"], 30)
    db.session.expire_all()
    assert (done.stage, len(done.before)) == (Stage.DONE, 4)
    with transaction():
        bulk.undo(done, by=nadia, at=now())
    background.keep_promises(app.extensions["settings"], 30)
    db.session.expire_all()
    assert {ticket.status for ticket in made} == {Status.NEW}
    kinds = [event.kind for event in db.session.scalars(Event.of_ticket(made[0].id))]
    assert kinds.count("ticket.changed") == kinds.count("ticket.change_undone") == 1


def test_nobody_sees_what_another_has_chosen(client: Browser, made, nadia, koen):
    with transaction():
        chosen = choose(nadia, made)
    client.sign_in(koen)
    assert client.get(f"/desk/bulk/{chosen.id}").status_code == 404


def test_a_change_that_meets_another_is_refused_and_said(client: Browser, made, nadia, monkeypatch):
    def meets_another(*_given: object, **_more: object) -> None:
        raise StaleDataError

    client.sign_in(nadia)
    monkeypatch.setattr(releasing, "mark", meets_another)
    answer = client.post("/desk/absences", data={"first": business_day(now()).isoformat()})
    assert answer.status_code == 409
    assert "Somebody else has changed this meanwhile." in answer.text


def test_the_thread_tells_that_another_team_has_it_and_that_it_was_given_back(
    client: Browser, made, nadia, koen
):
    client.sign_in(koen)
    with transaction():
        made[0].assign(nadia, by=nadia)
        releasing.mark(nadia, business_day(now()), None, "", by=koen, at=now())
        made[0].hand_to(made[0].team_id, by=koen, at=now())
    page = client.get(f"/desk/tickets/{made[0].number}").text
    assert "given back: absent" in page
    assert "given to another team" in page
