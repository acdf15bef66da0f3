"""A ticket that is a case of a known problem: what may be said of it stands by the reply."""

from datetime import timedelta

import pytest

from models import saying
from models.affected import affected
from models.base import db, now, transaction
from models.calendar import business_day
from models.contact import Contact
from models.message import Message
from models.placing import place
from models.prepared import ReplyToAll
from models.problem import Problem
from models.ticket import Ticket
from models.user import User
from tests.people import Browser, House, amelie

FRIDAY = {
    "fr": "Les paiements de mai partent ce vendredi.",
    "nl": "De betalingen van mei vertrekken vrijdag.",
}


@pytest.fixture
def ticket(house: House, nadia: User) -> Ticket:
    """Amélie's question, in Nadia's team."""
    made = house.ticket(house.write(amelie, "Bonjour, toujours rien reçu pour mai.", "Paiement"))
    with transaction():
        made.team_id, made.needs_choice, made.language = nadia.team_ids[0], False, "fr"
    return made


@pytest.fixture
def problem(ticket: Ticket, koen: User) -> Problem:
    """Late payments, of which the ticket is a case; the sentence is a draft."""
    with transaction():
        made = Problem(
            thing="payment",
            symptom="not_received",
            first_seen_at=now(),
            last_seen_at=now(),
            founded_on=business_day(now()),
        )
        db.session.add(made)
        db.session.flush()
        contact = db.session.scalars(Contact.of_ticket(ticket.id)).one()
        place(contact.id, made, score=0.7, reason={"why": "engine"}, at=now())
        saying.write(made, FRIDAY, by=koen, at=now())
    return made


def approve(problem: Problem, by: User) -> None:
    last = saying.last_change(problem)
    assert last is not None
    with transaction():
        saying.approve(problem, in_mail=False, by=by, seen=last.id, at=now())


def page(client: Browser, ticket: Ticket) -> str:
    return client.get(f"/desk/tickets/{ticket.number}").text


def test_the_approved_sentence_goes_into_the_reply_with_one_key(
    client: Browser, nadia: User, koen: User, ticket: Ticket, problem: Problem
) -> None:
    approve(problem, koen)
    client.sign_in(nadia)
    shown = page(client, ticket)
    assert f'data-insert="{FRIDAY["fr"]}" data-into="reply-text" data-key="s"' in shown
    assert f'data-insert="{FRIDAY["nl"]}" data-into="reply-text"' in shown
    assert "Payment · not received" in shown


def test_a_draft_is_not_shown(
    client: Browser, nadia: User, ticket: Ticket, problem: Problem
) -> None:
    client.sign_in(nadia)
    assert FRIDAY["fr"] not in page(client, ticket)


def test_a_changed_text_is_not_shown_until_it_is_approved_anew(
    client: Browser, nadia: User, koen: User, ticket: Ticket, problem: Problem
) -> None:
    approve(problem, koen)
    last = saying.last_change(problem)
    assert last is not None
    with transaction():
        saying.write(problem, {"fr": "Jamais."}, by=koen, seen=last.id, at=now())
    client.sign_in(nadia)
    shown = page(client, ticket)
    assert "Jamais." not in shown
    assert FRIDAY["fr"] not in shown


def test_a_language_without_a_sentence_is_said_and_the_others_are_there(
    client: Browser, nadia: User, koen: User, ticket: Ticket, problem: Problem
) -> None:
    approve(problem, koen)
    with transaction():
        ticket.language = "de"
    client.sign_in(nadia)
    shown = page(client, ticket)
    assert "Not written in this language yet: German" in shown
    assert FRIDAY["fr"] in shown


# --- an answer that was prepared for everybody affected --------------------------------------


def test_the_prepared_answer_is_offered_until_somebody_has_answered(
    client: Browser, house: House, nadia: User, koen: User, ticket: Ticket, problem: Problem
) -> None:
    with transaction():
        ReplyToAll.prepare(
            problem,
            {"fr": "Payé vendredi."},
            affected(problem, "fr"),
            lambda _ticket, text: text,
            by=koen,
            at=now() - timedelta(hours=1),
        )
    approve(problem, koen)
    client.sign_in(nadia)
    shown = page(client, ticket)
    assert "Prepared for all affected" in shown
    assert 'data-insert="Payé vendredi." data-into="reply-text" data-key="s"' in shown
    assert FRIDAY["fr"] not in shown
    house.answer(ticket)
    db.session.expire_all()
    assert "Prepared for all affected" not in page(client, ticket)


def test_an_answer_taken_back_brings_the_offer_back(
    client: Browser, nadia: User, koen: User, ticket: Ticket, problem: Problem
) -> None:
    with transaction():
        ReplyToAll.prepare(
            problem,
            {"fr": "Payé vendredi."},
            affected(problem, "fr"),
            lambda _ticket, text: text,
            by=koen,
            at=now(),
        )
    client.sign_in(nadia)
    form = {"version": ticket.version, "language": "fr", "text": "Payé vendredi."}
    client.post(f"/desk/tickets/{ticket.number}/replies", data=form)
    assert "Prepared for all affected" not in page(client, ticket)
    sent = db.session.scalars(Message.of_ticket(ticket.id)).all()[-1]
    client.post(f"/desk/tickets/{ticket.number}/replies/{sent.id}/withdrawal")
    assert "Prepared for all affected" in page(client, ticket)
