"""From the mails of an mbox to matters, one mail at a time. Pure: no database."""

from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import IO

from triage.importing.record import Entry, File, Matter, Person, Record, Refused
from triage.importing.table import today
from triage.intake.archives import mails_in
from triage.intake.guarded import parse_guarded
from triage.intake.letter import Letter

LONGEST_NAME = 500


def matters(
    file: IO[bytes], at: datetime, ours: Callable[[str], bool], domain: str | None
) -> Iterator[Record]:
    """Mails in the order of the file; those that answer each other are of one thread."""
    threads: dict[str, str] = {}
    for line, raw in enumerate(mails_in(file), 1):
        letter = parse_guarded(raw, installation=domain)
        named = (letter.message_id or f"sha256:{sha256(raw).hexdigest()}")[:LONGEST_NAME]
        shown = [letter.subject[:80] or named]
        try:
            matter = _mail(raw, letter, named, threads, at, ours)
            yield Record(line, named, matter=matter, written=shown)
        except Refused as refused:
            yield Record(line, named, str(refused), written=shown)


def _mail(
    raw: bytes,
    letter: Letter,
    named: str,
    threads: dict[str, str],
    at: datetime,
    ours: Callable[[str], bool],
) -> Matter:
    if letter.from_email is None:
        raise Refused("no_sender")
    if letter.date is None:
        raise Refused("no_date")
    if today(letter.date) >= today(at):
        raise Refused("too_recent")
    if letter.automatic in ("bounce", "own_loop"):
        raise Refused("by_machine")
    before = [one for one in (letter.in_reply_to, *reversed(letter.references)) if one]
    thread = next((threads[one] for one in before if one in threads), named)
    from_us = ours(letter.from_email)
    threads[named] = thread
    entry = Entry(
        ("receipt" if letter.automatic else "answer") if from_us else "contact",
        letter.date,
        external_id=named,
        subject=letter.subject,
        text=letter.text,
        author=letter.from_email,
        recipient=next(iter(letter.to), ""),
        message_id=letter.message_id,
        in_reply_to=letter.in_reply_to,
        files=files_of(letter) if from_us else (),
        raw=b"" if from_us else raw,
        letter=letter,
    )
    person = Person(letter.from_name[:300], (letter.from_email,), language=letter.language_hint)
    return Matter(
        letter.subject[:500],
        Person() if from_us else person,
        [entry],
        letter.date,
        letter.date,
        language=letter.language_hint,
        thread=thread,
        answers=tuple(dict.fromkeys(before)),
    )


def files_of(letter: Letter) -> tuple[File, ...]:
    return tuple(
        File(one.name, one.content_type, one.content, one.inline) for one in letter.attachments
    )
