"""How a client sounds: what presses, and whether a call-back should be proposed. Never an order."""

from collections.abc import Sequence
from typing import Any

from classifiers import tone
from models import urgency
from models.contact import Contact
from models.prediction import Prediction
from models.ticket import Ticket


def sounding(
    ticket: Ticket, contacts: Sequence[Contact], last: Prediction | None
) -> dict[str, Any]:
    """What the ticket's page says of urgency and dissatisfaction; nothing when switched off."""
    heard = urgency.listened_to()
    unhappy = [
        contact
        for contact in contacts
        if heard and contact.dissatisfied >= tone.UNHAPPY_FROM and not contact.by_machine
    ]
    return {
        "press_reasons": urgency.reasons_of(ticket),
        "unhappy_times": 0 if ticket.closed else len(unhappy),
        "unhappy_reasons": last.dissatisfied_reasons if unhappy and last else [],
    }
