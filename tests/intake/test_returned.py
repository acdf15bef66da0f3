"""Our own mails that come back: found, understood, seen by a person, and never answered."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from models import correspondence, sending
from models.base import db, now, transaction
from models.client import ClientAddress
from models.contact import Contact
from models.event import Event
from models.message import (
    Message,
    Sending,
    bounce_address,
    message_of_bounce_address,
)
from models.refusal import Reason, reason_of
from models.ticket import Disposition, Status, Ticket
from tests.people import Browser, House, amelie
from triage import letters

QUESTION = "Où en est ma demande de droit passerelle ?"
BOX = "contact@fund.example"


@pytest.fixture
def ticket(house: House) -> Ticket:
    return house.ticket(house.write(amelie, QUESTION, "Droit passerelle"))


@pytest.fixture
def message(house: House, ticket: Ticket) -> Message:
    """Nadia's answer, which has left."""
    with transaction():
        made = correspondence.answer(
            ticket,
            "Votre demande est en ordre.",
            by=house.nadia,
            at=now(),
            mailbox_address=BOX,
            domain="fund.example",
            tag=letters.tag(ticket.number, house.app.extensions["settings"]),
        )
        db.session.flush()
        made.went(now())
    return made


def report(
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 no such user",
    action: str = "failed",
    original: str = "",
    headers: str = "",
    recipient: str = amelie.email,
) -> bytes:
    """A report as RFC 3464 wants it."""
    return (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {BOX}\r\nSubject: Undelivered\r\n{headers}"
        f"Message-ID: <{status}.{action}.{len(original)}@mx.example>\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\n"
        f"Action: {action}\r\nStatus: {status}\r\nDiagnostic-Code: {diagnostic}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{original}\r\n--b--\r\n"
    ).encode()


def come_back(house: House, raw: bytes, to: str = BOX) -> Contact:
    contact = house.receive(raw, "", to=to)
    db.session.expire_all()
    return contact


def usable(address: str = amelie.email) -> bool:
    found = db.session.query(ClientAddress).filter_by(address=address).one()
    return found.usable


def kinds(ticket: Ticket) -> list[str]:
    return [event.kind for event in db.session.scalars(Event.of_ticket(ticket.id))]


# --- which mail it was ----------------------------------------------------------------------


def test_the_signed_address_names_the_very_message(house, ticket, message):
    bounce = come_back(house, report(), to=bounce_address(BOX, message.id))
    assert bounce.ticket_id == ticket.id
    assert (message.state, message.reason) == (Sending.FAILED, Reason.UNKNOWN_ADDRESS)
    assert (ticket.status, ticket.attention) == (Status.OPEN, "undeliverable")
    assert not usable()


def test_it_is_found_even_where_the_report_says_nothing(house, ticket, message):
    raw = (
        f"From: postmaster@mx.example\r\nTo: {BOX}\r\nSubject: \xff\xfe?\r\n"
        "Message-ID: <x@mx.example>\r\n\r\n\x00\x01 delivery failed"
    ).encode("latin-1")
    bounce = come_back(house, raw, to=bounce_address(BOX, message.id))
    assert bounce.ticket_id == ticket.id
    assert message.state == Sending.FAILED
    assert ticket.attention == "not_delivered"
    assert usable()


def test_else_the_id_inside_names_it(house, ticket, message):
    bounce = come_back(house, report(original=f"Message-ID: {message.message_id}\r\n"))
    assert bounce.ticket_id == ticket.id
    assert message.state == Sending.FAILED
    assert not usable()


def test_a_mere_claim_gives_no_address_up(house, ticket, message):
    raw = report(headers=f"X-Failed-Recipients: {amelie.email}\r\n")
    bounce = come_back(house, raw)
    assert bounce.ticket_id == ticket.id
    assert message.state == Sending.FAILED
    assert usable()


def test_a_forged_address_names_nothing(house, ticket, message):
    genuine = bounce_address(BOX, message.id)
    other = genuine.replace(f"+b{message.id}.", f"+b{message.id + 1}.")
    assert message_of_bounce_address(genuine) == message.id
    assert message_of_bounce_address(other) is None
    bounce = come_back(house, report(recipient="else@bakery.example"), to=other)
    assert bounce.ticket_id != ticket.id
    assert message.state == Sending.SENT


def test_the_address_stays_short_enough_for_every_relay():
    assert len(bounce_address(BOX, 10**9).partition("@")[0]) < 64
    assert bounce_address(f"{'x' * 40}@fund.example", 7) == f"{'x' * 40}@fund.example"


def test_what_names_nothing_of_ours_waits_for_a_person(house):
    bounce = come_back(house, report(recipient="stranger@else.example"))
    ticket = house.ticket(bounce)
    assert (ticket.needs_choice, ticket.topic_id, ticket.client_id) == (True, None, None)
    assert db.session.query(Message).count() == 0


def test_an_answering_machine_that_writes_to_that_address_stays_in_the_thread(
    house, ticket, message
):
    raw = (
        f"From: {amelie.email}\r\nTo: {BOX}\r\nSubject: Absente\r\nMessage-ID: <a@b.example>\r\n"
        "Auto-Submitted: auto-replied\r\n\r\nJe suis absente."
    ).encode()
    answer = come_back(house, raw, to=bounce_address(BOX, message.id))
    assert answer.ticket_id == ticket.id
    assert (message.state, ticket.status) == (Sending.SENT, Status.WAITING)


# --- what it means --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "diagnostic", "attention", "gives_up"),
    [
        ("5.1.1", "smtp; 550 5.1.1 no such user", "undeliverable", True),
        ("5.1.10", "smtp; 550 5.1.10 RecipientNotFound", "undeliverable", True),
        ("5.1.8", "smtp; 550 5.1.8 bad sender", "refused", False),
        ("5.2.2", "smtp; 552 5.2.2 mailbox full", "not_delivered", False),
        ("5.7.1", "smtp; 554 5.7.1 rejected as spam", "refused", False),
        ("5.0.0", "smtp; 550 whatever", "not_delivered", False),
    ],
)
def test_a_failure_is_ours_again_with_its_reason(
    house, ticket, message, status, diagnostic, attention, gives_up
):
    come_back(house, report(status, diagnostic), to=bounce_address(BOX, message.id))
    assert (message.state, ticket.attention) == (Sending.FAILED, attention)
    assert ticket.status == Status.OPEN
    assert usable() is not gives_up


def test_a_delay_is_told_and_changes_nothing(house, ticket, message):
    raw = report("4.4.1", "smtp; 451 4.4.1 timed out", action="delayed")
    come_back(house, raw, to=bounce_address(BOX, message.id))
    assert "message.delayed" in kinds(ticket)
    assert (message.state, ticket.status, ticket.attention) == (
        Sending.SENT,
        Status.WAITING,
        None,
    )


def test_who_has_given_up_is_no_delay(house, ticket, message):
    raw = report("4.4.1", "smtp; 451 4.4.1 connection timed out")
    come_back(house, raw, to=bounce_address(BOX, message.id))
    assert (message.state, ticket.status) == (Sending.FAILED, Status.OPEN)
    assert ticket.attention == "not_delivered"
    assert usable()


def test_a_warning_that_goes_on_trying_is_a_delay(house, ticket, message):
    raw = report("4.4.1", "smtp; 451 4.4.1 timed out, will be retried for 4 days")
    come_back(house, raw, to=bounce_address(BOX, message.id))
    assert (message.state, ticket.attention) == (Sending.SENT, None)


def test_a_closed_ticket_stays_closed_and_no_clock_starts(house, ticket, message):
    with transaction():
        ticket.close(Disposition.ANSWERED, by=house.nadia, at=now())
    due = ticket.due_at
    come_back(house, report(), to=bounce_address(BOX, message.id))
    assert (ticket.status, ticket.due_at) == (Status.CLOSED, due)
    assert (message.state, ticket.attention) == (Sending.FAILED, "undeliverable")


def test_a_bounce_is_never_answered(house, ticket, message):
    before = db.session.query(Message).count()
    come_back(house, report(), to=bounce_address(BOX, message.id))
    come_back(house, report(recipient="stranger@else.example"))
    assert db.session.query(Message).count() == before


def test_a_dead_address_is_tried_again_after_sixty_days(house, ticket, message):
    come_back(house, report(), to=bounce_address(BOX, message.id))
    assert correspondence.answer_address(ticket) is None
    with transaction():
        db.session.execute(
            update(ClientAddress).values(undeliverable_at=now() - timedelta(days=61))
        )
    db.session.expire_all()
    assert correspondence.answer_address(ticket) == amelie.email


def test_the_client_pane_proposes_the_phone(
    client: Browser, house: House, ticket: Ticket, message: Message
):
    with transaction():
        assert ticket.client is not None
        ticket.client.add_number(amelie.number, "desk")
        ticket.team_id, ticket.needs_choice = house.nadia.team_ids[0], False
    come_back(house, report(), to=bounce_address(BOX, message.id))
    client.sign_in(house.nadia)
    page = client.get(f"/desk/tickets/{ticket.number}").text
    assert "Perhaps by phone" in page
    assert "This address does not exist." in page


def test_several_refusals_within_the_hour_are_a_fault_of_ours(
    client: Browser, house: House, answered: Callable[[], Message]
):
    for number in range(sending.SEVERAL):
        assert "sending" not in client.get("/readyz").json["faults"]
        raw = report("5.7.1", f"smtp; 550 5.7.1 policy {number}")
        come_back(house, raw, to=bounce_address(BOX, answered().id))
    assert "refused" in client.get("/readyz").json["faults"]["sending"]
    client.sign_in(house.ada)
    assert "several of our mails were refused" in client.get("/admin/health").text


@pytest.fixture
def answered(house: House, ticket: Ticket) -> Callable[[], Message]:
    """Call it for one more answer that has left."""

    def made() -> Message:
        with transaction():
            message = correspondence.answer(
                ticket,
                "Encore une réponse.",
                by=house.nadia,
                at=now(),
                mailbox_address=BOX,
                domain="fund.example",
                tag="",
            )
            db.session.flush()
            message.went(now())
        return message

    return made


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("550 5.1.1 <a@b>: Recipient address rejected: User unknown", "unknown_address"),
        ("550 No such user here", "unknown_address"),
        ("550 Requested action not taken: mailbox unavailable", "unknown_address"),
        ("5.1.2 bad destination system", "unknown_address"),
        ("5.4.310 DNS domain does not exist", "unknown_address"),
        ("550 5.4.1 Recipient address rejected: Access denied", "unknown_address"),
        ("5.2.1 mailbox disabled", "other"),
        ("552 5.2.2 over quota", "mailbox_full"),
        ("452 4.2.2 mailbox full", "delayed"),
        ("550 La boîte est pleine", "mailbox_full"),
        ("554 5.7.1 Service unavailable; client host blocked", "refused"),
        ("554 Message rejected: looks like spam", "refused"),
        ("550 SPF check failed", "refused"),
        ("552 5.3.4 message size exceeds fixed limit", "too_large"),
        ("552 Message too large", "too_large"),
        ("421 try later", "delayed"),
        ("451 greylisted, come back", "delayed"),
        ("not reached: [Errno 111] Connection refused", "not_reached"),
        ("not admitted: 535 5.7.8 authentication failed", "not_admitted"),
        ("unwritable: 'ascii' codec", "unwritable"),
        ("554 transaction failed", "other"),
        ("came back", "other"),
        ("", "other"),
    ],
)
def test_what_servers_say_comes_down_to_a_few_reasons(said, reason):
    assert reason_of(said) == reason
