"""By when we owe an answer: promised, frozen, warned of, broken, laid aside."""

from datetime import UTC, datetime, time, timedelta

import pytest

from models import calendar, presence, promise_watch, ticket_clock
from models.base import db, now, transaction
from models.calendar import start_of
from models.contact import Contact
from models.event import Event
from models.service_level import OpeningHours, ServiceLevel
from models.ticket import Disposition, Status, Ticket
from models.user import Presence
from tests.people import House, joris

MONDAY = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)  # ten o'clock in Brussels
HOUR = timedelta(hours=1)


@pytest.fixture
def ticket(house: House) -> Ticket:
    """Joris's question of Monday at ten, taken by Nadia's team."""
    ticket = house.ticket(house.write(joris, "Hallo, een vraag.", at=MONDAY))
    with transaction():
        ticket.topic_id, ticket.needs_choice = "bridging_right", False
        ticket.team_id = house.nadia.team_ids[0]
    return ticket


@pytest.fixture
def in_two_hours(ticket: Ticket, ada) -> Ticket:
    """The same with a promise of two working hours, the last half hour warned of."""
    with transaction():
        ServiceLevel.give(ticket.team_id, None, 120, 30, by=ada)
        ticket_clock.begin(ticket)
    return ticket


def kinds(ticket: Ticket) -> list[str]:
    return [event.kind for event in db.session.scalars(Event.of_ticket(ticket.id))]


def test_without_a_service_level_the_topics_days_count(ticket):
    with transaction():
        ticket_clock.begin(ticket)
    assert ticket.topic is not None
    assert ticket.due_at == calendar.due_after(MONDAY, ticket.topic.answer_days)


def test_the_most_exact_service_level_counts(ticket, ada):
    team = ticket.team_id
    with transaction():
        ServiceLevel.give(None, None, 400, 0, by=ada)
        ServiceLevel.give(team, None, 300, 0, by=ada)
        ServiceLevel.give(None, "bridging_right", 200, 0, by=ada)
        exact = ServiceLevel.give(team, "bridging_right", 100, 0, by=ada)

    def counts(team_id, topic_id):
        found = ServiceLevel.of(team_id, topic_id)
        return found.answer_minutes if found else None

    assert counts(team, "bridging_right") == 100
    assert counts(None, "bridging_right") == 200
    assert counts(team, "deferral") == 300
    assert counts(None, None) == 400
    with transaction():
        exact.withdraw(by=ada)
    assert counts(team, "bridging_right") == 200


def test_a_promise_ends_in_opening_hours(in_two_hours, ada):
    assert in_two_hours.due_at == MONDAY + 2 * HOUR
    with transaction():
        OpeningHours.keep(
            in_two_hours.team_id, {0: (time(9), time(11)), 2: (time(9), time(11))}, by=ada
        )
        ticket_clock.begin(in_two_hours)
    assert in_two_hours.due_at == start_of(datetime(2026, 5, 6).date(), time(10))


def test_a_promise_nobody_can_keep_is_refused(house, ada):
    for answer, warn in ((0, 0), (60, 60), (10**9, 1)):
        with pytest.raises(ValueError, match="promise"), transaction():
            ServiceLevel.give(None, None, answer, warn, by=ada)


# --- frozen ---------------------------------------------------------------------------------


def test_the_clock_stands_still_while_the_client_is_to_act(in_two_hours, nadia):
    with transaction():
        in_two_hours.wait_for_client(MONDAY + HOUR)
    with transaction():
        ticket_clock.go_on(in_two_hours, MONDAY + timedelta(days=1))
    assert in_two_hours.due_at == MONDAY + timedelta(days=1) + HOUR
    assert in_two_hours.clock_stopped_at is None


def test_stopping_twice_stops_once(in_two_hours):
    with transaction():
        in_two_hours.wait_for_client(MONDAY + HOUR)
        in_two_hours.wait_for_client(MONDAY + 2 * HOUR)
    assert in_two_hours.clock_stopped_at == MONDAY + HOUR


def test_days_are_kept_as_days(ticket, nadia):
    with transaction():
        ticket_clock.begin(ticket)  # until Thursday
        ticket.wait_for_client(MONDAY + timedelta(days=1))
        ticket_clock.go_on(ticket, MONDAY + timedelta(days=7))
    assert ticket.due_at == calendar.due_after(MONDAY + timedelta(days=7), 2)


def test_where_nothing_was_left_a_fresh_promise_begins(in_two_hours):
    late = MONDAY + 3 * HOUR
    with transaction():
        promise_watch.breach(late)
        db.session.expire_all()
        in_two_hours.wait_for_client(late)
        ticket_clock.go_on(in_two_hours, MONDAY + timedelta(days=1))
    assert in_two_hours.due_at == MONDAY + timedelta(days=1) + 2 * HOUR
    assert in_two_hours.breached_at is None


def test_the_clients_answer_sets_the_clock_going(in_two_hours, house):
    first = in_two_hours
    with transaction():
        first.wait_for_client(MONDAY + HOUR)
    message = house.write(
        joris,
        "Hier is het.",
        "Re: Question",
        in_reply_to=contact_of(first).message_id,
        at=MONDAY + timedelta(days=2),
    )
    assert message.ticket_id == first.id
    assert first.status == Status.OPEN
    assert first.clock_stopped_at is None
    assert first.due_at > MONDAY + timedelta(days=1)


def contact_of(ticket: Ticket) -> Contact | None:
    return db.session.scalars(Contact.of_ticket(ticket.id)).first()


def test_reopening_gives_what_was_left(in_two_hours, nadia):
    with transaction():
        in_two_hours.close(Disposition.ANSWERED, by=nadia, at=MONDAY + HOUR)
        in_two_hours.reopen(by=nadia, at=MONDAY + timedelta(days=1))
    assert in_two_hours.due_at == MONDAY + timedelta(days=1) + HOUR


# --- said once a minute ---------------------------------------------------------------------


def test_a_warning_and_a_breach_are_said_once(in_two_hours):
    half = MONDAY + timedelta(minutes=89)
    with transaction():
        assert promise_watch.warn(half) == []
        assert promise_watch.warn(half + timedelta(minutes=1)) == [in_two_hours.id]
        assert promise_watch.warn(half + timedelta(minutes=2)) == []
        assert promise_watch.breach(MONDAY + 2 * HOUR) == []
        assert promise_watch.breach(MONDAY + 2 * HOUR + timedelta(seconds=1)) == [in_two_hours.id]
        assert promise_watch.breach(MONDAY + 3 * HOUR) == []
    assert kinds(in_two_hours)[-2:] == ["ticket.warned", "ticket.breached"]


def test_what_stands_still_is_neither_warned_nor_broken(in_two_hours):
    with transaction():
        in_two_hours.wait_for_client(MONDAY)
        promise_watch.watch(MONDAY + timedelta(days=9))
    db.session.expire_all()
    assert (in_two_hours.warned_at, in_two_hours.breached_at) == (None, None)


def test_marking_makes_no_open_page_old(in_two_hours):
    shown = in_two_hours.version
    with transaction():
        promise_watch.watch(MONDAY + timedelta(days=9))
    db.session.expire_all()
    assert in_two_hours.breached_at is not None
    assert in_two_hours.version == shown


# --- laid aside -----------------------------------------------------------------------------


def test_what_is_laid_aside_comes_back_by_the_clock(ticket, nadia):
    until = MONDAY + timedelta(days=1)
    with transaction():
        ticket_clock.snooze(ticket, until, by=nadia, at=MONDAY)
    assert ticket_clock.snoozed(ticket)
    with transaction():
        assert promise_watch.wake_sleepers(until - HOUR) == []
        assert promise_watch.wake_sleepers(until) == [ticket.id]
    db.session.expire_all()
    assert not ticket_clock.snoozed(ticket)
    assert ticket.snoozed_until == until  # so it stands on top
    assert kinds(ticket)[-2:] == ["ticket.snoozed", "ticket.woken"]
    with transaction():
        ticket.assign(nadia, by=nadia)
    assert ticket.snoozed_until is None


def test_a_new_word_of_the_client_wakes_it(ticket, nadia, house):
    with transaction():
        ticket_clock.snooze(ticket, MONDAY + timedelta(days=20), by=nadia, at=MONDAY)
    house.write(joris, "En?", "Re: Question", in_reply_to=contact_of(ticket).message_id)
    assert not ticket_clock.snoozed(ticket)
    assert "ticket.woken" in kinds(ticket)


def test_nothing_can_be_laid_aside_until_yesterday(ticket, nadia):
    with pytest.raises(ValueError, match="over"):
        ticket_clock.snooze(ticket, MONDAY - HOUR, by=nadia, at=MONDAY)


def test_who_closes_it_wakes_it(ticket, nadia):
    with transaction():
        ticket_clock.snooze(ticket, MONDAY + HOUR, by=nadia, at=MONDAY)
        ticket.close(Disposition.ANSWERED, by=nadia, at=MONDAY)
    assert (ticket.snoozed_until, ticket.snoozed_by_id) == (None, None)


# --- who is there ---------------------------------------------------------------------------


def test_presence_is_chosen_and_told(nadia):
    with transaction():
        presence.choose(nadia, Presence.AWAY, MONDAY, note="  dentist \n", until=MONDAY + HOUR)
    assert (nadia.presence, nadia.available, nadia.presence_note) == ("away", False, "dentist")
    with transaction():
        nadia.be(Presence.ON_CALL, MONDAY + HOUR)
    assert (nadia.available, nadia.presence_since) == (True, MONDAY + HOUR)
    assert (nadia.presence_note, nadia.presence_until) == ("", None)


def test_whoever_signs_out_is_away_and_whoever_comes_in_is_there(client, nadia):
    client.sign_in(nadia)
    client.post("/logout")
    assert nadia.presence == Presence.AWAY
    with transaction():
        nadia.set_password("a long password")
    client.post("/login", data={"login": "nadia", "password": "a long password"})
    assert nadia.presence == Presence.AVAILABLE


def test_a_session_that_ended_by_itself_leaves_nobody_there(client, nadia, koen):
    client.sign_in(nadia)
    with transaction():
        assert presence.sweep(now()) == [koen.id]
        assert presence.sweep(now() + HOUR) == [nadia.id]
    db.session.expire_all()
    assert {nadia.presence, koen.presence} == {Presence.AWAY}


def test_a_second_browser_keeps_its_person_there(app, client, nadia, koen):
    other = app.test_client()
    other.sign_in(nadia)
    client.sign_in(nadia)
    client.post("/logout")
    assert nadia.presence == Presence.AVAILABLE
    assert koen.presence == Presence.AVAILABLE


def test_a_call_about_what_waits_starts_the_clock_again(ticket, in_two_hours, nadia):
    """Otherwise nobody would be warned of what we owe since."""
    with transaction():
        ticket.wait_for_client(MONDAY + HOUR)
        ticket.wrap_up(Disposition.REQUEST_RECEIVED, "", "", by=nadia, at=MONDAY + 2 * HOUR)
    assert (ticket.status, ticket.clock_stopped_at) == (Status.OPEN, None)
    assert ticket.due_at == MONDAY + 3 * HOUR


def test_a_call_that_leaves_something_owed_opens_what_was_closed(ticket, nadia):
    with transaction():
        ticket.close(Disposition.ANSWERED, by=nadia, at=MONDAY + HOUR)
        ticket.wrap_up(Disposition.REQUEST_RECEIVED, "", "", by=nadia, at=MONDAY + 2 * HOUR)
    assert (ticket.status, ticket.closed_at) == (Status.OPEN, None)
    assert (ticket.disposition, ticket.clock_stopped_at) == ("request_received", None)


def test_saying_that_something_is_open_forgives_no_broken_promise(ticket, in_two_hours, nadia):
    due = ticket.due_at
    with transaction():
        promise_watch.watch(MONDAY + 5 * HOUR)
    with transaction():
        ticket.stand(Status.OPEN, by=nadia, at=MONDAY + 6 * HOUR)
    assert (ticket.due_at, ticket.breached_at) == (due, MONDAY + 5 * HOUR)
