"""Reading once more what was not fully read: after an update, more of it may be understood.

The contact keeps its place and its ticket; only what was missing is filled in.
"""

from models.base import db, now
from models.contact import Contact
from models.event import record
from models.intake import Intake, State
from models.ticket import Ticket
from models.user import User
from models.web_form import FormSubmission
from triage import routing
from triage.config import Settings
from triage.intake import numbers, submissions
from triage.intake.draft import draft_of
from triage.intake.filing import attach, client_of, masked_fields, sender_shown
from triage.intake.reading import opine_on, promise_grouping, read_now


def read_again(intake: Intake, settings: Settings, *, by: User | None) -> bool:
    """True when it is fully read now; otherwise it stays where people see it."""
    contact = Contact.from_intake(intake.id)
    if contact is None:
        contact = read_now(intake.id, settings)
        return contact is not None and contact.fully_read
    if contact.erased_at is not None or not intake.raw:
        return False  # there is nothing left to read, and what was read must not be emptied
    try:
        with db.session.begin_nested():
            _fill_in(contact, intake, settings, by)
    except Exception as error:  # any bytes may have come in: it stays quarantined
        intake.settle(State(intake.state), now(), repr(error)[:2000])
        return False
    return contact.fully_read


def _fill_in(contact: Contact, intake: Intake, settings: Settings, by: User | None) -> None:
    draft = draft_of(intake, settings)
    opinion = opine_on([(draft, intake.channel)])[0]
    before = contact.client
    if before is None or "unreadable" in contact.defects:  # all we had was the envelope's sender
        contact.client = client_of(draft, opinion, intake) or before
    contact.sender = sender_shown(draft) or contact.sender
    contact.subject = routing.masked(draft.subject)[:500]
    contact.text = routing.masked(draft.text)
    contact.new_text = routing.masked(draft.new_text)
    contact.language = opinion.language if opinion else draft.language
    contact.message_id = contact.message_id or draft.message_id
    contact.in_reply_to = contact.in_reply_to or draft.in_reply_to
    contact.content_hash = contact.content_hash or draft.content_hash
    contact.automatic = draft.automatic
    contact.defects = draft.defects
    contact.fully_read = draft.fully_read
    attach(contact, draft)
    contact.make_searchable()
    numbers.keep(contact, draft.subject, draft.text)
    first = draft.form is not None and FormSubmission.of_contact(contact.id) is None
    if first:  # nothing of the form was understood before
        contact.fields = masked_fields(draft.fields) | contact.fields
        submissions.believe(contact, draft)
    intake.settle(State.READ if draft.fully_read else State.PARTIAL, now())
    record("contact.read_again", by=by, contact_id=contact.id, ticket_id=contact.ticket_id)
    ticket = Ticket.named(contact.ticket_id)
    if ticket is None:
        return
    if ticket.contacts_count == 1:
        if ticket.client in (None, before):
            ticket.client = contact.client
        ticket.subject = contact.subject or ticket.subject
        ticket.preview = contact.first_line
    if opinion is not None and contact.prediction is None:
        routing.believe(contact, draft.as_text(intake.channel), opinion, contact.received_at)
        promise_grouping([contact])
        if not ticket.chosen_by_person:
            routing.route(contact, ticket, opinion, contact.received_at)
    if first:
        submissions.follow_up(contact, ticket, draft)
