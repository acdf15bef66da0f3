"""What people have joined, split and undone stays so through three nights of the real grouping."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from models import calendar
from models.base import db, transaction
from models.contact import Contact
from models.problem import Occurrence, Problem
from models.taught import Taught
from models.teaching import join, same, split
from tests.people import House, Person
from triage.screening import consolidating, grouping

MONDAY = date(2026, 5, 4)
NIGHTS = (date(2026, 5, 5), date(2026, 5, 6), date(2026, 5, 7))
MORNING = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)
UNPAID = (
    "Je n'ai toujours pas reçu le paiement du droit passerelle pour le mois d'avril.",
    "Le paiement du droit passerelle d'avril n'est toujours pas arrivé sur mon compte.",
    "Toujours aucun paiement du droit passerelle pour avril sur mon compte.",
    "Le droit passerelle d'avril ne m'a toujours pas été payé.",
    "Quand vais-je recevoir le paiement du droit passerelle d'avril ? Toujours rien reçu.",
    "Le paiement du droit passerelle pour avril n'est pas encore reçu.",
)
REFUSED = (
    "Le formulaire en ligne refuse mon numéro d'entreprise, il affiche une erreur.",
    "Le formulaire web affiche une erreur : numéro d'entreprise refusé.",
    "Impossible d'envoyer le formulaire en ligne, mon numéro d'entreprise est refusé.",
    "Le formulaire en ligne n'accepte pas mon numéro d'entreprise, message d'erreur.",
)
AFTERWARDS = (
    "Le paiement du droit passerelle d'avril n'est toujours pas sur mon compte.",
    "Le formulaire en ligne refuse encore mon numéro d'entreprise, erreur.",
)


@pytest.fixture
def write(house: House) -> Callable[..., Contact]:
    """Each text by a client of its own."""
    count = iter(range(1, 100))

    def written(text: str, at: datetime) -> Contact:
        number = next(count)
        who = Person(f"Client {number}", f"c{number}@bakery.example", f"+3247511{number:04}", "fr")
        return house.fill_form(who, text, at=at + timedelta(minutes=number))

    return written


@pytest.fixture
def unpaid(write: Callable[..., Contact]) -> list[Contact]:
    return [write(text, MORNING) for text in UNPAID]


@pytest.fixture
def refused(write: Callable[..., Contact]) -> list[Contact]:
    return [write(text, MORNING) for text in REFUSED]


@pytest.fixture
def found(unpaid: list[Contact], refused: list[Contact]) -> tuple[Problem, Problem]:
    """The two problems that the engine sees on Monday evening: payments, and the form."""
    consolidate(MONDAY)
    return problem_of(unpaid[0]), problem_of(refused[0])


def consolidate(day: date) -> None:
    with transaction():
        grouping.regroup(day, calendar.bounds(day)[1] - timedelta(seconds=1))
        consolidating.consolidate(calendar.bounds(day)[1] + timedelta(hours=3))


def nights(write: Callable[..., Contact]) -> list[Contact]:
    """Three days of the same complaints, each consolidated in its night, and its morning again."""
    newcomers = []
    for night in NIGHTS:
        start = calendar.start_of(night) + timedelta(hours=9)
        newcomers += [write(text, start) for text in AFTERWARDS]
        consolidate(night)
        consolidate(night)
    return newcomers


def problem_of(contact: Contact) -> Problem:
    db.session.expire_all()
    case = Occurrence.of_contact(contact.id)
    assert case is not None, contact.new_text
    return case.problem


def cases(problem: Problem) -> set[int]:
    db.session.expire_all()
    return {contact.id for contact in db.session.scalars(problem.contacts())}


def ids(contacts: list[Contact]) -> set[int]:
    return {contact.id for contact in contacts}


def test_the_engine_sees_two_problems(
    found: tuple[Problem, Problem], unpaid: list[Contact], refused: list[Contact]
) -> None:
    payments, form = found
    assert payments is not form
    assert len(cases(payments) & ids(unpaid)) >= 4 and len(cases(form) & ids(refused)) >= 3


def test_what_a_person_has_joined_stays_joined(
    found: tuple[Problem, Problem], write: Callable[..., Contact], house: House
) -> None:
    payments, form = found
    stray = write("Et pour moi, comment cela se passe-t-il ?", MORNING)
    with transaction():
        join([stray], form, by=house.koen, at=MORNING + timedelta(hours=9))
    nights(write)
    assert problem_of(stray) is form


def test_what_a_person_has_split_stays_split_and_goes_on_by_itself(
    found: tuple[Problem, Problem],
    refused: list[Contact],
    write: Callable[..., Contact],
    house: House,
) -> None:
    """Payments and form were one card for a while; a person parted them."""
    payments, form = found
    with transaction():
        same(form, payments, by=house.koen, at=MORNING + timedelta(hours=8))
    with transaction():
        act = split(refused, payments, by=house.koen, at=MORNING + timedelta(hours=9))
    assert act is not None and act.other is not None
    nights(write)
    assert ids(refused) <= cases(act.other)
    assert not ids(refused) & cases(payments)
    assert (act.other.thing, act.other.symptom) == (form.thing, form.symptom)


def test_a_problem_that_people_made_attracts_what_is_like_it(
    found: tuple[Problem, Problem],
    unpaid: list[Contact],
    write: Callable[..., Contact],
    house: House,
) -> None:
    payments, form = found
    with transaction():
        act = split(unpaid, payments, by=house.koen, at=MORNING + timedelta(hours=9))
    assert act is not None and act.other is not None
    with transaction():  # what they were split from was a mistake and draws nothing any more
        payments.centre = payments.centre_before = None
    newcomers = nights(write)
    drawn = [one for one in newcomers if one.new_text == AFTERWARDS[0]]
    assert all(problem_of(one) is act.other for one in drawn)


def test_what_was_undone_stays_undone(
    found: tuple[Problem, Problem],
    unpaid: list[Contact],
    refused: list[Contact],
    write: Callable[..., Contact],
    house: House,
) -> None:
    payments, form = found
    before = cases(payments), cases(form)
    stray = write("Et pour moi, comment cela se passe-t-il ?", MORNING)
    at = MORNING + timedelta(hours=9)
    with transaction():
        acts: list[Taught | None] = [join([stray], form, by=house.koen, at=at)]
        acts.append(split(unpaid[:2], payments, by=house.koen, at=at))
        acts.append(same(form, payments, by=house.koen, at=at))
    for act in reversed(acts):
        assert act is not None
        with transaction():
            act.undo(by=house.koen, at=at + timedelta(hours=1))
    nights(write)
    assert before[0] <= cases(payments) and before[1] <= cases(form)
    assert stray.id not in cases(form)
    assert form.merged_into_id is None


def test_a_card_keeps_its_number_through_the_nights(
    found: tuple[Problem, Problem], write: Callable[..., Contact], house: House
) -> None:
    payments, form = found
    newcomers = nights(write)
    alive = set(db.session.scalars(select(Problem.id).where(Problem.merged_into_id.is_(None))))
    assert {payments.id, form.id} <= alive
    kept = [problem_of(one) for one in newcomers if Occurrence.of_contact(one.id)]
    assert kept and {one.id for one in kept} <= {payments.id, form.id}
