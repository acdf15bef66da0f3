"""What becomes of a mail: the second hop, from its bytes to contact, ticket and team."""

from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from threading import Event as Signal
from threading import Thread

import pytest
from sqlalchemy import func, select

from models import correspondence, outbox
from models.base import db, now, transaction
from models.contact import Contact
from models.event import Event
from models.files import Attachment
from models.intake import Adapter, Intake, State
from models.mailbox import Mailbox
from models.message import Message, reply_address
from models.outbox import Job, Outbox
from models.ticket import Disposition, Status, Ticket, TicketContact
from models.ticket_list import TicketFilter
from tests.people import House, Person, amelie, emily, frieda, joris, letter
from triage import letters, routing
from triage.config import Settings
from triage.intake import again, reading, receive_mail
from triage.intake import draft as drafts
from triage.intake.letter import Letter

NISS = "93051822361"
DOTTED = "93.05.18-223.61"
BRIDGING = (
    "Bonjour, mon commerce est fermé depuis mars à cause de la crise. Comment demander le droit "
    "passerelle et quand serai-je payée ?"
)
OUT_OF_OFFICE = {"Auto-Submitted": "auto-replied"}


def count(table: type) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def rule_of(contact: Contact) -> str | None:
    return db.session.scalar(
        select(TicketContact.rule).where(TicketContact.contact_id == contact.id)
    )


def closed(house: House, ticket: Ticket, at: datetime) -> None:
    with transaction():
        ticket.close(Disposition.ANSWERED, by=house.nadia, at=at)


def open_again(house: House, raw: bytes) -> int:
    """Keep a mail without reading it; returns its intake."""
    return receive_mail(raw, adapter=Adapter.SMTP, mailbox=Mailbox.first())


# --- a first mail ---------------------------------------------------------------------------


def test_a_mail_becomes_a_contact_of_a_client_and_a_ticket_of_a_team(house):
    contact = house.write(amelie, BRIDGING, "Droit passerelle")
    ticket = house.ticket(contact)
    assert contact.client is not None and contact.client.email == amelie.email
    assert (contact.topic_id, contact.language) == ("bridging_right", "fr")
    assert ticket.team is not None and ticket.team.slug == "bridging"
    assert not ticket.needs_choice
    assert rule_of(contact) == "opened"
    assert contact.intake.state == State.READ


def test_its_prediction_says_why(house):
    prediction = house.write(amelie, BRIDGING, "Droit passerelle").prediction
    assert prediction is not None
    assert prediction.topic_id == "bridging_right"
    assert prediction.decision == "auto"
    assert prediction.model_version
    assert prediction.reasons


def test_receipt_is_confirmed_once(house):
    ticket = house.ticket(house.write(amelie, BRIDGING))
    (message,) = db.session.scalars(Message.of_ticket(ticket.id)).all()
    assert (message.kind, message.recipient) == ("acknowledgement", amelie.email)


@pytest.mark.parametrize(
    "sender", ["no-reply@bank.example", "postmaster@bank.example", "contact@fund.example"]
)
def test_machines_and_ourselves_are_not_thanked(house, sender):
    house.write(Person("Bank", sender, "", "fr"), BRIDGING)
    assert count(Message) == 0


def test_the_same_mail_twice_is_one_contact(house):
    raw = letter(amelie, BRIDGING)
    first = house.receive(raw, amelie.email)
    second = open_again(house, b"Received: by a relay\r\n" + raw)
    house.work()
    assert count(Contact) == count(Ticket) == 1
    again = Intake.named(second)
    assert again is not None
    assert (again.state, again.duplicate_of_id) == (State.DUPLICATE, first.intake_id)


def test_the_same_mail_without_message_id_is_one_contact(house):
    raw = b"\r\n".join(
        line for line in letter(amelie, BRIDGING).split(b"\r\n") if b"Message-ID" not in line
    )
    house.receive(raw, amelie.email)
    open_again(house, raw)
    house.work()
    assert count(Contact) == 1


def test_the_same_mail_read_by_two_workers_at_once_is_one_contact(house, settings):
    raw = letter(amelie, BRIDGING)
    open_again(house, raw)
    open_again(house, raw)
    with transaction():
        first, second = outbox.claim(Job.READ, "both", 10, timedelta(minutes=1))
    read, go_on = Signal(), Signal()

    def read_slowly() -> None:
        with house.app.app_context(), transaction():
            intake = Intake.named(first.ref_id)
            assert intake is not None
            reading.file(intake, reading.draft_of(intake, settings), None, settings)
            read.set()
            go_on.wait(10)

    def read_meanwhile() -> None:
        with house.app.app_context():
            reading.read_batch([second], "both", settings)

    slow, quick = Thread(target=read_slowly), Thread(target=read_meanwhile)
    slow.start()
    assert read.wait(30)
    quick.start()
    quick.join(0.5)
    go_on.set()
    slow.join(30)
    quick.join(30)
    assert count(Contact) == count(Ticket) == 1


def test_the_same_message_id_with_other_words_is_a_second_contact_and_flagged(house):
    first = house.write(amelie, BRIDGING, message_id="<one@bakery.example>")
    second = house.write(amelie, "Tout autre chose.", message_id="<one@bakery.example>")
    assert first.id != second.id
    assert "message_id_reused" in second.defects
    assert "message_id_reused" not in first.defects


def test_the_same_message_id_in_another_mailbox_is_another_mail(house):
    with transaction():
        other = Mailbox(name="payment", address="payment@fund.example")
        db.session.add(other)
    raw = letter(amelie, BRIDGING)
    house.receive(raw, amelie.email)
    receive_mail(raw, adapter=Adapter.SMTP, mailbox=other)
    house.work()
    assert count(Contact) == 2


# --- a second mail --------------------------------------------------------------------------


def test_a_reply_to_her_own_mail_joins_its_ticket(house):
    first = house.write(amelie, BRIDGING)
    second = house.write(amelie, "Toujours rien...", in_reply_to=first.message_id)
    assert second.ticket_id == first.ticket_id
    assert rule_of(second) == "in_reply_to"


def test_a_reply_to_our_answer_joins_its_ticket(house):
    first = house.write(amelie, BRIDGING)
    message = house.answer(house.ticket(first))
    second = house.write(amelie, "Merci, et pour mai ?", in_reply_to=message.message_id)
    assert second.ticket_id == first.ticket_id


def test_a_reply_to_our_answer_by_references_and_plain_address_joins_its_ticket(house):
    first = house.write(amelie, BRIDGING, "Mon droit")
    message = house.answer(house.ticket(first))
    second = house.write(
        amelie, "Merci.", message.subject, headers={"References": message.message_id}
    )
    assert second.ticket_id == first.ticket_id
    assert rule_of(second) == "references"


def test_a_masked_number_in_the_subject_breaks_no_thread(house):
    first = house.write(amelie, BRIDGING, f"Dossier {DOTTED}")
    second = house.write(
        amelie, "Suite.", f"Re: Dossier {DOTTED}", headers={"References": str(first.message_id)}
    )
    assert second.ticket_id == first.ticket_id


def test_a_mail_to_the_signed_reply_address_joins_its_ticket(house):
    first = house.write(amelie, BRIDGING)
    address = reply_address("contact@fund.example", house.ticket(first).id)
    second = house.write(amelie, "Voici ma carte.", "Ma carte", to=address)
    assert second.ticket_id == first.ticket_id
    assert rule_of(second) == "reply_address"


def test_another_sender_at_the_reply_address_joins_but_does_not_become_the_client(house):
    first = house.write(amelie, BRIDGING)
    address = reply_address("contact@fund.example", house.ticket(first).id)
    second = house.write(joris, "Je réponds pour Amélie.", "Ma carte", to=address)
    assert second.ticket_id == first.ticket_id
    assert house.ticket(second).client_id == first.client_id != second.client_id


def test_a_forged_reply_address_joins_nothing(house):
    first = house.write(amelie, BRIDGING)
    forged = f"contact+t{first.ticket_id}.{'a' * 26}@fund.example"
    assert house.write(joris, "Laissez-moi lire.", to=forged).ticket_id != first.ticket_id


def test_the_tag_in_a_subject_is_enough_for_who_takes_part(house, settings):
    first = house.write(amelie, BRIDGING)
    tag = letters.tag(house.ticket(first).number, settings)
    second = house.write(amelie, "Encore moi.", f"Suite {tag}")
    assert second.ticket_id == first.ticket_id
    assert rule_of(second) == "subject_tag"


def test_a_stranger_with_somebodys_tag_gets_a_ticket_of_his_own_that_is_linked(house, settings):
    first = house.write(amelie, BRIDGING)
    tag = letters.tag(house.ticket(first).number, settings)
    second = house.write(joris, "Wat staat er in?", f"Vraag {tag}")
    assert second.ticket_id != first.ticket_id
    assert house.ticket(second).linked() == [house.ticket(first)]
    assert house.ticket(second).client_id != house.ticket(first).client_id


def test_a_guessed_tag_joins_nothing_even_for_who_takes_part(house):
    first = house.write(amelie, BRIDGING)
    guessed = f"[#Passerelle-{house.ticket(first).number}-aaaa]"
    assert house.write(amelie, "Autre chose.", f"Suite {guessed}").ticket_id != first.ticket_id


def test_a_stranger_who_names_her_mail_gets_a_ticket_of_his_own_that_is_linked(house):
    first = house.write(amelie, BRIDGING)
    second = house.write(joris, "Ik ook!", in_reply_to=first.message_id)
    assert second.ticket_id != first.ticket_id
    assert house.ticket(second).linked() == [house.ticket(first)]


def test_an_old_thread_with_a_new_subject_is_a_new_matter_that_is_linked(house):
    first = house.write(amelie, BRIDGING, "Droit passerelle")
    second = house.write(
        amelie, "Autre chose.", "Ma pension", headers={"References": str(first.message_id)}
    )
    assert second.ticket_id != first.ticket_id
    assert house.ticket(second).linked() == [house.ticket(first)]


def test_the_same_subject_alone_joins_nothing(house):
    first = house.write(amelie, BRIDGING, "Question")
    assert house.write(amelie, "Une autre question.", "Question").ticket_id != first.ticket_id


def test_what_was_closed_31_days_ago_begins_anew_and_is_linked(house):
    first = house.write(amelie, BRIDGING)
    closed(house, house.ticket(first), now() - timedelta(days=31))
    second = house.write(amelie, "Toujours rien...", in_reply_to=first.message_id)
    assert second.ticket_id != first.ticket_id
    assert house.ticket(second).linked() == [house.ticket(first)]
    assert house.ticket(first).status == Status.CLOSED


def test_a_mail_never_has_the_rights_of_an_agent(house):
    with transaction():
        house.nadia.login = "nadia@fund.example"
    spoofed = Person("Nadia Benali", "nadia@fund.example", "", "fr")
    contact = house.write(spoofed, "Fermez tout.", headers={"X-Triage-Status": "closed"})
    assert house.ticket(contact).status == Status.NEW
    assert contact.taken_by_id is None


# --- machines -------------------------------------------------------------------------------


def test_out_of_office_never_reopens(house):
    first = house.write(amelie, BRIDGING)
    ticket = house.ticket(first)
    closed(house, ticket, now())
    second = house.write(
        amelie, "Je suis absente.", in_reply_to=first.message_id, headers=OUT_OF_OFFICE
    )
    assert second.ticket_id == ticket.id
    assert ticket.status == Status.CLOSED
    assert count(Message) == 1


def test_out_of_office_does_not_make_a_ticket_look_younger(house):
    first = house.write(amelie, BRIDGING, at=now() - timedelta(hours=5))
    ticket = house.ticket(first)
    seen, preview, due = ticket.last_contact_at, ticket.preview, ticket.due_at
    house.write(amelie, "Je suis absente.", in_reply_to=first.message_id, headers=OUT_OF_OFFICE)
    assert (ticket.last_contact_at, ticket.preview, ticket.due_at) == (seen, preview, due)


def test_a_bounce_attaches_to_the_ticket_whose_answer_came_back(house):
    first = house.write(amelie, BRIDGING)
    message = house.answer(house.ticket(first))
    bounce = house.receive(report(message), "", to=message.reply_to)
    assert bounce.ticket_id == first.ticket_id
    assert (bounce.automatic, bounce.client_id) == ("bounce", None)
    assert house.ticket(first).status == Status.OPEN


def test_a_bounce_to_the_plain_address_is_known_by_the_mail_inside(house):
    first = house.write(amelie, BRIDGING)
    message = house.answer(house.ticket(first))
    bounce = house.receive(report(message), "", to="contact@fund.example")
    assert bounce.ticket_id == first.ticket_id


def test_our_own_mail_come_back_makes_no_ticket(house):
    contact = house.write(amelie, BRIDGING, headers={"X-Triage-Loop": "fund.example"})
    assert (contact.ticket_id, contact.client_id) == (None, None)
    assert contact.intake.state == State.LOOP
    assert count(Ticket) == count(Message) == 0


def test_our_own_answer_come_back_is_not_taken_for_the_clients_words(house):
    first = house.write(amelie, BRIDGING)
    message = house.answer(house.ticket(first))
    house.write(
        Person("Passerelle", "contact@fund.example", "", "fr"),
        "Votre demande est en ordre.",
        to=message.reply_to,
        headers={"X-Triage-Loop": "fund.example"},
    )
    assert house.ticket(first).contacts_count == 1


# --- what is hard to read -------------------------------------------------------------------


def test_nothing_but_attachments_goes_to_people_with_its_files(house):
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = amelie.email, "contact@fund.example"
    mail["Subject"], mail["Message-ID"] = "Documents", "<scan@bakery.example>"
    mail.add_attachment(b"%PDF-1.4 scan", maintype="application", subtype="pdf", filename="a.pdf")
    contact = house.receive(mail.as_bytes(), amelie.email)
    assert [(file.name, file.blob.content) for file in contact.attachments] == [
        ("a.pdf", b"%PDF-1.4 scan")
    ]
    assert house.ticket(contact).needs_choice
    assert contact.prediction is None


def test_a_national_number_is_masked_everywhere_and_kept_sealed(house):
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = f"Amélie {DOTTED} <{amelie.email}>", "contact@fund.example"
    mail["Subject"], mail["Message-ID"] = f"Dossier {DOTTED}", "<niss@bakery.example>"
    mail.set_content(f"{BRIDGING}\n\nMon numéro : {DOTTED}, ou {NISS}.\n")
    mail.add_attachment(b"scan", maintype="image", subtype="png", filename=f"{NISS}.png")
    contact = house.receive(mail.as_bytes(), amelie.email)
    ticket = house.ticket(contact)
    (file,) = db.session.scalars(select(Attachment)).all()
    assert contact.client is not None
    derived = " ".join(
        [
            *(contact.subject, contact.text, contact.new_text, contact.sender, contact.client.name),
            *(ticket.subject, ticket.preview, str(contact.search), file.name),
            str(contact.prediction and contact.prediction.identifiers),
            *(event.kind + str(event.facts) for event in db.session.scalars(select(Event))),
        ]
    )
    assert DOTTED not in derived and NISS not in derived
    assert "••.••.••-•••.61" in contact.text
    raw = contact.intake.raw
    assert DOTTED.encode() in raw
    assert DOTTED.encode() not in contact.intake.raw_row.sealed


def test_what_cannot_be_read_five_times_becomes_a_ticket_that_says_so(house, monkeypatch):
    def broken(*_: object) -> None:
        raise RuntimeError("poison")

    monkeypatch.setattr(reading, "draft_of", broken)
    receive_mail(b"poison", adapter=Adapter.SMTP, mailbox=Mailbox.first(), mail_from=amelie.email)
    for _ in range(5):
        assert count(Contact) == 0
        house.work()
        with transaction():
            db.session.execute(db.update(Outbox).values(not_before=None))
    (contact,) = db.session.scalars(select(Contact)).all()
    assert contact.intake.state == State.QUARANTINED
    assert (contact.fully_read, contact.intake.raw) == (False, b"poison")
    assert contact.client is not None and contact.client.email == amelie.email
    assert db.session.scalars(TicketFilter("review").tickets(house.nadia)).all() == [
        house.ticket(contact)
    ]
    house.work()
    assert count(Contact) == 1


def test_one_that_cannot_be_read_does_not_hold_up_the_others(house, settings, monkeypatch):
    genuine = reading.draft_of

    def sometimes(intake: Intake, settings: Settings) -> reading.Draft:
        if intake.raw == b"poison":
            raise RuntimeError("poison")
        return genuine(intake, settings)

    monkeypatch.setattr(reading, "draft_of", sometimes)
    for raw in (letter(amelie, BRIDGING), b"poison", letter(joris, "Hallo, een vraag.")):
        open_again(house, raw)
    house.work()
    assert count(Contact) == 2
    assert outbox.waiting() == {"read": 1}


def test_one_that_breaks_the_classifier_waits_for_people_and_the_others_are_routed(
    house, monkeypatch
):
    genuine = routing.opine

    def sometimes(texts: list) -> list:
        if any("poison" in text.text for text in texts):
            raise ValueError("poison")
        return genuine(texts)

    monkeypatch.setattr(routing, "opine", sometimes)
    open_again(house, letter(joris, "poison"))
    open_again(house, letter(amelie, BRIDGING))
    house.work()
    poison, good = (house.ticket(c) for c in db.session.scalars(select(Contact).order_by("id")))
    assert (poison.needs_choice, poison.topic_id) == (True, None)
    assert good.topic_id == "bridging_right"


def test_one_that_kills_the_worker_each_time_does_not_hold_up_the_others(
    house, settings, monkeypatch
):
    """A worker that dies leaves nothing behind but tries; in the end people see the mail."""

    class Killed(BaseException):
        pass

    genuine = reading.draft_of

    def deadly(intake: Intake, settings: Settings) -> reading.Draft:
        if intake.raw == b"poison":
            raise Killed
        return genuine(intake, settings)

    monkeypatch.setattr(reading, "draft_of", deadly)
    for raw in (letter(amelie, BRIDGING), b"poison", letter(joris, "Hallo, een vraag.")):
        open_again(house, raw)
    for _ in range(12):
        try:
            reading.read_waiting("a worker", settings)
        except Killed:
            with transaction():
                db.session.execute(db.update(Outbox).values(lease_until=None))
    states = db.session.scalars(select(Intake.state).order_by(Intake.id)).all()
    assert states == [State.READ, State.QUARANTINED, State.READ]


def test_without_a_model_tickets_wait_on_the_review_list(house, monkeypatch):
    monkeypatch.setattr(routing, "engine", lambda: None)
    contact = house.write(amelie, BRIDGING)
    ticket = house.ticket(contact)
    assert (ticket.topic_id, ticket.team_id, ticket.needs_choice) == (None, None, True)
    assert db.session.scalars(TicketFilter("review").tickets(house.stranger)).all() == [ticket]


def test_large_mails_are_not_all_in_memory_at_once(house, settings, monkeypatch):
    raw = letter(amelie, "Bonjour", "Dossier")
    for number in range(3):
        receive_mail(
            raw.replace(b"Bonjour", f"Bonjour {number}".encode()).replace(b"@", b"@x", 1),
            adapter=Adapter.SMTP,
            mailbox=Mailbox.first(),
            mail_from=amelie.email,
        )
    monkeypatch.setattr(reading, "BATCH_BYTES", 2 * len(raw) + 20)
    assert [reading.read_waiting("one", settings) for _ in range(3)] == [2, 1, 0]


def test_who_loses_the_lease_leaves_no_second_contact(house, settings):
    open_again(house, letter(amelie, BRIDGING))
    with transaction():
        slow = outbox.claim(Job.READ, "slow worker", 10, timedelta(0))
    house.work()
    reading.read_batch(slow, "slow worker", settings)
    assert count(Contact) == count(Ticket) == 1


def test_what_is_being_read_is_taken_up_by_nobody_else_however_long_it_takes(
    house, settings, monkeypatch
):
    genuine, taken = reading.draft_of, []

    def slowly(intake: Intake, settings: Settings) -> reading.Draft:
        with house.app.app_context(), transaction():
            taken.extend(outbox.claim(Job.READ, "second worker", 10, timedelta(minutes=1)))
        return genuine(intake, settings)

    open_again(house, letter(amelie, BRIDGING))
    with transaction():
        claims = outbox.claim(Job.READ, "slow worker", 10, timedelta(0))
    monkeypatch.setattr(reading, "draft_of", slowly)
    reading.read_batch(claims, "slow worker", replace(settings, lease_seconds=0.001))
    assert taken == []
    assert count(Contact) == 1


@pytest.mark.parametrize("who", [joris, frieda, emily], ids=lambda who: who.language)
def test_the_client_speaks_the_language_of_the_first_mail(house, who):
    said = {
        "nl": "Goeiedag, ik heb nog altijd geen overbruggingsrecht ontvangen. Wanneer komt dat?",
        "de": "Guten Tag, wann bekomme ich endlich mein Überbrückungsrecht ausgezahlt?",
        "en": "Hello, when will my bridging right finally be paid? I still have received nothing.",
    }
    contact = house.write(who, said[who.language])
    assert contact.client is not None
    assert contact.client.language == contact.language == who.language


def report(message: Message) -> bytes:
    """What a mail server sends when our answer could not be delivered."""
    return (
        "From: MAILER-DAEMON@mx.example\r\n"
        "To: contact@fund.example\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\n"
        "Message-ID: <bounce@mx.example>\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; {message.recipient}\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\n\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"From: contact@fund.example\r\nMessage-ID: {message.message_id}\r\n\r\n--b--\r\n"
    ).encode()


# --- what comes back ------------------------------------------------------------------------


def test_an_answer_that_bounces_is_ours_again_and_its_address_is_not_used_more(house, nadia):
    ticket = house.ticket(house.write(amelie, "Bonjour, où en est mon dossier ?"))
    with transaction():
        answer = correspondence.answer(
            ticket,
            "Bonjour",
            by=nadia,
            at=now(),
            mailbox_address="contact@fund.example",
            domain="fund.example",
            tag="",
        )
        answer.went(now())
    report = (
        "From: MAILER-DAEMON@mx.example\nTo: contact@fund.example\nSubject: Undelivered\n"
        "Message-ID: <bounce@mx.example>\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nNo such user.\n"
        "--b\nContent-Type: message/delivery-status\n\n"
        f"Final-Recipient: rfc822; {amelie.email}\nAction: failed\nStatus: 5.1.1\n"
        f"--b\nContent-Type: message/rfc822\n\nMessage-ID: {answer.message_id}\n"
        "Subject: Re\n\nBonjour\n--b--\n"
    )
    house.receive(report.encode(), "")
    db.session.refresh(ticket)
    db.session.refresh(answer)
    assert ticket.status == Status.OPEN
    assert answer.state == "failed"
    assert ticket.client.email is None


def test_an_answer_goes_to_where_the_client_wrote_from_last(house, nadia):
    ticket = house.ticket(house.write(amelie, "Bonjour, où en est mon dossier ?"))
    with transaction():
        ticket.client.add_address("new@bakery.example", "desk")
    assert correspondence.answer_address(ticket) == amelie.email


def test_only_a_number_of_the_clients_own_words_is_perhaps_theirs(house):
    text = (
        "Bonjour, appelez-moi au 0475 12 34 56.\n\nCordialement,\nAmélie Dujardin\n"
        "02 512 33 44\n\nLe ven. 3 avr. 2020 à 10:12, Caisse <contact@fund.example> a écrit :\n"
        "> Appelez-nous au 02 555 12 12.\n"
    )
    client = house.write(amelie, text).client
    assert {known.e164 for known in client.numbers} == {"+32475123456", "+3225123344"}


def test_a_very_long_mail_is_kept_whole(house):
    words = "encore un mot de plus " * 6_000
    contact = house.write(amelie, words + " fin 85.07.30-033.28")
    assert contact.text.rstrip().endswith(".28")
    assert "85.07.30" not in contact.text
    assert len(contact.text) > 120_000


# --- read once more -------------------------------------------------------------------------


def read_badly(house: House, monkeypatch: pytest.MonkeyPatch, raw: bytes) -> Contact:
    """A mail of which the reader could only say that there is one."""
    with monkeypatch.context() as broken:
        broken.setattr(drafts, "parse_guarded", lambda raw, **_: Letter.unread(raw, "unreadable"))
        return house.receive(raw, amelie.email)


def test_what_is_read_once_more_does_not_move_what_a_person_chose(
    house, settings, nadia, monkeypatch
):
    contact = read_badly(house, monkeypatch, letter(amelie, BRIDGING, "Droit passerelle"))
    ticket = house.ticket(contact)
    with transaction():
        routing.correct(ticket, "pension", None, None, by=nadia, at=now())
    with transaction():
        assert again.read_again(contact.intake, settings, by=nadia)
    assert "commerce" in contact.text
    assert (ticket.topic_id, contact.topic_id) == ("pension", "pension")
    assert contact.prediction is not None and contact.prediction.topic_id == "bridging_right"


def test_what_is_read_once_more_routes_what_nobody_has_chosen(house, settings, nadia, monkeypatch):
    contact = read_badly(house, monkeypatch, letter(amelie, BRIDGING, "Droit passerelle"))
    with transaction():
        assert again.read_again(contact.intake, settings, by=nadia)
    assert house.ticket(contact).topic_id == "bridging_right"


def test_what_is_not_fully_read_is_classified_by_what_is(house, monkeypatch):
    genuine = drafts.parse_guarded
    monkeypatch.setattr(
        drafts,
        "parse_guarded",
        lambda raw, **more: replace(genuine(raw, **more), fully_read=False, defects=("too_deep",)),
    )
    contact = house.write(amelie, BRIDGING, "Droit passerelle")
    assert (contact.fully_read, contact.intake.state) == (False, State.PARTIAL)
    assert (contact.topic_id, house.ticket(contact).needs_choice) == ("bridging_right", False)


def test_two_files_of_one_name_and_two_names_of_one_file_are_both_kept(house):
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = amelie.email, "contact@fund.example"
    mail["Message-ID"] = "<files@bakery.example>"
    mail.set_content("Voici.")
    for name, content in (("a.pdf", b"one"), ("a.pdf", b"two"), ("b.pdf", b"one")):
        mail.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    contact = house.receive(mail.as_bytes(), amelie.email)
    assert [(file.name, file.size) for file in contact.attachments] == [
        ("a.pdf", 3),
        ("a.pdf", 3),
        ("b.pdf", 3),
    ]
