"""The house holds its tongue: nothing leaves until a person has looked.

After a restored backup the database does not know what was sent after it was made; whatever it
would send could be said twice.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from models.event import record
from models.outbox import HELD
from models.settings import Setting
from models.user import User

RESTORED_AT = "outgoing.restored"


class Cause(StrEnum):
    """Why nothing leaves."""

    RESTORED = "restored"
    ASKED = "asked"


@dataclass(frozen=True)
class Held:
    """Since when, why, and of a restored backup: of which moment it is."""

    since: datetime
    cause: Cause
    reason: str
    backup_at: datetime | None


def hold(
    cause: Cause,
    at: datetime,
    *,
    reason: str = "",
    backup_at: datetime | None = None,
    by: User | None = None,
) -> None:
    """From now on no mail, notice, report or webhook leaves; what is to leave waits."""
    Setting.write(
        HELD,
        {
            "since": at.isoformat(),
            "cause": cause.value,
            "reason": " ".join(reason.split())[:200],
            "backup_at": backup_at.isoformat() if backup_at else None,
        },
    )
    if cause is Cause.RESTORED:
        Setting.write(RESTORED_AT, at.isoformat())
    record("outgoing.held", by=by, at=at, cause=cause.value)


def held() -> Held | None:
    """What holds everything back now, if anything does."""
    kept = Setting.read(HELD)
    if not kept:
        return None
    made = kept["backup_at"]
    return Held(
        datetime.fromisoformat(kept["since"]),
        Cause(kept["cause"]),
        kept["reason"],
        datetime.fromisoformat(made) if made else None,
    )


def restored_at() -> datetime | None:
    """When this house was last brought back from a backup: what is older may have been said."""
    kept = Setting.read(RESTORED_AT)
    return datetime.fromisoformat(kept) if kept else None


def release(at: datetime, *, by: User) -> None:
    """Let everything leave that waits."""
    Setting.write(HELD, None)
    record("outgoing.released", by=by, at=at)
