"""Several tickets of one matter: found over every channel, ended by one deed, undone by one."""

from datetime import timedelta

import pytest

from models import together
from models.base import db, now, transaction
from models.bulk_change import BulkChange
from models.callback import Callback
from models.callback_states import CallbackReason
from models.event import Event
from models.standing import standing
from models.thread import TicketLink
from models.ticket import Disposition, Status, Ticket
from models.together import Apart
from models.user import User
from tests.people import House, amelie, joris


@pytest.fixture
def three(house: House) -> list[Ticket]:
    """Amélie wrote twice and called once about her bridging right."""
    contacts = [
        house.write(amelie, "Où en est mon droit passerelle ?", "Droit passerelle"),
        house.write(amelie, "Toujours rien reçu pour mai.", "Paiement de mai"),
        house.call(amelie, "Demande où en est son dossier.", by=house.nadia),
    ]
    tickets = [house.ticket(contact) for contact in contacts]
    with transaction():
        for ticket in tickets:
            file_under(ticket, "bridging_right")
        assert tickets[0].client is not None
        tickets[2].give_to(tickets[0].client, by=house.nadia)
    return tickets


def file_under(ticket: Ticket, topic_id: str, intent_id: str = "chase_status") -> None:
    ticket.topic_id, ticket.intent_id, ticket.needs_choice = topic_id, intent_id, False
    ticket.team_id = 1
    ticket.health = False


def settled(tickets: list[Ticket], by: User) -> BulkChange:
    with transaction():
        return together.settle(
            tickets, Disposition.ANSWERED, by=by, at=now(), told="Paiement vendredi."
        )


def kinds(ticket: Ticket) -> list[str]:
    return [event.kind for event in db.session.scalars(Event.of_ticket(ticket.id))]


def test_the_matter_is_found_over_every_channel(three, house):
    assert together.same_matter(three[1], "bridging_right", now()) == three
    assert together.same_matter(three[0].client, "bridging_right", now()) == three
    assert together.same_matter(three[0], "deferral", now()) == []
    other = house.ticket(house.write(joris, "Waar blijft mijn overbruggingsrecht?", "Vraag"))
    assert other not in together.same_matter(three[0], "bridging_right", now())


def test_without_a_topic_nothing_is_the_same_matter(three):
    assert together.same_matter(three[0], None, now()) == []
    assert together.likely_duplicates(None, "bridging_right", now()) == []


def test_who_may_not_see_a_ticket_is_not_told_of_it(three, house):
    assert together.same_matter(three[0], "bridging_right", now(), seen_by=house.stranger) == []


def test_a_duplicate_is_a_week_old_at_most_and_may_be_closed(three, nadia):
    with transaction():
        three[0].close(Disposition.ANSWERED, by=nadia, at=now())
        three[1].last_contact_at = now() - timedelta(days=8)
    found = together.likely_duplicates(three[0].client_id, "bridging_right", now())
    assert set(found) == {three[0], three[2]}


def test_one_deed_ends_them_all_and_each_keeps_its_own_events(three, nadia):
    change = settled(three, nadia)
    assert change.change["settled"] == [ticket.number for ticket in three]
    assert {ticket.status for ticket in three} == {"closed"}
    assert [ticket.told for ticket in three] == ["Paiement vendredi."] * 3
    assert all(kinds(ticket)[-1] == "ticket.closed" for ticket in three)


def test_an_answer_that_ends_others_is_linked_with_them(three, house, nadia):
    message = house.answer(three[0])
    with transaction():
        together.settle(three[1:], Disposition.ANSWERED, by=nadia, at=now(), answer=message)
    assert TicketLink.reasons(three[0].id) == dict.fromkeys(
        [three[1].id, three[2].id], together.TOGETHER
    )


def test_what_wants_an_eye_of_its_own_is_left_out_and_named(three, house, nadia):
    fourth = house.ticket(house.write(amelie, "Encore moi.", "Encore"))
    fifth = house.ticket(house.write(amelie, "Et encore.", "Et encore"))
    with transaction():
        for ticket in (fourth, fifth):
            file_under(ticket, "bridging_right")
        three[1].intent_id = "complain"
        three[2].intent_id = "contest_decision"
        fourth.health = True
        fifth.close(Disposition.ANSWERED, by=nadia, at=now())
    change = settled([*three, fourth, fifth], nadia)
    assert change.change["settled"] == [three[0].number]
    assert change.change["left_out"] == [
        [three[1].number, Apart.COMPLAINT],
        [three[2].number, Apart.CONTESTED],
        [fourth.number, Apart.HEALTH],
        [fifth.number, Apart.CLOSED],
    ]


def test_what_the_person_may_not_see_is_neither_touched_nor_named(three, house):
    change = settled(three, house.stranger)
    assert (change.change["settled"], change.change["left_out"]) == ([], [])
    assert {ticket.closed for ticket in three} == {False}


def test_undo_puts_back_exactly_what_stood(three, nadia):
    names = together.ENDED + together.OF_THE_CLOCK
    before = [standing(ticket, names) for ticket in three]
    change = settled(three, nadia)
    with transaction():
        assert together.undo(change, nadia, now()) == []
    assert [standing(ticket, names) for ticket in three] == before
    assert all(kinds(ticket)[-1] == "ticket.together_undone" for ticket in three)
    with transaction():
        assert together.undo(change, nadia, now()) == []
    assert kinds(three[0]).count("ticket.together_undone") == 1


def test_undo_leaves_alone_what_somebody_has_worked_on_since(three, nadia, koen):
    change = settled(three, nadia)
    with transaction():
        three[1].reopen(by=koen)
    with transaction():
        assert together.undo(change, nadia, now()) == [three[1]]
    assert three[1].status == Status.OPEN
    assert three[0].closed is False


def test_my_last_deed_is_offered_for_undoing_until_it_is_undone(three, nadia, koen):
    change = settled(three, nadia)
    soon = now() - timedelta(minutes=1)
    assert together.last_of(nadia, soon) is change
    assert together.last_of(koen, soon) is None
    with transaction():
        together.undo(change, nadia, now())
    assert together.last_of(nadia, soon) is None


def test_a_call_that_ended_with_its_ticket_is_owed_again(three, nadia):
    with transaction():
        asked = Callback.ask(
            ticket=three[1], number="+32470000001", reason=CallbackReason.REQUESTED, at=now()
        )
    change = settled(three, nadia)
    assert asked.closed
    with transaction():
        together.undo(change, nadia, now())
    assert not asked.closed
