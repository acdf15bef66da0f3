"""Letters leave the house: by SMTP, or as files where nobody has said which server to use.

A message's Message-ID was fixed when it was written, so a second sending after a crash is the same
mail to the client's program.
"""

import logging
import smtplib
from contextlib import closing, suppress
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

from models import outbox
from models.base import db, now, transaction
from models.contact import Contact
from models.event import record
from models.mailbox import Mailbox
from models.message import Kind, Message, Sending
from models.outbox import Claim, Job
from models.ticket import Ticket
from triage.config import Settings
from triage.letters import with_history

log = logging.getLogger("triage.outgoing")

BATCH = 20
_LEASE = timedelta(seconds=120)
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=6)


def send_waiting(owner: str, settings: Settings) -> int:
    """Send what is due; returns how many promises were taken up."""
    with transaction():
        claims = outbox.claim(Job.SEND, owner, BATCH, _LEASE)
    for claimed in claims:
        with transaction():
            send(claimed, owner, settings)
    return len(claims)


def send(claimed: Claim, owner: str, settings: Settings) -> None:
    if not outbox.renew([claimed], owner, _LEASE):
        return  # somebody else is sending it by now
    message = Message.leaving(claimed.ref_id)
    if message is None or message.state != Sending.WAITING:
        outbox.finish(claimed, owner)
        return
    try:
        deliver(as_mail(message, settings), message, settings)
    except smtplib.SMTPResponseException as refusal:
        settle_refusal(
            claimed,
            owner,
            message,
            f"{refusal.smtp_code} {refusal.smtp_error!r}",
            final=500 <= refusal.smtp_code < 600,
        )
        return
    except smtplib.SMTPRecipientsRefused as refusal:
        code, words = next(iter(refusal.recipients.values()))
        settle_refusal(claimed, owner, message, f"{code} {words!r}", final=500 <= code < 600)
        return
    except ValueError as unwritable:  # a header that would break the mail: people must look
        settle_refusal(claimed, owner, message, repr(unwritable), final=True)
        return
    except Exception as trouble:  # whatever it is, the letters behind it must leave
        log.warning("message %s did not leave: %r", message.id, trouble)
        settle_refusal(claimed, owner, message, repr(trouble), final=False)
        return
    message.went(now())
    outbox.finish(claimed, owner)
    record("message.sent", ticket_id=message.ticket_id, message=message.id)


def settle_refusal(claimed: Claim, owner: str, message: Message, why: str, *, final: bool) -> None:
    """Try again later with growing pauses, for five days; or give up where people see it."""
    old = now() - message.created_at > timedelta(days=5)
    if final or old:
        message.bounced(why)
        record("message.failed", ticket_id=message.ticket_id, message=message.id, why=why[:300])
        outbox.finish(claimed, owner)
        return
    message.last_error = why[:2000]
    pause = min(_FIRST_PAUSE * 2 ** min(claimed.tries - 1, 10), _LONGEST_PAUSE)
    outbox.fail(claimed, owner, why, pause)


def as_mail(message: Message, settings: Settings) -> EmailMessage:
    """The mail as it leaves; raises ValueError rather than let a line break into a header."""
    mailbox = Mailbox.first()
    sender = mailbox.address if mailbox else f"contact@{settings.mail_domain}"
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr((settings.triage_name, sender))
    mail["To"] = message.recipient
    mail["Subject"] = " ".join(message.subject.split())
    mail["Date"] = format_datetime(message.written_at)
    mail["Message-ID"] = message.message_id
    mail["Reply-To"] = message.reply_to
    mail["X-Triage-Loop"] = settings.mail_domain
    if message.in_reply_to:
        mail["In-Reply-To"] = message.in_reply_to
    if message.references:
        mail["References"] = trimmed(message.references)
    if message.kind == Kind.ACKNOWLEDGEMENT:
        mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "All"
        mail["Precedence"] = "auto_reply"
    mail.set_content(with_history(message, quoted(message)))
    mail["Content-Language"] = message.language  # setting the content clears what describes it
    return mail


def quoted(message: Message) -> str:
    """What the client had written last, below an answer of a person."""
    if message.kind != Kind.REPLY:
        return ""
    ticket = Ticket.named(message.ticket_id)
    letters = db.session.scalars(Contact.of_ticket(ticket.id)).all() if ticket else []
    written = [letter for letter in letters if letter.message_id]
    return written[-1].new_text[:5_000] if written else ""


def trimmed(references: str) -> str:
    """First and last ids, under what relays accept."""
    ids = references.split()
    if len(ids) > 10:
        ids = ids[:4] + ids[-6:]
    while len(" ".join(ids)) > 1_500 and len(ids) > 2:
        del ids[1]
    return " ".join(ids)


def deliver(mail: EmailMessage, message: Message, settings: Settings) -> None:
    sender = "" if message.kind == Kind.ACKNOWLEDGEMENT else message.reply_to
    if settings.smtp_url is None:
        lay_down(mail, message, settings.outbox_dir)
        return
    server = urlsplit(settings.smtp_url)
    make = smtplib.SMTP_SSL if server.scheme == "smtps" else smtplib.SMTP
    smtp = make(server.hostname or "localhost", server.port or 0, timeout=30)
    with closing(smtp):
        if server.scheme == "smtp+starttls":
            smtp.starttls()
        if server.username:
            smtp.login(unquote(server.username), unquote(server.password or ""))
        smtp.send_message(mail, from_addr=sender, to_addrs=[message.recipient])
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()  # the mail is accepted: a bad goodbye must not send it once more


def lay_down(mail: EmailMessage, message: Message, folder: Path) -> None:
    """Keep the mail as a file: the place to look at it in a demo."""
    folder.mkdir(parents=True, exist_ok=True)
    final = folder / f"{message.id:07d}.eml"
    draft = final.with_suffix(".part")
    draft.write_bytes(mail.as_bytes())
    draft.replace(final)
