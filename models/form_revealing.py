"""A hidden number of a form, shown once to somebody who says why: as of a client's card."""

import json
from datetime import datetime

from models.intake import Intake
from models.revealing import Reason, account_for
from models.ticket import Ticket
from models.user import User
from models.web_form import FormSubmission


def reveal_answer(
    submission: FormSubmission,
    field: str,
    ticket: Ticket,
    reason: Reason,
    words: str,
    *,
    by: User,
    at: datetime,
) -> str:
    """What was typed into that field, in full. The caller has asked whether `by` sees the ticket.

    Raises `Refused` without a word where one is needed, `TooMany` beyond what answering needs.
    """
    account_for(
        reason,
        words,
        by=by,
        at=at,
        client_id=ticket.client_id,
        ticket_id=ticket.id,
        what=field,
        form=submission.form.code,
    )
    return typed_into(submission, field)


def typed_into(submission: FormSubmission, field: str) -> str:
    """From the sealed intake; empty when it was erased."""
    intake = Intake.named(submission.intake_id)
    if intake is None or intake.raw_row is None:
        return ""
    try:
        answers = json.loads(intake.raw).get("answers") or {}
    except ValueError:
        return ""
    return str(answers.get(field) or "")
