"""What our own mail comes to: the receipt for what a client wrote, and mail that came back."""

from datetime import datetime, timedelta

from classifiers.engine import Opinion
from models import automatic_mail, correspondence
from models.automatic_mail import OF_CLASS, RECEIPT_WITHHELD, Withheld
from models.base import db, now
from models.contact import Contact
from models.event import record
from models.intake import Channel
from models.mailbox import Mailbox
from models.message import Kind, Message
from models.saying import spoken
from models.ticket import Ticket
from triage import letters
from triage.config import Settings
from triage.intake.automatic import is_never_answered
from triage.intake.draft import Draft, Returned
from triage.intake.known import answer_unasked, sure_case

SAID_IN_RECEIPT = "ticket.known_problem_said"
ANSWER_IN_RECEIPT = "ticket.answer_said_unasked"
CAUSE = "opened"
"""One receipt for each ticket: for what began it."""
OLD = timedelta(days=6)
"""Servers deliver within five days: what was written before lay in a mailbox that is read now."""


def acknowledge(
    contact: Contact,
    ticket: Ticket,
    mailbox: Mailbox | None,
    settings: Settings,
    *,
    opinion: Opinion | None = None,
    lain_since: datetime | None = None,
) -> None:
    """Confirm receipt to a person who wrote; where that would be wrong, the ticket says why.

    Where it surely is a case of a known problem, its approved sentence is said with it.
    `lain_since`: when a mail was written that we have fetched, perhaps long after.
    """
    if mailbox is None or contact.channel not in (Channel.EMAIL, Channel.FORM):
        return
    at = now()
    recipient = correspondence.answer_address(ticket)
    why = not_to_be_answered(contact, recipient)
    if why is None and lain_since is not None and contact.received_at - lain_since > OLD:
        why = Withheld.OLD
    if why is None and recipient is not None:
        why = automatic_mail.withheld(ticket, recipient, Kind.ACKNOWLEDGEMENT, CAUSE, at)
    if why is not None or recipient is None:
        record(RECEIPT_WITHHELD, ticket_id=ticket.id, contact_id=contact.id, reason=str(why))
        return
    letter = letters.acknowledgement(
        ticket, settings, at, what_is_known(contact, ticket, opinion, settings, at)
    )
    automatic_mail.promise(
        ticket,
        Kind.ACKNOWLEDGEMENT,
        CAUSE,
        letter.subject,
        letter.text,
        mailbox=mailbox,
        recipient=recipient,
        language=letter.language,
        domain=settings.mail_domain,
        at=at,
        answers=contact,
    )


def what_is_known(
    contact: Contact, ticket: Ticket, opinion: Opinion | None, settings: Settings, at: datetime
) -> dict[str, str]:
    """What may already be said, by language; the ticket tells that it was, and of what."""
    language = letters.language_of(ticket, settings)
    problem = sure_case(contact, ticket, opinion, at)
    sentences = spoken(problem) if problem is not None else {}
    if problem is not None and language in sentences:
        record(
            SAID_IN_RECEIPT,
            at=at,
            ticket_id=ticket.id,
            contact_id=contact.id,
            problem=problem.number,
            sure=chances(opinion) if opinion is not None else {},
        )
        return sentences
    answer = answer_unasked(contact, opinion, language, at) if problem is None else None
    if answer is None or answer.version is None:
        return {}
    record(
        ANSWER_IN_RECEIPT,
        at=at,
        ticket_id=ticket.id,
        contact_id=contact.id,
        measure=answer.version.measure.code,
        version=answer.version.version,
    )
    return {language: answer.words}


def chances(opinion: Opinion) -> dict[str, float]:
    """How sure the classifier was of what makes the cause."""
    axes = {axis: float(opinion.posteriors[axis].max()) for axis in ("thing", "symptom")}
    return {name: round(share, 4) for name, share in axes.items()}


def not_to_be_answered(contact: Contact, recipient: str | None) -> Withheld | None:
    """Why nobody could read a receipt, or somebody's machine would answer it."""
    if contact.automatic is not None:
        return OF_CLASS.get(contact.automatic, Withheld.MACHINE)
    if recipient is None:
        return Withheld.NO_ADDRESS
    if is_never_answered(recipient):
        return Withheld.NO_REPLY
    if Mailbox.at(recipient) is not None:
        return Withheld.OURSELVES
    return None


def take_bounce(ticket: Ticket, draft: Draft) -> None:
    """The mail that came back, if the bounce names one of this ticket's."""
    for message in db.session.scalars(Message.called([draft.returned or ""])):
        if message.ticket_id is None and draft.returned_for_certain:
            message.bounced(what_failed(message, draft).said)
        sent_for = Ticket.named(message.ticket_id)
        if sent_for is None or ticket.id not in (sent_for.id, sent_for.target.id):
            continue
        failure = what_failed(message, draft)
        correspondence.take_bounce(
            ticket,
            message,
            failure.said,
            now(),
            address=failure.address,
            proven=draft.returned_for_certain,
            final=failure.final,
        )


def what_failed(message: Message, draft: Draft) -> Returned:
    """The failure that is this message's; the others are about other people."""
    mine = [failure for failure in draft.failures if failure.address == message.recipient]
    return (mine or draft.failures or [Returned(message.recipient, "came back")])[0]
