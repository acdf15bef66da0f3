"""History through the whole product: what was said comes in by its own door, in its own time."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from itertools import groupby

from flask import Flask

from models import outbox
from models.base import transaction
from models.calendar import business_day
from models.intake import Adapter, Channel
from models.mailbox import Mailbox
from triage import background
from triage.config import Settings
from triage.intake import receive_mail, receive_typed
from triage.screening import grouping

STORED_AT_ONCE = 100


@dataclass(frozen=True)
class Said:
    """One contact of the past."""

    id: str
    at: datetime
    channel: str
    text: str
    subject: str = ""
    client: str = ""
    name: str = ""
    address: str = ""
    number: str = ""
    language: str | None = None


def replay(
    app: Flask,
    contacts: Iterable[Said],
    *,
    done: Callable[[int], None] = lambda count: None,
    after_day: Callable[[datetime], None] = lambda at: None,
    take: Callable[[Said, Mailbox | None], None] | None = None,
) -> int:
    """Take all contacts in, day by day, as fast as they can be read; returns how many.

    `done` hears how many have been read; `after_day` is called with the last moment of each day;
    `take` stands for `receive` where contacts come in another way.
    """
    settings: Settings = app.extensions["settings"]
    ordered = sorted(contacts, key=lambda said: (said.at, said.id))
    count = 0
    for day, of_day in groupby(ordered, key=lambda said: business_day(said.at)):
        last = None
        for batch in _batches(of_day, STORED_AT_ONCE):
            with transaction():
                mailbox = Mailbox.first()
                for said in batch:
                    (take or receive)(said, mailbox)
            background.keep_promises(settings, 600)
            count += len(batch)
            last = batch[-1].at
            done(count)
        assert last is not None
        while outbox.waiting().get(outbox.Job.READ.value):  # a worker beside us may hold some
            background.keep_promises(settings, 600)
        with transaction():
            grouping.regroup(day, last)
        after_day(last)
    return count


def receive(said: Said, mailbox: Mailbox | None) -> None:
    """By the door of its channel."""
    if said.channel == Channel.EMAIL:
        receive_mail(
            as_mail(said, mailbox),
            adapter=Adapter.REPLAY,
            mailbox=mailbox,
            mail_from=said.address,
            said_at=said.at,
        )
        return
    receive_typed(
        Channel(said.channel),
        {
            "name": said.name,
            "email": said.address if said.channel == Channel.FORM else "",
            "number": said.number,
            "subject": said.subject,
            "text": said.text,
            "language": said.language,
        },
        adapter=Adapter.REPLAY,
        once=f"replay|{said.id}|{said.at.isoformat()}",
        said_at=said.at,
        received_at=said.at,
    )


def as_mail(said: Said, mailbox: Mailbox | None) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr(
        (said.name, said.address or f"{said.client or said.id}@client.example")
    )
    mail["To"] = mailbox.address if mailbox else "contact@passerelle.example"
    mail["Subject"] = " ".join(said.subject.split())
    mail["Date"] = format_datetime(said.at)
    mail["Message-ID"] = f"<{said.id}.{said.at:%Y%m%d%H%M%S}@replay.example>"
    mail.set_content(said.text)
    return mail.as_bytes()


def _batches(items: Iterable[Said], size: int) -> Iterator[list[Said]]:
    batch: list[Said] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def receive_paced(
    contacts: Iterable[Said], speed: float, done: Callable[[int], None] = lambda count: None
) -> int:
    """Take contacts in `speed` times as fast as they were said; the workers read them."""
    ordered = sorted(contacts, key=lambda said: (said.at, said.id))
    for count, said in enumerate(ordered, 1):
        pause = (said.at - ordered[max(count - 2, 0)].at).total_seconds() / speed
        if pause > 0:
            time.sleep(pause)
        with transaction():
            receive(said, Mailbox.first())
        done(count)
    return len(ordered)
