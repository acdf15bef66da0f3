"""Answers to everybody affected: who gets one, who does not and why, and how it is taken back."""

import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from models.affected import Affected, LeftOut, affected
from models.base import db, now, transaction
from models.calendar import business_day
from models.client import Client, ClientAddress
from models.contact import Contact
from models.event import Event
from models.intake import Adapter, Channel, Intake, State
from models.placing import place
from models.prepared import PreparedAnswer, Readiness, ReplyToAll
from models.prepared_seen import listed_of, tally_of
from models.problem import Occurrence, Problem
from models.ticket import Disposition, Ticket
from models.topic import Topic
from models.user import User
from tests.people import Browser, House, Person, amelie, frieda, joris

TEXTS = {"fr": "Payé vendredi, {name}.", "nl": "Vrijdag betaald, {name}."}


def problem_of(*contacts: Contact) -> Problem:
    """A problem with these contacts as its cases."""
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
        for contact in contacts:
            put(contact, made)
    return made


def put(contact: Contact, problem: Problem) -> None:
    standing = Occurrence.of_contact(contact.id)
    if standing is not None:
        standing.until = now()
        db.session.flush()
    place(contact.id, problem, score=0.8, reason={"why": "engine"}, at=now())


def says(house: House, who: Person, text: str = "Rien reçu pour mai.") -> Contact:
    contact = house.write(who, text, f"Paiement {who.name}")
    with transaction():
        contact.topic_id, contact.language = "bridging_right", who.language
        ticket = house.ticket(contact)
        ticket.topic_id, ticket.language = "bridging_right", who.language
    return contact


def named(ticket: Affected, text: str) -> str | None:
    return text.replace("{name}", ticket.name) if ticket.name else None


def prepare(problem: Problem, by: User, texts: dict[str, str] = TEXTS) -> ReplyToAll:
    with transaction():
        return ReplyToAll.prepare(problem, texts, affected(problem, "fr"), named, by=by, at=now())


def answer_for(reply: ReplyToAll, ticket: Ticket) -> PreparedAnswer:
    mine = select(PreparedAnswer).where(
        PreparedAnswer.reply_id == reply.id, PreparedAnswer.ticket_id == ticket.id
    )
    return db.session.scalars(mine).one()


def why(problem: Problem, ticket: Ticket) -> LeftOut | None:
    return next(one.why for one in affected(problem, "fr") if one.ticket_id == ticket.id)


# --- who gets one ---------------------------------------------------------------------------


def test_each_open_ticket_gets_its_answer_in_its_language(house: House, koen: User) -> None:
    french, dutch = says(house, amelie), says(house, joris)
    problem = problem_of(french, dutch)
    reply = prepare(problem, koen)
    assert answer_for(reply, house.ticket(french)).text == f"Payé vendredi, {amelie.name}."
    assert answer_for(reply, house.ticket(dutch)).text == f"Vrijdag betaald, {joris.name}."
    assert tally_of(reply).ready == {"fr": 1, "nl": 1}
    events = [event.kind for event in db.session.scalars(Event.of_problem(problem.id))]
    assert events == ["problem.reply_prepared"]


def test_a_closed_ticket_is_left_out(house: House, koen: User) -> None:
    contact = says(house, amelie)
    problem, ticket = problem_of(contact), house.ticket(contact)
    with transaction():
        ticket.close(Disposition.ANSWERED, by=koen, at=now())
    assert why(problem, ticket) == LeftOut.CLOSED


def test_who_has_no_address_that_works_is_left_out(house: House, nadia: User) -> None:
    by_phone, bounced = house.call(amelie, "Rien reçu", by=nadia), says(house, joris)
    problem = problem_of(by_phone, bounced)
    with transaction():
        client = house.ticket(bounced).client
        assert client is not None
        client.cannot_be_reached_at(joris.email, now())
    assert why(problem, house.ticket(by_phone)) == LeftOut.NO_ADDRESS
    assert why(problem, house.ticket(bounced)) == LeftOut.NO_ADDRESS
    client.addresses[0].undeliverable_at = now() - timedelta(days=61)
    db.session.flush()
    assert why(problem, house.ticket(bounced)) is None


def test_health_and_privacy_are_left_out_and_not_listed(house: House, koen: User) -> None:
    contact = says(house, amelie)
    problem, ticket = problem_of(contact), house.ticket(contact)
    private = next(topic.id for topic in Topic.everything().values() if topic.restricted)
    with transaction():
        contact.topic_id = private
    assert why(problem, ticket) == LeftOut.PRIVATE
    reply = prepare(problem, koen)
    assert answer_for(reply, ticket).text == ""
    assert listed_of(reply, None, 10, 0) == []
    assert tally_of(reply).left_out == {"private": 1}


def test_who_was_answered_since_the_case_is_left_out(house: House, nadia: User) -> None:
    contact = says(house, amelie)
    problem, ticket = problem_of(contact), house.ticket(contact)
    with transaction():
        contact.said_at = now() - timedelta(hours=1)
    house.answer(ticket)
    assert why(problem, ticket) == LeftOut.ANSWERED
    with transaction():
        contact.said_at = now()
    assert why(problem, ticket) is None


def test_a_ticket_with_a_case_of_another_problem_is_left_out(house: House) -> None:
    first, second = says(house, amelie), says(house, amelie, "Et le formulaire ne marche pas.")
    problem, _other = problem_of(first), problem_of(second)
    assert why(problem, house.ticket(first)) is None
    with transaction():
        second.ticket_id = first.ticket_id
    assert why(problem, house.ticket(first)) == LeftOut.ANOTHER_PROBLEM


def test_a_client_with_two_tickets_gets_one_answer(house: House, nadia: User) -> None:
    older, newer = says(house, amelie), says(house, joris)
    problem = problem_of(older, newer)
    with transaction():
        house.ticket(newer).client_id = house.ticket(older).client_id
    assert why(problem, house.ticket(older)) == LeftOut.SAME_CLIENT
    assert why(problem, house.ticket(newer)) is None


def test_without_a_text_or_a_name_there_is_no_answer(house: House, koen: User) -> None:
    german, nameless = says(house, frieda), says(house, amelie)
    problem = problem_of(german, nameless)
    with transaction():
        client = house.ticket(nameless).client
        assert client is not None
        client.name = ""
    reply = prepare(problem, koen)
    assert answer_for(reply, house.ticket(german)).why == LeftOut.NO_TEXT
    assert answer_for(reply, house.ticket(nameless)).why == LeftOut.NO_NAME
    with pytest.raises(ValueError, match="put back"):
        answer_for(reply, house.ticket(german)).put_back(by=koen, at=now())


# --- by hand --------------------------------------------------------------------------------


def test_single_tickets_are_left_out_and_put_back(house: House, koen: User) -> None:
    contact = says(house, amelie)
    problem, ticket = problem_of(contact), house.ticket(contact)
    answer = answer_for(prepare(problem, koen), ticket)
    with transaction():
        answer.leave_out(by=koen, at=now())
    assert PreparedAnswer.offered_for(ticket) is None
    with transaction():
        answer.put_back(by=koen, at=now())
    assert PreparedAnswer.offered_for(ticket) == answer
    kinds = [event.kind for event in db.session.scalars(Event.of_problem(problem.id))]
    assert kinds[1:] == ["problem.answer_left_out", "problem.answer_put_back"]


def test_preparing_anew_keeps_what_people_said_of_single_tickets(house: House, koen: User) -> None:
    out, answered = says(house, amelie), says(house, joris)
    problem = problem_of(out, answered)
    with transaction():
        answered.said_at = now() - timedelta(hours=1)
    house.answer(house.ticket(answered))
    first = prepare(problem, koen)
    with transaction():
        answer_for(first, house.ticket(out)).leave_out(by=koen, at=now())
        answer_for(first, house.ticket(answered)).put_back(by=koen, at=now())
    second = prepare(problem, koen, {"fr": "Lundi.", "nl": "Maandag."})
    assert first.withdrawn_at is not None
    assert answer_for(second, house.ticket(out)).why == LeftOut.BY_HAND
    again = answer_for(second, house.ticket(answered))
    assert (again.state, again.text) == (Readiness.PREPARED, "Maandag.")


def test_withdrawing_the_whole_takes_every_offer_away_until_it_stands_again(
    house: House, koen: User
) -> None:
    contact = says(house, amelie)
    reply = prepare(problem_of(contact), koen)
    ticket = house.ticket(contact)
    with transaction():
        reply.withdraw(by=koen, at=now())
    assert PreparedAnswer.offered_for(ticket) is None
    with transaction():
        reply.stand_again(by=koen, at=now())
    assert PreparedAnswer.offered_for(ticket) is not None


# --- what becomes of it ---------------------------------------------------------------------


def test_an_answered_or_closed_ticket_is_offered_nothing_more(house: House, koen: User) -> None:
    answered, closed = says(house, amelie), says(house, joris)
    reply = prepare(problem_of(answered, closed), koen)
    with transaction():
        reply.at = now() - timedelta(hours=1)
        house.ticket(closed).close(Disposition.ANSWERED, by=koen, at=now())
    house.answer(house.ticket(answered))
    assert PreparedAnswer.offered_for(house.ticket(answered)) is None
    assert PreparedAnswer.offered_for(house.ticket(closed)) is None
    tally = tally_of(reply)
    assert (tally.ready.total(), tally.settled) == (0, 2)


def test_what_is_no_case_any_more_is_offered_nothing(house: House, koen: User) -> None:
    contact = says(house, amelie)
    problem = problem_of(contact)
    prepare(problem, koen)
    with transaction():
        standing = Occurrence.of_contact(contact.id)
        assert standing is not None
        standing.until = now()
    assert PreparedAnswer.offered_for(house.ticket(contact)) is None


def test_a_problem_found_to_be_another_ones_keeps_its_answers(house: House, koen: User) -> None:
    contact, other = says(house, amelie), says(house, joris)
    problem, target = problem_of(contact), problem_of(other)
    prepare(problem, koen)
    with transaction():
        put(contact, target)
        problem.merged_into_id = target.id
    assert PreparedAnswer.offered_for(house.ticket(contact)) is not None


def test_a_thousand_tickets_are_prepared_in_one_go(house: House, koen: User) -> None:
    problem = many(1_000)
    began = time.monotonic()
    reply = prepare(problem, koen)
    assert time.monotonic() - began < 5
    assert tally_of(reply).ready == {"fr": 500, "nl": 500}


def many(count: int) -> Problem:
    """A problem of so many clients with a ticket each, laid in bulk."""
    problem = problem_of()
    at = now()
    with transaction():
        clients = ids(Client, [{"name": f"Client {n}", "language": None} for n in range(count)])
        db.session.execute(
            insert(ClientAddress),
            [
                {"client_id": one, "address": f"c{one}@example.com", "source": "email"}
                for one in clients
            ],
        )
        intakes = ids(Intake, [intake(n) for n in range(count)])
        tickets = ids(
            Ticket,
            [
                {
                    "client_id": client,
                    "channel": "email",
                    "language": "nl" if place % 2 else "fr",
                    "opened_at": at,
                    "last_contact_at": at,
                }
                for place, client in enumerate(clients)
            ],
        )
        contacts = ids(
            Contact,
            [
                {
                    "intake_id": intakes[n],
                    "channel": "email",
                    "client_id": clients[n],
                    "ticket_id": tickets[n],
                    "said_at": at,
                    "received_at": at,
                }
                for n in range(count)
            ],
        )
        db.session.execute(
            insert(Occurrence),
            [{"problem_id": problem.id, "contact_id": one, "since": at} for one in contacts],
        )
    return problem


def ids(kind: type[Any], rows: list[dict[str, Any]]) -> list[int]:
    made = insert(kind).returning(kind.id, sort_by_parameter_order=True)
    return list(db.session.scalars(made, rows))


def intake(number: int) -> dict[str, Any]:
    return {
        "channel": Channel.EMAIL.value,
        "adapter": Adapter.SMTP.value,
        "state": State.READ.value,
        "sha256": f"{number:064d}",
        "size": 0,
        "received_at": now(),
    }


# --- sent by hand ---------------------------------------------------------------------------


def test_what_an_agent_sends_from_the_reply_box_is_sent(
    client: Browser, house: House, koen: User, nadia: User
) -> None:
    contact = says(house, amelie)
    ticket = house.ticket(contact)
    answer = answer_for(prepare(problem_of(contact), koen), ticket)
    client.sign_in(nadia)
    page = f"/desk/tickets/{ticket.number}/replies"
    client.post(page, data={"text": f"Bonjour.\n{answer.text}", "language": "fr"})
    db.session.expire_all()
    assert (answer.state, answer.message_id is not None) == (Readiness.SENT, True)
    client.post(f"{page}/{answer.message_id}/withdrawal")
    db.session.expire_all()
    assert (answer.state, answer.message_id) == (Readiness.PREPARED, None)


def test_an_answer_in_other_words_is_not_the_prepared_one(
    client: Browser, house: House, koen: User, nadia: User
) -> None:
    contact = says(house, amelie)
    ticket = house.ticket(contact)
    answer = answer_for(prepare(problem_of(contact), koen), ticket)
    client.sign_in(nadia)
    client.post(
        f"/desk/tickets/{ticket.number}/replies", data={"text": "Autre chose.", "language": "fr"}
    )
    db.session.expire_all()
    assert answer.state == Readiness.PREPARED
    assert PreparedAnswer.offered_for(ticket) is None


# --- unsure, complaints ---------------------------------------------------------------------


def test_an_unsure_case_waits_for_a_look_and_is_offered_to_its_agent(
    house: House, koen: User
) -> None:
    contact = says(house, amelie)
    problem = problem_of(contact)
    case = Occurrence.of_contact(contact.id)
    assert case is not None
    with transaction():
        case.score = 0.6
    answer = answer_for(prepare(problem, koen), house.ticket(contact))
    assert (answer.state, answer.why) == (Readiness.LEFT_OUT, LeftOut.UNSURE)
    assert PreparedAnswer.offered_for(house.ticket(contact)) == answer
    with transaction():
        answer.put_back(by=koen, at=now())
    assert answer.state == Readiness.PREPARED


@pytest.mark.parametrize("intent", ["complain", "contest_decision"])
def test_complaints_and_contested_decisions_are_never_answered_with_the_others(
    house: House, koen: User, intent: str
) -> None:
    contact = says(house, amelie)
    problem = problem_of(contact)
    with transaction():
        contact.intent_id = intent
    answer = answer_for(prepare(problem, koen), house.ticket(contact))
    assert answer.why in (LeftOut.COMPLAINT, LeftOut.CONTESTED)
    with pytest.raises(ValueError, match="put back"):
        answer.put_back(by=koen, at=now())


# --- written by hand ------------------------------------------------------------------------


def test_what_was_written_by_hand_is_kept_when_all_is_prepared_anew(
    house: House, koen: User
) -> None:
    contact, german = says(house, amelie), says(house, frieda)
    problem = problem_of(contact, german)
    first = prepare(problem, koen)
    with transaction():
        answer_for(first, house.ticket(contact)).rewrite("Chère Amélie.", by=koen, at=now())
        answer_for(first, house.ticket(german)).rewrite("Freitag.", by=koen, at=now())
    second = prepare(problem, koen)
    for ticket, text in (
        (house.ticket(contact), "Chère Amélie."),
        (house.ticket(german), "Freitag."),
    ):
        kept = answer_for(second, ticket)
        assert (kept.text, kept.state, kept.why, kept.rewritten) == (text, "prepared", "", True)


def test_a_complaint_gets_no_words_by_hand_either(house: House, koen: User) -> None:
    contact = says(house, amelie)
    problem = problem_of(contact)
    with transaction():
        contact.intent_id = "complain"
    answer = answer_for(prepare(problem, koen), house.ticket(contact))
    with pytest.raises(ValueError, match="written"):
        answer.rewrite("Bonjour.", by=koen, at=now())
