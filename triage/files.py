"""Care for the kept files, a little every minute: sweep, check, and move old ones out.

In a day each of the 256 parts of the store has its turn about five times.
"""

import logging
from datetime import datetime, timedelta
from hashlib import sha256

from models.base import transaction
from models.contact import Contact
from models.files import Attachment, Blob
from models.filestore import Lost, store
from models.outbox import JobSlot
from triage.config import Settings
from triage.intake.draft import draft_of

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


def content_of(attachment: Attachment, contact: Contact, settings: Settings) -> bytes:
    """The bytes of a file. One that got lost is taken out of what came in, which is kept apart;
    raises `Lost` when it is not there either."""
    try:
        return attachment.blob.content
    except Lost as lost:
        log.warning("file %s of contact %s is %s", lost.digest, contact.id, lost.why)
        for content in _contents(contact, settings):
            if sha256(content).hexdigest() == attachment.sha256:
                Blob.keep(content)
                return content
        raise


def _contents(contact: Contact, settings: Settings) -> list[bytes]:
    try:
        draft = draft_of(contact.intake, settings)
    except Exception:  # any bytes may have come in, and this was only a hope
        log.exception("contact %s could not be read for a lost file", contact.id)
        return []
    return [content for _, _, content, _ in draft.attachments]
