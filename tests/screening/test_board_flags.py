"""What agents say keeps happening: raised in one line, answered by those who lead."""

import pytest

from models.base import db, now, transaction
from models.flag import Flag
from models.problem import Occurrence, Problem
from models.taught import Taught
from models.teaching import begin
from models.ticket import Ticket
from models.user import User
from tests.people import Browser, House, amelie, joris


@pytest.fixture
def ticket(house: House) -> Ticket:
    return house.ticket(house.write(amelie, "Le formulaire refuse mon numéro d'entreprise."))


@pytest.fixture
def flag(ticket: Ticket, nadia: User) -> Flag:
    with transaction():
        return Flag.raise_on(ticket, "form refuses numbers with 1", by=nadia, at=now())


def open_lines(user: User) -> list[str]:
    return [flag.line for flag in db.session.scalars(Flag.open_for(user))]


def test_a_line_is_typed_once_and_may_be_said_better(
    client: Browser, ticket: Ticket, nadia: User, koen: User
) -> None:
    client.sign_in(nadia)
    address = f"/desk/tickets/{ticket.number}/flag"
    client.post(address, data={"on": "1", "line": "The form refuses numbers"})
    client.post(address, data={"on": "1", "line": "The form refuses numbers that begin with 1"})
    assert open_lines(koen) == ["The form refuses numbers that begin with 1"]
    assert ticket.flagged
    client.post(address, data={"on": "0"})
    assert open_lines(koen) == []
    assert not ticket.flagged


def test_a_national_number_in_the_line_is_masked(
    client: Browser, ticket: Ticket, nadia: User, koen: User
) -> None:
    client.sign_in(nadia)
    client.post(
        f"/desk/tickets/{ticket.number}/flag", data={"on": "1", "line": "85.07.30-033.28 again"}
    )
    assert "85.07.30" not in open_lines(koen)[0]


def test_a_flag_begins_a_problem_that_is_undone_by_one_key(
    client: Browser, ticket: Ticket, flag: Flag, koen: User
) -> None:
    client.sign_in(koen)
    answer = client.post(f"/screening/flags/{flag.id}/problem")
    assert answer.status_code == 302
    problem = db.session.scalars(db.select(Problem)).one()
    assert problem.titles == {flag.by.language: "form refuses numbers with 1"}
    assert [case.contact.ticket_id for case in db.session.scalars(problem.occurrences())] == [
        ticket.id
    ]
    assert flag.problem_id == problem.id
    assert open_lines(koen) == []
    taught = db.session.scalars(db.select(Taught)).one()
    client.post(f"/screening/problems/{problem.number}/taught/{taught.id}/withdrawal")
    assert db.session.scalars(problem.occurrences()).all() == []
    db.session.refresh(flag)
    assert open_lines(koen) == ["form refuses numbers with 1"]


def test_a_flag_is_answered_once(client: Browser, flag: Flag, koen: User) -> None:
    client.sign_in(koen)
    client.post(f"/screening/flags/{flag.id}/problem")
    assert client.post(f"/screening/flags/{flag.id}/problem").status_code == 409
    assert len(db.session.scalars(db.select(Problem)).all()) == 1


def test_who_takes_a_flag_away_leaves_the_others_word(
    ticket: Ticket, flag: Flag, nadia: User, koen: User
) -> None:
    with transaction():
        Flag.raise_on(ticket, "also in Dutch", by=koen, at=now())
        Flag.take_down(ticket, by=nadia, at=now())
    assert open_lines(koen) == ["also in Dutch"]
    assert ticket.flagged
    with transaction():
        Flag.take_down(ticket, by=koen, at=now())
    assert not ticket.flagged


def test_a_flag_joins_a_problem_that_stands(
    client: Browser, house: House, flag: Flag, koen: User
) -> None:
    other = house.write(joris, "Het formulier weigert mijn nummer.")
    with transaction():
        problem = begin([other], "Formulier", "nl", by=koen, at=now()).problem
    client.sign_in(koen)
    assert "form refuses numbers with 1" in client.get(f"/screening/flags/{flag.id}/case").text
    client.post(f"/screening/flags/{flag.id}/case", data={"other": str(problem.number)})
    contact = flag.contacts()[0]
    standing = Occurrence.of_contact(contact.id)
    assert standing is not None
    assert standing.problem_id == problem.id
    assert flag.answered_at is not None


def test_a_flag_is_heard_and_the_slip_is_undone(client: Browser, flag: Flag, koen: User) -> None:
    client.sign_in(koen)
    assert "form refuses numbers with 1" in client.get("/screening/").text
    heard = client.post(f"/screening/flags/{flag.id}/answer", headers={"HX-Request": "true"})
    assert "Heard." in heard.text
    assert open_lines(koen) == []
    client.post(f"/screening/flags/{flag.id}/answer/withdrawal")
    assert open_lines(koen) == ["form refuses numbers with 1"]


def test_an_agent_raises_and_does_not_answer(client: Browser, flag: Flag, nadia: User) -> None:
    client.sign_in(nadia)
    assert "New problem" not in client.get("/screening/").text
    for deed in ("problem", "case", "answer", "answer/withdrawal"):
        assert client.post(f"/screening/flags/{flag.id}/{deed}").status_code == 403


def test_nobody_hears_of_flags_on_tickets_that_he_may_not_see(
    client: Browser, ticket: Ticket, flag: Flag, nadia: User, stranger: User
) -> None:
    with transaction():
        ticket.team_id, ticket.needs_choice = nadia.team_ids[0], False
    assert open_lines(stranger) == []
