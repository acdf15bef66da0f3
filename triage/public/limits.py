"""How much one connection may send; counted by a digest, for an address is nobody's name to keep.

Many people stand behind one address: of a telephone company, an office, a proxy. A surge of true
clients must pass.
"""

import secrets
from datetime import datetime, timedelta
from ipaddress import ip_address

from flask import request

from models.idempotency import IdempotencyKey
from models.keys import ring

WINDOW = timedelta(minutes=10)
PER_ADDRESS = 600
"""Messages from one address within the window: one a second, which no single person reaches."""
PER_PROXY = 9_000
"""An address of a private network is a proxy or an office: many people stand behind it."""


def visitor(door: str = "form") -> str:
    """Who comes through which door, as a digest: an address is counted, not kept."""
    return f"{door}:{ring().blind(request.remote_addr or '', 'visitor').hex()[:40]}"


def seconds_to_wait(at: datetime, door: str = "form") -> int:
    """0 while this address may send."""
    count, oldest = IdempotencyKey.since(visitor(door), at - WINDOW)
    if oldest is None or count < (PER_PROXY if shared(request.remote_addr or "") else PER_ADDRESS):
        return 0
    return max(1, int((oldest + WINDOW - at).total_seconds()))


def came(intake_id: int | None, once: str | None = None, door: str = "form") -> None:
    """Count one; the same thing once more is not counted again."""
    IdempotencyKey.remember(visitor(door), once or secrets.token_urlsafe(16), "", intake_id)


def shared(address: str) -> bool:
    try:
        return ip_address(address).is_private
    except ValueError:
        return True
