"""What a web form adds to the contact that is made of it: its topic, its numbers, what is missing.

The form's own choice routes; what the classifier thought of the client's words stays beside it.
"""

from datetime import datetime

from classifiers.identifiers import Identifier, Kind
from models.callback import Callback, CallbackReason
from models.client import Client, ClientNumber, Level
from models.contact import Contact
from models.document_request import DocumentRequest
from models.prediction import Decision
from models.ticket import Ticket
from models.topic import Intent, Topic
from models.web_form import FormSubmission
from triage import routing
from triage.intake.draft import Draft

ROBOT = "looks_like_a_robot"
ACCOUNT_CHANGED = "account_changed"
CAUSE = "form"


def believe(contact: Contact, draft: Draft) -> None:
    """The submission has its contact; its topic and intent are those of the form."""
    if draft.form is None:
        return
    FormSubmission.belongs(contact.intake_id, contact.id)
    contact.language = draft.language or contact.language  # chosen on the page, whatever was typed
    topic = Topic.named(draft.form.get("topic"))
    if topic is None:
        return
    chosen = Topic.named(draft.form.get("subtopic"))
    heard = contact.subtopic_id if contact.topic_id == topic.id else None
    contact.topic_id = topic.id
    contact.subtopic_id = chosen.id if chosen is not None else heard
    intents = {intent.id for intent in Intent.everything()}
    if draft.form.get("intent") in intents:
        contact.intent_id = draft.form["intent"]
    contact.decision = Decision.AUTO.value
    routing.notice_health(contact)


def learn_national_number(client: Client, draft: Draft, at: datetime) -> None:
    """Sealed and findable; whether it was ever named before, the client's card tells."""
    number = str(draft.fields.get("national_number") or "")
    if draft.form is not None and number:
        masked = Identifier(Kind.NISS, number, 0, len(number)).masked
        client.learn_identifier(Kind.NISS.value, number, masked, at)


def follow_up(contact: Contact, ticket: Ticket, draft: Draft) -> None:
    """What did not come is asked for, a changed account is spoken about, a robot is looked at."""
    if draft.form is None:
        return
    at = contact.received_at
    if contact.topic_id and ticket.contacts_count == 1 and ticket.topic_id != contact.topic_id:
        ticket.route(contact, at=at)
    for document in draft.form.get("missing") or ():
        DocumentRequest.ask(
            ticket, document["names"], at=at, code=document["code"], cause=CAUSE, told=True
        )
    if draft.form.get("account_changed"):
        speak_about_account(contact, ticket, at)
    if draft.form.get("robot"):
        ticket.call_attention(ROBOT, at)


def speak_about_account(contact: Contact, ticket: Ticket, at: datetime) -> None:
    """A call on a number that we knew before: the one typed into a form may be anybody's."""
    known = known_number(contact.client)
    if known is None:
        ticket.call_attention(ACCOUNT_CHANGED, at)
        return
    Callback.ask(
        client=contact.client,
        number=known.e164,
        reason=CallbackReason.BANK_ACCOUNT,
        at=at,
        ticket=ticket,
        contact=contact,
        language=contact.language,
        reasons=[{"kind": ACCOUNT_CHANGED}],
    )


def known_number(client: Client | None) -> ClientNumber | None:
    numbers = [one for one in (client.numbers if client else ()) if one.level == Level.KNOWN]
    return max(numbers, key=lambda one: (one.confirmed_at is not None, -one.id), default=None)
