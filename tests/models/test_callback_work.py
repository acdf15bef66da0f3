"""Calling back: taken once, in a language one speaks; tried, given up, handed on, undone."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from models.base import db, now, transaction
from models.calendar import BRUSSELS
from models.callback import AttemptResult, Callback, CallbackReason, CallbackState, Outcome
from models.callback_list import (
    VIEWS,
    CallbackFilter,
    callback_counts,
    callback_seen,
    callbacks_waiting,
    reminder_for,
)
from models.callback_rules import change_rules, rules
from models.callback_work import (
    accept,
    cancel,
    hand,
    put_back,
    reached,
    retry_at,
    snooze,
    take,
    take_next,
    tried,
    undo,
)
from models.client import Level
from models.team import Team
from models.user import Role, User
from tests.people import amelie, joris

MONDAY = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
"""Ten o'clock in Brussels."""
HOUR = timedelta(hours=1)
SECONDS = timedelta(seconds=20)


def owe(number="+32475000111", at=MONDAY, reason=CallbackReason.REQUESTED, **more):
    return Callback.ask(number=number, reason=reason, at=at, **more)


def test_the_oldest_due_is_taken_first_and_priority_before_that(house):
    with transaction():
        late = owe("+32475000001", due_at=MONDAY - HOUR)
        later = owe("+32475000002", due_at=MONDAY)
        pressing = owe("+32475000003", due_at=MONDAY + HOUR, reason=CallbackReason.DISSATISFIED)
        taken = [take_next(house.nadia, MONDAY) for _ in range(4)]
    assert taken == [pressing, late, later, None]
    assert (late.state, late.owner_id) == (CallbackState.TAKEN, house.nadia.id)


def test_fifty_agents_who_ask_at_once_get_each_call_back_once(house, app):
    with transaction():
        for number in range(30):
            owe(f"+3247500{number:04}")
        agents = [
            house.person(f"agent{n}", f"Agent {n}", Role.AGENT, "bridging", ["fr", "nl"])
            for n in range(50)
        ]
    ids = [agent.id for agent in agents]
    gate, got, lock = threading.Barrier(10), [], threading.Lock()

    def ask(mine):
        with app.app_context():
            gate.wait()
            for user_id in mine:
                with transaction():
                    found = take_next(User.named(user_id), MONDAY)
                    number = found.id if found else None
                with lock:
                    got.append(number)
            db.session.remove()

    threads = [threading.Thread(target=ask, args=(ids[n::10],)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    given = [number for number in got if number is not None]
    assert len(given) == len(set(given)) == 30
    assert got.count(None) == 20


def test_a_dutch_call_is_never_offered_to_who_speaks_french_only(house):
    tom = house.person("tom", "Tom Claes", Role.AGENT, "bridging", ["fr"])
    with transaction():
        owed = owe(language="nl")
        assert take_next(tom, MONDAY) is None
        assert callbacks_waiting(tom, MONDAY) == 0
        assert take_next(house.nadia, MONDAY) is owed


def test_a_dutch_call_of_a_team_that_overflows_is_offered_to_everybody_in_it(house):
    tom = house.person("tom", "Tom Claes", Role.AGENT, "bridging", ["fr"])
    with transaction():
        bridging = db.session.scalar(Team.by_slug("bridging"))
        bridging.overflow = True
        owed = owe(language="nl", topic_id="bridging_right")
        assert owed.team_id == bridging.id
        assert take_next(tom, MONDAY) is owed


def test_what_one_speaks_counts_before_what_one_writes(house):
    with transaction():
        house.nadia.memberships[0].spoken = ["de"]
        french, german = owe("+32475000001", language="fr"), owe("+32475000002", language="de")
        assert [take_next(house.nadia, MONDAY) for _ in range(2)] == [german, None]
    assert french.state == CallbackState.OPEN


def test_nobody_is_called_before_the_hours_that_suit(house):
    with transaction():
        owed = owe(window=(MONDAY + 4 * HOUR, MONDAY + 6 * HOUR))
        assert take_next(house.nadia, MONDAY) is None
        assert CallbackFilter("later").page(house.nadia, MONDAY).callbacks == [owed]
        assert take_next(house.nadia, MONDAY + 4 * HOUR) is owed


def test_what_is_another_teams_is_not_told(house):
    with transaction():
        owed = owe(topic_id="bridging_right")
        assert callback_seen(house.stranger, owed.id) is None
        assert take_next(house.stranger, MONDAY) is None
        assert sum(callback_counts(house.stranger, MONDAY).values()) == 0
        assert callback_seen(house.nadia, owed.id) is owed
        assert callback_seen(house.ingrid, owed.id) is owed


def test_the_call_back_of_a_ticket_is_seen_by_who_sees_the_ticket(house):
    ticket = house.ticket(house.write(amelie, "Rappelez-moi pour mon droit passerelle."))
    with transaction():
        ticket.team_id, ticket.needs_choice = house.nadia.team_ids[0], False
        owed = Callback.ask(ticket=ticket, reason=CallbackReason.REQUESTED, at=MONDAY)
        owed.team_id = None
        db.session.flush()
        assert callback_seen(house.stranger, owed.id) is None
        assert callback_seen(house.nadia, owed.id) is owed


@pytest.mark.parametrize(
    ("result", "hour", "minute"),
    [
        (AttemptResult.NO_ANSWER, 12, 0),
        (AttemptResult.BUSY, 10, 15),
        (AttemptResult.VOICEMAIL_LEFT, 9, 30),
    ],
)
def test_the_next_try_is_proposed_by_the_rule(house, result, hour, minute):
    with transaction():
        when = retry_at(owe(), result, MONDAY).astimezone(BRUSSELS)
    assert (when.hour, when.minute) == (hour, minute)


def test_a_retry_stays_in_the_hours_of_the_client(house):
    with transaction():
        owed = owe(window=(MONDAY + 4 * HOUR, MONDAY + 5 * HOUR))
        take(owed, by=house.nadia, at=MONDAY + 4 * HOUR)
        tried(owed, AttemptResult.NO_ANSWER, by=house.nadia, at=MONDAY + 4 * HOUR)
    assert owed.window_from == MONDAY + timedelta(days=1, hours=4)
    assert owed.window_to == MONDAY + timedelta(days=1, hours=5)


def test_who_cannot_be_reached_is_given_up_after_the_last_try(house):
    with transaction():
        owed = owe()
        for hour in range(3):
            assert owed.state == CallbackState.OPEN
            tried(owed, AttemptResult.NO_ANSWER, by=house.nadia, at=MONDAY + hour * HOUR)
    assert (owed.state, owed.outcome) == (CallbackState.GIVEN_UP, Outcome.NOT_REACHED)


def test_a_promise_stays_with_who_made_it_and_the_rest_goes_back(house):
    with transaction():
        promise = owe("+32475000001", reason=CallbackReason.PROMISED, by=house.nadia)
        asked = owe("+32475000002")
        for one in (promise, asked):
            take(one, by=house.nadia, at=MONDAY)
            tried(one, AttemptResult.BUSY, by=house.nadia, at=MONDAY)
    assert (promise.owner_id, asked.owner_id) == (house.nadia.id, None)


def test_a_wrong_number_gives_way_to_the_clients_next_one(house):
    amelies = house.ticket(house.call(amelie, "Elle attend.", by=house.nadia)).client
    with transaction():
        amelies.add_number_maybe("+32475999888", "mail")
        db.session.flush()
        owed = Callback.ask(client=amelies, reason=CallbackReason.REQUESTED, at=MONDAY)
        tried(owed, AttemptResult.WRONG_NUMBER, by=house.nadia, at=MONDAY)
        assert (owed.state, owed.e164) == (CallbackState.OPEN, "+32475999888")
        tried(owed, AttemptResult.WRONG_NUMBER, by=house.nadia, at=MONDAY)
    assert (owed.state, owed.outcome) == (CallbackState.GIVEN_UP, Outcome.WRONG_NUMBER)


def test_each_deed_can_be_undone_by_who_did_it_and_by_nobody_else(house):
    with transaction():
        owed = owe()
        deeds = [
            lambda: take(owed, by=house.nadia, at=MONDAY),
            lambda: snooze(owed, MONDAY + HOUR, by=house.nadia, at=MONDAY),
            lambda: hand(owed, to=house.koen, by=house.nadia, at=MONDAY),
            lambda: put_back(owed, by=house.nadia, at=MONDAY),
            lambda: tried(owed, AttemptResult.WRONG_NUMBER, by=house.nadia, at=MONDAY),
            lambda: reached(owed, Outcome.SETTLED, by=house.nadia, at=MONDAY),
            lambda: cancel(owed, Outcome.NOT_NEEDED, by=house.nadia, at=MONDAY),
        ]
        for deed in deeds:
            before = (owed.state, owed.owner_id, owed.due_at, owed.window_from, owed.outcome)
            deed()
            after = (owed.state, owed.owner_id, owed.due_at, owed.window_from, owed.outcome)
            assert not undo(owed, by=house.koen, at=MONDAY)
            assert undo(owed, by=house.nadia, at=MONDAY)
            again = (owed.state, owed.owner_id, owed.due_at, owed.window_from, owed.outcome)
            assert before == again
            assert after == before or deed is not None
        assert not undo(owed, by=house.nadia, at=MONDAY)
    assert (owed.tries, owed.closed_at) == (0, None)


def test_what_has_ended_meanwhile_is_not_brought_back(house):
    with transaction():
        owed = owe(reason=CallbackReason.MISSED_CALL)
        take(owed, by=house.nadia, at=MONDAY)
        Callback.reached(e164=owed.e164, by=house.koen, at=MONDAY + SECONDS, how="phone")
        assert not undo(owed, by=house.nadia, at=MONDAY + SECONDS)
    assert (owed.state, owed.outcome) == (CallbackState.DONE, Outcome.OTHERWISE)


def test_who_has_asked_again_meanwhile_keeps_the_earlier_hour(house):
    with transaction():
        owed = owe()
        snooze(owed, MONDAY + 5 * HOUR, by=house.nadia, at=MONDAY)
        owe(at=MONDAY + SECONDS, due_at=MONDAY + HOUR, window=(MONDAY + HOUR, MONDAY + 2 * HOUR))
        assert undo(owed, by=house.nadia, at=MONDAY + SECONDS)
    assert owed.window == (MONDAY + HOUR, MONDAY + 2 * HOUR)
    assert (owed.due_at, owed.asked, owed.priority) == (MONDAY + HOUR, 2, 2)


def test_a_number_that_was_no_wrong_one_after_all_is_known_again(house):
    amelies = house.ticket(house.call(amelie, "Elle attend.", by=house.nadia)).client
    with transaction():
        owed = Callback.ask(client=amelies, reason=CallbackReason.REQUESTED, at=MONDAY)
        before = (amelies.numbers[0].level, amelies.numbers[0].confirmed_at)
        tried(owed, AttemptResult.WRONG_NUMBER, by=house.nadia, at=MONDAY)
        assert amelies.numbers[0].level == Level.MAYBE
        assert undo(owed, by=house.nadia, at=MONDAY)
        assert (amelies.numbers[0].level, amelies.numbers[0].confirmed_at) == before


def test_after_a_minute_it_is_too_late_to_undo(house):
    with transaction():
        owed = owe()
        take(owed, by=house.nadia, at=MONDAY)
        assert not undo(owed, by=house.nadia, at=MONDAY + timedelta(minutes=2))


def test_what_was_proposed_is_offered_once_somebody_accepts_it(house):
    with transaction():
        owed = owe(reason=CallbackReason.DISSATISFIED, proposed=True)
        assert take_next(house.nadia, MONDAY) is None
        assert callback_counts(house.nadia, MONDAY)["proposed"] == 1
        accept(owed, by=house.koen, at=MONDAY, note="Elle a raison.")
        assert take_next(house.nadia, MONDAY) is owed


def test_the_owner_is_reminded_of_what_is_due_and_late(house):
    with transaction():
        assert reminder_for(house.nadia, MONDAY, HOUR) is None
        first = owe("+32475000001", due_at=MONDAY - HOUR)
        owe("+32475000002", due_at=MONDAY + HOUR / 2)
        owe("+32475000003", due_at=MONDAY + 9 * HOUR)
        for owed in CallbackFilter("team").page(house.nadia, MONDAY).callbacks:
            hand(owed, to=house.nadia, by=house.koen, at=MONDAY)
        found = reminder_for(house.nadia, MONDAY, HOUR)
    assert (found.due, found.overdue, found.first) == (1, 1, first)


def test_each_call_back_stands_in_the_views_where_it_is_looked_for(house):
    with transaction():
        owe("+32475000001", due_at=MONDAY - HOUR)
        done = owe("+32475000002")
        reached(done, Outcome.SETTLED, by=house.nadia, at=MONDAY)
        lost = owe("+32475000003")
        tried(lost, AttemptResult.WRONG_NUMBER, by=house.nadia, at=MONDAY)
        counts = callback_counts(house.nadia, MONDAY)
    assert [counts[view] for view in VIEWS] == [1, 0, 1, 0, 0, 1, 1]


def test_the_rules_are_the_houses(house):
    with transaction():
        change_rules({"most_attempts": 1, "retry_busy": 0, "no_rule": 7}, by=house.koen)
        owed = owe(joris.number)
        tried(owed, AttemptResult.BUSY, by=house.nadia, at=now())
    assert (rules()["most_attempts"], rules()["retry_busy"]) == (1, 1)
    assert "no_rule" not in rules()
    assert owed.state == CallbackState.GIVEN_UP
