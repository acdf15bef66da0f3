"""The mails of a mailing: filled for each recipient, with the line at the foot that says why it is
sent and how to have no more of it; checked once more, then promised."""

from datetime import datetime
from functools import cache, lru_cache

from sqlalchemy.orm.attributes import flag_modified

from models import correspondence, mailing_promising, mailing_threads
from models.base import db
from models.keys import ring
from models.mail_text import MailText
from models.mailbox import Mailbox
from models.mailing import Mailing
from models.mailing_promising import Written
from models.mailing_recipient import MailingRecipient, RecipientState, Why
from models.mailing_row import PRIORITY
from models.mailing_sight import failed
from models.measure import MeasureVersion
from models.message import (
    Kind,
    Message,
    message_id_for,
    reply_address,
    signed,
    thread_of,
)
from models.outbox import Job, later
from models.reply_addresses import MAILING, address_naming, message_id_naming
from models.subject import reply_subject
from models.ticket import Ticket
from models.topic import Topic
from models.user import User
from triage import mail_texts, placeholders
from triage.config import Settings
from triage.letters import Letter, tag
from triage.mail_texts import LookUp
from triage.placeholders import Wording
from triage.routing import masked

LONGEST_SUBJECT = 200


# --- written --------------------------------------------------------------------------------


def written(
    mailing: Mailing,
    recipient: MailingRecipient,
    settings: Settings,
    *,
    foot: bool = True,
    look_up: LookUp = MailText.newest,
) -> Letter | None:
    """The mail that this recipient gets; None where something in it is not known of this client.

    Each name is replaced literally and once: what a client is called brings no further field.
    `look_up` finds the words of the foot.
    """
    language = recipient.language
    prepared = mailing_threads.words(recipient) if recipient.prepared_id else None
    values = _values(mailing, recipient, settings)
    text = prepared or _filled(str(mailing.texts.get(language) or ""), values)
    ticket = recipient.ticket if mailing.on_threads else None
    subject = (
        reply_subject(ticket.subject, tag(ticket.number, settings))
        if ticket is not None
        else _filled(str(mailing.subjects.get(language) or ""), values)
    )
    if not text or not subject:
        return None
    subject, text = " ".join(masked(subject).split())[:LONGEST_SUBJECT], masked(text)
    if foot:
        text = signed(text, foot_of(mailing, recipient, settings, look_up))
    return Letter(subject, text, language)


def foot_of(
    mailing: Mailing, recipient: MailingRecipient, settings: Settings, look_up: LookUp
) -> str:
    """Why the client gets it, and how to have no more such news, where one may decline it."""
    link = unsubscribe_link(recipient, settings) if mailing.may_be_declined else ""
    return mail_texts.written(
        "mailing_foot",
        recipient.language,
        look_up,
        house=settings.triage_name,
        link=link,
        number=recipient.ticket.number if mailing.on_threads and recipient.ticket else None,
    ).text.strip()


def unsubscribe_link(recipient: MailingRecipient, settings: Settings) -> str:
    return f"{settings.base_url}/unsubscribe/{unsubscribe_token(recipient.id)}"


def unsubscribe_token(recipient_id: int) -> str:
    """Vouches for one recipient; 130 bits that nobody can guess."""
    return f"{recipient_id}-{ring().sign('unsubscribe', recipient_id)}"


def recipient_of_token(token: str) -> MailingRecipient | None:
    number, _, signature = token.partition("-")
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        return None
    if not ring().vouches(signature, "unsubscribe", int(number)):
        return None
    return MailingRecipient.named(int(number))


def _values(mailing: Mailing, recipient: MailingRecipient, settings: Settings) -> dict[str, str]:
    language, name = recipient.language, recipient.name.strip()
    words = _wording(language)
    own = {key: str(value) for key, value in recipient.fields.items()}
    return own | {
        "opening": words.named.replace("{name}", name) if name else words.unnamed,
        "name": name,
        "number": f"#{recipient.ticket.number}" if recipient.ticket else "",
        "team": _team(mailing.topic_id, language) or settings.triage_name,
        "house": settings.triage_name,
        "answer": _answer(mailing, language),
        "closing": words.closing,
    }


def _filled(text: str, values: dict[str, str]) -> str | None:
    unknown = [one for one in placeholders.unfilled(text) if not values.get(one[1:-1])]
    return None if unknown else placeholders.put_in(text, values)


def _answer(mailing: Mailing, language: str) -> str:
    """The answer that was fixed when it was counted: a later version changes nothing of it."""
    version = MeasureVersion.named(mailing.answer_version_id)
    return str(version.answers.get(language) or "").strip() if version is not None else ""


def _team(topic_id: str | None, language: str) -> str:
    topic = Topic.named(topic_id)
    return topic.team.name(language) if topic is not None and topic.team is not None else ""


@lru_cache(maxsize=8)
def _wording(language: str) -> Wording:
    return placeholders.wording(language)


# --- promised -------------------------------------------------------------------------------


def write_next(mailing: Mailing, many: int, settings: Settings, at: datetime) -> int:
    """Write to the next ones, at most so many, all in the caller's transaction; returns how many
    had their turn, those included who get none after all."""
    recipients = mailing_promising.next_ones(mailing, many)
    if not recipients:
        return 0
    left_out = mailing_promising.no_more(mailing, recipients, at)
    letters = []
    mailbox, look_up = Mailbox.first(), cache(MailText.newest)
    for one in recipients:
        why = left_out.get(one.id)
        if why is None and mailing.on_threads:
            why = mailing_threads.why_not(one)
        if why is not None:
            mailing_promising.end(one, RecipientState.LEFT_OUT, why, at)
            continue
        if one.message is not None:
            mailing_promising.promise_again(one, one.message, at)
            continue
        letter = written(mailing, one, settings, look_up=look_up)
        if letter is None or not one.address:
            mailing_promising.end(one, RecipientState.LEFT_OUT, Why.NO_FIELD, at)
        elif mailing.on_threads:
            _promise_on_thread(mailing, one, letter, settings, at)
        else:
            letters.append(_apart(one, letter, mailbox, settings))
    mailing_promising.promise(mailing, letters, mailbox.id if mailbox else None, at)
    return len(recipients)


def try_again(mailing: Mailing, most: int, *, by: User, at: datetime) -> int:
    """What no server took has its turn once more, in the mailing's pace and hours, each as the same
    mail; returns how many. Who wants no news by now, or was answered or told otherwise, is left
    alone."""
    recipients = list(db.session.scalars(failed(mailing.id).limit(most)))
    no_more = mailing_promising.no_more(mailing, recipients, at)
    tried = 0
    for one in recipients:
        if one.id in no_more or (mailing.on_threads and not mailing_threads.still_owed(one)):
            continue
        mailing.retry(one, by=by, at=at)
        tried += 1
    return tried


def _apart(
    recipient: MailingRecipient, letter: Letter, mailbox: Mailbox | None, settings: Settings
) -> Written:
    """A mail on no ticket: its answers are known by a signed address."""
    address = mailbox.address if mailbox else f"contact@{settings.mail_domain}"
    return Written(
        recipient=recipient,
        subject=letter.subject,
        text=letter.text,
        language=letter.language,
        message_id=message_id_naming(MAILING, recipient.id, settings.mail_domain),
        reply_to=address_naming(address, MAILING, recipient.id),
    )


def _promise_on_thread(
    mailing: Mailing,
    recipient: MailingRecipient,
    letter: Letter,
    settings: Settings,
    at: datetime,
) -> None:
    """A mail on the ticket's thread; an agent who answers at this moment learns of it."""
    ticket = Ticket.named(recipient.ticket_id)
    assert ticket is not None and recipient.address is not None
    domain = settings.mail_domain
    mailbox = correspondence.answer_mailbox(ticket)
    address = mailbox.address if mailbox else f"contact@{domain}"
    cause = mailing_promising.cause_of(recipient)
    answered, ids = thread_of(ticket.id, ticket.client_id, domain)
    flag_modified(ticket, "status")
    message = Message(
        kind=Kind.MAILING.value,
        ticket_id=ticket.id,
        cause=cause,
        recipient=correspondence.answer_address(ticket) or recipient.address,
        subject=letter.subject,
        text=letter.text,
        language=letter.language,
        message_id=message_id_for(ticket.id, cause, domain),
        reply_to=reply_address(address, ticket.id),
        in_reply_to=answered.message_id if answered else None,
        references=" ".join(ids),
        mailbox=mailbox,
        mailing_id=mailing.id,
        answer_version_id=mailing.answer_version_id,
        written_at=at,
        created_at=at,
    )
    db.session.add(message)
    db.session.flush()
    mailing_promising.promised(recipient, message.id)
    later(Job.SEND, message.id, priority=PRIORITY)
