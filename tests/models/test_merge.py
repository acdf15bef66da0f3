"""Tickets put together and taken apart: nothing lost, nothing doubled, all back where it was."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models import merge as merging
from models import parting
from models.base import Base, db, now, transaction
from models.callback import Callback, CallbackReason
from models.contact import Contact
from models.draft import Draft, DraftKind
from models.event import Event
from models.files import Attachment, Blob
from models.merge import TicketMerge, Unmergeable, Why, merge, unmerge
from models.message import Message, reply_address
from models.note import Note
from models.thread import TicketContact, TicketFile, TicketLink
from models.ticket import Disposition, Status, Ticket
from models.topic import Topic
from models.user import User
from tests.people import House, amelie, joris

TALES = ("event", "audit", "ticket_merge", "outbox", "user_session", "stale_day")
"""What happened is told there; it is never taken back."""


@pytest.fixture
def two(house: House) -> tuple[Ticket, Ticket]:
    """Two tickets of Amélie about the same payment: the later one and the earlier one."""
    earlier = house.ticket(house.write(amelie, "Rien reçu pour mai.", "Paiement de mai"))
    later = house.ticket(house.write(amelie, "Toujours rien reçu !", "Mon argent"))
    return later, earlier


def put(source: Ticket, target: Ticket, by: User, **more: Any) -> TicketMerge:
    with transaction():
        return merge(source, target, by=by, at=now(), **more)


def part(made: TicketMerge, by: User) -> Ticket:
    with transaction():
        return unmerge(made, by=by, at=now())


def contacts(ticket: Ticket) -> list[int]:
    return [contact.id for contact in db.session.scalars(Contact.of_ticket(ticket.id))]


def messages(ticket: Ticket) -> list[int]:
    return [message.id for message in db.session.scalars(Message.of_ticket(ticket.id))]


def kinds(ticket: Ticket) -> list[str]:
    return [event.kind for event in db.session.scalars(Event.of_ticket(ticket.id))]


def rows() -> dict[str, list[Any]]:
    """Every row of every table but the tales, without the counters of versions."""
    db.session.expire_all()
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name in TALES:
            continue
        columns = [column for column in table.columns if column.name != "version"]
        found[table.name] = sorted(map(repr, db.session.execute(select(*columns))))
    return found


# --- there ----------------------------------------------------------------------------------


def test_everything_that_was_said_and_done_is_in_the_target(two, house, nadia):
    source, target = two
    answer = house.answer(source)
    with transaction():
        source.note("Appelé deux fois.", by=nadia, at=now())
        callback = Callback.ask(
            client=source.client,
            number=amelie.number,
            reason=CallbackReason.PROMISED,
            by=nadia,
            at=now(),
            ticket=source,
        )
    said = contacts(source)
    put(source, target, nadia)
    assert set(said) < set(contacts(target)) and contacts(source) == []
    assert answer.id in messages(target) and messages(source) == []
    assert [note.text for note in db.session.scalars(Note.of_ticket(target.id))]
    assert callback.ticket_id == target.id
    assert (source.contacts_count, target.contacts_count) == (0, 2)
    assert source.target is target


def test_each_row_says_whence_it_came(two, house, nadia):
    source, target = two
    third = house.ticket(house.write(amelie, "Et encore.", "Encore"))
    said = contacts(source)
    put(source, target, nadia)
    put(target, third, nadia)
    found = merging.origins(third.id)["contact"]
    assert {found[contact_id].number for contact_id in said} == {source.number}
    assert found[contacts(third)[0]].number == target.number


def test_both_tell_what_happened(two, nadia):
    source, target = two
    made = put(source, target, nadia)
    assert (kinds(source)[-1], kinds(target)[-1]) == ("ticket.merged", "ticket.took_in")
    part(made, nadia)
    assert (kinds(source)[-1], kinds(target)[-1]) == ("ticket.unmerged", "ticket.gave_back")


def test_the_earlier_promise_and_the_only_assignee_count(two, nadia):
    source, target = two
    with transaction():
        source.assign(nadia, by=nadia)
        source.due_at = now() + timedelta(hours=1)
        target.due_at = now() + timedelta(days=2)
        due = source.due_at
    put(source, target, nadia)
    assert (target.assignee_id, target.due_at, target.status) == (nadia.id, due, Status.OPEN)


def test_what_waits_for_us_reopens_a_target_that_was_closed(two, nadia):
    source, target = two
    with transaction():
        target.close(Disposition.ANSWERED, by=nadia, at=now())
    put(source, target, nadia)
    assert (target.status, target.closed_at) == (source.status, None)


def test_what_was_settled_stays_settled_when_it_takes_in_what_was(two, nadia):
    source, target = two
    with transaction():
        for ticket in two:
            ticket.close(Disposition.ANSWERED, by=nadia, at=now())
    put(source, target, nadia)
    assert target.closed


def test_whom_the_source_knew_the_target_knows(two, house, nadia):
    source, target = two
    third = house.ticket(house.write(amelie, "Autre chose.", "Autre"))
    with transaction():
        source.link(third, "related")
        source.link(target, "related")
    put(source, target, nadia)
    assert TicketLink.reasons(target.id) == {third.id: "related"}


# --- not ------------------------------------------------------------------------------------


def refused(source: Ticket, target: Ticket, by: User, **more: Any) -> Why:
    with pytest.raises(Unmergeable) as caught, transaction():
        merge(source, target, by=by, at=now(), **more)
    return Why(caught.value.args[0])


def test_no_ticket_goes_into_itself_or_round_in_a_circle(two, nadia):
    source, target = two
    assert refused(source, source, nadia) == Why.ITSELF
    put(source, target, nadia)
    assert refused(target, source, nadia) == Why.ITSELF
    assert refused(source, target, nadia) == Why.MERGED


def test_what_was_closed_long_ago_is_another_story(two, nadia):
    source, target = two
    with transaction():
        target.close(Disposition.ANSWERED, by=nadia, at=now() - timedelta(days=31))
    assert refused(source, target, nadia) == Why.CLOSED_LONG_AGO


def test_what_was_said_under_a_restricted_topic_stays_there(two, nadia):
    source, target = two
    private = db.session.scalars(select(Topic).where(Topic.restricted)).first()
    assert private is not None
    with transaction():
        source.topic_id = private.id
    assert refused(source, target, nadia) == Why.RESTRICTED


def test_two_clients_tickets_become_one_only_when_somebody_says_whose(two, house, nadia):
    other = house.ticket(house.write(joris, "Voor Amélie: niets ontvangen.", "Betaling"))
    _, target = two
    assert refused(other, target, nadia) == Why.TWO_CLIENTS
    made = put(other, target, nadia, client=other.client)
    assert target.client_id == other.client_id
    part(made, nadia)
    assert target.client_id != other.client_id


# --- and back -------------------------------------------------------------------------------


def test_taking_apart_restores_every_row(two, house, nadia, koen):
    source, target = two
    third = house.ticket(house.write(amelie, "Autre chose.", "Autre"))
    house.answer(source)
    house.answer(target)
    with transaction():
        source.assign(koen, by=koen)
        source.note("Deux fois.", by=koen, at=now())
        source.flag(True, by=koen)
        source.link(third, "related")
        source.link(target, "related")
        target.close(Disposition.ANSWERED, by=nadia, at=now())
        Callback.ask(
            client=source.client,
            number=amelie.number,
            reason=CallbackReason.PROMISED,
            by=nadia,
            at=now(),
            ticket=source,
        )
    before = rows()
    made = put(source, target, nadia)
    assert rows() != before
    part(made, nadia)
    after = rows()
    assert {name: after[name] for name in after if after[name] != before[name]} == {}


def test_undone_twice_is_undone_once(two, nadia):
    made = put(*two, nadia)
    part(made, nadia)
    part(made, nadia)
    assert kinds(two[0]).count("ticket.unmerged") == 1


def test_a_ticket_that_is_part_of_another_gives_nothing_back(two, house, nadia):
    source, target = two
    third = house.ticket(house.write(amelie, "Et encore.", "Encore"))
    inner = put(source, target, nadia)
    outer = put(target, third, nadia)
    with pytest.raises(Unmergeable), transaction():
        unmerge(inner, by=nadia, at=now())
    part(outer, nadia)
    assert part(inner, nadia).merged_into_id is None
    assert [len(contacts(ticket)) for ticket in (source, target, third)] == [1, 1, 1]


def test_what_was_changed_since_stays_changed(two, nadia, koen):
    source, target = two
    with transaction():
        source.assign(nadia, by=nadia)
    made = put(source, target, nadia)
    with transaction():
        target.assign(koen, by=koen)
    part(made, nadia)
    assert (source.assignee_id, target.assignee_id) == (nadia.id, koen.id)


def test_what_has_a_ticket_of_its_own_by_now_stays_there(two, house, nadia):
    source, target = two
    moved = contacts(source)[0]
    made = put(source, target, nadia)
    with transaction():
        contact = Contact.named(moved)
        assert contact is not None
        own = parting.part(target, contact, by=nadia, at=now())
    part(made, nadia)
    assert (contacts(source), contacts(own), source.contacts_count) == ([], [moved], 0)


# --- what comes later -----------------------------------------------------------------------


def first_of(ticket: Ticket) -> Contact:
    return db.session.scalars(Contact.of_ticket(ticket.id)).all()[0]


def test_replies_to_either_come_into_the_target_while_they_are_one(two, house, nadia):
    source, target = two
    first, second = first_of(source), first_of(target)
    put(source, target, nadia)
    for earlier, subject in ((first, "Mon argent"), (second, "Paiement de mai")):
        again = house.write(amelie, "Alors ?", subject, in_reply_to=earlier.message_id)
        assert again.ticket_id == target.id
    assert target.contacts_count == 4


def test_what_answered_the_source_meanwhile_goes_back_with_it(two, house, nadia):
    source, target = two
    first, second = first_of(source), first_of(target)
    made = put(source, target, nadia)
    to_source = house.write(amelie, "Alors ?", "Mon argent", in_reply_to=first.message_id)
    to_target = house.write(amelie, "Et mai ?", "Paiement de mai", in_reply_to=second.message_id)
    address = reply_address("contact@fund.example", source.id)
    addressed = house.write(amelie, "Par votre adresse.", "Mon argent", to=address)
    part(made, nadia)
    assert contacts(source) == [first.id, to_source.id, addressed.id]
    assert contacts(target) == [second.id, to_target.id]
    assert (source.contacts_count, target.contacts_count) == (3, 2)
    assert source.preview == "Par votre adresse."


def test_what_was_said_on_no_thread_stays_in_the_target(two, house, nadia):
    source, target = two
    made = put(source, target, nadia)
    call = house.call(amelie, "Rappelle.", by=nadia, ticket_id=target.id)
    part(made, nadia)
    assert call.ticket_id == target.id


def test_a_later_reply_lands_in_the_right_one(two, house, nadia):
    source, target = two
    sent = house.answer(source)
    first, second = first_of(source), first_of(target)
    part(put(source, target, nadia), nadia)
    to_source = house.write(amelie, "Et ?", "Mon argent", in_reply_to=first.message_id)
    to_ours = house.write(amelie, "Merci.", "Mon argent", in_reply_to=sent.message_id)
    to_target = house.write(amelie, "Et mai ?", "Paiement de mai", in_reply_to=second.message_id)
    assert {to_source.ticket_id, to_ours.ticket_id} == {source.id}
    assert to_target.ticket_id == target.id


def test_words_after_the_merge_keep_the_target_waiting_for_us(two, house, nadia):
    source, target = two
    with transaction():
        target.close(Disposition.ANSWERED, by=nadia, at=now())
    second = first_of(target)
    made = put(source, target, nadia)
    house.write(amelie, "Et mai ?", "Paiement de mai", in_reply_to=second.message_id)
    part(made, nadia)
    assert not target.closed
    assert target.preview == "Et mai ?"


def test_no_answer_gets_the_number_of_another(two, house, nadia):
    source, target = two
    causes = [house.answer(source).cause, house.answer(target).cause]
    made = put(source, target, nadia)
    causes.append(house.answer(target).cause)
    part(made, nadia)
    causes.append(house.answer(target).cause)
    assert causes == ["1", "1", "2", "3"]
    place = select(TicketContact).where(TicketContact.rule == "merged")
    assert db.session.scalars(place).all() == []


def test_lent_files_and_a_named_quarter_go_along_and_leave_again(two, house, nadia):
    source, target = two
    other = house.write(amelie, "Voici mon attestation.", "Attestation")
    with transaction():
        other.attachments.append(
            Attachment(
                name="attestation.pdf",
                content_type="application/pdf",
                size=5,
                sha256=Blob.keep(b"%PDF-"),
            )
        )
        db.session.flush()
        lent = other.attachments[0]
        db.session.add(TicketFile(ticket_id=source.id, attachment_id=lent.id))
        source.deadline_quarter = "2020/2"
    before = rows()
    made = put(source, target, nadia)
    assert TicketFile.of_ticket(target.id) == [lent]
    assert target.deadline_quarter == "2020/2"
    part(made, nadia)
    assert rows() == before


def test_what_a_colleague_has_thrown_away_can_still_be_brought_back(two, nadia, koen):
    source, target = two
    with transaction():
        for user, ticket, text in [(koen, target, "Non."), (nadia, source, "Bonjour,")]:
            Draft.save(user, ticket.id, DraftKind.REPLY, text, page="a", revision=1, at=now())
        Draft.save(nadia, target.id, DraftKind.REPLY, "Ah !", page="b", revision=1, at=now())
        for user in (koen, nadia):
            thrown = Draft.of(user, target.id, DraftKind.REPLY)
            assert thrown is not None
            thrown.discard(now())
    put(source, target, nadia)
    mine = Draft.of(nadia, target.id, DraftKind.REPLY)
    theirs = Draft.of(koen, target.id, DraftKind.REPLY)
    assert mine is not None and mine.text == "Bonjour,"
    assert theirs is not None and theirs.restore(now())
