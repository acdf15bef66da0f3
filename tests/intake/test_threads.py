"""Which ticket a mail continues, rule by rule; and what no mail may do."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, func, select

from models.base import db, now, transaction
from models.contact import Contact
from models.event import Event
from models.intake import Adapter
from models.mailbox import Mailbox
from models.message import Kind, Message, reply_address
from models.team import Team
from models.thread import TicketContact, TicketLink
from models.ticket import Disposition, Status, Ticket
from models.ticket_list import TicketFilter
from tests.people import House, Person, amelie, emily, frieda, joris, letter
from triage import letters
from triage.intake import receive_mail
from triage.intake.quotes import REPLY_MARKER

BRIDGING = (
    "Bonjour, mon commerce est fermé depuis mars à cause de la crise. Comment demander le droit "
    "passerelle et quand serai-je payée ?"
)
QUIET = [
    {"Auto-Submitted": "auto-replied"},
    {"Auto-Submitted": "auto-generated"},
    {"List-Id": "<news.example>"},
    {"Precedence": "bulk"},
]


def rule_of(contact: Contact) -> str | None:
    return db.session.scalar(
        select(TicketContact.rule).where(
            TicketContact.contact_id == contact.id, TicketContact.until.is_(None)
        )
    )


def why(contact: Contact, other: Contact) -> str | None:
    return TicketLink.reasons(contact.ticket_id or 0).get(other.ticket_id or 0)


def close(house: House, ticket: Ticket, at: datetime | None = None) -> None:
    with transaction():
        ticket.close(Disposition.ANSWERED, by=house.nadia, at=at or now())


def second_mailbox(**more: object) -> Mailbox:
    with transaction():
        box = Mailbox(name="payment", address="payment@fund.example", **more)
        db.session.add(box)
    return box


def write_to(house: House, box: Mailbox, who: Person, text: str, **more: object) -> Contact:
    raw = letter(who, text, to=box.address, **more)  # type: ignore[arg-type]
    intake_id = receive_mail(
        raw, adapter=Adapter.SMTP, mailbox=box, mail_from=who.email, rcpt_to=[box.address]
    )
    house.work()
    contact = Contact.from_intake(intake_id)
    assert contact is not None
    return contact


# --- what is answered -----------------------------------------------------------------------


def test_the_newest_known_reference_wins(house):
    old = house.write(amelie, BRIDGING, "Question")
    new = house.write(amelie, "Une autre question.", "Question")
    third = house.write(
        amelie,
        "Encore moi.",
        "Re: Question",
        headers={"References": f"{old.message_id} {new.message_id} <unknown@bakery.example>"},
    )
    assert third.ticket_id == new.ticket_id
    assert rule_of(third) == "references"


def test_many_recipients_and_references_cost_no_more_questions(house):
    def asked(**more: str) -> int:
        statements: list[str] = []

        def count(_connection, _cursor, statement, *_more):
            statements.append(statement)

        event.listen(db.engine, "before_cursor_execute", count)
        house.write(amelie, BRIDGING, **more)
        event.remove(db.engine, "before_cursor_execute", count)
        return len(statements)

    people = ", ".join(f"p{number}@example.be" for number in range(80))
    references = " ".join(f"<r{number}@example.be>" for number in range(90))
    alone = asked()
    headers = {"Cc": people, "References": references}
    assert asked(to=f"contact@fund.example, {people}", headers=headers) < alone + 10


def test_a_reply_with_a_new_subject_is_a_new_matter_that_is_linked(house):
    first = house.write(amelie, BRIDGING, "Droit passerelle")
    second = house.write(amelie, "Autre chose.", "Ma pension", in_reply_to=first.message_id)
    assert second.ticket_id != first.ticket_id
    assert why(second, first) == "old_thread_new_subject"
    assert rule_of(second) == "opened"


@pytest.mark.parametrize("subject", ["RE: DROIT  PASSERELLE", "Antw: Fwd: Droit passerelle", ""])
def test_a_subject_that_says_nothing_new_is_the_same(house, subject):
    first = house.write(amelie, BRIDGING, "Droit passerelle")
    second = house.write(amelie, "Encore moi.", subject, in_reply_to=first.message_id)
    assert second.ticket_id == first.ticket_id


def test_below_a_new_subject_our_marker_says_that_it_is_an_answer(house):
    first = house.write(amelie, BRIDGING, "Droit passerelle")
    text = f"Voici.\n\n{REPLY_MARKER}\n\n> Votre demande est en ordre.\n"
    second = house.write(amelie, text, "Documents", in_reply_to=first.message_id)
    assert second.ticket_id == first.ticket_id


def test_below_a_new_subject_our_reply_address_says_that_it_is_an_answer(house):
    first = house.write(amelie, BRIDGING, "Droit passerelle")
    address = reply_address("contact@fund.example", first.ticket_id)
    text = f"Voici.\n\nLe 3 avr. 2020 à 10:12, <{address}> a écrit :\n> Bonjour\n"
    second = house.write(amelie, text, "Documents", in_reply_to=first.message_id)
    assert second.ticket_id == first.ticket_id


def test_the_address_of_another_ticket_does_not(house):
    first = house.write(amelie, BRIDGING, "Droit passerelle")
    other = house.write(joris, "Hallo.", "Uitstel")
    address = reply_address("contact@fund.example", other.ticket_id)
    second = house.write(amelie, f"Voir {address}", "Documents", in_reply_to=first.message_id)
    assert second.ticket_id not in (first.ticket_id, other.ticket_id)


def test_our_own_id_with_a_wrong_signature_is_nobodys(house):
    first = house.write(amelie, BRIDGING)
    forged = f"<t{first.ticket_id}.abcdefghijkl.{'a' * 26}@fund.example>"
    second = house.write(amelie, "Encore moi.", in_reply_to=forged)
    assert second.ticket_id != first.ticket_id
    assert house.ticket(second).linked() == []


# --- strangers ------------------------------------------------------------------------------


def test_a_stranger_who_answers_our_answer_gets_a_linked_ticket_of_his_own(house):
    first = house.write(amelie, BRIDGING)
    message = house.answer(house.ticket(first))
    second = house.write(joris, "Wat staat er in?", message.subject, in_reply_to=message.message_id)
    assert second.ticket_id != first.ticket_id
    assert why(second, first) == "stranger"
    sent = db.session.scalars(Message.of_ticket(second.ticket_id or 0)).all()
    assert [mail.recipient for mail in sent] == [joris.email]
    assert str(house.ticket(first).number) not in sent[0].text + sent[0].subject


def test_who_had_a_copy_takes_part(house):
    first = house.write(amelie, BRIDGING, headers={"Cc": f"{joris.name} <{joris.email.upper()}>"})
    assert first.copies == [joris.email]
    second = house.write(joris, "Ik ben haar boekhouder.", in_reply_to=first.message_id)
    assert second.ticket_id == first.ticket_id
    assert house.ticket(first).client_id == first.client_id != second.client_id


def test_who_sends_a_copy_to_the_client_takes_part(house, settings):
    first = house.write(amelie, BRIDGING)
    tag = letters.tag(house.ticket(first).number, settings)
    second = house.write(joris, "Voici sa carte.", f"Carte {tag}", headers={"Cc": amelie.email})
    assert second.ticket_id == first.ticket_id


def test_who_was_threaded_by_the_reply_address_takes_part_from_then_on(house, settings):
    first = house.write(amelie, BRIDGING)
    house.write(joris, "Pour elle.", to=reply_address("contact@fund.example", first.ticket_id))
    tag = letters.tag(house.ticket(first).number, settings)
    assert house.write(joris, "Encore.", f"Suite {tag}").ticket_id == first.ticket_id


def test_our_own_addresses_are_no_copies(house):
    headers = {"Cc": f"contact+t1.abc@fund.example, {amelie.email}"}
    assert house.write(amelie, BRIDGING, headers=headers).copies == []


# --- several mailboxes ----------------------------------------------------------------------


def test_the_same_mail_to_two_mailboxes_has_a_linked_ticket_in_each(house, client):
    box = second_mailbox()
    raw = letter(amelie, BRIDGING, to="contact@fund.example, payment@fund.example")
    first = house.receive(raw, amelie.email)
    intake_id = receive_mail(raw, adapter=Adapter.SMTP, mailbox=box, mail_from=amelie.email)
    house.work()
    second = Contact.from_intake(intake_id)
    assert second is not None and second.ticket_id != first.ticket_id
    assert why(second, first) == "same_mail"
    client.sign_in(house.koen)
    page = client.get(f"/desk/tickets/{house.ticket(second).number}").text
    assert "the same mail, in another mailbox" in page


def test_a_mail_of_another_mailbox_is_not_answered_here(house):
    first = house.write(amelie, BRIDGING)
    second = write_to(house, second_mailbox(), amelie, "Suite.", in_reply_to=first.message_id)
    assert second.ticket_id != first.ticket_id


def test_a_copy_of_an_answer_to_a_second_mailbox_stands_alone_there(house):
    first = house.write(amelie, BRIDGING)
    box = second_mailbox()
    to = f"{reply_address('contact@fund.example', first.ticket_id)}, payment@fund.example"
    raw = letter(amelie, "Voici ma carte.", "Ma carte", to=to)
    here = house.receive(raw, amelie.email, to=reply_address("contact@fund.example", 1))
    intake_id = receive_mail(raw, adapter=Adapter.IMAP, mailbox=box, rcpt_to=[box.address])
    house.work()
    there = Contact.from_intake(intake_id)
    assert there is not None
    assert here.ticket_id == first.ticket_id != there.ticket_id
    assert why(there, here) == "same_mail"


def test_what_the_classifier_leaves_open_goes_to_the_mailboxs_team(house, monkeypatch):
    team = db.session.scalar(Team.by_slug("affiliation"))
    assert team is not None
    box = second_mailbox(team_id=team.id)
    monkeypatch.setattr("triage.routing.engine", lambda: None)
    ticket = house.ticket(write_to(house, box, amelie, BRIDGING))
    assert (ticket.team_id, ticket.topic_id, ticket.needs_choice) == (team.id, None, True)
    assert ticket in db.session.scalars(TicketFilter("review").tickets(house.nadia)).all()


def test_what_the_classifier_is_sure_of_goes_to_the_topics_team(house):
    team = db.session.scalar(Team.by_slug("affiliation"))
    assert team is not None
    box = second_mailbox(team_id=team.id)
    ticket = house.ticket(write_to(house, box, amelie, BRIDGING, subject="Droit passerelle"))
    assert ticket.team is not None and ticket.team.slug == "bridging"


# --- closed ---------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", QUIET, ids=str)
def test_machines_reopen_nothing_and_start_no_clock(house, headers):
    first = house.write(amelie, BRIDGING)
    ticket = house.ticket(first)
    close(house, ticket)
    due, seen, preview = ticket.due_at, ticket.last_contact_at, ticket.preview
    second = house.write(amelie, "Absente.", in_reply_to=first.message_id, headers=headers)
    assert second.ticket_id == ticket.id
    assert ticket.status == Status.CLOSED
    assert (ticket.due_at, ticket.last_contact_at, ticket.preview) == (due, seen, preview)


@pytest.mark.parametrize(
    "headers, why",
    [(QUIET[0], None), (QUIET[1], "machine_wrote"), (QUIET[2], "machine_wrote")],
    ids=["answering machine", "program", "list"],
)
def test_what_a_list_passes_on_after_the_end_is_pointed_out(house, headers, why):
    first = house.write(amelie, BRIDGING)
    ticket = house.ticket(first)
    close(house, ticket)
    house.write(amelie, "Toujours rien reçu.", in_reply_to=first.message_id, headers=headers)
    assert (ticket.status, ticket.attention) == (Status.CLOSED, why)


def test_what_looks_like_a_bounce_and_brings_nothing_back_is_pointed_out(house):
    ticket = house.ticket(house.write(amelie, BRIDGING))
    message = house.answer(ticket)
    close(house, ticket)
    postmaster = Person("Amélie", "postmaster@bakery.example", "", "fr")
    said = house.write(postmaster, "Toujours rien reçu.", in_reply_to=message.message_id)
    assert (said.ticket_id, said.automatic) == (ticket.id, "bounce")
    assert ticket.attention == "machine_wrote"


def test_a_read_receipt_reopens_nothing(house):
    ticket = house.ticket(house.write(amelie, BRIDGING))
    message = house.answer(ticket)
    close(house, ticket)
    receipt = (
        f"From: {amelie.email}\r\nTo: {message.reply_to}\r\nSubject: Lu\r\n"
        f"In-Reply-To: {message.message_id}\r\nMessage-ID: <read@bakery.example>\r\n"
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nLu.\r\n--b--\r\n"
    )
    contact = house.receive(receipt.encode(), amelie.email)
    assert (contact.ticket_id, contact.automatic) == (ticket.id, "read_receipt")
    assert ticket.status == Status.CLOSED


def test_who_only_asks_for_no_automatic_answer_reopens_like_anybody(house):
    first = house.write(amelie, BRIDGING)
    ticket = house.ticket(first)
    close(house, ticket)
    headers = {"X-Auto-Response-Suppress": "DR, OOF, AutoReply"}
    house.write(amelie, "Toujours rien !", in_reply_to=first.message_id, headers=headers)
    assert ticket.status == Status.OPEN
    assert ticket.preview == "Toujours rien !"


def test_a_machines_answer_to_a_ticket_closed_long_ago_opens_no_new_one(house):
    first = house.write(amelie, BRIDGING)
    close(house, house.ticket(first), now() - timedelta(days=40))
    second = house.write(amelie, "Absente.", in_reply_to=first.message_id, headers=QUIET[0])
    assert second.ticket_id == first.ticket_id


def test_the_fourth_reopening_within_a_day_asks_for_a_persons_attention(house):
    first = house.write(amelie, BRIDGING)
    ticket = house.ticket(first)
    seen = []
    for number in range(4):
        close(house, ticket)
        house.write(amelie, f"Encore {number}.", in_reply_to=first.message_id)
        seen.append((ticket.status, ticket.attention))
    assert seen[:3] == [(Status.OPEN, None)] * 3
    assert seen[3] == (Status.OPEN, "reopened_too_often")


def test_reopenings_by_people_do_not_count(house, nadia):
    first = house.write(amelie, BRIDGING)
    ticket = house.ticket(first)
    for _ in range(4):
        close(house, ticket)
        with transaction():
            ticket.reopen(by=nadia)
    close(house, ticket)
    house.write(amelie, "Encore.", in_reply_to=first.message_id)
    assert ticket.attention is None


# --- who wrote ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sender",
    [
        f"From: Boss <boss@fund.example>\r\nFrom: {joris.email}\r\n",
        f'From: "boss@fund.example" <{joris.email}>\r\n',
        f"From: =?utf-8?q?=D0=90m=C3=A9lie_Dujardin?= <{joris.email}>\r\n",
    ],
    ids=["several", "deceives", "alphabets"],
)
def test_an_unclear_sender_is_pointed_out(house, sender):
    raw = f"{sender}To: contact@fund.example\r\nMessage-ID: <x@y.example>\r\n\r\nBonjour\r\n"
    contact = house.receive(raw.encode(), joris.email)
    assert house.ticket(contact).attention == "sender_unclear"
    assert contact.sender.endswith(">") or "@" in contact.sender


def test_who_has_an_ordinary_name_is_clear(house):
    for who in (amelie, frieda, Person("Иван Петров", "ivan@home.example", "", "fr")):
        assert house.ticket(house.write(who, "Bonjour.")).attention is None


def test_a_used_message_id_with_other_words_is_pointed_out(house):
    house.write(amelie, BRIDGING, message_id="<one@bakery.example>")
    second = house.write(amelie, "Tout autre chose.", message_id="<one@bakery.example>")
    assert "message_id_reused" in second.defects
    assert house.ticket(second).attention == "message_id_reused"


def test_a_mail_from_a_colleagues_address_is_what_a_client_says(house):
    ticket = house.ticket(house.write(amelie, BRIDGING))
    message = house.answer(ticket)
    house.nadia  # noqa: B018
    spoofed = Person("Nadia Benali", "nadia@fund.example", "", "fr")
    headers = {"X-Triage-Topic": "pension", "X-Triage-Status": "closed"}
    sent = db.session.scalar(select(func.count()).where(Message.kind == Kind.REPLY.value))
    contact = house.write(spoofed, "Fermez.", to=message.reply_to, headers=headers)
    assert contact.ticket_id == ticket.id
    assert (contact.taken_by_id, ticket.status) == (None, Status.OPEN)
    assert "control_headers_ignored" in contact.defects
    assert "contact.from_colleague" in kinds(ticket)
    assert db.session.scalar(select(func.count()).where(Message.kind == Kind.REPLY.value)) == sent


def test_a_mail_from_our_own_mailbox_is_never_thanked(house):
    contact = house.write(Person("Contact", "contact@fund.example", "", "fr"), BRIDGING)
    assert db.session.scalars(Message.of_ticket(contact.ticket_id or 0)).all() == []
    assert "contact.from_own_mailbox" in kinds(house.ticket(contact))


def kinds(ticket: Ticket) -> list[str]:
    return [event.kind for event in db.session.scalars(Event.of_ticket(ticket.id))]


# --- what a trusted mailbox may say ---------------------------------------------------------


def test_headers_of_our_own_programs_are_obeyed_where_only_they_can_write(house):
    box = second_mailbox(trusted=True)
    headers = {
        "X-Triage-Topic": "pension",
        "X-Triage-Language": "nl",
        "X-Triage-Urgent": "1",
    }
    contact = write_to(house, box, amelie, BRIDGING, headers=headers)
    ticket = house.ticket(contact)
    assert (ticket.topic_id, ticket.language, ticket.urgent) == ("pension", "nl", True)
    assert (ticket.needs_choice, "control_headers_ignored" in contact.defects) == (False, False)
    assert contact.prediction is not None and contact.prediction.topic_id == "bridging_right"


def test_words_that_we_do_not_know_are_not_obeyed(house):
    box = second_mailbox(trusted=True)
    headers = {"X-Triage-Topic": "invented", "X-Triage-Language": "xx", "X-Triage-Urgent": "0"}
    contact = write_to(house, box, amelie, BRIDGING, headers=headers)
    ticket = house.ticket(contact)
    assert (ticket.topic_id, ticket.language, ticket.urgent) == ("bridging_right", "fr", False)


def test_elsewhere_they_are_ignored_and_written_down(house):
    contact = house.write(amelie, BRIDGING, headers={"X-Triage-Topic": "pension"})
    assert house.ticket(contact).topic_id == "bridging_right"
    assert "control_headers_ignored" in contact.defects


# --- passed on by a colleague ---------------------------------------------------------------

PASSED_ON = (
    "Kan iemand dit bekijken?\n\n---------- Forwarded message ---------\n"
    f"From: {emily.name} <{emily.email}>\nDate: Mon, 4 May 2026\nSubject: My payment\n\n"
    "When will my bridging right be paid?\n"
)


def test_a_colleagues_forward_proposes_who_wrote_first(house, client):
    house.nadia  # noqa: B018
    colleague = Person("Nadia Benali", "nadia@fund.example", "", "fr")
    contact = house.write(colleague, PASSED_ON, "Fwd: My payment")
    ticket = house.ticket(contact)
    assert contact.fields == {"forwarded_from": f"{emily.name} <{emily.email}>"}
    assert ticket.client is not None and ticket.client.email == colleague.email
    client.sign_in(house.koen)
    where = f"/desk/tickets/{ticket.number}"
    assert "Emily Stone" in client.get(where).text
    client.post(f"{where}/client", data={"contact": contact.id})
    db.session.expire_all()
    assert ticket.client is not None and ticket.client.email == emily.email
    assert contact.client_id == ticket.client_id
    assert "ticket.client" in kinds(ticket)


def test_a_clients_forward_proposes_nobody(house):
    assert house.write(amelie, PASSED_ON, "Fwd: My payment").fields == {}
