from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from models import calendar
from models.base import db, transaction
from models.cases import CaseFilter, cases_of, profile_of
from models.contact import Contact
from models.event import Event
from models.placing import place, to_be_grouped, unplace
from models.problem import Constraint, Occurrence, Problem, ProblemState, Trend
from models.problem_day import ProblemDay, counts_until, quotable_on
from models.teaching import join, same, take_out
from models.ticket import Ticket
from tests.people import House, amelie, emily, frieda, joris

DAY = date(2026, 5, 4)
AT = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)


@pytest.fixture(autouse=True)
def house_is_open(app):
    return app


def a_problem(thing: str = "form") -> Problem:
    with transaction():
        made = Problem(
            thing=thing, symptom="unreachable", first_seen_at=AT, last_seen_at=AT, founded_on=DAY
        )
        db.session.add(made)
    return made


@pytest.fixture
def problem() -> Problem:
    return a_problem()


@pytest.fixture
def contacts(house: House) -> list[Contact]:
    """Amélie by mail, Joris by telephone, both about the form that does not open."""
    return [
        house.write(amelie, "Le formulaire en ligne ne s'ouvre pas.", at=AT),
        house.call(joris, "Het formulier opent niet.", by=house.nadia, at=AT),
    ]


@pytest.fixture
def cases(problem, contacts) -> list[Contact]:
    make_cases(problem, contacts)
    return contacts


def make_cases(problem: Problem, contacts: list[Contact]) -> None:
    """As if the engine had seen them so; after all have been read, for reading groups anew."""
    with transaction():
        for contact in contacts:
            unplace(contact.id, AT)
            db.session.flush()
            place(contact.id, problem, score=0.8, reason={"why": "engine"}, at=AT)


def ids(problem: Problem) -> list[int]:
    db.session.expire_all()
    return sorted(contact.id for contact in db.session.scalars(problem.contacts()))


def kinds(problem: Problem) -> list[str]:
    return [event.kind for event in db.session.scalars(Event.of_problem(problem.id))]


# --- cases ----------------------------------------------------------------------------------


def test_a_contact_is_a_case_of_one_problem_at_a_time(problem, cases):
    other = a_problem("letter")
    with transaction():
        place(cases[0].id, other, score=0.9, reason={"why": "engine"}, at=LATER)
    assert ids(problem) == [cases[1].id]
    assert ids(other) == [cases[0].id]


def test_that_it_was_a_case_before_is_remembered(problem, cases):
    with transaction():
        place(cases[0].id, a_problem("letter"), score=0.9, reason={"why": "engine"}, at=LATER)
    history = select(Occurrence).where(
        Occurrence.contact_id == cases[0].id, Occurrence.problem_id == problem.id
    )
    before = db.session.scalar(history)
    assert before is not None and before.until == LATER


def test_placing_again_where_it_is_changes_nothing(problem, cases):
    standing = Occurrence.of_contact(cases[0].id)
    with transaction():
        place(cases[0].id, problem, score=0.1, reason={"why": "engine"}, at=LATER)
    assert Occurrence.of_contact(cases[0].id) is standing
    assert standing is not None and standing.score == 0.8


def test_what_the_engine_placed_the_engine_may_take_away(problem, cases):
    with transaction():
        unplace(cases[0].id, LATER)
    assert ids(problem) == [cases[1].id]


def test_a_persons_join_wins_over_the_engine_for_good(problem, cases, koen):
    other = a_problem("letter")
    with transaction():
        join([cases[0]], other, by=koen, at=LATER)
    with transaction():
        place(cases[0].id, problem, score=1.0, reason={"why": "engine"}, at=LATER)
        unplace(cases[0].id, LATER)
    assert ids(other) == [cases[0].id]
    assert [(one.kind, one.problem_id) for one in Constraint.in_force()] == [
        ("apart", problem.id),
        ("together", other.id),
    ]


def test_what_a_person_took_out_stays_out(problem, cases, koen):
    with transaction():
        take_out([cases[0]], problem, by=koen, at=LATER)
    assert ids(problem) == [cases[1].id]
    assert [(one.kind, one.contact_id) for one in Constraint.in_force()] == [("apart", cases[0].id)]
    assert kinds(problem)[-1] == "problem.contact_removed"


def test_the_latest_word_of_people_wins(problem, cases, koen):
    with transaction():
        take_out([cases[0]], problem, by=koen, at=LATER)
        db.session.flush()
        join([cases[0]], problem, by=koen, at=LATER)
    assert ids(problem) == [contact.id for contact in cases]
    assert [one.kind for one in Constraint.in_force()] == ["together"]


def test_of_two_that_are_the_same_every_case_moves(problem, cases, koen):
    other = a_problem("letter")
    with transaction():
        same(problem, other, by=koen, at=LATER)
    assert ids(other) == [contact.id for contact in cases]
    assert ids(problem) == []
    assert problem.merged_into_id == other.id
    assert (kinds(problem)[-1], kinds(other)[-1]) == ("problem.merged", "problem.absorbed")
    assert problem not in db.session.scalars(Problem.alive()).all()


def test_a_profile_counts_contacts_and_clients(problem, contacts, house):
    again = house.write(amelie, "Le formulaire ne s'ouvre toujours pas.", at=LATER)
    make_cases(problem, [*contacts, again])
    profile = profile_of(problem)
    assert (profile.contacts, profile.clients) == (3, 2)
    assert profile.channels == {"email": 2, "phone": 1}
    assert profile.languages == {"fr": 2, "nl": 1}


def test_what_is_about_health_is_counted_and_never_quoted(problem, cases, koen):
    with transaction():
        cases[0].topic_id = "incapacity"
    assert profile_of(problem).hidden == 1
    assert db.session.scalars(problem.quotable()).all() == [cases[1]]
    assert [case.contact for case in db.session.scalars(cases_of(problem, CaseFilter()))] == [
        cases[1]
    ]
    quotes = quotable_on([problem.id], *calendar.bounds(DAY))
    assert quotes == {problem.id: [cases[1]]}


def test_what_continues_a_matter_of_health_is_never_quoted_either(problem, cases):
    ticket = Ticket.named(cases[0].ticket_id)
    assert ticket is not None
    with transaction():
        ticket.topic_id, cases[0].topic_id = "incapacity", "bridging_right"
    assert profile_of(problem).hidden == 1
    assert [case.contact for case in db.session.scalars(cases_of(problem, CaseFilter()))] == [
        cases[1]
    ]
    assert quotable_on([problem.id], *calendar.bounds(DAY)) == {problem.id: [cases[1]]}


def test_the_problem_of_a_ticket(problem, cases):
    tickets = [Ticket.named(contact.ticket_id) for contact in cases]
    found = Occurrence.problems_of([ticket.id for ticket in tickets if ticket])
    assert set(found.values()) == {problem}


# --- decided --------------------------------------------------------------------------------


def test_watching_needs_nobody(problem, koen):
    with transaction():
        problem.decide(ProblemState.WATCHING, by=koen)
    assert problem.state == ProblemState.WATCHING
    assert kinds(problem) == ["problem.decided"]


def test_acting_needs_an_owner_and_a_date(problem, koen):
    with pytest.raises(ValueError, match="owner and a due date"), transaction():
        problem.decide(ProblemState.ACTING, by=koen, owner=koen)
    assert problem.state == ProblemState.NEW
    with transaction():
        problem.decide(ProblemState.ACTING, by=koen, owner=koen, due_on=DAY)
    assert (problem.owner_id, problem.due_on) == (koen.id, DAY)


def test_a_name_is_given_per_language_and_can_be_taken_away(problem, koen):
    with transaction():
        problem.rename("  The form does not open ", "en", by=koen)
    assert problem.titles == {"en": "The form does not open"}
    with transaction():
        problem.rename(" ", "en", by=koen)
    assert problem.titles == {}


@pytest.mark.parametrize("what", ["nothing", "decided", "named", "taught"])
def test_what_people_have_touched_is_known(problem, contacts, koen, what):
    with transaction():
        if what == "decided":
            problem.decide(ProblemState.WATCHING, by=koen)
        if what == "named":
            problem.rename("The form", "en", by=koen)
        if what == "taught":
            join([contacts[0]], problem, by=koen, at=AT)
    assert problem.touched == (what != "nothing")


# --- the day --------------------------------------------------------------------------------


def day_of(problem: Problem, day: date = DAY, **values: object) -> None:
    figures = {
        "contacts": 3,
        "clients": 3,
        "expected": 1.0,
        "low": 0.0,
        "high": 2.0,
        "trend": Trend.RISING.value,
        "score": 1.0,
    }
    with transaction():
        ProblemDay.write(problem.id, day, **(figures | values))


def board() -> list[int]:
    db.session.expire_all()
    return [card.problem_id for card in db.session.scalars(ProblemDay.board(DAY))]


def test_the_board_shows_the_most_pressing_first(problem):
    other = a_problem("letter")
    day_of(problem, score=1.0)
    day_of(other, score=2.0)
    assert board() == [other.id, problem.id]
    assert ProblemDay.pressing(DAY) == 2


def test_a_day_is_written_anew_not_twice(problem):
    day_of(problem, clients=3)
    day_of(problem, clients=5)
    card = ProblemDay.on(problem.id, DAY)
    assert card is not None and card.clients == 5
    assert board() == [problem.id]


def test_what_is_no_problem_is_not_on_the_board(problem, koen):
    day_of(problem)
    with transaction():
        problem.decide(ProblemState.NOT_A_PROBLEM, by=koen)
    assert board() == []


def test_what_was_merged_away_is_not_on_the_board(problem, koen):
    other = a_problem("letter")
    day_of(problem)
    with transaction():
        same(problem, other, by=koen, at=AT)
    assert board() == []


def test_what_has_no_case_any_more_is_cleared_from_its_day(problem):
    day_of(problem)
    with transaction():
        ProblemDay.clear(DAY, keep=[])
    assert board() == []


def test_the_history_of_problems_by_day(problem):
    day_of(problem, clients=3)
    day_of(problem, DAY - timedelta(days=3), clients=1)
    assert ProblemDay.history([problem.id], DAY - timedelta(days=7), DAY) == {
        problem.id: {DAY - timedelta(days=3): 1, DAY: 3}
    }
    assert ProblemDay.days() == [DAY, DAY - timedelta(days=3)]


def test_the_day_counts_each_client_once(problem, contacts, house):
    more = [
        house.write(frieda, "Das Formular öffnet nicht.", at=AT),
        house.write(emily, "The form does not open.", at=AT + timedelta(days=1)),
        house.write(frieda, "Es öffnet immer noch nicht.", at=LATER),
    ]
    make_cases(problem, contacts + more)
    start, end = calendar.bounds(DAY)
    of_day, lately = counts_until(end, start, AT)
    (seen,) = of_day.values()
    assert lately[problem.id] == seen
    assert (seen.problem_id, seen.contacts, seen.clients) == (problem.id, 4, 3)
    assert seen.languages == {"de": 2, "fr": 1, "nl": 1}
    assert seen.channels == {"email": 3, "phone": 1}


def test_a_person_whose_program_wants_no_automatic_answer_is_grouped_like_others(house):
    polite = house.write(
        amelie, "Je n'ai rien reçu.", at=AT, headers={"X-Auto-Response-Suppress": "All"}
    )
    machine = house.write(
        joris, "Ik ben afwezig.", at=AT, headers={"Auto-Submitted": "auto-replied"}
    )
    waiting = db.session.scalars(to_be_grouped(DAY, timedelta(days=1))).all()
    assert polite in waiting
    assert machine not in waiting
