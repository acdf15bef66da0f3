"""Care for the kept files, a little every minute: sweep, check, and move old ones out.

In a day each of the 256 parts of the store has its turn about five times.
"""

import logging
from datetime import datetime, timedelta

from models.base import transaction
from models.files import Blob
from models.filestore import store
from models.outbox import JobSlot

log = logging.getLogger("triage.files")

PARTS = 256
UNCLAIMED = timedelta(days=1)
"""For how long a file may lie there before something mentions it."""
MOVED_A_MINUTE = 50 * 1024 * 1024
"""Bytes of old rows that leave the database in one turn."""


def tend(at: datetime) -> None:
    """One turn; nothing when somebody else has taken this minute."""
    part = f"{int(at.timestamp() // 60) % PARTS:02x}"
    try:
        with transaction():
            if JobSlot.take("files", f"{at:%Y-%m-%dT%H:%M}"):
                swept = store().sweep(part, Blob.mentioned, at - UNCLAIMED)
                lost = Blob.check(part)
                moved = Blob.move_out(MOVED_A_MINUTE)
                if swept or lost or moved:
                    log.info("files: %d swept, %d lost, %d moved out", swept, lost, moved)
    except OSError as trouble:
        log.warning("the file store does not answer: %s", trouble)
