from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from models import calendar, correspondence, outbox
from models.audit import Audit
from models.base import db, now, transaction
from models.contact import Contact
from models.correspondence import GRACE
from models.event import Event
from models.message import Message, Sending, message_id_for, ticket_of_address, ticket_of_message_id
from models.subject import bare_subject, reply_subject, subject_tag, tagged_number
from models.ticket import Disposition, Note, Stale, Status, Ticket
from models.ticket_list import TicketFilter, waiting_counts
from models.user import User
from tests.chain import first_broken
from tests.people import House, amelie, joris

MONDAY = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
TEXT = "Où en est ma demande de droit passerelle ?"


@pytest.fixture
def ticket(house: House) -> Ticket:
    """Amélie's question about her bridging right, taken by Nadia's team."""
    ticket = house.ticket(house.write(amelie, TEXT, "Droit passerelle"))
    with transaction():
        choose(ticket, house.nadia)
    return ticket


def choose(ticket: Ticket, by: User) -> None:
    contact = newest_contact(ticket)
    contact.correct("bridging_right", None, "chase_status", by=by, at=MONDAY)
    ticket.route(contact, at=MONDAY, by=by)


def newest_contact(ticket: Ticket) -> Contact:
    return db.session.scalars(Contact.of_ticket(ticket.id)).all()[-1]


def answer(ticket: Ticket, by: User, text: str = "Votre demande est en ordre.") -> Message:
    with transaction():
        return correspondence.answer(
            ticket,
            text,
            by=by,
            at=now(),
            mailbox_address="contact@fund.example",
            domain="fund.example",
            tag=subject_tag("Passerelle", ticket.number, "abcd"),
        )


def kinds(ticket: Ticket) -> list[str]:
    return [event.kind for event in db.session.scalars(Event.of_ticket(ticket.id))]


def last_event(ticket: Ticket) -> Event:
    return db.session.scalars(Event.of_ticket(ticket.id)).all()[-1]


# --- begun ----------------------------------------------------------------------------------


def test_a_ticket_has_a_number_that_is_not_its_place_in_the_table(ticket):
    assert ticket.number >= 100_001
    assert ticket.number != ticket.id


def test_a_new_ticket_is_due_in_three_working_days(house):
    ticket = house.ticket(house.write(joris, "Hallo, een vraag.", at=MONDAY))
    assert ticket.due_at == calendar.due_after(MONDAY, 3)
    assert not ticket.overdue(MONDAY)
    assert ticket.overdue(MONDAY + timedelta(days=7))


def test_a_person_chooses_topic_and_team(ticket, nadia):
    assert (ticket.topic_id, ticket.needs_choice) == ("bridging_right", False)
    assert ticket.team_id in nadia.team_ids
    routed = last_event(ticket)
    assert (routed.kind, routed.actor_id) == ("ticket.routed", nadia.id)


def test_the_machine_does_not_move_what_a_person_chose(ticket, house):
    first = newest_contact(ticket)
    team = ticket.team_id
    house.write(
        amelie, "Je voudrais m'affilier.", "Re: Droit passerelle", in_reply_to=first.message_id
    )
    assert (ticket.topic_id, ticket.team_id) == ("bridging_right", team)


# --- worked on ------------------------------------------------------------------------------


def test_assigning_opens_a_new_ticket_and_leaves_an_event(ticket, nadia):
    with transaction():
        ticket.assign(nadia, by=nadia)
    assert (ticket.assignee_id, ticket.status) == (nadia.id, Status.OPEN)
    assert last_event(ticket).facts == {"before": None, "after": nadia.id}


def test_a_ticket_can_be_laid_back(ticket, nadia):
    with transaction():
        ticket.assign(nadia, by=nadia)
        ticket.assign(None, by=nadia)
    assert ticket.assignee_id is None
    assert last_event(ticket).facts == {"before": nadia.id, "after": None}


def test_a_note_stays_in_the_house(ticket, nadia):
    with transaction():
        ticket.note("Her accountant called too.", by=nadia, at=now())
    assert [note.text for note in db.session.scalars(Note.of_ticket(ticket.id))] == [
        "Her accountant called too."
    ]
    assert last_event(ticket).kind == "ticket.noted"
    assert "accountant" not in str(last_event(ticket).facts)
    assert [m.kind for m in db.session.scalars(Message.of_ticket(ticket.id))] == ["acknowledgement"]


def test_this_keeps_happening(ticket, nadia):
    with transaction():
        ticket.flag(True, by=nadia)
    assert ticket.flagged
    with transaction():
        ticket.flag(False, by=nadia)
    assert not ticket.flagged
    assert kinds(ticket)[-2:] == ["ticket.flagged", "ticket.unflagged"]


def test_closing_needs_a_disposition_and_says_it(ticket, nadia):
    with transaction():
        ticket.close(Disposition.REDIRECTED, by=nadia, at=MONDAY)
    assert ticket.closed
    assert (ticket.closed_at, ticket.disposition) == (MONDAY, Disposition.REDIRECTED)
    assert last_event(ticket).facts == {"disposition": "redirected"}
    assert not ticket.overdue(MONDAY + timedelta(days=30))


def test_a_closed_ticket_can_be_reopened(ticket, nadia):
    with transaction():
        ticket.close(Disposition.ANSWERED, by=nadia, at=MONDAY)
        ticket.reopen(by=nadia)
    assert (ticket.status, ticket.closed_at, ticket.disposition) == (Status.OPEN, None, None)
    assert kinds(ticket)[-2:] == ["ticket.closed", "ticket.reopened"]


def test_what_people_do_enters_the_audit_chain(ticket, nadia):
    with transaction():
        ticket.assign(nadia, by=nadia)
        ticket.close(Disposition.ANSWERED, by=nadia, at=MONDAY)
    actions = db.session.scalars(select(Audit.action).order_by(Audit.seq)).all()
    assert actions[-2:] == ["ticket.assigned", "ticket.closed"]
    assert first_broken() is None


@pytest.mark.parametrize(
    ("disposition", "status"),
    [
        (Disposition.ANSWERED, Status.CLOSED),
        (Disposition.NO_ANSWER, Status.CLOSED),
        (Disposition.DOCUMENT_REQUESTED, Status.WAITING),
        (Disposition.CALL_BACK_PROMISED, Status.OPEN),
        (Disposition.ESCALATED, Status.OPEN),
    ],
)
def test_after_a_call_what_we_owe_stays_open(ticket, nadia, disposition, status):
    with transaction():
        ticket.wrap_up(disposition, "All is in order.", "", by=nadia, at=MONDAY)
    assert (ticket.status, ticket.disposition) == (status, disposition)
    assert (ticket.told, ticket.assignee_id) == ("All is in order.", nadia.id)


def test_a_call_that_nobody_answered_is_no_first_answer(ticket, nadia):
    with transaction():
        ticket.wrap_up(Disposition.NO_ANSWER, "", "", by=nadia, at=MONDAY)
    assert ticket.first_answer_at is None


# --- answered -------------------------------------------------------------------------------


def test_an_answer_is_promised_with_a_fixed_message_id(ticket, nadia):
    message = answer(ticket, nadia)
    assert message.message_id == message_id_for(ticket.id, message.cause, "fund.example")
    assert ticket_of_message_id(message.message_id) == ticket.id
    assert message.state == Sending.WAITING
    assert outbox.waiting()["send"] == 1


def test_an_answer_goes_to_the_client_and_into_her_thread(ticket, nadia):
    letter = newest_contact(ticket)
    message = answer(ticket, nadia)
    assert message.recipient == amelie.email
    assert message.in_reply_to == message.references.split()[-1] == letter.message_id
    assert message.subject == f"Re: Droit passerelle [#Passerelle-{ticket.number}-abcd]"
    assert ticket_of_address(message.reply_to) == ticket.id


def test_after_an_answer_we_wait_for_the_client(ticket, nadia):
    message = answer(ticket, nadia)
    assert (ticket.status, ticket.assignee_id) == (Status.WAITING, nadia.id)
    assert ticket.first_answer_at == message.written_at
    assert last_event(ticket).kind == "ticket.answered"


def test_two_answers_have_two_message_ids(ticket, nadia):
    first, second = answer(ticket, nadia), answer(ticket, nadia, "Encore ceci.")
    assert first.message_id != second.message_id


def test_a_client_without_an_address_cannot_be_answered_by_mail(house, nadia):
    ticket = house.ticket(house.call(joris, "Belt over zijn uitstel.", by=nadia))
    with pytest.raises(ValueError, match="no e-mail address"):
        answer(ticket, nadia)


def test_an_answer_can_be_taken_back_within_the_grace(ticket, nadia, house):
    message = answer(ticket, nadia)
    house.work()
    assert message.not_before == message.written_at + GRACE
    assert message.state == Sending.WAITING
    with transaction():
        assert correspondence.take_back(ticket, message, by=nadia)
    assert (message.state, ticket.status) == (Sending.WITHDRAWN, Status.OPEN)
    assert ticket.first_answer_at is None
    assert last_event(ticket).kind == "ticket.answer_taken_back"


def test_what_waited_for_the_client_waits_again_when_an_answer_is_taken_back(ticket, nadia):
    with transaction():
        ticket.stand(Status.WAITING, by=nadia, at=MONDAY)
    stopped = ticket.clock_stopped_at
    for ending in (None, Disposition.ANSWERED):
        message = answer(ticket, nadia)
        with transaction():
            if ending:
                ticket.close(ending, by=nadia, at=now())
            assert correspondence.take_back(ticket, message, by=nadia)
        assert (ticket.status, ticket.closed_at) == (Status.WAITING, None)
        assert ticket.clock_stopped_at == stopped


def test_where_the_client_has_spoken_meanwhile_it_is_ours_though_it_had_waited(ticket, nadia):
    with transaction():
        ticket.stand(Status.WAITING, by=nadia, at=MONDAY)
    message = answer(ticket, nadia)
    with transaction():
        ticket.stand(Status.OPEN, by=nadia, at=now())
        assert correspondence.take_back(ticket, message, by=nadia)
    assert ticket.status == Status.OPEN


def test_an_answer_that_left_cannot_be_taken_back(ticket, nadia):
    message = answer(ticket, nadia)
    with transaction():
        message.went(now())
    with transaction():
        assert not correspondence.take_back(ticket, message, by=nadia)
    assert (message.state, ticket.status) == (Sending.SENT, Status.WAITING)


def test_an_answer_that_is_just_leaving_cannot_be_taken_back(ticket, nadia):
    message = answer(ticket, nadia)
    with Session(db.engine) as sender, sender.begin():
        sender.scalar(select(Message).where(Message.id == message.id).with_for_update())
        with transaction():
            assert not correspondence.take_back(ticket, message, by=nadia)


def test_an_answer_that_left_since_the_page_was_shown_cannot_be_taken_back(ticket, nadia):
    message = answer(ticket, nadia)
    assert message.state == Sending.WAITING
    with Session(db.engine) as sender, sender.begin():
        leaving = sender.get_one(Message, message.id)
        leaving.went(now())
    with transaction():
        assert not correspondence.take_back(ticket, message, by=nadia)


def test_taking_back_the_second_answer_keeps_the_first(ticket, nadia):
    first = answer(ticket, nadia)
    second = answer(ticket, nadia, "Encore ceci.")
    with transaction():
        correspondence.take_back(ticket, second, by=nadia)
    assert ticket.first_answer_at == first.written_at


def test_taking_back_an_answer_keeps_the_one_that_was_given_by_telephone(ticket, nadia):
    with transaction():
        ticket.first_answer_at = told = now() - timedelta(hours=1)
    message = answer(ticket, nadia)
    with transaction():
        correspondence.take_back(ticket, message, by=nadia)
    assert ticket.first_answer_at == told


def test_taking_back_the_answer_of_a_closed_ticket_opens_it_whole(ticket, nadia):
    message = answer(ticket, nadia)
    with transaction():
        ticket.close(Disposition.ANSWERED, by=nadia, at=now())
    with transaction():
        correspondence.take_back(ticket, message, by=nadia)
    assert (ticket.status, ticket.closed_at, ticket.disposition) == (Status.OPEN, None, None)


# --- the client comes back ------------------------------------------------------------------


def test_a_mail_reopens_a_closed_ticket(ticket, nadia, house):
    with transaction():
        ticket.close(Disposition.ANSWERED, by=nadia, at=now())
    first = newest_contact(ticket)
    again = house.write(
        amelie, "Toujours rien reçu.", "Re: Droit passerelle", in_reply_to=first.message_id
    )
    assert again.ticket_id == ticket.id
    assert (ticket.status, ticket.closed_at, ticket.disposition) == (Status.OPEN, None, None)
    assert "ticket.reopened" in kinds(ticket)


def test_a_mail_to_a_waiting_ticket_makes_it_due_again(ticket, nadia, house):
    message = answer(ticket, nadia)
    again = house.write(
        amelie, "Et pour mai ?", "Re: Droit passerelle", in_reply_to=message.message_id
    )
    assert ticket.status == Status.OPEN
    assert ticket.due_at == calendar.due_after(again.received_at, 3)
    assert ticket.contacts_count == 2


def test_what_comes_back_unrouted_waits_where_somebody_looks(house, nadia):
    ticket = house.ticket(house.write(amelie, "Bonjour, une question.", "Bonjour"))
    with transaction():
        ticket.topic_id, ticket.team_id, ticket.needs_choice = "deferral", None, True
        ticket.close(Disposition.DUPLICATE, by=nadia, at=now())
    first = newest_contact(ticket)
    house.write(amelie, "Et alors ?", "Re: Bonjour", in_reply_to=first.message_id)
    assert ticket.status == Status.OPEN
    assert db.session.scalars(TicketFilter("review").tickets(nadia)).all() == [ticket]


def test_a_mail_to_a_merged_ticket_joins_the_other(ticket, house):
    other = house.ticket(house.write(amelie, "La même chose, encore.", "Autre"))
    with transaction():
        ticket.merged_into_id = other.id
    first = newest_contact(ticket)
    again = house.write(
        amelie, "Toujours rien.", "Re: Droit passerelle", in_reply_to=first.message_id
    )
    assert again.ticket_id == other.id


def test_a_ticket_closed_long_ago_takes_no_more(ticket, nadia):
    with transaction():
        ticket.close(Disposition.ANSWERED, by=nadia, at=MONDAY)
    assert ticket.accepts_at(MONDAY + timedelta(days=30))
    assert not ticket.accepts_at(MONDAY + timedelta(days=31))


# --- two at once ----------------------------------------------------------------------------


def test_who_saw_an_older_version_changes_nothing(ticket, nadia):
    shown = ticket.version
    with transaction():
        ticket.flag(True, by=nadia)
    with pytest.raises(Stale), transaction():
        ticket.expect(shown)
        ticket.close(Disposition.ANSWERED, by=nadia, at=now())
    assert not ticket.closed


def test_of_two_who_change_at_once_one_is_told(ticket, nadia):
    assert ticket.status == Status.NEW
    with Session(db.engine) as other, other.begin():
        other.get_one(Ticket, ticket.id).urgent = True
    with pytest.raises(StaleDataError), transaction():
        ticket.flag(True, by=nadia)
    db.session.expire_all()
    assert (ticket.urgent, ticket.flagged) == (True, False)


def test_what_needs_a_look_is_on_a_list_also_when_closed(ticket, nadia, stranger):
    with transaction():
        ticket.close(Disposition.ANSWERED, by=nadia, at=now())
        ticket.call_attention("not_delivered", now())
    marked = TicketFilter("attention")
    assert db.session.scalars(marked.tickets(nadia)).all() == [ticket]
    assert db.session.scalars(marked.tickets(stranger)).all() == []
    assert (waiting_counts(nadia)["attention"], waiting_counts(stranger)["attention"]) == (1, 0)
    with transaction():
        ticket.attended(by=nadia)
    assert db.session.scalars(marked.tickets(nadia)).all() == []


# --- lists ----------------------------------------------------------------------------------


def test_the_lists_of_the_desk(ticket, house, nadia):
    unsure = house.ticket(house.write(joris, "Hallo.", "Hallo"))
    with transaction():
        unsure.needs_choice, unsure.team_id = True, None
        ticket.assign(nadia, by=nadia)
    shown = {
        view: db.session.scalars(TicketFilter(view).tickets(nadia)).all()
        for view in ("team", "mine", "review", "closed")
    }
    assert shown == {"team": [ticket], "mine": [ticket], "review": [unsure], "closed": []}
    assert waiting_counts(nadia) == {
        "team": 1,
        "mine": 1,
        "review": 1,
        "all": 2,
        "attention": 0,
    }


def test_urgent_comes_first_and_waiting_last(house, nadia):
    calm, urgent, answered = (
        house.ticket(house.call(amelie, f"Question {n}.", by=nadia)) for n in range(3)
    )
    with transaction():
        urgent.urgent = True
        answered.status = Status.WAITING.value
    assert TicketFilter("all").page(nadia).tickets == [urgent, calm, answered]


def test_a_page_says_whether_more_follow(house, nadia):
    for number in range(3):
        house.call(amelie, f"Question {number}.", by=nadia)
    assert TicketFilter("all").page(nadia, size=2).more
    assert not TicketFilter("all").page(nadia, size=3).more


@pytest.mark.parametrize("words", ["passerelle", "dujardin", amelie.email, "NUMBER", "#NUMBER"])
def test_a_ticket_is_found_by_words_name_address_and_number(ticket, house, nadia, words):
    house.write(joris, "Hallo, ik heb een vraag over pensioen.", "Pensioen")
    found = TicketFilter("all", words=words.replace("NUMBER", str(ticket.number)))
    assert found.page(nadia).tickets == [ticket]


@pytest.mark.parametrize(
    "words", ["85073003328", "#32475123456", "9" * 12, "9" * 30, "9" * 5_000, "(", "a & | b", "%"]
)
def test_odd_words_break_no_search(ticket, nadia, words):
    assert TicketFilter("all", words=words).page(nadia).tickets == []


@pytest.mark.parametrize("words", ["\0", "   ", "\t\x07"])
def test_words_of_nothing_are_no_words(ticket, nadia, words):
    assert TicketFilter("all", words=words).page(nadia).tickets == [ticket]


# --- subjects -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "bare"),
    [
        ("Re: Question", "Question"),
        ("RE : TR: AW[2]: Antw: Fwd: Droit  passerelle", "Droit passerelle"),
        ("Doorst: WG: uitstel", "uitstel"),
        ("TR: Re[2]: Question", "Question"),
        ("Retour de papiers", "Retour de papiers"),
        ("", ""),
    ],
)
def test_prefixes_are_no_part_of_a_subject(subject, bare):
    assert bare_subject(subject) == bare


def test_a_reply_has_its_tag_once():
    tag = subject_tag("Passerelle", 100_001, "abcdefgh")
    once = reply_subject("Question", tag)
    assert once == "Re: Question [#Passerelle-100001-abcd]"
    assert reply_subject(once, tag) == once


def test_only_our_own_tags_count():
    subject = "[#12345] [#Other-100002-abcd] [#passerelle-100001-ab2d]"
    assert tagged_number(subject, "Passerelle") == (100_001, "ab2d")
    assert tagged_number("[#100001]", "Passerelle") is None


@pytest.mark.parametrize("local", ["t²", "t" + "9" * 5_000, "t", "t-1", "t1", "t1."])
def test_odd_addresses_and_message_ids_name_no_ticket(app, local):
    assert ticket_of_address(f"contact+{local}.abc@fund.example") is None
    assert ticket_of_message_id(f"<{local}.abc.def@fund.example>") is None


def test_a_signed_id_of_one_ticket_names_no_other(app):
    mine = message_id_for(7, "1", "fund.example")
    assert ticket_of_message_id(mine) == 7
    assert ticket_of_message_id(mine.replace("<t7.", "<t8.")) is None
