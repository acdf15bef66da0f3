"""What a run of the grouping leaves behind: cards with an identity, and a word on every change."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from flask_babel import force_locale
from sqlalchemy import func, select

from classifiers import groups
from models import calendar, outbox
from models.action import Action, ActionKind
from models.base import db, now, transaction
from models.contact import Contact
from models.event import Event
from models.likeness import Likeness
from models.memory import Memory
from models.outbox import Job, later
from models.placing import Placed, newest_contact, place_all, standing_of
from models.problem import Occurrence, Problem, ProblemState
from models.settings import Setting
from models.teaching import different, join
from tests.people import House, Person
from triage import routing
from triage.screening import board, grouping
from triage.screening.consolidating import consolidate
from triage.screening.history import event_words
from triage.screening.proposing import propose
from triage.screening.revising import tell

MONDAY = date(2026, 5, 4)
TUESDAY = MONDAY + timedelta(days=1)
MORNING = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)
EVENING = calendar.bounds(MONDAY)[1] - timedelta(seconds=1)
UNPAID = (
    "Je n'ai toujours pas reçu le paiement du droit passerelle pour le mois d'avril.",
    "Le paiement du droit passerelle d'avril n'est toujours pas arrivé sur mon compte.",
    "Toujours aucun paiement du droit passerelle pour avril sur mon compte.",
    "Le droit passerelle d'avril ne m'a toujours pas été payé.",
)


@pytest.fixture
def write(house: House) -> Callable[..., Contact]:
    """Each text by a client of its own."""
    count = iter(range(1, 100))

    def written(text: str, at: datetime = MORNING) -> Contact:
        number = next(count)
        who = Person(f"Client {number}", f"c{number}@bakery.example", f"+3247511{number:04}", "fr")
        return house.fill_form(who, text, at=at + timedelta(minutes=number))

    return written


@pytest.fixture
def unpaid(write: Callable[..., Contact]) -> list[Contact]:
    contacts = [write(text) for text in UNPAID]
    with transaction():
        grouping.regroup(MONDAY, EVENING)
    return contacts


@pytest.fixture
def a_card(app: object) -> Callable[..., Problem]:
    """Call it for a problem that stands since Monday."""

    def made(thing: str = "payment", last_seen: datetime = MORNING, **values: Any) -> Problem:
        with transaction():
            problem = Problem(
                thing=thing,
                symptom="not_received",
                first_seen_at=MORNING,
                last_seen_at=last_seen,
                founded_on=MONDAY,
                **values,
            )
            db.session.add(problem)
        return problem

    return made


def card_of(contact: Contact) -> Problem:
    db.session.expire_all()
    case = Occurrence.of_contact(contact.id)
    assert case is not None, contact.new_text
    return case.problem


def events(problem: Problem, kind: str) -> list[Event]:
    return [e for e in db.session.scalars(Event.of_problem(problem.id)) if e.kind == kind]


# --- safe to repeat -------------------------------------------------------------------------


def test_a_run_that_finds_nothing_new_writes_nothing(unpaid):
    def rows() -> list[int | None]:
        tables = (Occurrence, Event, Problem)
        return [db.session.scalar(select(func.count()).select_from(table)) for table in tables]

    before = rows()
    assert before[0]
    with transaction():
        grouping.regroup(MONDAY, EVENING)
    assert rows() == before


def test_a_card_was_seen_when_its_contacts_were_said(unpaid):
    problem = card_of(unpaid[0])
    moments = [contact.said_at for contact in db.session.scalars(problem.contacts())]
    assert (problem.first_seen_at, problem.last_seen_at) == (min(moments), max(moments))


def test_a_new_card_has_a_name_and_its_words(unpaid):
    problem = card_of(unpaid[0])
    assert problem.thing == "payment" and problem.terms["fr"]
    assert events(problem, "problem.found")


# --- in a few statements --------------------------------------------------------------------


def test_what_differs_is_written_at_once_and_told(a_card, unpaid):
    source, target = card_of(unpaid[0]), a_card("form")
    standing = standing_of(contact.id for contact in unpaid)
    placed = [Placed(contact.id, target.id, 0.7, {"why": "engine"}) for contact in unpaid]
    with transaction():
        changed = place_all(placed, standing, EVENING)
        again = place_all(placed, standing_of(one.id for one in unpaid), EVENING)
    assert len(changed) == len(unpaid) and again == []
    assert {card_of(contact).id for contact in unpaid} == {target.id}
    kept = select(func.count()).where(
        Occurrence.problem_id == source.id, Occurrence.until == EVENING
    )
    assert db.session.scalar(kept)


def test_what_a_person_said_while_the_run_was_thinking_stands(a_card, unpaid, koen):
    before = standing_of(contact.id for contact in unpaid)
    mine, other = a_card("form"), a_card("letter")
    with transaction():
        join([unpaid[0]], mine, by=koen, at=EVENING)
    with transaction():
        place_all([Placed(unpaid[0].id, other.id)], before, EVENING)
    assert card_of(unpaid[0]) is mine


# --- never silently -------------------------------------------------------------------------


def test_one_event_tells_what_a_run_has_changed_on_a_card(app, a_card, unpaid):
    source, target = card_of(unpaid[0]), a_card("form")
    memories = Memory.everything()
    standing = standing_of(contact.id for contact in unpaid)
    leaving = [one for one in unpaid if one.id in standing]
    placed = [Placed(one.id, None if one is leaving[0] else target.id) for one in leaving]
    memories[source.id].thing = "letter"
    with transaction():
        changed = place_all(placed, standing, EVENING)
        tell(memories, set(memories), standing, changed, EVENING)
    (event,) = events(source, "problem.revised")
    moved = len(leaving) - 1
    assert event.facts["contacts"] == len(leaving)
    assert event.facts["which"] == sorted(one.id for one in leaving)
    assert event.facts["moved"] == [{"number": target.number, "contacts": moved}]
    assert event.facts["emptied"] and event.facts["thing"] == ["payment", "letter"]
    assert not events(target, "problem.revised")
    with app.test_request_context(), force_locale("en"):
        words = event_words(event)
    assert str(target.number) in words and "no contact is left" in words


def test_a_card_that_stayed_as_it_was_has_nothing_to_tell(unpaid):
    with transaction():
        grouping.regroup(MONDAY, EVENING)
    assert not events(card_of(unpaid[0]), "problem.revised")


# --- the night ------------------------------------------------------------------------------


def test_who_nobody_writes_about_leaves_the_board_once(a_card):
    old, fresh = a_card(), a_card("form", last_seen=MORNING + timedelta(days=30))
    for _ in range(3):
        with transaction():
            consolidate(MORNING + timedelta(days=61))
    assert (old.state, fresh.state) == (ProblemState.ARCHIVED, ProblemState.NEW)
    assert len(events(old, "problem.archived")) == 1


@pytest.mark.parametrize("why", ["owned", "acted on", "decided"])
def test_a_problem_on_which_somebody_acts_is_not_archived(a_card, koen, why):
    problem = a_card()
    with transaction():
        if why == "owned":
            problem.owner_id = koen.id
        if why == "decided":
            problem.state = ProblemState.SHIPPED.value
        if why == "acted on":
            db.session.add(
                Action(
                    problem_id=problem.id,
                    kind=ActionKind.MAILING.value,
                    due_on=TUESDAY,
                    decided_at=MORNING,
                    owner_id=koen.id,
                )
            )
    with transaction():
        consolidate(MORNING + timedelta(days=61))
    assert problem.state != ProblemState.ARCHIVED


@pytest.mark.parametrize(
    ("hour", "expected"), [(23, [MONDAY]), (25, [MONDAY]), (26.1, [MONDAY, TUESDAY])]
)
def test_a_day_is_grouped_a_last_time_before_the_next_is_begun(monkeypatch, hour, expected):
    at = calendar.start_of(MONDAY) + timedelta(hours=hour)
    monkeypatch.setattr(grouping, "now", lambda: at)
    assert grouping.days_to_group(calendar.business_day(at), MONDAY) == expected


def test_what_came_after_midnight_is_placed_beside_the_day_that_is_still_open(
    monkeypatch, unpaid, write
):
    at = calendar.start_of(TUESDAY) + timedelta(hours=1, minutes=50)
    monkeypatch.setattr(grouping, "now", lambda: at)
    late = write(UNPAID[0], at - timedelta(hours=1))
    with transaction():
        grouping.regroup(MONDAY, grouping.moment_of(MONDAY))
    assert card_of(late) is card_of(unpaid[0])


# --- between two runs -----------------------------------------------------------------------


def test_after_a_long_run_newcomers_are_placed_until_the_next_one(house, unpaid, write):
    home = card_of(unpaid[0])
    with transaction():
        db.session.execute(db.update(outbox.Outbox).values(done_at=now()))
        Setting.write("grouping.begun", newest_contact())
        Setting.write("grouping.length", (now().isoformat(), 60.0))
    newcomer = write("Mon paiement du droit passerelle d'avril n'est toujours pas arrivé.")
    with transaction():
        later(Job.GROUP, MONDAY.toordinal(), cause="came")
    founded = db.session.scalar(select(func.count()).select_from(Problem))
    assert grouping.group_waiting("a worker")
    assert card_of(newcomer) is home
    assert db.session.scalar(select(func.count()).select_from(Problem)) == founded


def test_while_another_worker_groups_a_newcomer_does_not_wait(unpaid, write, monkeypatch):
    home = card_of(unpaid[0])
    with transaction():
        db.session.execute(db.update(outbox.Outbox).values(done_at=now()))
        Setting.write("grouping.begun", newest_contact())
    newcomer = write("Mon paiement du droit passerelle d'avril n'est toujours pas arrivé.")
    monkeypatch.setattr(grouping, "first_to_run", lambda: False)
    with transaction():
        later(Job.GROUP, MONDAY.toordinal(), cause="came")
    assert grouping.group_waiting("a worker")
    assert card_of(newcomer) is home


def test_what_people_have_taught_does_not_wait(app):
    with transaction():
        Setting.write("grouping.length", (now().isoformat(), 60.0))
    minute, taught = (
        outbox.Claim(1, MONDAY.toordinal(), cause, 1) for cause in ("08:30", "taught 3")
    )
    assert grouping.resting([minute])
    assert not grouping.resting([minute, taught])


def test_the_nights_promise_puts_the_board_in_order(a_card):
    old = a_card(last_seen=now() - timedelta(days=61))
    with transaction():
        later(Job.GROUP, TUESDAY.toordinal(), cause="night")
    assert grouping.group_waiting("a worker")
    assert old.state == ProblemState.ARCHIVED


# --- called ---------------------------------------------------------------------------------


def test_cards_are_told_apart_by_their_stage_or_else_by_their_words(app, a_card):
    before = a_card(stage="before", terms={"fr": ["compte"]})
    after = a_card(stage="after", terms={"fr": ["compte", "lettre"]})
    twin = a_card(stage="after", terms={"fr": ["compte", "banque"]})
    with app.test_request_context():
        words = board.apart([before, after, twin])
    assert words == {after.id: ["lettre"], twin.id: ["banque"]}


# --- proposed -------------------------------------------------------------------------------


@pytest.fixture
def alike(a_card) -> Callable[[], None]:
    """Call it for a run that finds the first two cards alike."""

    def run(pairs: bool = True) -> None:
        engine = routing.engine()
        assert engine is not None
        params = groups.Params.of(engine)
        centre = params.space.written(params.space.represent([features(engine)], ["fr"])[0], 3)
        memories = Memory.everything()
        one, other = sorted(memories)[:2]
        result = groups.Grouping([], {one: centre, other: centre}, [], "", [(one, other)])
        if not pairs:
            result.alike.clear()
        with transaction():
            propose(result, {one: one, other: other}, memories, params.space, EVENING)

    return run


def features(engine: Any) -> groups.Features:
    posteriors = {axis: [1 / len(labels)] * len(labels) for axis, labels in engine.labels.items()}
    return groups.Features(vector=None, posteriors=posteriors, terms=("paiement",))


def proposed() -> list[Likeness]:
    return list(db.session.scalars(Likeness.standing()))


def test_cards_that_are_alike_are_proposed_with_what_they_share(a_card, alike):
    a_card(terms={"fr": ["paiement", "compte"]}, topic_id="bridging_right")
    a_card(terms={"fr": ["paiement"], "nl": ["betaling"]})
    alike()
    alike()
    (likeness,) = proposed()
    assert 0.5 < likeness.score <= 1
    facts = likeness.evidence
    assert facts["terms"] == {"fr": ["paiement"]} and facts["languages"] == ["fr", "nl"]
    assert facts["thing"] == "payment" and facts["topics"] == ["bridging_right"]
    assert facts["concepts"]


def test_what_is_no_longer_alike_is_withdrawn(a_card, alike):
    a_card(), a_card()
    alike()
    alike(pairs=False)
    assert proposed() == []


def test_nobody_is_asked_again_about_two_that_are_two(a_card, alike, koen):
    one, other = a_card(), a_card()
    alike()
    with transaction():
        different(one, other, by=koen, at=EVENING)
    alike()
    assert proposed() == []


def test_what_is_no_problem_is_not_proposed(a_card, alike):
    a_card(state=ProblemState.NOT_A_PROBLEM.value), a_card()
    alike()
    assert db.session.scalars(select(Likeness)).all() == []


def turned_away(centre: bytes | None) -> bytes:
    """A centre that is like nothing any more."""
    names, _, values = (centre or b"").partition(b"\n")
    return names + b"\n" + (-np.frombuffer(values, "<f4")).tobytes()


@pytest.mark.parametrize(("decided", "stay"), [(True, 4), (False, 0)])
def test_what_was_decided_on_keeps_its_contacts(
    unpaid: list[Contact], house: House, decided: bool, stay: int
) -> None:
    card = db.session.scalars(select(Problem)).one()
    with transaction():
        if decided:
            card.decide(ProblemState.WATCHING, by=house.koen, at=EVENING)
        card.centre = card.centre_before = turned_away(card.centre)
        db.session.flush()
        grouping.regroup(MONDAY, EVENING)
    assert len(db.session.scalars(card.occurrences()).all()) == stay
