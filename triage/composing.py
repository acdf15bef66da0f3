"""A message as the mail that leaves: headers, text and simple HTML, history, files.

The same message is byte for byte the same mail, however often it is composed: a second sending
after a crash is no second mail to the client's program.
"""

import hashlib
import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, formataddr
from typing import Any

from babel.dates import format_datetime as spell_datetime
from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from models.base import db_safe
from models.calendar import BRUSSELS
from models.mailbox import Mailbox
from models.mailing_recipient import MailingRecipient
from models.message import Kind, Message, bounce_address, unsigned
from models.topic import LANGUAGES
from triage.config import Settings
from triage.intake.quotes import REPLY_MARKER, REPLY_MARKER_ID
from triage.mailing_sending import unsubscribe_link
from triage.typography import in_language

LONGEST_QUOTE = 5_000
LONGEST_REFERENCES = 1_500
LONGEST_ID = 900
"""Characters; a header line may hold 998."""

_ID = re.compile(rf"<[!-;=?-~]{{1,{LONGEST_ID}}}>")
_LINK = re.compile(r"https?://[^\s<>\"]{1,2000}[^\s<>\"'.,;:!?)\]]")
_ID_LISTS = frozenset({"references", "in-reply-to"})


class _Unbroken(EmailPolicy):
    """Breaks lists of ids between ids only: the usual folding would encode a long one."""

    def fold(self, name: str, value: Any) -> str:
        if name.lower() not in _ID_LISTS:
            folded: str = super().fold(name, value)
            return folded
        return f"{name}: {(self.linesep + ' ').join(str(value).split())}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() not in _ID_LISTS:
            folded: bytes = super().fold_binary(name, value)
            return folded
        return self.fold(name, value).encode("ascii", "strict")


POLICY = _Unbroken(linesep="\r\n")


@dataclass(frozen=True)
class History:
    """What the client had written, and the line that says who and when; both may be empty."""

    introduction: str = ""
    text: str = ""


@dataclass(frozen=True)
class Piece:
    """A part of a line; a link is also its own address."""

    text: str
    is_link: bool = False


def as_mail(message: Message, settings: Settings) -> EmailMessage:
    """The mail as it leaves; raises ValueError rather than let a line break into a header."""
    mail = EmailMessage(policy=POLICY)
    mail["From"] = sender(message, settings)
    mail["To"] = message.recipient
    mail["Subject"] = db_safe(" ".join(message.subject.split()))
    mail["Date"] = format_datetime(message.written_at)
    mail["Message-ID"] = message.message_id
    mail["Reply-To"] = message.reply_to
    mail["X-Triage-Loop"] = settings.mail_domain
    _keep_in_thread(mail, message)
    if message.kind == Kind.ACKNOWLEDGEMENT:
        mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "All"
        mail["Precedence"] = "auto_reply"
    elif message.automatic or message.kind == Kind.MAILING:
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
    if message.kind == Kind.MAILING:
        _let_be_declined(mail, message, settings)
    _write(mail, message)
    mail["Content-Language"] = message.language  # setting the content clears what describes it
    return mail


def _let_be_declined(mail: EmailMessage, message: Message, settings: Settings) -> None:
    """A button of the client's own program ends such news (RFC 8058); service mail has none."""
    recipient = MailingRecipient.of_message(message.id)
    if recipient is None or not recipient.mailing.may_be_declined:
        return
    mail["List-Unsubscribe"] = f"<{unsubscribe_link(recipient, settings)}>"
    if settings.base_url.startswith("https://"):
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def sender(message: Message, settings: Settings) -> str:
    """Whom the client sees as the sender: the mailbox to which he wrote, by its name."""
    mailbox = message.mailbox or Mailbox.first()
    name = (mailbox.sender_name if mailbox else "") or settings.triage_name
    return formataddr((db_safe(" ".join(name.split())), address(mailbox, settings)))


def sender_shown(message: Message, settings: Settings) -> str:
    """The same for people to read."""
    mailbox = message.mailbox or Mailbox.first()
    name = (mailbox.sender_name if mailbox else "") or settings.triage_name
    return f"{name} <{address(mailbox, settings)}>"


def address(mailbox: Mailbox | None, settings: Settings) -> str:
    return mailbox.address if mailbox else f"contact@{settings.mail_domain}"


def envelope_sender(message: Message, settings: Settings) -> str:
    """To whom a server complains: nobody for a receipt (RFC 3834), else to the very message."""
    if message.kind == Kind.ACKNOWLEDGEMENT:
        return ""
    return bounce_address(address(message.mailbox or Mailbox.first(), settings), message.id)


def _keep_in_thread(mail: EmailMessage, message: Message) -> None:
    if message.in_reply_to:
        answered = message.in_reply_to
        if "\r" in answered or "\n" in answered:
            raise ValueError("a line break in a Message-ID")
        if _ID.fullmatch(answered):
            mail["In-Reply-To"] = answered
    if references := trimmed(message.references):
        mail["References"] = references


def trimmed(references: str) -> str:
    """First and last ids, under what relays accept."""
    ids = [word for word in references.split() if _ID.fullmatch(word)]
    if len(ids) > 10:
        ids = ids[:4] + ids[-6:]
    while len(" ".join(ids)) > LONGEST_REFERENCES and len(ids) > 2:
        del ids[1]
    if len(" ".join(ids)) > LONGEST_REFERENCES:
        ids = ids[-1:]
    return " ".join(ids)


# --- the body -------------------------------------------------------------------------------


def _write(mail: EmailMessage, message: Message) -> None:
    history = history_of(message)
    text = as_text(in_language(message.text, message.language), history)
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(
        as_html(message, history), subtype="html", charset="utf-8", cte="quoted-printable"
    )
    for file in message.files:
        main, _slash, sub = file.content_type.partition("/")
        mail.add_attachment(
            file.blob.content,
            maintype=main if sub and main not in ("message", "multipart") else "application",
            subtype=sub if sub and main not in ("message", "multipart") else "octet-stream",
            filename=file.name,
        )
    parts = [part for part in mail.walk() if part.is_multipart()]
    for position, part in enumerate(parts):
        seed = f"{message.message_id}|{position}".encode()
        part.set_boundary(f"=_{hashlib.sha256(seed).hexdigest()[:40]}")


def as_text(text: str, history: History) -> str:
    """Ours, the line to answer above, and what the client had written."""
    parts = [db_safe(text).replace("\r\n", "\n").rstrip()]
    if history.text:
        parts += ["", REPLY_MARKER, "", history.introduction]
        parts += [f"> {line}".rstrip() for line in history.text.splitlines()[:200]]
    return "\n".join(parts) + "\n"


def as_html(message: Message, history: History) -> str:
    """The same in HTML: paragraphs and links, and nothing that is fetched from anywhere."""
    text = in_language(db_safe(message.text), message.language)
    words, signature = unsigned(text.replace("\r\n", "\n"))
    return render_template(
        "mail/message.html",
        language=message.language,
        paragraphs=paragraphs(words),
        signature=paragraphs(signature),
        history=history,
        quoted=paragraphs(history.text),
        marker=REPLY_MARKER,
        marker_id=REPLY_MARKER_ID,
    )


def paragraphs(text: str) -> list[list[list[Piece]]]:
    """A plain text as its paragraphs, their lines, and what of each line is a link."""
    blocks = re.split(r"\n[ \t]*\n\s*", text.strip("\n"))
    return [[_pieces(line) for line in block.split("\n")] for block in blocks if block]


def _pieces(line: str) -> list[Piece]:
    found, end = [], 0
    for link in _LINK.finditer(line):
        found += [Piece(line[end : link.start()]), Piece(link[0], is_link=True)]
        end = link.end()
    return [piece for piece in (*found, Piece(line[end:])) if piece.text]


def history_of(message: Message) -> History:
    """What the client had written last, below the answer of a person."""
    said = message.quotes
    if message.kind != Kind.REPLY or said is None:
        return History()
    text = "\n".join((said.new_text or said.text)[:LONGEST_QUOTE].splitlines()[:200]).strip()
    if not text:
        return History()
    language = message.language if message.language in LANGUAGES else "fr"
    when = spell_datetime(
        said.said_at,
        "d. MMMM y HH:mm" if language == "de" else "d MMMM y HH:mm",
        BRUSSELS,
        language,
    )
    who = " ".join(said.sender.split()) or message.recipient
    with force_locale(language):
        return History(_("On %(when)s, %(who)s wrote:", when=when, who=who), text)
