"""The words for where a ticket stands and how a contact ended; what follows from them."""

from enum import StrEnum


class Status(StrEnum):
    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    CLOSED = "closed"


class Disposition(StrEnum):
    """How a contact ended."""

    ANSWERED = "answered"
    REQUEST_RECEIVED = "request_received"
    DOCUMENT_REQUESTED = "document_requested"
    REDIRECTED = "redirected"
    ESCALATED = "escalated"
    CALL_BACK_PROMISED = "call_back_promised"
    DUPLICATE = "duplicate"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"
    COMPLAINT_REGISTERED = "complaint_registered"


SETTLED = frozenset(
    {
        Disposition.ANSWERED,
        Disposition.REDIRECTED,
        Disposition.DUPLICATE,
        Disposition.NO_ANSWER,
        Disposition.WRONG_NUMBER,
    }
)
"""After these nothing is owed any more; the others leave the ticket open."""
UNANSWERED = frozenset({Disposition.NO_ANSWER, Disposition.WRONG_NUMBER, Disposition.DUPLICATE})


class Stale(Exception):
    """Somebody else has changed the ticket since it was shown."""
