"""Very many mails of one sender: nothing is lost, nobody else waits, one ticket collects them."""

from collections.abc import Callable
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.orm import Session

from models import figures, outbox
from models.base import db, now, transaction
from models.client import Client
from models.contact import Contact
from models.event import Event
from models.intake import Adapter, Channel, Intake, State
from models.mailbox import Mailbox
from models.message import Message
from models.outbox import Job, Outbox, waiting
from models.problem import Occurrence
from models.thread import TicketContact
from models.ticket import Disposition, Ticket, TicketLink
from tests.people import House, Person, amelie, joris, letter
from triage.intake import reading, receive_mail

SHOP = Person("Shop", "orders@shop.example", "", "fr")
LIMIT = 20
ENTERPRISES = 1_000


def keep(who: Person, text: str, subject: str = "Question", **more: object) -> int:
    raw = letter(who, text, subject, **more)  # type: ignore[arg-type]
    return receive_mail(raw, adapter=Adapter.SMTP, mailbox=Mailbox.first(), mail_from=who.email)


def flood(house: House, who: Person, count: int, start: int = 0) -> None:
    with transaction():
        for number in range(start, start + count):
            keep(who, f"Bonjour, message {number}.", f"Commande {number}")
    read_all(house)


def read_all(house: House) -> None:
    while Job.READ in waiting():
        house.work()


def bursts() -> list[Ticket]:
    return list(db.session.scalars(select(Ticket).where(Ticket.burst_of.is_not(None))))


def says(burst: Ticket, mails: int) -> bool:
    """Whether its subject, in whatever language, has the sender and how many there are."""
    return burst.subject.startswith(f"{mails} ") and burst.subject.endswith(SHOP.email)


def count(table: type) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def enterprise(number: int) -> str:
    """A number as enterprises have them: the last two digits check the others."""
    first = f"0{400_000 + number:06d}0"
    return f"{first}{97 - int(first) % 97:02d}"


# --- what a burst is ------------------------------------------------------------------------


def test_up_to_the_limit_each_mail_has_its_ticket(house):
    flood(house, SHOP, LIMIT)
    assert (count(Ticket), bursts()) == (LIMIT, [])


def test_what_comes_beyond_is_collected_and_nothing_is_lost(house):
    flood(house, SHOP, LIMIT + 5)
    (burst,) = bursts()
    assert count(Ticket) == LIMIT + 1
    assert count(Contact) == LIMIT + 5
    assert (burst.contacts_count, burst.attention) == (5, "burst")
    assert burst.burst_of == SHOP.email
    assert says(burst, 5)


def test_figures_and_the_board_count_a_burst_once(house, client):
    flood(house, SHOP, LIMIT + 5)
    start, end = now() - timedelta(minutes=5), now() + timedelta(minutes=5)
    seen = figures.flow(start, end)
    assert (seen.contacts, count(Contact)) == (LIMIT + 1, LIMIT + 5)
    repeated = select(func.count()).where(Contact.repeated, Contact.collected)
    assert db.session.scalar(repeated) == 0
    placed = select(Contact.id).join(Occurrence, Occurrence.contact_id == Contact.id)
    assert db.session.scalars(placed.where(Contact.collected)).all() == []
    (burst,) = bursts()
    collected = db.session.scalars(select(Contact).where(Contact.collected)).first()
    client.sign_in(house.ingrid)
    client.post(f"/desk/tickets/{burst.number}/contacts/{collected.id}/ticket")
    db.session.expire_all()
    assert figures.flow(start, end).contacts == LIMIT + 2


def test_a_burst_is_thanked_no_more_and_routed_once(house):
    flood(house, SHOP, LIMIT + 5)
    (burst,) = bursts()
    assert db.session.scalars(Message.of_ticket(burst.id)).all() == []
    kinds = [one.kind for one in db.session.scalars(Event.of_ticket(burst.id))]
    assert kinds.count("ticket.routed") <= 1
    assert kinds.count("ticket.attention") == 1
    assert count(Message) <= 2


def test_others_are_not_touched_by_it(house):
    flood(house, SHOP, LIMIT + 5)
    contact = house.write(amelie, "Bonjour, où en est mon dossier ?")
    assert house.ticket(contact).burst_of is None


def test_an_answer_within_a_thread_stays_in_its_thread(house):
    flood(house, SHOP, LIMIT + 1)
    first = db.session.scalars(select(Contact).order_by(Contact.id)).first()
    assert first is not None
    again = house.write(SHOP, "Suite.", first.subject, in_reply_to=first.message_id)
    assert again.ticket_id == first.ticket_id


def test_a_plus_part_makes_no_other_burst(house):
    flood(house, SHOP, LIMIT + 1)
    with transaction():
        client = db.session.scalar(Client.by_address(SHOP.email))
        assert client is not None
        client.add_address("orders+7@shop.example", "email")
    flood(house, Person("Shop", "orders+7@shop.example", "", "fr"), 1)
    (burst,) = bursts()
    assert burst.contacts_count == 2


def test_each_mailbox_has_its_own_burst(house):
    flood(house, SHOP, LIMIT + 2)
    with transaction():
        box = Mailbox(name="privacy", address="privacy@fund.example")
        db.session.add(box)
        db.session.flush()
        for number in range(2):
            raw = letter(SHOP, f"Bonjour {number}", to=box.address)
            receive_mail(raw, adapter=Adapter.SMTP, mailbox=box, mail_from=SHOP.email)
    read_all(house)
    assert sorted(burst.contacts_count for burst in bursts()) == [2, 2]


def test_a_burst_goes_on_while_it_goes_on(house):
    """An hour later the sender does not begin anew with twenty tickets."""
    at = now() - timedelta(hours=5)
    for number in range(60):
        house.write(SHOP, f"Message {number}.", at=at + number * timedelta(minutes=2))
    (burst,) = bursts()
    assert (count(Ticket), burst.contacts_count) == (LIMIT + 1, 40)


def test_slow_writers_are_no_burst(house):
    at = now() - timedelta(days=2)
    for number in range(30):
        house.write(SHOP, f"Message {number}.", at=at + number * timedelta(minutes=10))
    assert bursts() == []


def test_after_it_was_over_the_next_burst_is_another_ticket(house, nadia):
    flood(house, SHOP, LIMIT + 1)
    (burst,) = bursts()
    with transaction():
        burst.close(Disposition.DUPLICATE, by=nadia, at=now() - timedelta(days=2))
    flood(house, SHOP, 1, start=100)
    assert [ticket.contacts_count for ticket in bursts()] == [1, 1]


def test_a_burst_closed_just_now_opens_again(house, nadia):
    flood(house, SHOP, LIMIT + 1)
    (burst,) = bursts()
    with transaction():
        burst.close(Disposition.DUPLICATE, by=nadia, at=now())
    flood(house, SHOP, 1, start=100)
    assert (burst.contacts_count, burst.closed) == (2, False)


def test_mails_without_any_sender_are_collected_by_nobody(house):
    with transaction():
        for number in range(LIMIT + 3):
            raw = (
                f"Subject: {number}\r\nMessage-ID: <{number}@x.example>\r\n\r\nBonjour {number}\r\n"
            )
            receive_mail(raw.encode(), adapter=Adapter.SMTP, mailbox=Mailbox.first())
    read_all(house)
    assert (count(Ticket), bursts()) == (LIMIT + 3, [])


def test_bounces_without_an_original_are_a_burst_as_well(house):
    with transaction():
        for number in range(LIMIT + 3):
            raw = (
                "From: MAILER-DAEMON@mx.example\r\nTo: contact@fund.example\r\n"
                f"Subject: Undelivered\r\nMessage-ID: <{number}@mx.example>\r\n"
                "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
                f"--b\r\nContent-Type: text/plain\r\n\r\nNo such user {number}.\r\n--b--\r\n"
            )
            receive_mail(raw.encode(), adapter=Adapter.SMTP, mailbox=Mailbox.first(), mail_from="")
    read_all(house)
    (burst,) = bursts()
    assert (burst.contacts_count, burst.burst_of) == (3, "mailer-daemon@mx.example")


def test_a_mail_taken_out_of_a_burst_leaves_one_less(house, client):
    flood(house, SHOP, LIMIT + 3)
    (burst,) = bursts()
    contact = db.session.scalars(Contact.of_ticket(burst.id)).all()[-1]
    client.sign_in(house.koen)
    client.post(f"/desk/tickets/{burst.number}/contacts/{contact.id}/ticket")
    db.session.expire_all()
    assert says(burst, 2)
    own = house.ticket(contact)
    assert (own.id != burst.id, own.subject) == (True, contact.subject)
    client.post(f"/desk/tickets/{own.number}/contacts/{contact.id}/ticket/withdrawal")
    db.session.expire_all()
    assert says(burst, 3)


# --- who writes for others ------------------------------------------------------------------


def test_who_writes_about_forty_enterprises_has_forty_tickets(house):
    with transaction():
        for number in range(40):
            keep(
                SHOP, f"Bonjour, demande de report pour {enterprise(number)}.", f"Dossier {number}"
            )
    read_all(house)
    assert (count(Ticket), bursts()) == (40, [])


def test_the_same_enterprise_again_and_again_is_a_burst(house):
    with transaction():
        for number in range(LIMIT + 5):
            keep(SHOP, f"Encore {number}, pour {enterprise(1)}.", f"Dossier {number}")
    read_all(house)
    (burst,) = bursts()
    assert burst.contacts_count == 5


def test_a_known_representative_has_a_ticket_for_each_mail(house, nadia):
    contact = house.write(SHOP, "Bonjour.")
    assert contact.client is not None
    with transaction():
        contact.client.represent(True, by=nadia)
    flood(house, SHOP, LIMIT + 5)
    assert (count(Ticket), bursts()) == (LIMIT + 6, [])


# --- the board ------------------------------------------------------------------------------


def test_the_board_says_who_floods_us_to_who_may_see_it(house, client):
    flood(house, SHOP, LIMIT + 5)
    (burst,) = bursts()
    client.sign_in(house.koen)
    page = client.get("/screening/").text
    assert "5 mails since" in page
    assert f"tickets/{burst.number}" in page and SHOP.email in page


def test_the_board_says_to_others_only_that_there_is_a_burst(house, client):
    flood(house, SHOP, LIMIT + 5)
    client.sign_in(house.ada)
    page = client.get("/screening/").text
    assert "5 mails since" in page
    assert SHOP.email not in page and f"tickets/{bursts()[0].number}" not in page


def test_without_a_burst_the_board_does_not_speak_of_any(house, client):
    house.write(amelie, "Bonjour.")
    client.sign_in(house.koen)
    assert "Bursts" not in client.get("/screening/").text


# --- whose turn -----------------------------------------------------------------------------


def keys() -> list[str | None]:
    return list(db.session.scalars(select(Outbox.fair_key).order_by(Outbox.id)))


def test_a_sender_is_one_whatever_the_case_and_the_plus_part(house):
    for sender in ("Orders@Shop.example", "orders+7@shop.example", " <orders@shop.example> "):
        receive_mail(b"\r\n", adapter=Adapter.SMTP, mailbox=Mailbox.first(), mail_from=sender)
    assert keys() == [SHOP.email] * 3


@pytest.mark.parametrize("mail_from", [None, "", "<>"])
def test_without_an_envelope_the_sender_is_who_the_mail_names(house, mail_from):
    raw = letter(SHOP, "Bonjour.")
    receive_mail(raw, adapter=Adapter.IMAP, mailbox=Mailbox.first(), mail_from=mail_from)
    assert keys() == [SHOP.email]


def test_who_writes_for_others_lets_nobody_pass(house, nadia):
    contact = house.write(SHOP, "Bonjour.")
    assert contact.client is not None
    with transaction():
        contact.client.represent(True, by=nadia)
    keep(SHOP, "Encore.")
    assert keys()[-1] is None


# --- many at once ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("many", "others"), [(200, 10), pytest.param(1_000, 50, marks=pytest.mark.slow)]
)
def test_many_mails_of_one_sender_delay_nobody(house, settings, many, others):
    """The others' mails come in while the burst waits; they are read in the first batches."""
    with transaction():
        for number in range(many):
            keep(SHOP, f"Message {number}.", f"Commande {number}")
        for number in range(others):
            who = Person(f"Client {number}", f"client{number}@home.example", "", "fr")
            keep(who, f"Bonjour, c'est le client {number}.")
    turns = 0
    while unread(others) and turns < 10:
        reading.read_waiting("a worker", settings)
        db.session.expire_all()
        turns += 1
    assert turns <= (10 + others) // reading.BATCH + 1
    read_all(house)
    (burst,) = bursts()
    assert count(Contact) == many + others
    assert burst.contacts_count == many - LIMIT
    to_the_shop = select(func.count()).where(Message.recipient == SHOP.email)
    assert (db.session.scalar(to_the_shop) or 0) <= 2


def unread(others: int) -> bool:
    homes = select(func.count()).where(Contact.sender.like("%@home.example>"))
    return (db.session.scalar(homes) or 0) < others


def test_a_hundred_deliveries_by_four_readers_are_one_ticket(house, settings):
    raw = letter(amelie, "Bonjour, où en est mon dossier ?")
    with transaction():
        for number in range(100):
            receive_mail(
                f"Received: by relay {number}\r\n".encode() + raw,
                adapter=Adapter.IMAP,
                mailbox=Mailbox.first(),
                mail_from=amelie.email,
            )
    in_parallel(house, lambda number: read_until_nothing_waits(f"reader {number}", settings))
    assert count(Contact) == count(Ticket) == count(Message) == 1
    states = db.session.scalars(select(Intake.state)).all()
    assert sorted(states) == [State.DUPLICATE] * 99 + [State.READ]


def test_four_readers_share_a_burst(house, settings):
    with transaction():
        for number in range(120):
            keep(SHOP, f"Message {number}.", f"Commande {number}")
    in_parallel(house, lambda number: read_until_nothing_waits(f"reader {number}", settings))
    (burst,) = bursts()
    assert (count(Contact), burst.contacts_count) == (120, 100)
    assert says(burst, 100)


def in_parallel(house: House, work: Callable[[int], None]) -> None:
    def run(number: int) -> None:
        with house.app.app_context():
            work(number)

    threads = [Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    db.session.expire_all()


def read_until_nothing_waits(owner: str, settings: object) -> None:
    while Job.READ in waiting():
        if not reading.read_waiting(owner, settings):  # type: ignore[arg-type]
            with transaction():
                db.session.execute(
                    db.update(Outbox).where(Outbox.lease_owner.is_(None)).values(not_before=None)
                )


def test_who_waits_too_long_for_another_reader_has_lost_no_try(house, settings):
    """However often a reader meets another at the same sender, no mail is quarantined for it."""
    intake_id = keep(SHOP, "Bonjour.")
    with Session(db.engine) as other, other.begin():
        other.execute(
            select(func.pg_advisory_xact_lock(func.hashtextextended(f"address|{SHOP.email}", 0)))
        )
        for _ in range(2):
            with transaction():
                db.session.execute(text("SET LOCAL lock_timeout = '50ms'"))
                (claimed,) = outbox.claim(Job.READ, "a worker", 1, timedelta(minutes=1))
                reading.read_batch([claimed], "a worker", settings)
            with transaction():
                db.session.execute(db.update(Outbox).values(not_before=None))
        assert db.session.scalar(select(Outbox.tries)) == 0
        db.session.rollback()
    house.work()
    intake = Intake.named(intake_id)
    assert intake is not None and intake.state == State.READ


def test_a_burst_of_a_thousand_takes_one_more_at_once(house):
    flood(house, SHOP, LIMIT + 1)
    (burst,) = bursts()
    usual = statements(lambda: flood(house, SHOP, 1, start=8_000))
    swell(burst, 1_000)
    asked = statements(lambda: flood(house, SHOP, 1, start=9_000))
    assert burst.contacts_count == 1_003
    assert asked < usual + 10


def statements(work: Callable[[], None]) -> int:
    """How many statements are sent while `work` is done."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    work()
    event.remove(db.engine, "before_cursor_execute", note)
    return len(sent)


def swell(ticket: Ticket, by: int) -> None:
    """So many more contacts on it, without reading any."""
    contact = db.session.scalars(Contact.of_ticket(ticket.id)).first()
    assert contact is not None
    with transaction():
        for number in range(by):
            intake_id, _ = Intake.keep(
                Channel.EMAIL,
                b"",
                adapter=Adapter.REPLAY,
                received_at=now(),
                once=f"swell {number}",
            )
            more = Contact(
                intake_id=intake_id,
                channel=contact.channel,
                client_id=contact.client_id,
                said_at=now(),
                received_at=now() - timedelta(hours=2),
                sender=contact.sender,
                text="Bonjour",
            )
            db.session.add(more)
            db.session.flush()
            db.session.add(
                TicketContact(
                    ticket_id=ticket.id, contact_id=more.id, rule="burst", since=more.said_at
                )
            )
            more.ticket_id = ticket.id
        ticket.contacts_count += by
        db.session.execute(db.update(Outbox).values(done_at=now()))


# --- poison ---------------------------------------------------------------------------------


def test_a_hundred_poison_mails_cost_a_hundred_good_ones_nothing(house, settings, monkeypatch):
    genuine = reading.draft_of

    def sometimes(intake: Intake, settings: object) -> reading.Draft:
        if intake.raw.startswith(b"poison"):
            raise ValueError("poison")
        return genuine(intake, settings)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "draft_of", sometimes)
    with transaction():
        for number in range(100):
            who = Person(f"Client {number}", f"client{number}@home.example", "", "fr")
            keep(who, f"Bonjour, c'est le client {number}.")
            sender = f"evil{number}@home.example"
            raw = b"poison %d" % number
            receive_mail(raw, adapter=Adapter.SMTP, mailbox=Mailbox.first(), mail_from=sender)
    for _ in range(600):
        if Job.READ not in waiting():
            break
        reading.read_waiting("a worker", settings)
        with transaction():
            db.session.execute(db.update(Outbox).values(not_before=None))
    states = db.session.scalars(select(Intake.state)).all()
    assert sorted(states) == [State.QUARANTINED] * 100 + [State.READ] * 100
    assert count(Ticket) == count(Contact) == 200
    assert count(TicketLink) == 0
    assert db.session.scalar(select(func.count()).where(~Contact.fully_read)) == 100


def test_a_surge_is_grouped_together_not_mail_by_mail(house, settings):
    house.write(joris, "Hallo, een vraag.")
    flood(house, SHOP, 3)
    promises = db.session.scalars(select(Outbox).where(Outbox.kind == Job.GROUP)).all()
    done = [promise for promise in promises if promise.done_at]
    assert len(done) >= 1
    with transaction():
        keep(amelie, "Une question.")
    reading.read_waiting("a worker", settings)
    (newest,) = db.session.scalars(
        select(Outbox).where(Outbox.kind == Job.GROUP).order_by(Outbox.id.desc()).limit(1)
    )
    assert newest.not_before is not None and newest.not_before > now()
