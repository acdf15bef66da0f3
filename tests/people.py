"""The named people of the tests: Amélie the baker, Joris the plumber, Frieda, Emily; and the house.

Nadia is an agent, Koen leads the screening, Ingrid supervises, Ada administers; the stranger is an
agent of another team.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, make_msgid
from functools import cached_property
from typing import Any

from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import update

from models import correspondence
from models.base import db, now, transaction
from models.contact import Contact
from models.intake import Adapter, Channel
from models.mailbox import Mailbox
from models.message import Message
from models.outbox import Job, Outbox
from models.team import Team
from models.ticket import Ticket
from models.user import Role, User, UserSession
from triage import background, letters
from triage.intake import reading, receive_mail, receive_typed


@dataclass(frozen=True)
class Person:
    """A client."""

    name: str
    email: str
    number: str
    language: str


amelie = Person("Amélie Dujardin", "amelie@bakery.example", "+32475123456", "fr")
joris = Person("Joris Peeters", "joris@plumbing.example", "+32486112233", "nl")
frieda = Person("Frieda Maraite", "frieda@hof.example", "+3287123456", "de")
emily = Person("Emily Stone", "emily@studio.example", "+32471998877", "en")


class House:
    """The people who work here and the doors through which clients come, on one application."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    # --- the people -------------------------------------------------------------------------

    @cached_property
    def nadia(self) -> User:
        return self.person("nadia", "Nadia Benali", Role.AGENT, "bridging", ["fr", "nl"])

    @cached_property
    def koen(self) -> User:
        return self.person("koen", "Koen Wouters", Role.MANAGER, "bridging", ["nl", "fr"])

    @cached_property
    def ingrid(self) -> User:
        return self.person("ingrid", "Ingrid Claes", Role.SUPERVISOR, None, [])

    @cached_property
    def ada(self) -> User:
        return self.person("ada", "Ada Lemaire", Role.ADMINISTRATOR, None, [])

    @cached_property
    def stranger(self) -> User:
        return self.person("stranger", "Thomas Henry", Role.AGENT, "affiliation", ["fr"])

    def person(
        self, login: str, name: str, role: Role, team: str | None, languages: list[str]
    ) -> User:
        with transaction():
            made = User(login=login, name=name, role=role.value, language="en")
            db.session.add(made)
            db.session.flush()
            found = db.session.scalar(Team.by_slug(team)) if team else None
            if found is not None:
                made.join(found, languages)
        return made

    # --- the doors --------------------------------------------------------------------------

    def write(
        self,
        who: Person,
        text: str,
        subject: str = "Question",
        *,
        in_reply_to: str | None = None,
        message_id: str | None = None,
        to: str = "",
        at: datetime | None = None,
        headers: dict[str, str] | None = None,
    ) -> Contact:
        """An e-mail of a client, received and read; returns its contact."""
        mail = letter(
            who,
            text,
            subject,
            in_reply_to=in_reply_to,
            message_id=message_id,
            to=to,
            at=at,
            headers=headers,
        )
        return self.receive(mail, who.email, to, at)

    def answer(self, ticket: Ticket) -> Message:
        """Nadia's e-mail to the ticket's client; it may leave at once."""
        with transaction():
            return correspondence.answer(
                ticket,
                "Votre demande est en ordre.",
                by=self.nadia,
                at=now() - timedelta(minutes=1),
                mailbox_address="contact@fund.example",
                domain="fund.example",
                tag=letters.tag(ticket.number, self.app.extensions["settings"]),
            )

    def receive(
        self, raw: bytes, mail_from: str = "", to: str = "", at: datetime | None = None
    ) -> Contact:
        intake_id = receive_mail(
            raw,
            adapter=Adapter.REPLAY if at else Adapter.SMTP,
            mailbox=Mailbox.first(),
            mail_from=mail_from,
            rcpt_to=[to] if to else [],
            said_at=at,
        )
        self.work()
        contact = Contact.from_intake(intake_id)
        assert contact is not None
        return contact

    def call(
        self, who: Person, note: str, *, by: User, at: datetime | None = None, **said: Any
    ) -> Contact:
        """A call that `by` has taken, with its note."""
        return self._typed(
            Channel.PHONE, who, note, at=at, taken_by=by.id, language=who.language, **said
        )

    def fill_form(self, who: Person, text: str, at: datetime | None = None, **said: Any) -> Contact:
        return self._typed(Channel.FORM, who, text, at=at, email=who.email, **said)

    def _typed(
        self, channel: Channel, who: Person, text: str, *, at: datetime | None, **said: Any
    ) -> Contact:
        intake_id, _ = receive_typed(
            channel,
            {"name": who.name, "number": who.number, "text": text, **said},
            adapter=Adapter.REPLAY if at else Adapter.DESK,
            said_at=at,
            received_at=at,
        )
        contact = reading.read_now(intake_id, self.app.extensions["settings"])
        assert contact is not None
        return contact

    def work(self) -> None:
        """Let the worker do all that waits; the pause between two groupings is over."""
        background.keep_promises(self.app.extensions["settings"], 30)
        with transaction():
            db.session.execute(
                update(Outbox).where(Outbox.kind == Job.GROUP).values(not_before=None)
            )
        background.keep_promises(self.app.extensions["settings"], 30)
        db.session.expire_all()

    def ticket(self, contact: Contact) -> Ticket:
        found = Ticket.named(contact.ticket_id)
        assert found is not None
        return found


class Browser(FlaskClient):
    """A browser that can be somebody's."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        # The test's own application context outlives a request: what was noted in it must not.
        for name in list(g):
            g.pop(name)
        return super().open(*args, **kwargs)

    def sign_in(self, person: User) -> None:
        with transaction():
            secret = UserSession.begin(person, now(), "127.0.0.1", "test")
        with self.session_transaction() as session:
            session["_user_id"] = secret
            session["_fresh"] = True


def letter(
    who: Person,
    text: str,
    subject: str = "Question",
    *,
    in_reply_to: str | None = None,
    message_id: str | None = None,
    to: str = "",
    at: datetime | None = None,
    headers: dict[str, str] | None = None,
) -> bytes:
    """The bytes of a mail of `who`."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr((who.name, who.email))
    mail["To"] = to or "contact@fund.example"
    mail["Subject"] = subject
    mail["Date"] = format_datetime(at or now())
    mail["Message-ID"] = message_id or make_msgid(domain=who.email.partition("@")[2])
    if in_reply_to:
        mail["In-Reply-To"] = in_reply_to
    for name, value in (headers or {}).items():
        mail[name] = value
    mail.set_content(text)
    return mail.as_bytes()


def bounce_of(address: str, said: str, message_id: str) -> bytes:
    """A server's report that a mail of ours did not arrive."""
    return (
        "From: MAILER-DAEMON@mx.example\nSubject: failure\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        f"--b\n\nYour mail did not arrive.\n--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {address}\n"
        f"Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; {said}\n\n"
        f"--b\nContent-Type: message/rfc822\n\nMessage-ID: {message_id}\n\nhello\n--b--\n"
    ).encode()
