"""What tells of somebody's health is flagged where it comes in, and by people."""

import pytest

from models import sensitive
from models.base import now, transaction
from tests.people import House, amelie, frieda, joris


def test_a_mail_that_tells_of_an_illness_is_flagged_with_its_ticket(house: House) -> None:
    contact = house.write(amelie, "Je suis hospitalisée depuis lundi, je ne peux pas payer.")
    assert contact.health
    assert house.ticket(contact).health


def test_other_mails_are_not(house: House) -> None:
    contact = house.write(joris, "Waar blijft mijn overbruggingsrecht?")
    assert not contact.health
    assert not house.ticket(contact).health


def test_the_note_of_a_call_is_flagged_too(house: House) -> None:
    contact = house.call(joris, "klant ernstig ziek, vraagt uitstel", by=house.nadia)
    assert house.ticket(contact).health


def test_a_private_topic_is_enough(house: House) -> None:
    contact = house.call(frieda, "fragt nach dem Blatt", by=house.nadia, topic="incapacity")
    assert contact.health


def test_what_follows_on_a_ticket_flags_it(house: House) -> None:
    first = house.write(amelie, "Où en est mon droit passerelle ?")
    assert not house.ticket(first).health
    second = house.write(amelie, "Je suis enceinte.", in_reply_to=first.message_id)
    assert second.ticket_id == first.ticket_id
    assert house.ticket(second).health


def test_a_person_lifts_and_sets_the_flag_and_the_machine_respects_it(house: House) -> None:
    contact = house.write(amelie, "Je suis malade du retard de votre réponse !")
    ticket = house.ticket(contact)
    with transaction():
        sensitive.mark(contact, False, by=house.nadia, at=now())
    assert not ticket.health
    with transaction():
        sensitive.notice(contact, True)
    assert not contact.health
    with transaction():
        sensitive.mark(contact, True, by=house.nadia, at=now())
        sensitive.notice(contact, False)
    assert contact.health
    assert ticket.health


def test_the_words_are_for_the_team_the_assignee_and_supervisors(house: House) -> None:
    contact = house.write(amelie, "Je suis hospitalisée, que devient mon droit passerelle ?")
    ticket = house.ticket(contact)
    with transaction():
        ticket.team_id = house.nadia.team_ids[0]
    at = now()
    assert [
        sensitive.sees_words(person, ticket, at)
        for person in (house.nadia, house.koen, house.ingrid, house.stranger)
    ] == [True, True, True, False]
    with transaction():
        ticket.assignee_id = house.stranger.id
    assert sensitive.sees_words(house.stranger, ticket, at)


def test_a_look_needs_a_reason_and_lasts_until_midnight(house: House) -> None:
    contact = house.write(amelie, "Je suis hospitalisée.")
    ticket = house.ticket(contact)
    with pytest.raises(ValueError, match="reason"):
        sensitive.look(ticket, " ", by=house.stranger, at=now())
    with transaction():
        sensitive.look(ticket, "the client calls me now", by=house.stranger, at=now())
    assert sensitive.sees_words(house.stranger, ticket, now())
    assert not sensitive.sees_words(house.stranger, ticket, now().replace(year=now().year + 1))
