"""What a mail server tells of a mail beside its bytes, and keeping both together.

An adapter that was not told something leaves it out; nothing here is guessed from the headers but
what a fetched mail's own server wrote into them on delivery.
"""

import os
from dataclasses import asdict, dataclass, field

from models.intake import Adapter
from models.mailbox import Mailbox, without_plus
from triage.config import Settings
from triage.intake import receive_mail
from triage.intake.addresses import read_mailboxes
from triage.intake.headers import read_block

_DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to")
_MOST_RECIPIENTS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The envelope of one mail."""

    mail_from: str | None = None
    rcpt_to: list[str] = field(default_factory=list)
    remote_ip: str | None = None
    helo: str | None = None
    tls: str | None = None
    """The protocol version of a protected connection."""
    imap_uid: int | None = None
    imap_uidvalidity: int | None = None
    cut_from: int | None = None
    """The whole size of a mail of which only the beginning is kept."""


def keep(raw: bytes, told: Told, *, adapter: Adapter, mailbox: Mailbox) -> int:
    """Keep a mail with all that was told of it; returns its intake.

    Within a transaction of the caller's it is kept when that one commits.
    """
    facts = {name: value for name, value in asdict(told).items() if value is not None}
    return receive_mail(raw, adapter=adapter, mailbox=mailbox, **facts)


def told_on_delivery(
    raw: bytes,
    ours: frozenset[str],
    *,
    uid: int,
    uidvalidity: int,
    cut_from: int | None = None,
) -> Told:
    """The envelope of a fetched mail, as the server that delivered it wrote it down.

    Its recipients are those that are `ours`, whatever stands behind a plus.
    """
    headers, _ = read_block(raw, 0, len(raw))
    senders = headers.every("return-path")
    addresses = [
        found.address
        for name in _DELIVERED
        for value in headers.every(name)
        for found in read_mailboxes(value, _MOST_RECIPIENTS)
    ]
    known = dict.fromkeys(addresses[:_MOST_RECIPIENTS])
    return Told(
        mail_from=_sender(senders[0]) if senders else None,
        rcpt_to=[address for address in known if without_plus(address) in ours],
        imap_uid=uid,
        imap_uidvalidity=uidvalidity,
        cut_from=cut_from,
    )


def _sender(value: bytes) -> str | None:
    found = read_mailboxes(value, 1)
    if found:
        return found[0].address
    return "<>" if value.strip() == b"<>" else None


def crash(point: str, settings: Settings) -> None:
    """The end of this process at `point`, where a fault test has asked for it."""
    if settings.crash_at == point and not settings.in_production:
        os._exit(70)
