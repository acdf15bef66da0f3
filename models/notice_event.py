"""What can happen to a file, what becomes of it here, and one event as the back office says it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class NoticeKind(StrEnum):
    """What can happen to a file, in the order in which it usually does."""

    RECEIVED = "received"
    DOCUMENTS_MISSING = "documents_missing"
    COMPLETE = "complete"
    SENT_TO_AUTHORITY = "sent_to_authority"
    APPROVED = "approved"
    REFUSED = "refused"
    PAYMENT_ANNOUNCED = "payment_announced"
    PAID = "paid"

    @property
    def stage(self) -> int:
        """How far a file has come; a decision is one stage, whichever it is."""
        found = list(NoticeKind).index(self)
        return found - 1 if self is NoticeKind.REFUSED else found


class NoticeState(StrEnum):
    """What became of one event."""

    WAITING = "waiting"
    TOLD = "told"
    SUPPRESSED = "suppressed"
    """The client knows it already, or a later event has overtaken it; `why` says which."""
    UNMATCHED = "unmatched"
    """We do not know whose file it is: a person says."""
    NO_ADDRESS = "no_address"
    """Known, and nowhere to write to: somebody calls or writes a letter."""
    DISMISSED = "dismissed"


class Why(StrEnum):
    """Why the client got no mail of it, or nobody is known by it."""

    TOLD_BEFORE = "told_before"
    ACKNOWLEDGED = "acknowledged"
    OVERTAKEN = "overtaken"
    DAY_PASSED = "day_passed"
    SWITCHED_OFF = "switched_off"
    BY_PHONE = "by_phone"
    NOBODY = "nobody"
    SEVERAL = "several"
    CONTRADICTION = "contradiction"
    REPRESENTATIVE = "representative"
    ADDRESS_MISSING = "address_missing"
    BOUNCED = "bounced"
    WITHDRAWN = "withdrawn"


class Kept(StrEnum):
    """What keeping an event came to."""

    NEW = "new"
    SAME = "same"
    DIFFERENT = "different"
    """Its key was used for another content: the first stays."""


@dataclass(frozen=True)
class FileEvent:
    """One event as the back office says it, read once. `who` holds the identifiers in full."""

    key: str
    kind: NoticeKind
    occurred_at: datetime
    who: Mapping[str, str]
    """By `ticket`, `id`, `national_number`, `enterprise_number`, `email`."""
    masked: Mapping[str, str]
    file_reference: str = ""
    language: str | None = None
    topic_id: str | None = None
    measure_id: int | None = None
    pays_on: date | None = None
    documents: tuple[Any, ...] = ()
    """Codes, names, or names by language."""

    @property
    def content(self) -> bytes:
        """The whole, so that two events can be compared."""
        told = [
            self.kind,
            self.occurred_at.isoformat(),
            dict(self.who),
            self.file_reference,
            self.language,
            self.topic_id,
            self.measure_id,
            str(self.pays_on),
            list(self.documents),
        ]
        return json.dumps(told, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")
