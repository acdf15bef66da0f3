"""The words of a call-back: why it is owed, where it stands, how a try and the whole ended."""

from enum import StrEnum


class CallbackReason(StrEnum):
    MISSED_CALL = "missed_call"
    REQUESTED = "requested"
    PROMISED = "promised"
    BANK_ACCOUNT = "bank_account"
    DISSATISFIED = "dissatisfied"
    DOCUMENT_MISSING = "document_missing"
    PROBLEM = "problem"


class CallbackState(StrEnum):
    PROPOSED = "proposed"
    """The machine or a form suggests it; nobody calls before a person has accepted."""
    OPEN = "open"
    TAKEN = "taken"
    DONE = "done"
    GIVEN_UP = "given_up"
    CANCELLED = "cancelled"


class AttemptResult(StrEnum):
    REACHED = "reached"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    VOICEMAIL_LEFT = "voicemail_left"
    WRONG_NUMBER = "wrong_number"


class Outcome(StrEnum):
    """What came of it."""

    SETTLED = "settled"
    MORE_TO_DO = "more_to_do"
    SATISFIED = "satisfied"
    PARTLY_SATISFIED = "partly_satisfied"
    NOT_SATISFIED = "not_satisfied"
    OTHERWISE = "otherwise"
    """Reached without this call-back: he called again, or we answered."""
    TICKET_CLOSED = "ticket_closed"
    NOT_REACHED = "not_reached"
    WRONG_NUMBER = "wrong_number"
    NO_NUMBER = "no_number"
    NOT_NEEDED = "not_needed"
    MISTAKE = "mistake"
    DISMISSED = "dismissed"
    """A person says that what was proposed is not worth a call."""
    JOINED = "joined"
    """Goes on in another one of the same client."""
    UNDONE = "undone"


AFTER_A_TALK = (Outcome.SETTLED, Outcome.MORE_TO_DO)
"""What can have come of it once somebody was reached."""
CONTENTMENT = (Outcome.SATISFIED, Outcome.PARTLY_SATISFIED, Outcome.NOT_SATISFIED)
"""The same for who had been let down."""
WHY_CANCELLED = (Outcome.NOT_NEEDED, Outcome.MISTAKE, Outcome.NO_NUMBER)
