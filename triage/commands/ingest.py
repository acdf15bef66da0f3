"""`triage ingest`: a mail, for real. Exit 0 only once it is kept, 75 when it could not be."""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import click

from models.base import db, transaction
from models.contact import Contact
from models.intake import Adapter, Intake, State
from models.mailbox import Mailbox
from models.ticket import Ticket
from triage.config import Settings, SettingsError
from triage.foundation import bare_app
from triage.instance import running
from triage.intake import receive_mail, refuse_when_full
from triage.intake.archives import Stored, mails_in_directory, mails_in_mbox

TRY_AGAIN = 75
BAD_INPUT = 2
BATCH = 100
"""Mails of a folder that share a transaction: the disk is waited for once for all of them."""
PATIENCE = 120.0
POLL = 0.05
SETTLED = (State.READ, State.PARTIAL, State.DUPLICATE, State.LOOP, State.QUARANTINED)


@click.command("ingest")
@click.option("--mailbox", "name", metavar="NAME", help="The mailbox it came to.")
@click.option("--envelope-from", metavar="ADDRESS", help="The sender as the mail server knows it.")
@click.option("--envelope-to", metavar="ADDRESS", multiple=True, help="A recipient; repeatable.")
@click.option("--wait", is_flag=True, help="Wait until it is read, and say what became of it.")
@click.option("--mbox", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dir", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def command(
    name: str | None,
    envelope_from: str | None,
    envelope_to: tuple[str, ...],
    wait: bool,
    mbox: Path | None,
    folder: Path | None,
) -> None:
    """Keep one raw mail from standard input, or many from an mbox file or a directory."""
    try:
        settings = running(Settings.from_environment())
        app = bare_app(settings)
        with app.app_context():
            door = Door(settings, box(name, envelope_to), envelope_from, list(envelope_to), wait)
            if mbox or folder:
                many(door, mails(mbox, folder))
            else:
                tell(door.take(sys.stdin.buffer.read()))
    except SettingsError as trouble:
        try_again(trouble.message)
    except click.ClickException:
        raise
    except Exception as trouble:  # with any other status a mail server would give the mail back
        try_again(type(trouble).__name__)


def try_again(words: str) -> NoReturn:
    click.echo(f"Not kept, try again: {words}", err=True)
    raise SystemExit(TRY_AGAIN)


def box(name: str | None, envelope_to: tuple[str, ...]) -> Mailbox | None:
    if name is None:
        found = [Mailbox.at(address) for address in envelope_to]
        return next((one for one in found if one), None) or Mailbox.first()
    named = Mailbox.by_name(name) or Mailbox.at(name)
    if named is None:
        known = ", ".join(one.name for one in db.session.scalars(Mailbox.in_order()))
        click.echo(f"There is no mailbox “{name}”; there are: {known}.", err=True)
        raise SystemExit(BAD_INPUT)
    return named


class Door:
    """One way in, with its envelope."""

    def __init__(
        self,
        settings: Settings,
        mailbox: Mailbox | None,
        mail_from: str | None,
        rcpt_to: list[str],
        wait: bool,
    ) -> None:
        self.settings = settings
        self.mailbox = mailbox
        self.mail_from = mail_from
        self.rcpt_to = rcpt_to
        self.wait = wait

    def take(self, raw: bytes) -> dict[str, Any]:
        """Keep one mail; returns what is told of it."""
        refuse_when_full(self.settings)
        intake_id = self.keep(raw)
        if self.wait:
            return await_reading(intake_id)
        return {"intake": intake_id, "outcome": "stored"}

    def take_several(self, found: list[Stored]) -> list[dict[str, Any]]:
        """Keep mails in one transaction; nothing is told before it has been committed."""
        refuse_when_full(self.settings)
        with transaction():
            kept = [self.keep(raw) for _, raw in found]
        return [{"intake": intake_id, "outcome": "stored"} for intake_id in kept]

    def keep(self, raw: bytes) -> int:
        return receive_mail(
            raw,
            adapter=Adapter.STDIN,
            mailbox=self.mailbox,
            mail_from=self.mail_from,
            rcpt_to=self.rcpt_to,
        )


def await_reading(intake_id: int) -> dict[str, Any]:
    """What became of the mail, once a worker has read it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        db.session.rollback()
        db.session.expire_all()
        intake = Intake.named(intake_id)
        if intake is not None and intake.state in SETTLED:
            return outcome(intake)
        time.sleep(POLL)
    return {"intake": intake_id, "outcome": "stored"}


def outcome(intake: Intake) -> dict[str, Any]:
    standing = intake.duplicate_of_id or intake.id
    contact = Contact.from_intake(standing)
    ticket = Ticket.named(contact.ticket_id) if contact else None
    return {
        "intake": intake.id,
        "contact": contact.id if contact else None,
        "ticket": ticket.id if ticket else None,
        "number": str(ticket.number) if ticket else None,
        "outcome": outcome_word(intake, contact, ticket),
        "topic": ticket.topic_id if ticket else None,
        "intent": ticket.intent_id if ticket else None,
        "team": ticket.team.slug if ticket and ticket.team else None,
    }


def outcome_word(intake: Intake, contact: Contact | None, ticket: Ticket | None) -> str:
    if intake.state == State.DUPLICATE:
        return "duplicate"
    if intake.state in (State.QUARANTINED, State.PARTIAL):
        return "quarantined"
    if intake.state == State.LOOP or (contact and contact.by_machine):
        return "automatic"
    return "created" if contact and ticket and ticket.opened_by(contact) else "follow_up"


def many(door: Door, found: Iterator[Stored]) -> None:
    """All mails of a folder, with a progress bar and totals."""
    totals: Counter[str] = Counter()
    batch = 1 if door.wait else BATCH
    with click.progressbar(
        label="Mails", length=0, file=sys.stderr, hidden=not sys.stderr.isatty(), show_pos=True
    ) as bar:
        while several := list(islice(found, batch)):
            results = [door.take(several[0].raw)] if door.wait else door.take_several(several)
            for (source, _), result in zip(several, results, strict=True):
                totals[result["outcome"]] += 1
                tell({"source": source, **result})
            bar.length = totals.total()
            bar.update(len(several))
    summary = ", ".join(f"{count} {word}" for word, count in sorted(totals.items()))
    click.echo(f"{totals.total()} mails: {summary or 'nothing found'}", err=True)


def mails(mbox: Path | None, folder: Path | None) -> Iterator[Stored]:
    """One after another: a folder may be larger than this machine's memory."""
    if mbox is not None:
        yield from mails_in_mbox(mbox)
    if folder is not None:
        yield from mails_in_directory(folder)


def tell(result: dict[str, Any]) -> None:
    click.echo(json.dumps(result, ensure_ascii=False))
