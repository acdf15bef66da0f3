"""A mailing read before it leaves: as each client reads it, in each language, and as a test mail.

A test goes to one of us, marked, by the real way out; no client gets it and nothing counts it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import now
from models.calendar import business_day
from models.event import record
from models.house_mail import address_of, write_to_house
from models.mailbox import Mailbox
from models.mailing import Mailing, MailingRecipient
from models.mailing_sight import first_told
from models.measure_change import standing_of
from models.message import unsigned
from models.policy import Verb, may
from models.topic import LANGUAGES
from models.user import User
from triage import composing, mailing_sending
from triage.asked_once import colleagues
from triage.composing import Piece, paragraphs
from triage.config import Settings
from triage.outreach.mailing_page import changing, pages, step_address
from triage.outreach.mailing_text import Typed
from triage.routing import masked

INVENTED = {"fr": "Camille Martin", "nl": "Lotte Willems", "de": "Anna Keller", "en": "Sam Reed"}
"""For whom a text is filled before anybody is counted."""


@dataclass(frozen=True)
class Shown:
    """One mail as its reader sees it."""

    sender: str
    recipient: str
    subject: str
    text: str
    language: str

    @property
    def paragraphs(self) -> list[list[list[Piece]]]:
        return paragraphs(unsigned(self.text)[0])

    @property
    def foot(self) -> list[list[list[Piece]]]:
        return paragraphs(unsigned(self.text)[1])


@dataclass(frozen=True)
class Preview:
    letters: Sequence[Shown]
    whose: str
    """Whose data stand in it."""


# --- as a client reads it -------------------------------------------------------------------


def letter_to(mailing: Mailing, recipient: MailingRecipient) -> Shown | None:
    """What was written to this one; before that, what would be. None: nothing can be."""
    to = f"{recipient.name} <{recipient.address or '—'}>" if recipient.name else recipient.address
    if recipient.message is not None:
        message = recipient.message
        return Shown(sender(), to or "—", message.subject, message.text, message.language)
    letter = mailing_sending.written(mailing, recipient, settings())
    if letter is None:
        return None
    return Shown(sender(), to or "—", letter.subject, letter.text, letter.language)


def preview_of(mailing: Mailing, user: User, counted: Mailing | None = None) -> Preview | None:
    """In each language with the first one who gets it; else with somebody invented."""
    real, letters = 0, []
    for code in LANGUAGES:
        if not (mailing.texts.get(code) or mailing.reply_id):
            continue
        found = first_told((counted or mailing).id, user, code)
        real += found is not None
        letter = letter_to(mailing, found or invented(mailing, code))
        letters += [letter] if letter is not None else []
    if not letters:
        return None
    whose = (
        _("With the data of a real recipient in each language.")
        if real == len(letters)
        else _("Where nobody is counted yet, with somebody invented.")
    )
    return Preview(letters, whose)


def invented(mailing: Mailing, language: str) -> MailingRecipient:
    """Nobody: kept nowhere, and no link in the mail leads anywhere."""
    fields = {str(name): f"[{name}]" for name in mailing.audience.get("fields") or ()}
    return MailingRecipient(
        id=0,
        language=language,
        name=INVENTED[language],
        address=f"{language}@example.com",
        fields=fields | {"number": "#123456"},
        state="queued",
    )


def sender() -> str:
    mailbox, found = Mailbox.first(), settings()
    name = (mailbox.sender_name if mailbox else "") or found.triage_name
    return f"{name} <{composing.address(mailbox, found)}>"


def as_typed(mailing: Mailing, typed: Typed) -> Mailing:
    """The mailing as it would be once saved; never kept."""
    version = standing_of(mailing.measure_id, business_day(now())) if mailing.measure_id else None
    return Mailing(
        purpose=typed.purpose,
        subjects=typed.subjects,
        texts=typed.texts,
        audience=dict(mailing.audience),
        topic_id=mailing.topic_id,
        on_threads=mailing.on_threads,
        reply_id=mailing.reply_id,
        answer_version_id=version.id if version else None,
    )


# --- as a test ------------------------------------------------------------------------------


@pages.post("/mailings/<int:mailing_id>/test")
def try_out(mailing_id: int) -> ResponseReturnValue:
    by, mailing = changing(mailing_id)
    to = request.form.get("to", "")
    languages = [code for code in LANGUAGES if code in request.form.getlist("language")]
    sent = 0
    if to in own_addresses(by):
        sent = sum(send_test(mailing, code, to, by=by, at=now()) for code in languages)
    if sent:
        flash(_("The test is on its way to %(address)s.", address=to))
    else:
        flash(_("No test was sent: choose a language that has a subject and a text."), "warning")
    came_from = "approval" if mailing.state != "draft" else "what"
    return redirect(step_address(mailing, came_from), 303)


def send_test(mailing: Mailing, language: str, to: str, *, by: User, at: datetime) -> bool:
    """One mail to one of us, with somebody invented in it; False where nothing can be written."""
    letter = mailing_sending.written(mailing, invented(mailing, language), settings())
    if letter is None:
        return False
    write_to_house(
        to,
        f"TEST · {letter.subject}",
        f"[TEST · {masked(mailing.name)}]\n\n{letter.text}",
        cause=f"mailing-test:{mailing.id}:{language}:{by.id}:{at.isoformat()}",
        language=language,
        domain=settings().mail_domain,
        at=at,
        by=by,
    )
    record("mailing.tested", by=by, at=at, mailing=mailing.id, language=language)
    return True


def own_addresses(user: User) -> list[str]:
    """Where a test may go: to oneself first, then to those who lead."""
    domain = settings().mail_domain
    others = [one for one in colleagues() if one.id != user.id and may(one, Verb.LEAD)]
    return list(dict.fromkeys(address_of(one, domain) for one in (user, *others)))


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
