"""Care for the kept files, a little every minute: sweep, check, and move old ones out.

In a day each of the 256 parts of the store has its turn about five times.
"""

import logging
import secrets
from datetime import datetime, timedelta

from models.base import transaction
from models.files import Blob
from models.filestore import store
from models.job_slot import JobSlot
from models.settings import Setting

log = logging.getLogger("triage.files")

PARTS = 256
OWNER = "files.owner"
UNCLAIMED = timedelta(days=1)
"""For how long a file may lie there before something mentions it."""
MOVED_A_MINUTE = 50 * 1024 * 1024
"""Bytes of old rows that leave the database in one turn."""


def tend(at: datetime) -> None:
    """One turn; nothing when somebody else has taken this minute."""
    with transaction():
        if not JobSlot.take("files", f"{at:%Y-%m-%dT%H:%M}"):
            return
        name = owner()
    part = f"{int(at.timestamp() // 60) % PARTS:02x}"
    try:
        with transaction():
            ours = store().belongs_to(name)
            swept = store().sweep(part, Blob.mentioned, at - UNCLAIMED) if ours else 0
            lost = Blob.check(part)
            moved = Blob.move_out(MOVED_A_MINUTE)
    except OSError as trouble:
        log.warning("the file store does not answer: %s", trouble)
        return
    if swept or lost or moved:
        log.info("files: %d swept, %d lost, %d moved out", swept, lost, moved)


def owner() -> str:
    """The name by which a folder of files knows its database, made when it is first asked for."""
    name = Setting.read(OWNER)
    if not name:
        name = secrets.token_hex(8)
        Setting.write(OWNER, name)
    return str(name)


def faults() -> list[str]:
    """What is wrong with the files, in words for the person who runs this."""
    found = store().faults()
    name = Setting.read(OWNER)
    try:
        if name and not store().belongs_to(str(name)):
            found.append(f"{store().folder} belongs to another database: nothing is swept there")
    except OSError:
        return found or [f"{store().folder} cannot be used"]
    return found
