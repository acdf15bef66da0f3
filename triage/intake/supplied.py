"""Documents that a client sent where we had asked for them: they are here, for somebody to look."""

from models.contact import Contact
from models.document_request import DocumentRequest
from models.topic import Intent

SUPPLY = "supply_document"
FIELD = "document_requests"
"""In a contact's fields: the ids or codes of what it says to bring."""


def supplied(contact: Contact) -> None:
    """Mark what the contact brings as received; only what its own ticket lacks."""
    named = contact.fields.get(FIELD) or []
    if not isinstance(named, list) or not contact.attachments:
        return
    came = DocumentRequest.receive(contact, named, contact.received_at)
    known = {intent.id for intent in Intent.everything()}
    if came and contact.intent_id is None and SUPPLY in known:
        contact.intent_id = SUPPLY
