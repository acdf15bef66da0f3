"""A worker's turn at what somebody wants to take along: the file whole, or none.

A table is written from one cursor, so all of it is of one moment; a worker that dies leaves half
a file that is swept away, and the next one begins from the first row.
"""

import hashlib
import logging
import os
import secrets
import shutil
import time
from contextlib import suppress
from datetime import datetime, timedelta
from errno import EDQUOT, ENOSPC
from pathlib import Path

from flask_babel import force_locale

from models import outbox
from models.base import now, transaction
from models.calendar import BRUSSELS
from models.data_export import DataExport
from models.outbox import Claim, Job
from models.user import User
from triage import exporting
from triage.config import Settings
from triage.export_files import folder_of
from triage.exporting.forms import ENDINGS, Form, write
from triage.exporting.table import Told, as_asked
from triage.intake.envelope import crash

log = logging.getLogger("triage.exporting")

LEASE = timedelta(minutes=2)
AGAIN = timedelta(seconds=20)
TELL_AFTER = 0.7
"""Seconds between two looks at whether somebody still waits for it."""
ROW_BYTES = {Form.CSV: 500, Form.CSV_COMMA: 500, Form.XLSX: 2_000, Form.ZIP: 0}
"""How much room a row may take while it is written, a spreadsheet's parts among it."""
PART = ".part"


class Unwanted(Exception):
    """Somebody has called it off, or another worker has it by now."""


class NoRoom(Exception):
    """The disk would be too full."""


def write_waiting(owner: str, settings: Settings) -> int:
    """Write one file that fits between other work; returns how many promises were taken up."""
    return _write_one(Job.EXPORT, owner, settings)


def write_long(owner: str, settings: Settings, *, small: bool = False) -> int:
    """Write one long file, in a process that has nothing else to do; a `small` one gives back what
    it does not know, and does no more."""
    return _write_one(Job.LONG_EXPORT, owner, settings, small=small)


def _write_one(kind: Job, owner: str, settings: Settings, *, small: bool = False) -> int:
    with transaction():
        claims = outbox.claim(kind, owner, 1, LEASE)
        if small and any(_unknown(claimed) for claimed in claims):
            outbox.give_back(claims, owner)
            return 0
    for claimed in claims:
        try:
            _keep(claimed, owner, settings)
        except (Unwanted, outbox.LeaseLost):
            with suppress(outbox.LeaseLost), transaction():
                outbox.finish(claimed, owner)
        except Exception as trouble:
            log.warning("export %s: %r", claimed.ref_id, trouble)
            with transaction():
                _failed(claimed, owner, trouble)
    return len(claims)


def _unknown(claimed: Claim) -> bool:
    export = DataExport.held(claimed.ref_id)
    return export is not None and exporting.known(export.kind) is None


def _keep(claimed: Claim, owner: str, settings: Settings) -> None:
    at = now()
    with transaction():
        export = DataExport.held(claimed.ref_id)
        if export is None or not export.begin(at):
            outbox.finish(claimed, owner)
            return
        kind, asked, form, language = export.kind, export.asked, Form(export.form), export.language
        by_id, expected = export.by_id, export.rows_expected
    folder = folder_of(settings)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _demand_room(folder, expected * ROW_BYTES[form], settings)
    place = f"{secrets.token_hex(16)}.{ENDINGS[form]}"
    draft = folder / f"{place}{PART}"
    try:
        told = _telling(claimed, owner)
        count = _write_file(draft, kind, asked, form, by_id, language, told)
        crash("export.written", settings)
        size, digest = draft.stat().st_size, _digest_of(draft)
        os.replace(draft, folder / place)
        with transaction():
            outbox.finish(claimed, owner)
            export = DataExport.held(claimed.ref_id)
            if export is None or not export.unfinished:
                raise Unwanted(claimed.ref_id)
            export.ready(
                place, file_name(kind, form, at), count, size, digest, now(), settings.export_days
            )
    except BaseException:
        for left in (draft, folder / place):
            left.unlink(missing_ok=True)
        raise


def _write_file(
    draft: Path, kind: str, asked: dict[str, object], form: Form, by_id: int, language: str,
    told: Told,
) -> int:  # fmt: skip
    """For the eyes of whoever asked, as they are now."""
    by = User.named(by_id)
    if by is None:
        raise Unwanted(by_id)
    found = exporting.kind_of(kind, by)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        if found.write is not None:
            with force_locale(language):
                count = found.write(as_asked(asked), by, file, told)
        else:
            headings, rows = exporting.rows(kind, asked, by, language)
            count = write(form, file, headings, rows, told, draft.parent)
        file.flush()
        os.fsync(file.fileno())
    return count


def _telling(claimed: Claim, owner: str) -> Told:
    last = [time.monotonic()]

    def rows(count: int) -> None:
        if time.monotonic() - last[0] < TELL_AFTER:
            return
        last[0] = time.monotonic()
        with transaction():
            ours = outbox.renew([claimed], owner, LEASE)
            if not ours or not DataExport.went_on(claimed.ref_id, count):
                raise Unwanted(claimed.ref_id)

    return Told(rows)


def _demand_room(folder: Path, needed: int, settings: Settings) -> None:
    if shutil.disk_usage(folder).free - settings.disk_reserve < needed:
        raise NoRoom(f"{needed // 1_000_000} MB")


def _failed(claimed: Claim, owner: str, trouble: Exception) -> None:
    """Try again; in the end, and at once where the disk is full, say so where it was asked."""
    full = isinstance(trouble, NoRoom) or (
        isinstance(trouble, OSError) and trouble.errno in (ENOSPC, EDQUOT)
    )
    hopeless = full or isinstance(trouble, exporting.NotThere)
    if not claimed.last_try and not hopeless:
        outbox.fail(claimed, owner, repr(trouble), AGAIN)
        return
    outbox.give_up(claimed, owner, repr(trouble))
    export = DataExport.held(claimed.ref_id)
    if export is not None and export.unfinished:
        why = "no_room" if full else "not_there" if hopeless else "trouble"
        export.fail(why, now())


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_name(kind: str, form: Form, at: datetime) -> str:
    return f"{kind}-{at.astimezone(BRUSSELS):%Y-%m-%d-%H%M}.{ENDINGS[form]}"
