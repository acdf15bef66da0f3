"""Who is found for a mailing, and who is left out for which reason."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from models.base import db, now, transaction
from models.client import Client, Level
from models.contact import Contact
from models.mailing import (
    Mailing,
    MailingPurpose,
    MailingRecipient,
    MailingState,
    RecipientState,
    Why,
)
from models.mailing_freezing import freeze
from models.mailing_promising import no_more
from models.measure import Measure
from models.problem import Occurrence, Problem
from models.ticket import Ticket
from tests.people import House, Person, amelie, emily, frieda, joris

WORDS = dict.fromkeys(("fr", "nl", "de", "en"), "{opening} …")


def says(house: House, who: Person, topic: str = "bridging_right") -> Ticket:
    contact = house.write(who, "Rien reçu pour mai.", f"Paiement {who.name}")
    with transaction():
        contact.topic_id, contact.language = topic, who.language
        ticket = house.ticket(contact)
        ticket.topic_id, ticket.language = topic, who.language
    return ticket


def problem_of(*cases: tuple[Ticket, float]) -> Problem:
    with transaction():
        made = Problem(first_seen_at=now(), last_seen_at=now(), founded_on=now().date())
        db.session.add(made)
        db.session.flush()
        for ticket, score in cases:
            contact_id = ticket_contact(ticket)
            standing = Occurrence.of_contact(contact_id)
            if standing is not None:
                standing.until = now()
                db.session.flush()
            db.session.add(
                Occurrence(problem_id=made.id, contact_id=contact_id, score=score, since=now())
            )
    return made


def ticket_contact(ticket: Ticket) -> int:
    return db.session.scalars(select(Contact.id).where(Contact.ticket_id == ticket.id)).one()


def found(house: House, audience: dict[str, Any], **values: Any) -> dict[str, MailingRecipient]:
    """The recipients of a fresh mailing, by name."""
    with transaction():
        mailing = Mailing.draft(
            "June",
            MailingPurpose.SERVICE,
            by=house.ingrid,
            at=now(),
            audience=audience,
            texts=WORDS,
            subjects=WORDS,
            **values,
        )
        freeze(mailing, "fr", now())
    return {one.name: one for one in db.session.scalars(MailingRecipient.of_mailing(mailing.id))}


def reason(one: MailingRecipient) -> str:
    return one.why if one.state == RecipientState.LEFT_OUT else "told"


def test_of_a_problem_only_sure_cases_are_preselected_and_answered_ones_left_out(house):
    tickets = [says(house, who) for who in (amelie, joris, frieda)]
    problem = problem_of((tickets[0], 0.9), (tickets[1], 0.5), (tickets[2], 0.9))
    answer = house.answer(tickets[2])
    with transaction():
        answer.written_at = now()
    told = found(house, {"kind": "problem"}, problem_id=problem.id)
    assert {name: reason(one) for name, one in told.items()} == {
        amelie.name: "told",
        joris.name: Why.UNSURE,
        frieda.name: Why.ANSWERED,
    }
    assert told[amelie.name].language == "fr"
    assert told[amelie.name].address == amelie.email


def test_health_privacy_and_complaints_are_never_told_in_bulk(house):
    tickets = [says(house, who) for who in (amelie, joris, frieda, emily)]
    with transaction():
        tickets[0].health = True
        tickets[1].topic_id = "privacy"
        tickets[2].intent_id = "complain"
        tickets[3].intent_id = "contest_decision"
    told = found(house, {"kind": "filter", "query": {"view": "all"}})
    assert {name: reason(one) for name, one in told.items()} == {
        amelie.name: Why.PRIVATE,
        joris.name: Why.PRIVATE,
        frieda.name: Why.COMPLAINT,
        emily.name: Why.CONTESTED,
    }
    assert all(one.final for one in told.values())


def test_a_measure_is_for_those_whose_matter_it_is_about(house):
    says(house, amelie, "deferral")
    says(house, joris, "exemption")
    with transaction():
        measure = db.session.scalar(select(Measure).where(Measure.topic_id == "deferral"))
        if measure is None:
            measure = Measure(code="deferral-test", topic_id="deferral")
            db.session.add(measure)
            db.session.flush()
    told = found(house, {"kind": "measure"}, measure_id=measure.id)
    assert list(told) == [amelie.name]


def test_two_records_of_one_person_get_one_mail(house):
    first = says(house, amelie)
    second = says(house, Person(amelie.name, "amelie.private@example.com", "", "fr"))
    with transaction():
        absorbed = db.session.get_one(Client, second.client_id)
        absorbed.merged_into_id = first.client_id
    told = found(house, {"kind": "filter", "query": {"view": "all"}})
    assert [one.client_id for one in told.values()] == [first.client_id]


def test_a_dead_address_and_none_are_told_apart(house):
    dead, silent = says(house, amelie), says(house, joris)
    with transaction():
        client = db.session.get_one(Client, dead.client_id)
        client.cannot_be_reached_at(amelie.email, now())
        wordless = db.session.get_one(Client, silent.client_id)
        for address in list(wordless.addresses):
            db.session.delete(address)
    told = found(house, {"kind": "filter", "query": {"view": "all"}})
    assert reason(told[amelie.name]) == Why.UNDELIVERABLE
    assert reason(told[joris.name]) == Why.NO_ADDRESS


def test_who_was_told_of_the_same_problem_lately_is_not_told_again(house):
    ticket = says(house, amelie)
    problem = problem_of((ticket, 0.9))
    before = found(house, {"kind": "problem"}, problem_id=problem.id)[amelie.name]
    with transaction():
        before.state, before.ended_at = RecipientState.SENT.value, now() - timedelta(days=2)
    told = found(house, {"kind": "problem"}, problem_id=problem.id)
    assert reason(told[amelie.name]) == Why.TOLD


def test_of_two_mailings_about_one_problem_the_second_leaves_out_whom_the_first_wrote_to(house):
    problem = problem_of((says(house, amelie), 0.9), (says(house, joris), 0.9))
    first = found(house, {"kind": "problem"}, problem_id=problem.id)
    second = found(house, {"kind": "problem"}, problem_id=problem.id)
    with transaction():
        first[amelie.name].state = RecipientState.PROMISED.value
        second[joris.name].by_hand = first[joris.name].by_hand = True
        first[joris.name].state = RecipientState.PROMISED.value
    mailing = second[amelie.name].mailing
    assert no_more(mailing, list(second.values()), now()) == {
        second[amelie.name].id: Why.OTHER_MAILING
    }


def test_who_was_left_out_by_hand_gets_none_though_an_address_is_found_later(house):
    ticket = says(house, amelie)
    problem = problem_of((ticket, 0.9))
    told = found(house, {"kind": "problem"}, problem_id=problem.id)[amelie.name]
    mailing, client = told.mailing, db.session.get_one(Client, ticket.client_id)
    with transaction():
        told.leave_out(by=house.koen, at=now())
        client.cannot_be_reached_at(amelie.email, now())
    with transaction():
        freeze(mailing, "fr", now())
    assert db.session.scalars(MailingRecipient.of_mailing(mailing.id)).one().why == "undeliverable"
    with transaction():
        client.can_be_reached_at(amelie.email)
    with transaction():
        freeze(mailing, "fr", now())
    assert db.session.scalars(MailingRecipient.of_mailing(mailing.id)).one().why == Why.BY_HAND


def test_an_address_that_is_only_perhaps_a_clients_brings_no_name_with_it(house):
    with transaction():
        client = Client(name="Somebody", language="fr")
        db.session.add(client)
        client.add_address("office@accounts.example", "desk", Level.MAYBE)
        row = {"address": "office@accounts.example", "name": "", "language": "", "fields": {}}
        mailing = Mailing.draft("m", MailingPurpose.SERVICE, by=house.koen, at=now(), texts=WORDS)
        mailing.keep_rows([row], by=house.koen, at=now())
        freeze(mailing, "fr", now())
    one = db.session.scalars(MailingRecipient.of_mailing(mailing.id)).one()
    assert (one.client_id, one.name) == (None, "")


def test_what_a_table_said_is_forgotten_some_time_after_the_end(house):
    fields = {"amount": "12"}
    row = {"address": amelie.email, "name": "", "language": "fr", "fields": fields}
    with transaction():
        mailing = Mailing.draft("m", MailingPurpose.SERVICE, by=house.koen, at=now(), texts=WORDS)
        mailing.keep_rows([row], by=house.koen, at=now())
        freeze(mailing, "fr", now())
        mailing.state, mailing.ended_at = MailingState.DONE.value, now()
    assert Mailing.forget_tables(now()) == 0
    with transaction():
        assert Mailing.forget_tables(now() + timedelta(days=91)) == 1
    db.session.expire_all()
    one = db.session.scalars(MailingRecipient.of_mailing(mailing.id)).one()
    assert (mailing.rows(), one.fields, one.address) == ([], {}, amelie.email)


def test_on_threads_a_closed_ticket_is_left_out(house):
    ticket = says(house, amelie)
    problem = problem_of((ticket, 0.9))
    with transaction():
        ticket.close("answered", by=house.nadia, at=now())
    assert reason(found(house, {"kind": "problem"}, problem_id=problem.id)[amelie.name]) == "told"
    told = found(house, {"kind": "problem"}, problem_id=problem.id, on_threads=True)
    assert reason(told[amelie.name]) == Why.CLOSED
