"""The letters we write by ourselves: in the client's language, honest about when, and few."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from models import automatic_mail, totals
from models.automatic_mail import PER_TICKET, TOTAL, Withheld
from models.backlog import FRESH, backlog_of
from models.base import db, now, transaction
from models.contact import Contact
from models.event import Event, record
from models.intake import Adapter
from models.mailbox import Mailbox
from models.message import Kind, Message
from models.ticket import Status, Ticket
from tests.people import House, Person, amelie, emily, frieda, joris, letter
from triage import letters
from triage.intake import receive_mail
from triage.letters import Delay, rounded

MINUTE = timedelta(minutes=1)
WORDS = {
    "fr": ("Ce n'est ni un accord ni une décision", "Bonjour,", "Un collègue"),
    "nl": ("Het is geen goedkeuring", "Goeiedag,", "Een collega"),
    "de": ("Sie ist keine Zusage", "Guten Tag,", "Ein Kollege"),
    "en": ("It is not an approval", "Hello,", "A colleague"),
}


@pytest.fixture(autouse=True)
def counted_anew(app) -> Iterator[None]:
    """The backlog is counted once a minute: here, each test counts its own."""
    yield
    db.session().info.pop("backlogs", None)


def ticket_of(house: House, who: Person = amelie, subject: str = "Droit passerelle") -> Ticket:
    return house.ticket(house.write(who, "Où en est ma demande de droit passerelle ?", subject))


def receipts(house: House) -> list[Message]:
    wanted = select(Message).where(Message.kind == Kind.ACKNOWLEDGEMENT.value)
    return list(db.session.scalars(wanted.order_by(Message.id)))


def reasons(ticket: Ticket) -> list[str]:
    events = db.session.scalars(Event.of_ticket(ticket.id))
    return [e.facts["reason"] for e in events if e.kind == automatic_mail.RECEIPT_WITHHELD]


# --- what a receipt says --------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_a_receipt_says_what_it_is_and_what_it_is_not(house, settings, language):
    ticket = ticket_of(house)
    ticket.language = language
    letter = letters.acknowledgement(ticket, settings, now())
    assert letter.language == language
    assert str(ticket.number) in letter.text
    assert f"/status/{letters.status_token(ticket)}" in letter.text
    assert letter.subject.endswith(letters.tag(ticket.number, settings))
    for words in WORDS[language]:
        assert words in letter.text


def test_a_receipt_speaks_the_clients_language_where_the_matter_has_none(house, settings):
    ticket = ticket_of(house)
    ticket.language = None
    assert ticket.client is not None
    ticket.client.language = "de"
    assert letters.acknowledgement(ticket, settings, now()).language == "de"
    ticket.client.language = None
    assert letters.acknowledgement(ticket, settings, now()).language == settings.default_language


def line_of(house: House, waiting: int, answered_a_day: int, at: datetime) -> Ticket:
    """A ticket behind `waiting` others of its team, which answers so many a day."""
    ticket = ticket_of(house)
    with transaction():
        ticket.team_id = house.nadia.team_ids[0]
        shared = {"channel": "email", "team_id": ticket.team_id, "last_contact_at": at}
        for _ in range(waiting):
            db.session.add(Ticket(opened_at=at, status=Status.OPEN.value, **shared))
        for back in range(1, 11):
            for _ in range(answered_a_day):
                done = Ticket(opened_at=at, status=Status.CLOSED.value, **shared)
                db.session.add(done)
                db.session.flush()
                record("ticket.answered", at=at - timedelta(days=back), ticket_id=done.id)
    db.session().info.pop("backlogs", None)
    return ticket


THURSDAY = datetime.fromisoformat("2026-05-07T10:00:00+02:00")
"""The five working days before it: 29 and 30 April, 4, 5 and 6 May; the first of May is none."""


def test_the_delay_follows_from_the_backlog_and_the_pace_of_the_team(house, settings):
    ticket = line_of(house, waiting=40, answered_a_day=4, at=THURSDAY)
    assert ticket.team_id is not None
    backlog = backlog_of(ticket.team_id, THURSDAY)
    # eight calendar days of answers fall into the five working days: 32 answers, 6.4 a day
    assert (backlog.waiting, backlog.a_day, backlog.days) == (41, 6.4, 7)
    assert letters.expected_delay(ticket, THURSDAY) == Delay(7, 40)
    text = letters.acknowledgement(ticket, settings, THURSDAY).text
    assert "40 demandes attendent avant la vôtre" in text
    assert "environ 7 jours ouvrables" in text


def test_a_short_line_promises_what_the_topic_allows(house, settings):
    ticket = line_of(house, waiting=3, answered_a_day=4, at=THURSDAY)
    assert ticket.topic is not None
    assert letters.expected_delay(ticket, THURSDAY) == Delay(ticket.topic.answer_days)
    assert "attend" not in letters.acknowledgement(ticket, settings, THURSDAY).text


def test_without_any_history_the_topic_says_how_long(house):
    ticket = line_of(house, waiting=500, answered_a_day=0, at=THURSDAY)
    assert ticket.topic is not None
    assert letters.expected_delay(ticket, THURSDAY) == Delay(ticket.topic.answer_days)


def test_a_young_house_counts_the_days_since_its_first_answer(house):
    ticket = line_of(house, waiting=19, answered_a_day=0, at=THURSDAY)
    with transaction():
        for _ in range(5):
            done = Ticket(
                opened_at=THURSDAY,
                last_contact_at=THURSDAY,
                channel="email",
                status=Status.CLOSED.value,
                team_id=ticket.team_id,
            )
            db.session.add(done)
            db.session.flush()
            record("ticket.closed", at=THURSDAY - timedelta(days=1), ticket_id=done.id)
    db.session().info.pop("backlogs", None)
    assert ticket.team_id is not None
    assert backlog_of(ticket.team_id, THURSDAY).a_day == 5


def test_a_surge_does_not_count_the_same_line_for_each_mail(house):
    ticket = line_of(house, waiting=10, answered_a_day=1, at=THURSDAY)
    assert ticket.team_id is not None
    first = backlog_of(ticket.team_id, THURSDAY)
    with transaction():
        db.session.execute(update(Ticket).values(status=Status.CLOSED.value))
    assert backlog_of(ticket.team_id, THURSDAY + FRESH / 2) is first
    assert backlog_of(ticket.team_id, THURSDAY + FRESH).waiting == 0


@pytest.mark.parametrize(
    ("exact", "said"), [(1, 1), (19, 19), (43, 45), (198, 200), (1243, 1240), (12_345, 12_300)]
)
def test_a_count_is_said_as_people_say_it(exact, said):
    assert rounded(exact) == said


# --- how many leave -------------------------------------------------------------------------


def test_what_lay_in_a_mailbox_for_long_gets_no_receipt_when_it_is_fetched(house):
    for days, receipts in ((30, 0), (1, 1)):
        raw = letter(
            amelie,
            "Où en est mon droit passerelle ?",
            f"Dossier {days}",
            at=now() - timedelta(days=days),
        )
        intake_id = receive_mail(
            raw, adapter=Adapter.IMAP, mailbox=Mailbox.first(), mail_from=amelie.email
        )
        house.work()
        ticket = house.ticket(Contact.from_intake(intake_id))
        assert len(db.session.scalars(Message.of_ticket(ticket.id)).all()) == receipts


def test_the_same_subject_again_gets_no_second_receipt(house):
    ticket_of(house, subject="Droit passerelle")
    again = ticket_of(house, subject="RE: droit passerelle")
    assert len(receipts(house)) == 1
    assert reasons(again) == [Withheld.SAME_SUBJECT]


def test_a_subject_that_differs_in_its_reference_alone_is_the_same(house):
    ticket_of(house, subject="[Office #100233] Bien reçu")
    assert reasons(ticket_of(house, subject="AW: [Office #100234] Bien reçu")) == [
        Withheld.SAME_SUBJECT
    ]


def test_a_form_for_each_of_five_months_has_five_receipts_and_no_more(house):
    sent = [house.fill_form(amelie, f"Formulaire du mois {number}") for number in range(6)]
    told = [reasons(house.ticket(contact)) for contact in sent]
    assert told == [[], [], [], [], [], [Withheld.HOURLY]]


def test_two_receipts_an_hour_and_ten_a_day(house):
    hourly = [ticket_of(house, subject=f"Question {number}") for number in range(3)]
    assert [reasons(ticket) for ticket in hourly] == [[], [], [Withheld.HOURLY]]
    for number in range(8):
        with transaction():
            db.session.execute(update(Message).values(written_at=now() - timedelta(hours=2)))
        assert reasons(ticket_of(house, subject=f"Encore {number}")) == []
    with transaction():
        db.session.execute(update(Message).values(written_at=now() - timedelta(hours=2)))
    assert reasons(ticket_of(house, subject="La onzième")) == [Withheld.DAILY]
    assert len(receipts(house)) == 10


def test_who_writes_for_others_gets_a_receipt_for_each(house):
    first = ticket_of(house)
    assert first.client is not None
    with transaction():
        first.client.representative = True
    tickets = [ticket_of(house) for _ in range(5)]
    assert [reasons(ticket) for ticket in tickets] == [[]] * 5
    assert len(receipts(house)) == 6


@pytest.mark.parametrize(("minutes", "most"), TOTAL)
def test_the_ladder_holds_for_everybody(house, minutes, most):
    ticket = ticket_of(house)
    assert ticket.client is not None
    at = now()
    with transaction():
        ticket.client.representative = True
        for number in range(most - 1):
            notice(house, ticket_of_another(ticket), f"{number}", at - (minutes - 1) * MINUTE)
    other = ticket_of_another(ticket)
    assert may(other, at) in (None, Withheld.LADDER)
    assert may(other, at + 2 * MINUTE) != Withheld.TICKET_LADDER
    with transaction():
        notice(house, ticket_of_another(ticket), "one more", at - (minutes - 1) * MINUTE)
    assert may(other, at) == Withheld.LADDER


@pytest.mark.parametrize(("minutes", "most"), PER_TICKET)
def test_one_ticket_has_a_ladder_of_its_own(house, minutes, most):
    ticket = ticket_of(house)
    at = now()
    with transaction():
        for number in range(most):
            notice(house, ticket, f"{number}", at - (minutes - 1) * MINUTE)
    assert may(ticket, at) == Withheld.TICKET_LADDER


def may(ticket: Ticket, at: datetime) -> Withheld | None:
    return automatic_mail.withheld(ticket, amelie.email, Kind.NOTICE, "news", at)


def ticket_of_another(ticket: Ticket) -> Ticket:
    made = Ticket(
        client_id=ticket.client_id,
        channel="email",
        opened_at=ticket.opened_at,
        last_contact_at=ticket.opened_at,
    )
    db.session.add(made)
    db.session.flush()
    return made


def notice(house: House, ticket: Ticket, cause: str, at: datetime) -> Message:
    mailbox = Mailbox.first()
    assert mailbox is not None
    return automatic_mail.promise(
        ticket,
        Kind.NOTICE,
        cause,
        "Votre dossier avance",
        "Bonjour,\n\nVotre dossier avance.",
        mailbox=mailbox,
        recipient=amelie.email,
        language="fr",
        domain="fund.example",
        at=at,
    )


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Auto-Submitted": "auto-replied"}, Withheld.MACHINE),
        ({"Auto-Submitted": "auto-generated"}, Withheld.MACHINE),
        ({"List-Id": "<news.bank.example>"}, Withheld.LIST),
        ({"X-Auto-Response-Suppress": "All"}, Withheld.NOT_WANTED),
    ],
)
def test_a_machine_is_not_thanked_and_the_ticket_says_why(house, headers, reason):
    ticket = house.ticket(house.write(joris, "Hallo, een vraag.", headers=headers))
    assert receipts(house) == []
    assert reasons(ticket) == [reason]


@pytest.mark.parametrize(
    ("sender", "reason"),
    [
        ("no-reply@bank.example", Withheld.NO_REPLY),
        ("contact@fund.example", Withheld.OURSELVES),
        ("hello@fund.example", Withheld.OURSELVES),
    ],
)
def test_addresses_at_which_nobody_reads_are_not_thanked(house, sender, reason):
    with transaction():
        mailbox = Mailbox.first()
        assert mailbox is not None
        mailbox.aliases = ["hello@fund.example"]
    ticket = ticket_of(house, Person("Bank", sender, "", "fr"))
    assert receipts(house) == []
    assert reasons(ticket) == [reason]


def test_others_are_thanked_whatever_one_of_them_does(house):
    for _ in range(5):
        ticket_of(house)
    for who in (joris, frieda, emily):
        assert reasons(ticket_of(house, who)) == []
    assert [message.recipient for message in receipts(house)] == [
        who.email for who in (amelie, joris, frieda, emily)
    ]


def test_what_was_withheld_is_counted_by_reason(house, client):
    for _ in range(3):
        ticket_of(house)
    assert totals.count(totals.WITHHELD, now()) == {("same_subject",): 2}
    page = client.get("/metrics").text
    assert 'triage_mail_loops_blocked_total{reason="same_subject"} 2.0' in page
