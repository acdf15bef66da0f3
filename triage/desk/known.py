"""The known problem of which a ticket is a case, and what may be said of it."""

from typing import Any

from models.prepared import PreparedAnswer
from models.problem import Occurrence
from models.saying import spoken
from models.ticket import Ticket


def known_problem(ticket: Ticket) -> dict[str, Any]:
    """`problem`; `sentences`: what was approved, by language, nothing of a draft; `prepared`: the
    answer that waits for this ticket."""
    problem = Occurrence.problems_of([ticket.id]).get(ticket.id)
    return {
        "problem": problem,
        "sentences": spoken(problem) if problem else {},
        "prepared": PreparedAnswer.offered_for(ticket),
    }
