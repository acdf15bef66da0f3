"""Rounds of calls: who is called and why, spread over days, taken back, and whether it helped."""

from datetime import datetime, timedelta

import pytest

from models import callback_bulk
from models.base import db, now, transaction
from models.calendar import BRUSSELS, business_day
from models.call_round import CallRound
from models.call_round_asking import Nobody, asking_of, close, due_dates, reopen, start, take_back
from models.call_round_helped import HelpedAnswer, Settled, counts_of, say, taken_back
from models.call_round_people import Ground, Wanted, people_of
from models.call_round_progress import page_of, progress_of
from models.callback import Callback, CallbackReason, CallbackState, Outcome
from models.callback_bulk import NotCalled, go_on
from models.callback_work import reached, take
from models.client import Client
from models.measure import MeasureVersion
from models.measure_change import content, revise
from models.placing import place, unplace
from models.problem import Problem, ProblemState
from models.topic import Topic
from models.wrap_up import WrapUp
from tests.people import amelie, emily, frieda, joris

TEXTS = {
    "scripts": {"fr": "Nous vous avons mal répondu.", "nl": "Wij gaven een fout antwoord."},
    "changed": {"fr": "Le formulaire accepte maintenant votre numéro."},
}
PEOPLE = (amelie, joris, frieda, emily)


@pytest.fixture
def contacts(house):
    return {
        who.name: house.call(who, "Le paiement de mai n'est pas arrivé.", by=house.nadia)
        for who in PEOPLE
    }


@pytest.fixture
def problem(house, contacts):
    with transaction():
        made = Problem(
            thing="payment",
            symptom="not_received",
            topic_id="bridging_right",
            first_seen_at=now() - timedelta(days=2),
            last_seen_at=now(),
            founded_on=business_day(now()),
        )
        db.session.add(made)
        db.session.flush()
        for contact in contacts.values():
            contact.dissatisfied = 0.1
            contact.intent_id = None
            ticket = house.ticket(contact)
            ticket.status, ticket.topic_id, ticket.intent_id = "open", "bridging_right", None
            unplace(contact.id, now())
            place(contact.id, made, score=0.9, reason={}, at=now())
    return made


@pytest.fixture
def let_down(house, problem, contacts):
    """Amélie is angry, Joris was told wrong, Frieda complains, Emily is only hit."""
    with transaction():
        contacts[amelie.name].dissatisfied = 0.9
        house.ticket(contacts[frieda.name]).intent_id = "complain"
        version = db.session.scalars(MeasureVersion.in_force("bridging_right", business_day(now())))
        told = version.first()
        db.session.add(
            WrapUp(
                user_id=house.nadia.id,
                ticket_id=contacts[joris.name].ticket_id,
                answer_version_id=told.id,
                began_at=now() - timedelta(hours=2),
                finished_at=now() - timedelta(hours=2),
            )
        )
        said = {**content(told), "answers": {**told.answers, "nl": "Het is juni, niet mei."}}
        revise(
            told,
            said,
            seen=told.version,
            change="Fout rechtgezet",
            by=house.koen,
            at=now(),
            day=business_day(now()),
        )
    return problem


def names(people):
    return {one.name: one.ground for one in people if one.why is None}


def begun(problem, by, wanted=Wanted()):  # noqa: B008
    with transaction():
        made, change = start(problem, "Mai", wanted, TEXTS, by=by, at=now())
        go_on(change, at=now())
    return made


def test_each_is_called_for_the_heaviest_ground(let_down):
    assert names(people_of(let_down, Wanted())) == {
        frieda.name: Ground.COMPLAINED,
        amelie.name: Ground.DISSATISFIED,
        joris.name: Ground.MISINFORMED,
    }
    everybody = people_of(let_down, Wanted(grounds=tuple(Ground)))
    assert names(everybody)[emily.name] == Ground.HIT


def test_without_complainants_a_complaint_in_work_is_left_to_its_agent(let_down):
    found = people_of(let_down, Wanted(grounds=(Ground.HIT,)))
    assert {one.name: one.why for one in found}[frieda.name] is NotCalled.COMPLAINT


def test_health_and_privacy_are_in_no_round(let_down, house, contacts):
    restricted = next(topic.id for topic in Topic.everything().values() if topic.restricted)
    with transaction():
        contacts[amelie.name].health = True
        house.ticket(contacts[frieda.name]).topic_id = restricted
        contacts[frieda.name].topic_id = restricted
    assert names(people_of(let_down, Wanted())) == {joris.name: Ground.MISINFORMED}
    made = begun(let_down, house.koen)
    assert "private" not in made.who["left_out"]


def test_languages_and_the_most_are_kept(let_down):
    one = people_of(let_down, Wanted(grounds=tuple(Ground), languages=("fr", "nl"), most=1))
    reasons = {person.name: person.why for person in one}
    assert reasons[frieda.name] is NotCalled.LANGUAGE
    assert list(reasons.values()).count(NotCalled.TOO_MANY) == 1


def test_calls_are_spread_over_working_days():
    friday = datetime(2030, 5, 3, 9, tzinfo=BRUSSELS)
    days = [due.astimezone(BRUSSELS).strftime("%a %H") for due in due_dates(5, 2, friday)]
    assert days == ["Fri 17", "Fri 17", "Mon 17", "Mon 17", "Tue 17"]
    late = due_dates(1, 2, friday.replace(hour=16))[0]
    assert late.astimezone(BRUSSELS).strftime("%a") == "Mon"


def test_a_round_asks_for_its_calls_with_their_grounds(let_down, house):
    made = begun(let_down, house.koen)
    calls = {call.client.name: call for call in page_of(house.koen, made, "all", 1)}
    assert calls.keys() == {frieda.name, amelie.name, joris.name}
    assert calls[amelie.name].reason == CallbackReason.DISSATISFIED
    assert calls[joris.name].reasons[0]["kind"] == Ground.MISINFORMED
    assert all(call.problem_id == let_down.id for call in calls.values())
    assert callback_bulk.last_of(let_down) is None


def test_who_was_only_proposed_is_called_and_who_is_owed_a_call_is_not(let_down, house, contacts):
    with transaction():
        for who, proposed in ((amelie, True), (joris, False)):
            client = Client.named(contacts[who.name].client_id)
            Callback.ask(
                client=client, reason=CallbackReason.DISSATISFIED, at=now(), proposed=proposed
            )
    made = begun(let_down, house.koen)
    assert {call.client.name for call in page_of(house.koen, made, "all", 1)} == {
        frieda.name,
        amelie.name,
    }
    assert made.who["left_out"] == {"open_already": 1}


def test_of_two_who_begin_the_same_round_the_second_calls_nobody(let_down, house):
    begun(let_down, house.koen)
    with pytest.raises(Nobody), transaction():
        start(let_down, "Mai", Wanted(), TEXTS, by=house.koen, at=now())


def test_a_round_is_taken_back_but_for_what_was_begun(let_down, house):
    made = begun(let_down, house.koen)
    with transaction():
        take(page_of(house.koen, made, "open", 1)[0], by=house.nadia, at=now())
        assert take_back(made, by=house.koen, at=now()) == (2, 1)
    assert made.closed_at is None


def test_closing_calls_off_what_nobody_began_and_can_be_undone(let_down, house):
    made = begun(let_down, house.koen)
    with transaction():
        assert close(made, by=house.koen, at=now()) == 3
    assert progress_of(house.koen, [made])[made.id].over == 3
    with transaction():
        assert reopen(made, by=house.koen, at=now()) == 3
    assert progress_of(house.koen, [made])[made.id].open == 3


def test_what_was_not_yet_asked_for_when_it_was_closed_waits_again(let_down, house, monkeypatch):
    monkeypatch.setattr(callback_bulk, "IN_ONE_GO", 1)
    made = begun(let_down, house.koen)
    asking = asking_of(made)
    assert len(asking.change["waiting"]) == 2
    with transaction():
        close(made, by=house.koen, at=now())
    assert asking.change["waiting"] == []
    with transaction():
        reopen(made, by=house.koen, at=now())
    assert len(asking.change["waiting"]) == 2


def test_progress_counts_by_ground_and_language(let_down, house):
    made = begun(let_down, house.koen)
    call = next(c for c in page_of(house.koen, made, "open", 1) if c.client.name == amelie.name)
    with transaction():
        take(call, by=house.nadia, at=now())
        reached(call, Outcome.SATISFIED, by=house.nadia, at=now())
    found = progress_of(house.koen, [made])[made.id]
    assert (found.all, found.open, found.reached) == (3, 2, 1)
    assert found.grounds["dissatisfied"]["satisfied"] == 1
    assert found.languages["fr"]["reached"] == 1


# --- did it help? ---------------------------------------------------------------------------


def client_of(made, name):
    return next(c.client for c in page_of(made.by, made, "all", 1) if c.client.name == name)


def test_each_client_is_counted_once_and_may_change_his_mind_for_a_day(let_down, house):
    made = begun(let_down, house.koen)
    client, at = client_of(made, amelie.name), now()
    with transaction():
        say(made, client, HelpedAnswer.NO, at=at)
        say(made, client, HelpedAnswer.YES, at=at + timedelta(hours=3))
    assert counts_of([let_down.id])[let_down.id] == {"yes": 1}
    with pytest.raises(Settled), transaction():
        say(made, client, HelpedAnswer.NO, at=at + timedelta(hours=25))


def test_the_clients_own_word_outlives_the_call_that_asked_before(let_down, house):
    made = begun(let_down, house.koen)
    call = next(c for c in page_of(house.koen, made, "open", 1) if c.client.name == amelie.name)
    with transaction():
        say(made, call.client, HelpedAnswer.NO, at=now(), by=house.nadia, callback=call)
        say(made, call.client, HelpedAnswer.YES, at=now())
        taken_back(call, by=house.nadia, at=now())
    assert counts_of([let_down.id])[let_down.id] == {"yes": 1}


def test_many_who_say_no_bring_a_solved_problem_back(let_down, house):
    made = begun(let_down, house.koen)
    with transaction():
        let_down.state = ProblemState.VERIFIED.value
    for place_, who in enumerate((amelie, joris, frieda)):
        with transaction():
            say(made, client_of(made, who.name), HelpedAnswer.NO, at=now())
        wanted = ProblemState.NEW if place_ == 2 else ProblemState.VERIFIED
        assert let_down.state == wanted


def test_a_round_knows_its_script_in_the_clients_language(let_down, house):
    made = begun(let_down, house.koen)
    assert made.script("nl") == (TEXTS["scripts"]["nl"], "nl")
    assert made.script("de") == (TEXTS["scripts"]["fr"], "fr")
    assert CallRound.named(made.id) is made
    assert Callback.named(page_of(house.koen, made, "all", 1)[0].id).state == CallbackState.OPEN
