"""Letters that leave: as files, or by a mail server that says yes, later or never."""

import asyncio
import email
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select, update

from models import correspondence, outbox, sending
from models.base import db, now, transaction
from models.event import Event
from models.files import Blob
from models.mailbox import Mailbox
from models.message import (
    Enclosure,
    Kind,
    Message,
    Sending,
    bounce_address,
    message_of_bounce_address,
    reply_address,
    ticket_of_message_id,
)
from models.outbox import Job, Outbox
from models.refusal import Reason
from models.ticket import Ticket
from tests.mail_servers import free_port
from tests.people import House, amelie, joris
from triage import composing, letters, mailserver, outgoing
from triage.config import Settings
from triage.intake.quotes import REPLY_MARKER, REPLY_MARKER_ID

QUESTION = "Où en est ma demande de droit passerelle ?"
MINUTE = timedelta(minutes=1)


class Server:
    """A mail server that answers as it was told and keeps what it accepted."""

    def __init__(self) -> None:
        self.url = ""
        self.answer = "250 accepted"
        self.answers: list[str] = []
        """What it says to the next mails, before `answer` holds again."""
        self.goodbye = "221 bye"
        self.looks_for = 0.0
        """Seconds until it says that it has a mail."""
        self.unknown: set[str] = set()
        self.sessions: list[object] = []
        self.accepted: list[tuple[str, list[str], EmailMessage]] = []

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if address in self.unknown:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        answer = self.answers.pop(0) if self.answers else self.answer
        await asyncio.sleep(self.looks_for)
        if session not in self.sessions:
            self.sessions.append(session)
        if answer.startswith("250"):
            mail = email.message_from_bytes(envelope.content, policy=default)
            self.accepted.append((envelope.mail_from, envelope.rcpt_tos, mail))
        if answer.startswith("421"):
            server.transport.write(f"{answer}\r\n".encode())
            server.transport.close()
        return answer

    async def handle_QUIT(self, server, session, envelope) -> str:
        return self.goodbye


@pytest.fixture
def server() -> Iterator[Server]:
    with serving("smtp") as made:
        yield made


@contextmanager
def serving(scheme: str, account: str = "", **options: object) -> Iterator[Server]:
    """A server on loopback; `account` stands before the @ in its address."""
    made = Server()
    port = free_port()
    controller = Controller(made, hostname="127.0.0.1", port=port, **options)
    controller.start()
    made.url = f"{scheme}://{account}localhost:{port}"
    try:
        yield made
    finally:
        controller.stop()


@pytest.fixture
def by_smtp(server, settings) -> Settings:
    return replace(settings, smtp_url=server.url)


@pytest.fixture
def ticket(house: House) -> Ticket:
    """Amélie's ticket, after receipt was confirmed."""
    return house.ticket(house.write(amelie, QUESTION, "Droit passerelle"))


def answered(ticket: Ticket, house: House, text: str = "Votre demande est en ordre.") -> Message:
    with transaction():
        return correspondence.answer(
            ticket,
            text,
            by=house.nadia,
            at=now() - MINUTE,
            mailbox_address="contact@fund.example",
            domain="fund.example",
            tag=letters.tag(ticket.number, house.app.extensions["settings"]),
        )


def send(settings: Settings) -> None:
    outgoing.send_waiting("a worker", settings)
    db.session.expire_all()


def plain(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def html(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def promise_of(message: Message) -> Outbox:
    found = db.session.scalar(
        select(Outbox).where(Outbox.kind == Job.SEND, Outbox.ref_id == message.id)
    )
    assert found is not None
    return found


def due_now() -> None:
    with transaction():
        db.session.execute(update(Outbox).values(not_before=None))


# --- the headers ----------------------------------------------------------------------------


def test_an_answer_carries_what_keeps_it_in_its_thread(ticket, house, settings):
    message = answered(ticket, house)
    mail = composing.as_mail(message, settings)
    assert mail["Message-ID"] == message.message_id
    assert mail["Reply-To"] == reply_address("contact@fund.example", ticket.id)
    assert mail["In-Reply-To"] == message.in_reply_to
    assert mail["References"].split()[-1] == message.in_reply_to
    assert mail["Subject"] == f"Re: Droit passerelle {letters.tag(ticket.number, settings)}"
    assert mail["Content-Language"] == "fr"
    assert mail["X-Triage-Loop"] == "fund.example"
    assert mail["Date"].datetime == message.written_at.replace(microsecond=0)


def test_an_answer_looks_as_if_a_person_wrote_it(ticket, house, settings):
    mail = composing.as_mail(answered(ticket, house), settings)
    for name in ("Auto-Submitted", "X-Auto-Response-Suppress", "Precedence"):
        assert name not in mail


def test_an_answer_quotes_what_the_client_wrote_below_our_line(ticket, house, settings):
    text = plain(composing.as_mail(answered(ticket, house), settings))
    ours, line, theirs = text.partition(REPLY_MARKER)
    assert "Votre demande est en ordre." in ours
    assert line
    assert f"> {QUESTION}" in theirs


def test_a_confirmation_says_that_a_machine_wrote_it(ticket, settings):
    (message,) = db.session.scalars(Message.of_ticket(ticket.id)).all()
    mail = composing.as_mail(message, settings)
    assert message.kind == Kind.ACKNOWLEDGEMENT
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Precedence"] == "auto_reply"
    assert QUESTION not in plain(mail)


def test_a_notice_says_that_a_machine_wrote_it_and_can_come_back(ticket, house, settings):
    message = answered(ticket, house)
    message.kind = Kind.NOTICE.value
    mail = composing.as_mail(message, settings)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert "Precedence" not in mail
    assert message_of_bounce_address(composing.envelope_sender(message, settings)) == message.id


def test_the_same_message_is_byte_for_byte_the_same_mail(ticket, house, settings):
    message = answered(ticket, house)
    with transaction():
        message.enclose([Enclosure("a é.pdf", "application/pdf", 5, Blob.keep(b"%PDF-"))])
    first = composing.as_mail(message, settings).as_bytes()
    db.session.expire_all()
    assert composing.as_mail(message, settings).as_bytes() == first
    other = composing.as_mail(answered(ticket, house), settings)
    assert other.get_boundary() is not None
    assert str(other.get_boundary()).encode() not in first


def test_the_mail_has_a_text_and_the_same_as_html(ticket, house, settings):
    message = answered(ticket, house, "Bonjour <Amélie>,\n\nvoir https://fund.example/a?b=1&c=2.")
    mail = composing.as_mail(message, settings)
    assert mail.get_content_type() == "multipart/alternative"
    page = html(mail)
    assert "<p>Bonjour &lt;Amélie&gt;,</p>" in page
    assert '<a href="https://fund.example/a?b=1&amp;c=2">' in page
    marker = page.index(f'<div id="{REPLY_MARKER_ID}"')
    assert marker < page.index("<blockquote") < page.index(QUESTION)
    assert all(len(line) <= 998 for line in mail.as_bytes().split(b"\r\n"))
    assert mail.as_bytes().isascii()


def test_who_answers_below_our_mail_has_said_only_what_is_new(ticket, house, settings):
    ours = plain(composing.as_mail(answered(ticket, house), settings))
    quoted = "".join(f"> {line}\n" for line in ours.splitlines())
    contact = house.write(amelie, f"Merci beaucoup !\n\n{quoted}", "Re: Droit passerelle")
    assert contact.new_text.strip() == "Merci beaucoup !"


def test_the_client_sees_the_mailbox_to_which_she_wrote(house, settings):
    with transaction():
        db.session.add(
            Mailbox(name="care", address="soins@fund.example", sender_name="Équipe, Soins")
        )
    db.session.flush()
    care = Mailbox.by_name("care")
    assert care is not None
    contact = house.write(amelie, QUESTION)
    ticket = house.ticket(contact)
    with transaction():
        contact.mailbox_id = care.id
    assert correspondence.answer_mailbox(ticket) is care
    with transaction():
        message = correspondence.answer(
            ticket,
            "Bonjour",
            by=house.nadia,
            at=now(),
            mailbox_address=care.address,
            domain="fund.example",
            tag="",
        )
    mail = composing.as_mail(message, settings)
    assert message.mailbox_id == care.id
    sender = mail["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == ("Équipe, Soins", "soins@fund.example")
    assert mail["Reply-To"].addresses[0].addr_spec == reply_address(care.address, ticket.id)
    with transaction():
        care.active = False
    assert correspondence.answer_mailbox(ticket) is Mailbox.first()


def test_a_thread_begins_with_an_id_that_stands_for_the_ticket(ticket, house, settings):
    first, second = answered(ticket, house), answered(ticket, house)
    house.write(amelie, "Merci !", "Re: Droit passerelle", in_reply_to=first.message_id)
    third = answered(ticket, house)
    roots = {
        composing.as_mail(m, settings)["References"].split()[0] for m in (first, second, third)
    }
    assert len(roots) == 1
    assert ticket_of_message_id(roots.pop()) == ticket.id
    ids = third.references.split()
    assert first.message_id in ids and second.message_id in ids
    assert ids[-1] == third.in_reply_to != first.in_reply_to


def test_long_ids_are_neither_broken_nor_encoded(ticket, house, settings):
    message = answered(ticket, house)
    long = [f"<{'x' * 85}.{number}@eurprd04.prod.outlook.example>" for number in range(3)]
    message.references, message.in_reply_to = " ".join(long), long[-1]
    raw = composing.as_mail(message, settings).as_bytes()
    mail = email.message_from_bytes(raw)
    assert str(mail["References"]).split() == long
    assert str(mail["In-Reply-To"]) == long[-1]
    message.references, message.in_reply_to = f"<{'y' * 2000}@x> é <a b>", f"<{'y' * 2000}@x>"
    bare = composing.as_mail(message, settings)
    assert "References" not in bare and "In-Reply-To" not in bare


def test_many_references_are_trimmed_to_the_first_and_last():
    ids = [f"<{number}@bakery.example>" for number in range(40)]
    kept = composing.trimmed(" ".join(ids)).split()
    assert kept == ids[:4] + ids[-6:]


def test_long_references_stay_below_what_relays_accept():
    ids = [f"<{number}{'x' * 400}@bakery.example>" for number in range(10)]
    kept = composing.trimmed(" ".join(ids))
    assert len(kept) <= 1_500
    assert kept.split()[0] == ids[0] and kept.split()[-1] == ids[-1]


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85"])
def test_a_subject_with_a_line_in_it_becomes_one_line(ticket, house, settings, end):
    message = answered(ticket, house)
    message.subject = f"Question{end}Bcc: everybody@fund.example"
    mail = email.message_from_bytes(composing.as_mail(message, settings).as_bytes(), policy=default)
    assert "Bcc" not in mail
    assert mail["Subject"] == "Question Bcc: everybody@fund.example"


@pytest.mark.parametrize("field", ["recipient", "message_id", "reply_to", "in_reply_to"])
def test_a_line_in_another_header_is_refused(ticket, house, settings, field):
    message = answered(ticket, house)
    setattr(message, field, "<a@bakery.example>\r\nBcc: everybody@fund.example")
    with pytest.raises(ValueError, match="."):
        composing.as_mail(message, settings)


def test_a_letter_that_cannot_be_written_fails_where_people_see_it(ticket, house, settings):
    message = answered(ticket, house)
    with transaction():
        message.recipient = "amelie@bakery.example\r\nBcc: everybody@fund.example"
    send(settings)
    assert message.state == Sending.FAILED
    assert [e.kind for e in db.session.scalars(Event.of_ticket(ticket.id))][-1] == "message.failed"
    assert promise_of(message).done_at is not None


# --- as files -------------------------------------------------------------------------------


def test_without_a_server_letters_are_laid_down_as_files(ticket, house, settings):
    message = answered(ticket, house)
    send(settings)
    file = settings.outbox_dir / f"{message.id:07d}.eml"
    laid_down = email.message_from_bytes(file.read_bytes(), policy=default)
    assert laid_down["Message-ID"] == message.message_id
    assert laid_down["To"] == amelie.email
    assert message.state == Sending.SENT
    assert not list(settings.outbox_dir.glob("*.part"))


def test_sending_leaves_an_event_and_keeps_the_promise(ticket, house, settings):
    message = answered(ticket, house)
    send(settings)
    sent = db.session.scalars(Event.of_ticket(ticket.id)).all()[-1]
    assert (sent.kind, sent.facts) == ("message.sent", {"message": message.id})
    assert promise_of(message).done_at is not None
    assert Message.last_reply_at(ticket.id) == message.sent_at


def test_what_was_taken_back_does_not_leave(ticket, house, settings):
    message = answered(ticket, house)
    with transaction():
        correspondence.take_back(ticket, message, by=house.nadia)
    send(settings)
    assert message.state == Sending.WITHDRAWN
    assert not (settings.outbox_dir / f"{message.id:07d}.eml").exists()
    assert promise_of(message).done_at is not None


# --- by a server ----------------------------------------------------------------------------


def test_an_answer_leaves_by_the_server_in_the_name_of_its_ticket(ticket, house, by_smtp, server):
    message = answered(ticket, house)
    send(by_smtp)
    sender, recipients, mail = server.accepted[-1]
    assert (sender, recipients) == (
        bounce_address("contact@fund.example", message.id),
        [amelie.email],
    )
    assert message_of_bounce_address(sender.upper()) == message.id
    assert mail["Message-ID"] == message.message_id
    assert message.state == Sending.SENT


def test_a_confirmation_leaves_with_the_null_sender(house, by_smtp, server):
    house.app.extensions["settings"] = by_smtp
    house.write(joris, "Hallo, een vraag.")
    assert [(sender, recipients) for sender, recipients, _ in server.accepted] == [
        ("<>", [joris.email])
    ]


def test_later_means_later_with_growing_pauses(ticket, house, by_smtp, server):
    message = answered(ticket, house)
    server.answer = "451 try again"
    pauses = []
    for _ in range(4):
        send(by_smtp)
        promise = promise_of(message)
        assert promise.not_before is not None
        pauses.append(round((promise.not_before - now()) / MINUTE))
        due_now()
    assert pauses == [1, 2, 4, 8]
    assert message.state == Sending.WAITING
    assert message.last_error is not None and "451" in message.last_error
    server.answer = "250 accepted"
    send(by_smtp)
    assert message.state == Sending.SENT
    assert [mail["Message-ID"] for _, _, mail in server.accepted] == [message.message_id]


def test_after_five_days_of_later_people_are_told(ticket, house, by_smtp, server):
    message = answered(ticket, house)
    with transaction():
        message.created_at = now() - timedelta(days=6)
    server.answer = "451 try again"
    send(by_smtp)
    assert message.state == Sending.FAILED
    assert ticket.attention == "not_delivered"
    assert db.session.scalars(Event.of_ticket(ticket.id)).all()[-1].kind == "message.failed"


@pytest.mark.parametrize("goodbye", ["421 too busy to say goodbye", "554 no"])
def test_a_bad_goodbye_does_not_send_the_letter_again(ticket, house, by_smtp, server, goodbye):
    server.goodbye = goodbye
    message = answered(ticket, house)
    send(by_smtp)
    assert message.state == Sending.SENT
    assert promise_of(message).done_at is not None


def test_several_letters_leave_over_one_connection(ticket, house, by_smtp, server):
    letters_out = [answered(ticket, house) for _ in range(5)]
    send(by_smtp)
    assert {message.state for message in letters_out} == {Sending.SENT}
    assert len(server.accepted) == 5
    assert len(server.sessions) == 1


def test_a_server_that_looks_through_a_mail_for_long_gets_it_once(
    ticket, house, by_smtp, server, monkeypatch
):
    monkeypatch.setattr(mailserver, "PATIENCE", 1.0)
    server.looks_for = 1.5
    message = answered(ticket, house)
    send(by_smtp)
    assert message.state == Sending.SENT
    assert len(server.accepted) == 1


def test_each_letter_has_its_own_result(ticket, house, by_smtp, server):
    letters_out = [answered(ticket, house) for _ in range(5)]
    with transaction():
        letters_out[1].recipient = "gone@bakery.example"
    server.unknown = {"gone@bakery.example"}
    server.answers = ["250 accepted", "451 later", "554 5.7.1 looks like spam"]
    send(by_smtp)
    assert [message.state for message in letters_out] == [
        Sending.SENT,
        Sending.FAILED,
        Sending.WAITING,
        Sending.FAILED,
        Sending.SENT,
    ]
    assert [message.reason for message in letters_out] == [
        None,
        Reason.UNKNOWN_ADDRESS,
        Reason.DELAYED,
        Reason.REFUSED,
        None,
    ]
    assert ticket.attention == "refused"


def test_a_server_that_closes_is_called_again_for_the_next_letter(ticket, house, by_smtp, server):
    letters_out = [answered(ticket, house) for _ in range(3)]
    server.answers = ["250 accepted", "421 that is enough"]
    send(by_smtp)
    assert [message.state for message in letters_out] == [
        Sending.SENT,
        Sending.WAITING,
        Sending.SENT,
    ]
    assert len(server.sessions) == 2


def test_a_server_that_is_away_costs_each_letter_one_try_at_most(
    ticket, house, settings, monkeypatch
):
    letters_out = [answered(ticket, house) for _ in range(30)]
    calls = []
    genuine = mailserver.Patient

    def counted(*arguments: object, **options: object) -> object:
        calls.append(arguments)
        return genuine(*arguments, **options)

    monkeypatch.setattr(mailserver, "Patient", counted)
    away = replace(settings, smtp_url="smtp://127.0.0.1:1")
    send(away)
    send(away)
    assert len(calls) == 1
    assert sorted({promise_of(message).tries for message in letters_out}) == [0, 1]
    assert all(promise_of(message).not_before is not None for message in letters_out)
    assert letters_out[0].reason == Reason.NOT_REACHED
    assert sending.server_trouble() == Reason.NOT_REACHED


@pytest.fixture
def certificate(tmp_path, monkeypatch) -> ssl.SSLContext:
    """A server's context whose certificate this process trusts, as one of the system's."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = signed.public_bytes(serialization.Encoding.PEM)
    (tmp_path / "certificate.pem").write_bytes(pem)
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    return context


def protected(scheme: str, context: ssl.SSLContext) -> dict[str, object]:
    if scheme == "smtps":
        return {"ssl_context": context}
    return {"tls_context": context, "require_starttls": True}


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
@pytest.mark.parametrize("trusted", [True, False])
def test_a_protected_server_takes_it_after_its_certificate_was_checked(
    ticket, house, settings, certificate, monkeypatch, scheme, trusted
):
    message = answered(ticket, house)
    if not trusted:
        monkeypatch.delenv("SSL_CERT_FILE")
    with serving(scheme, **protected(scheme, certificate)) as server:
        send(replace(settings, smtp_url=server.url))
        assert len(server.accepted) == trusted
    assert message.state == (Sending.SENT if trusted else Sending.WAITING)
    assert trusted or "certificate" in str(message.last_error).lower()


def test_a_server_without_starttls_gets_no_password_and_no_mail(ticket, house, settings):
    message = answered(ticket, house)
    with serving("smtp+starttls", "nadia:secret@") as server:
        send(replace(settings, smtp_url=server.url))
        assert server.accepted == []
    assert (message.state, message.reason) == (Sending.WAITING, Reason.NOT_REACHED)


@pytest.mark.parametrize(("password", "state"), [("s%2Fcret", "sent"), ("wrong", "waiting")])
def test_we_sign_in_where_the_server_wants_it(
    ticket, house, settings, certificate, password, state
):
    def checks(_server, _session, _envelope, _mechanism, data) -> AuthResult:
        known = data.login == b"nadia" and data.password == b"s/cret"
        return AuthResult(success=known, handled=False)

    message = answered(ticket, house)
    options = protected("smtp+starttls", certificate) | {"auth_required": True}
    account = f"nadia:{password}@"
    with serving("smtp+starttls", account, authenticator=checks, **options) as server:
        send(replace(settings, smtp_url=server.url))
    assert message.state == state
    assert message.reason == (None if state == "sent" else Reason.NOT_ADMITTED)


def test_never_means_never(ticket, house, by_smtp, server):
    message = answered(ticket, house)
    server.answer = "550 no such person"
    send(by_smtp)
    assert message.state == Sending.FAILED
    assert message.last_error is not None and "550" in message.last_error
    assert promise_of(message).done_at is not None
    assert db.session.scalars(Event.of_ticket(ticket.id)).all()[-1].kind == "message.failed"


def test_a_server_that_is_away_is_tried_again(ticket, house, settings):
    message = answered(ticket, house)
    send(replace(settings, smtp_url="smtp://127.0.0.1:1"))
    assert message.state == Sending.WAITING
    assert promise_of(message).not_before is not None


def test_a_letter_that_breaks_the_sending_does_not_hold_up_the_others(
    ticket, house, settings, monkeypatch
):
    genuine = outgoing.IntoFolder.send

    def sometimes(way, mail: EmailMessage, message: Message, settings: Settings) -> None:
        if message.text == "poison":
            raise RuntimeError("poison")
        genuine(way, mail, message, settings)

    monkeypatch.setattr(outgoing.IntoFolder, "send", sometimes)
    poison, good = answered(ticket, house, "poison"), answered(ticket, house)
    send(settings)
    assert good.state == Sending.SENT
    assert poison.state == Sending.WAITING
    assert promise_of(poison).last_error is not None


def test_who_lost_the_lease_sends_nothing(ticket, house, by_smtp, server):
    message = answered(ticket, house)
    with transaction():
        (slow,) = outbox.claim(Job.SEND, "slow worker", 10, timedelta(0))
    with transaction():
        outbox.claim(Job.SEND, "second worker", 10, MINUTE)
    with transaction():
        outgoing.send(slow, "slow worker", outgoing.way_out(by_smtp), by_smtp)
    assert server.accepted == []
    assert message.state == Sending.WAITING


def test_while_a_letter_leaves_it_cannot_be_taken_back(ticket, house, settings, monkeypatch):
    taken_back = []

    def meanwhile(_way, _mail: EmailMessage, message: Message, _settings: Settings) -> None:
        with db.engine.connect() as desk:
            row = desk.execute(
                select(Message.state)
                .where(Message.id == message.id)
                .with_for_update(skip_locked=True)
            ).first()
            taken_back.append(row is not None)

    message = answered(ticket, house)
    monkeypatch.setattr(outgoing.IntoFolder, "send", meanwhile)
    send(settings)
    assert taken_back == [False]
    assert message.state == Sending.SENT


@pytest.mark.parametrize("recipient", ["a@[b", "@", "<>", "a@b,c@d", "é@bakery.example", "a" * 999])
def test_an_odd_address_holds_up_nothing(ticket, house, by_smtp, server, recipient):
    odd, good = answered(ticket, house), answered(ticket, house)
    with transaction():
        odd.recipient = recipient
    send(by_smtp)
    assert good.state == Sending.SENT
