"""A morning at the screening: a problem of three clients in three languages, on today's board."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from models import calendar
from models.base import db, now, transaction
from models.contact import Contact
from models.placing import place
from models.problem import Occurrence, Problem
from models.problem_day import ProblemDay
from tests.people import House, Person, amelie, frieda, joris


@dataclass
class Morning:
    """The board of today, and what stands on it."""

    house: House
    problem: Problem
    contacts: list[Contact]

    @property
    def day(self) -> date:
        return calendar.business_day(now())

    def yesterday(self) -> date:
        return calendar.working_day_before(self.day)

    def url(self, *parts: object) -> str:
        return "/".join(["/screening/problems", str(self.problem.number), *map(str, parts)])

    def case(self, contact: Contact) -> Occurrence:
        found = Occurrence.of_contact(contact.id)
        assert found is not None
        return found


@pytest.fixture
def found(app: object) -> Callable[..., Problem]:
    """Call it for a problem; with `clients` it also gets its card on the board of `day`."""

    def make(
        thing: str = "payment",
        symptom: str = "not_received",
        clients: int = 0,
        trend: str = "rising",
        day: date | None = None,
        at: datetime | None = None,
    ) -> Problem:
        moment = at or now()
        with transaction():
            problem = Problem(
                thing=thing,
                symptom=symptom,
                topic_id="bridging_right",
                first_seen_at=moment - timedelta(days=3),
                last_seen_at=moment,
                founded_on=calendar.business_day(moment),
            )
            db.session.add(problem)
            db.session.flush()
            if clients:
                ProblemDay.write(
                    problem.id,
                    day or calendar.business_day(moment),
                    contacts=clients,
                    clients=clients,
                    expected=9.0,
                    low=6.0,
                    high=13.0,
                    trend=trend,
                    score=float(clients),
                    languages={"fr": clients},
                    channels={"email": clients},
                )
        return problem

    return make


@pytest.fixture
def says(house: House) -> Callable[..., Contact]:
    """Call it for a contact of a client, as a case of a problem."""

    def say(who: Person, text: str, problem: Problem, topic: str = "bridging_right") -> Contact:
        contact = house.fill_form(who, text)
        with transaction():
            contact.language, contact.topic_id, contact.new_text = who.language, topic, text
            reason = {"why": "engine", "by": "joined", "terms": ["reçu"], "cosine": 0.61}
            place(contact.id, problem, score=0.6, reason=reason, at=now())
            house.ticket(contact).topic_id = topic
        return contact

    return say


@pytest.fixture
def morning(house: House, found: Callable[..., Problem], says: Callable[..., Contact]) -> Morning:
    problem = found(clients=41)
    contacts = [
        says(amelie, "Bonjour,\nToujours rien reçu pour le mois de mai.\nAmélie", problem),
        says(joris, "Nog altijd niets op mijn rekening ontvangen.", problem),
        says(frieda, "Noch immer keine Zahlung für den Mai erhalten.", problem),
    ]
    return Morning(house, problem, contacts)
