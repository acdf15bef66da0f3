"""A contact arrives. Whatever the door, it is kept as it came before anybody is told it was."""

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from models.base import now, transaction
from models.client import Client, mailbox_of
from models.intake import Adapter, Channel, Intake
from models.mailbox import Mailbox
from triage.config import Settings
from triage.intake.addresses import read_mailboxes
from triage.intake.headers import read_block

LONGEST_ADDRESS = 320
HEADERS = 65_536
"""Bytes in which a sender is looked for, while somebody waits for our answer."""


class NoRoom(Exception):
    """Too little space is left to promise that nothing will be lost."""


def refuse_when_full(settings: Settings) -> None:
    """Raises `NoRoom` while there is still enough space to stay alive on."""
    for folder in {settings.data_dir, nearest(settings.files_dir)}:
        free = shutil.disk_usage(folder).free
        if free < max(settings.disk_reserve, int(1.5 * settings.mail_limit)):
            raise NoRoom(f"{free // 1_000_000} MB free in {folder}")


def nearest(folder: Path) -> Path:
    """The folder, or what there is of the way to it."""
    return folder if folder.exists() or folder == folder.parent else nearest(folder.parent)


def receive_mail(
    raw: bytes,
    *,
    adapter: Adapter,
    mailbox: Mailbox | None,
    mail_from: str | None = None,
    rcpt_to: list[str] | None = None,
    remote_ip: str | None = None,
    said_at: datetime | None = None,
    **told: object,
) -> int:
    """Keep a mail; returns its intake. Duplicates are told apart when it is read.

    `told` are further facts of the envelope.
    """
    at = now()
    with transaction():
        intake_id, _ = Intake.keep(
            Channel.EMAIL,
            raw,
            adapter=adapter,
            received_at=said_at if adapter is Adapter.REPLAY and said_at else at,
            said_at=said_at,
            mailbox=mailbox,
            envelope={
                "mail_from": mail_from,
                "rcpt_to": rcpt_to or [],
                "remote_ip": remote_ip,
                **told,
            },
            fair_key=whose_turn(raw, mail_from),
        )
    return intake_id


def whose_turn(raw: bytes, mail_from: str | None) -> str | None:
    """The sender whose many mails let others pass; nobody for who is known to write for many."""
    sender = (mail_from or "").strip("<> ")
    if "@" not in sender:
        headers, _ = read_block(raw[:HEADERS], 0, min(len(raw), HEADERS))
        named = read_mailboxes(headers.first("from"), 1)
        sender = named[0].address if named else ""
    if not sender or Client.is_representative(sender):
        return None
    return mailbox_of(sender)[:LONGEST_ADDRESS]


def receive_typed(
    channel: Channel,
    said: dict[str, Any],
    *,
    adapter: Adapter,
    once: str | None = None,
    said_at: datetime | None = None,
    received_at: datetime | None = None,
) -> tuple[int, bool]:
    """Keep what a person typed (form, call note, letter); returns (intake, is it new).

    `once` makes a second sending of the same thing the same.
    """
    at = received_at or now()
    raw = json.dumps(said, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
    with transaction():
        return Intake.keep(
            channel, raw, adapter=adapter, received_at=at, said_at=said_at or at, once=once
        )
