"""What people teach of problems: the later word wins, and each act is undone as a whole."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from models.base import db, transaction
from models.contact import Contact
from models.event import Event
from models.likeness import Likeness
from models.placing import place, unplace
from models.problem import Constraint, Occurrence, Problem, ProblemState
from models.taught import Taught
from models.teaching import different, join, move, same, split, take_out
from models.user import User
from tests.people import House, amelie, emily, frieda, joris

DAY = date(2026, 5, 4)
AT = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
EVENING = AT + timedelta(hours=9)


def a_problem(thing: str, at: datetime = AT) -> Problem:
    with transaction():
        made = Problem(
            thing=thing, symptom="refused", first_seen_at=at, last_seen_at=at, founded_on=DAY
        )
        db.session.add(made)
    return made


@pytest.fixture
def form(house: House) -> Problem:
    return a_problem("web_form")


@pytest.fixture
def letter(house: House) -> Problem:
    return a_problem("letter")


@pytest.fixture
def cases(house: House, form: Problem) -> list[Contact]:
    """Four clients of whom the engine thinks that the form refuses them."""
    contacts = [
        house.fill_form(amelie, "Le formulaire refuse mon numéro.", at=AT),
        house.fill_form(joris, "Het formulier weigert mijn nummer.", at=AT),
        house.fill_form(frieda, "Das Formular lehnt meine Nummer ab.", at=LATER),
        house.fill_form(emily, "The form refuses my number.", at=LATER),
    ]
    with transaction():
        for contact in contacts:
            unplace(contact.id, AT)
            db.session.flush()
            place(contact.id, form, score=0.7, reason={"why": "engine"}, at=AT)
    return contacts


def ids(problem: Problem) -> list[int]:
    db.session.expire_all()
    return sorted(contact.id for contact in db.session.scalars(problem.contacts()))


def numbers(contacts: list[Contact]) -> list[int]:
    return sorted(contact.id for contact in contacts)


def in_force() -> list[tuple[str, int, int | None]]:
    return [(one.kind, one.problem_id, one.contact_id) for one in Constraint.in_force()]


def kinds(problem: Problem) -> list[str]:
    return [event.kind for event in db.session.scalars(Event.of_problem(problem.id))]


def undo(act: Taught | None, by: User) -> None:
    assert act is not None
    with transaction():
        act.undo(by=by, at=EVENING)


# --- moved ----------------------------------------------------------------------------------


def test_moved_cases_are_of_the_other_problem_for_good(
    form: Problem, letter: Problem, cases: list[Contact], koen: User
) -> None:
    with transaction():
        act = move(cases[:2], form, letter, by=koen, at=LATER)
    assert ids(letter) == numbers(cases[:2]) and ids(form) == numbers(cases[2:])
    assert {kind for kind, _, _ in in_force()} == {"apart", "together"}
    assert act is not None and act.contacts == 2
    assert (kinds(form)[-1], kinds(letter)[-1]) == (
        "problem.contacts_left",
        "problem.contacts_came",
    )


def test_moving_back_by_undo_leaves_no_constraint_and_the_engines_own_reason(
    form: Problem, letter: Problem, cases: list[Contact], koen: User
) -> None:
    with transaction():
        act = move(cases[:2], form, letter, by=koen, at=LATER)
    undo(act, koen)
    assert ids(form) == numbers(cases) and ids(letter) == []
    assert in_force() == []
    back = Occurrence.of_contact(cases[0].id)
    assert back is not None and back.by_id is None and back.reason == {"why": "engine"}
    assert kinds(letter)[-1] == "problem.taught_undone"


def test_what_somebody_has_moved_since_stays_where_he_put_it(
    form: Problem, letter: Problem, cases: list[Contact], koen: User
) -> None:
    third = a_problem("payment")
    with transaction():
        first = move(cases[:2], form, letter, by=koen, at=LATER)
        move(cases[:1], letter, third, by=koen, at=LATER + timedelta(minutes=5))
    undo(first, koen)
    assert ids(third) == numbers(cases[:1])
    assert ids(form) == numbers(cases[1:])


def test_only_what_is_a_case_can_be_moved(
    form: Problem, letter: Problem, cases: list[Contact], koen: User
) -> None:
    with transaction():
        assert move(cases, letter, a_problem("payment"), by=koen, at=LATER) is None
    assert ids(form) == numbers(cases)


def test_an_act_is_undone_once(
    form: Problem, letter: Problem, cases: list[Contact], koen: User
) -> None:
    with transaction():
        act = move(cases, form, letter, by=koen, at=LATER)
    undo(act, koen)
    with pytest.raises(ValueError, match="later word"):
        undo(act, koen)


# --- joined and taken out -------------------------------------------------------------------


def test_a_join_undone_leaves_the_contact_where_the_engine_had_it(
    form: Problem, letter: Problem, cases: list[Contact], koen: User
) -> None:
    with transaction():
        act = join(cases[:1], letter, by=koen, at=LATER)
    assert ids(letter) == [cases[0].id]
    undo(act, koen)
    assert ids(form) == numbers(cases) and in_force() == []


def test_joining_what_is_a_case_already_teaches_nothing(
    form: Problem, cases: list[Contact], koen: User
) -> None:
    with transaction():
        assert join(cases, form, by=koen, at=LATER) is None
    assert in_force() == []


def test_taking_out_can_be_undone(form: Problem, cases: list[Contact], koen: User) -> None:
    with transaction():
        act = take_out(cases[:1], form, by=koen, at=LATER)
    assert ids(form) == numbers(cases[1:])
    undo(act, koen)
    assert ids(form) == numbers(cases) and in_force() == []


def test_undoing_a_later_word_brings_the_earlier_one_back(
    form: Problem, letter: Problem, cases: list[Contact], koen: User
) -> None:
    with transaction():
        join(cases[:1], letter, by=koen, at=LATER)
        back = join(cases[:1], form, by=koen, at=LATER + timedelta(minutes=5))
    assert ids(form) == numbers(cases)
    undo(back, koen)
    assert ids(letter) == [cases[0].id]
    assert in_force() == [("apart", form.id, cases[0].id), ("together", letter.id, cases[0].id)]


# --- split ----------------------------------------------------------------------------------


def test_a_split_makes_a_problem_of_its_own(
    form: Problem, cases: list[Contact], koen: User
) -> None:
    with transaction():
        act = split(cases[2:], form, by=koen, at=EVENING)
    assert act is not None and act.other is not None
    part = act.other
    assert ids(part) == numbers(cases[2:]) and ids(form) == numbers(cases[:2])
    assert (part.thing, part.symptom, part.first_seen_at) == ("web_form", "refused", LATER)
    assert part.number != form.number and part.touched
    assert sorted(kind for kind, _, _ in in_force()) == ["apart", "apart", "together", "together"]


def test_a_split_undone_takes_back_what_the_new_problem_drew_meanwhile(
    form: Problem, cases: list[Contact], house: House, koen: User
) -> None:
    with transaction():
        act = split(cases[2:], form, by=koen, at=LATER)
    assert act is not None and act.other is not None
    newcomer = house.fill_form(emily, "Still refused!", at=EVENING)
    with transaction():
        unplace(newcomer.id, EVENING)
        db.session.flush()
        place(newcomer.id, act.other, score=0.6, reason={"why": "engine"}, at=EVENING)
    undo(act, koen)
    assert ids(form) == numbers([*cases, newcomer]) and ids(act.other) == []
    assert act.other.state == ProblemState.NOT_A_PROBLEM and in_force() == []


def test_a_problem_of_no_case_is_not_split_off(
    form: Problem, letter: Problem, cases: list[Contact], koen: User
) -> None:
    with transaction():
        assert split(cases, letter, by=koen, at=LATER) is None
        assert split([], form, by=koen, at=LATER) is None
    assert in_force() == []


# --- same and different ---------------------------------------------------------------------


@pytest.fixture
def told(form: Problem, letter: Problem, cases: list[Contact], koen: User) -> Taught:
    with transaction():
        return same(form, letter, by=koen, at=LATER)


def test_of_two_that_are_the_same_every_case_moves(
    form: Problem, letter: Problem, cases: list[Contact], told: Taught
) -> None:
    assert ids(letter) == numbers(cases) and form.merged_into_id == letter.id
    assert [(one.kind, one.problem_id, one.other_problem_id) for one in Constraint.in_force()] == [
        ("same", letter.id, form.id)
    ]
    assert list(db.session.scalars(Taught.absorbed_by(letter.id))) == [told]


def test_two_that_were_one_are_two_again(
    form: Problem, letter: Problem, cases: list[Contact], told: Taught, koen: User
) -> None:
    undo(told, koen)
    assert ids(form) == numbers(cases) and ids(letter) == []
    assert form.merged_into_id is None and in_force() == []
    assert form in db.session.scalars(Problem.alive()).all()


def test_the_later_of_two_mergers_is_undone_first(
    form: Problem, letter: Problem, cases: list[Contact], told: Taught, koen: User
) -> None:
    payment = a_problem("payment")
    with transaction():
        later = same(letter, payment, by=koen, at=LATER + timedelta(minutes=5))
    assert not told.undoable
    undo(later, koen)
    undo(told, koen)
    assert ids(form) == numbers(cases)


def test_a_problem_is_not_the_same_as_itself_nor_as_what_is_gone(
    form: Problem, letter: Problem, told: Taught, koen: User
) -> None:
    for lost, kept in ((letter, letter), (form, letter), (letter, form)):
        with pytest.raises(ValueError, match="stand by themselves"):
            same(lost, kept, by=koen, at=LATER)


def test_a_problems_past_is_told_anew_once_people_have_reshaped_it(
    form: Problem, letter: Problem, told: Taught
) -> None:
    other = a_problem("payment")
    assert Taught.reshaped([form.id, letter.id, other.id]) == {form.id, letter.id}


# --- proposed -------------------------------------------------------------------------------


@pytest.fixture
def propose(form: Problem, letter: Problem) -> Callable[..., Likeness]:
    def made(score: float = 0.6) -> Likeness:
        with transaction():
            Likeness.propose(letter, form, score, {"terms": ["numéro"]}, LATER)
        found = Likeness.of_pair(form, letter)
        assert found is not None
        db.session.refresh(found)
        return found

    return made


def standing() -> list[Likeness]:
    db.session.expire_all()
    return list(db.session.scalars(Likeness.standing()))


def test_a_pair_is_proposed_once_the_smaller_number_first(
    form: Problem, letter: Problem, propose: Callable[..., Likeness]
) -> None:
    first = propose()
    assert propose(0.7).id == first.id
    assert standing() == [first] and first.score == 0.7
    assert (first.first_id, first.second_id) == (form.id, letter.id)
    assert first.beside(form) is letter and first.beside(letter) is form


def test_what_is_different_is_never_proposed_again_until_that_is_undone(
    form: Problem, letter: Problem, propose: Callable[..., Likeness], koen: User
) -> None:
    propose()
    with transaction():
        act = different(form, letter, by=koen, at=LATER)
    propose(0.9)
    assert standing() == []
    undo(act, koen)
    assert len(standing()) == 1


def test_a_merger_answers_the_proposal(
    form: Problem, letter: Problem, propose: Callable[..., Likeness], koen: User
) -> None:
    proposed = propose()
    with transaction():
        act = same(letter, form, by=koen, at=LATER)
    assert standing() == [] and proposed.answer == "same"
    undo(act, koen)
    assert standing() == [proposed]


def test_what_is_no_problem_is_not_proposed(
    form: Problem, propose: Callable[..., Likeness]
) -> None:
    propose()
    with transaction():
        form.state = ProblemState.NOT_A_PROBLEM.value
    assert standing() == []
    assert not list(db.session.scalars(Likeness.of_problem(form.id)))
