"""Letters leave the house: by SMTP, or as files where nobody has said which server to use.

A message's Message-ID was fixed when it was written, so a second sending after a crash is the same
mail to the client's program.
"""

import logging
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

from models import correspondence, mailing_leaving, outbox
from models.base import now, transaction
from models.callback import Callback
from models.event import record
from models.filestore import Lost
from models.mailing_leaving import HeldBack
from models.message import Kind, Message, Sending
from models.outbox import Claim, Job
from models.refusal import UNWRITABLE
from models.ticket import Ticket
from triage import entry_letters
from triage.composing import as_mail, envelope_sender
from triage.config import Settings
from triage.mailserver import MailServer, Refused, Unreachable

log = logging.getLogger("triage.outgoing")

BATCH = 20
_LEASE = timedelta(seconds=120)
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=6)
_PATIENCE = timedelta(days=5)


class Way(Protocol):
    """How a mail leaves: by a server, or into a folder."""

    def send(self, mail: EmailMessage, message: Message, settings: Settings) -> None: ...

    def close(self) -> None: ...


def send_waiting(owner: str, settings: Settings) -> int:
    """Send what is due over one connection; returns how many promises were taken up."""
    with transaction():
        claims = outbox.claim(Job.SEND, owner, BATCH, _LEASE)
    if not claims:
        return 0
    way = way_out(settings)
    try:
        for position, claimed in enumerate(claims):
            try:
                with transaction():
                    send(claimed, owner, way, settings)
            except Unreachable as trouble:
                wait_for_the_server(claims[position:], owner, str(trouble))
                break
    finally:
        way.close()
    return len(claims)


def send(claimed: Claim, owner: str, way: Way, settings: Settings) -> None:
    """Send one letter; raises `Unreachable` when no letter can leave now."""
    if not outbox.renew([claimed], owner, _LEASE):
        return  # somebody else is sending it by now
    message = Message.leaving(claimed.ref_id)
    if message is None or message.state != Sending.WAITING:
        outbox.finish(claimed, owner)
        return
    try:
        mailing_leaving.look(message, now())
        entry_letters.put_in(message, settings, now())
        way.send(as_mail(message, settings), message, settings)
    except Unreachable:
        raise
    except HeldBack as held:
        let_stand(claimed, owner, held.wait)
        return
    except Refused as refusal:
        settle_refusal(claimed, owner, message, str(refusal), final=refusal.final)
        return
    except Lost as lost:  # a file of it is gone from the store
        settle_refusal(claimed, owner, message, f"{UNWRITABLE}: {lost!r}", final=True)
        return
    except ValueError as unwritable:  # a header that would break the mail: people must look
        settle_refusal(claimed, owner, message, f"{UNWRITABLE}: {unwritable}", final=True)
        return
    except Exception as trouble:  # whatever it is, the letters behind it must leave
        log.warning("message %s did not leave: %r", message.id, trouble)
        settle_refusal(claimed, owner, message, repr(trouble), final=False)
        return
    message.went(now())
    entry_letters.left(message)
    outbox.finish(claimed, owner)
    if message.mailing_id is not None:
        mailing_leaving.left(message, now())
    if message.ticket_id is not None or message.mailing_id is None:
        record("message.sent", ticket_id=message.ticket_id, message=message.id)
    if message.kind == Kind.REPLY:
        ticket = Ticket.named(message.ticket_id)
        Callback.reached(client_id=ticket.client_id if ticket else None, at=now(), how="mail")


def let_stand(claimed: Claim, owner: str, wait: timedelta | None) -> None:
    """Its mailing stands still, and this was no try; or it was cancelled, and there is no other."""
    if wait is None:
        outbox.finish(claimed, owner)
    else:
        outbox.put_off(claimed, owner, "", wait)


def settle_refusal(claimed: Claim, owner: str, message: Message, why: str, *, final: bool) -> None:
    """Try again later with growing pauses, for five days; or give up where people see it."""
    if final or now() - message.created_at > _PATIENCE:
        give_up(message, why)
        outbox.finish(claimed, owner)
        return
    message.last_error = why[:2000]
    pause = min(_FIRST_PAUSE * 2 ** min(claimed.tries - 1, 10), _LONGEST_PAUSE)
    outbox.fail(claimed, owner, why, pause)


def give_up(message: Message, why: str) -> None:
    ticket = Ticket.named(message.ticket_id)
    if ticket is not None:
        correspondence.take_bounce(ticket, message, why, now(), final=True)
    message.bounced(why)
    if message.mailing_id is not None:
        mailing_leaving.not_delivered(message, why, now(), came_back=False)


def wait_for_the_server(claims: list[Claim], owner: str, why: str) -> None:
    """Nothing can leave: the batch has had one try, and all the rest waits a minute without one.

    What has waited for five days is given up all the same.
    """
    log.warning("the mail server cannot be reached: %s", why)
    with transaction():
        for claimed in claims:
            message = Message.leaving(claimed.ref_id)
            if message is not None and message.state == Sending.WAITING:
                settle_refusal(claimed, owner, message, why, final=False)
            else:
                outbox.fail(claimed, owner, why, timedelta(0))
        outbox.hold(Job.SEND, _FIRST_PAUSE)


def way_out(settings: Settings) -> Way:
    return ByServer(settings.smtp_url) if settings.smtp_url else IntoFolder(settings.outbox_dir)


class ByServer:
    """By the mail server of the house."""

    def __init__(self, url: str) -> None:
        self.server = MailServer(url)

    def send(self, mail: EmailMessage, message: Message, settings: Settings) -> None:
        self.server.send(
            mail.as_bytes(),
            envelope_sender(message, settings),
            message.recipient,
            last_look=lambda: mailing_leaving.look(message, now()),
        )

    def close(self) -> None:
        self.server.close()


class IntoFolder:
    """As a file, which is the place to look at it in a demo."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, mail: EmailMessage, message: Message, settings: Settings) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        final = self.folder / f"{message.id:07d}.eml"
        draft = final.with_suffix(".part")
        draft.write_bytes(mail.as_bytes())
        draft.replace(final)

    def close(self) -> None:
        """A folder needs no goodbye."""
