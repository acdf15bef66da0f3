"""What was read from an intake, whatever its channel, before it meets the database."""

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from classifiers.engine import Text
from models.intake import Channel, Intake
from models.message import Message, message_of_bounce_address, ticket_of_message_id
from models.reply_addresses import MAILING, named_by_message_id
from triage import routing
from triage.config import Settings
from triage.intake.automatic import LOOP_HEADER
from triage.intake.bounces import Bounce, Failure
from triage.intake.forwarded import original_sender
from triage.intake.guarded import parse_guarded
from triage.intake.letter import Letter
from triage.intake.names import mixes_alphabets
from triage.intake.phone import e164

BOUNCE_TIME = timedelta(days=6)
"""For so long a mail may come back: servers give up after five days."""
_TRIES_ON = re.compile(
    r"retr(?:y|ied)|keep trying|delay|retard|r[ée]essa|vertraagd|opnieuw|verz[öo]gert|erneut", re.I
)
CONTROL = "x-triage-"
PLUS_ADDRESS = re.compile(
    r"(?<![\w.+-])[\w.-]{1,64}\+t\d{1,12}\.[a-z2-7]{20,40}@[\w.-]{1,190}", re.I
)
MOST_QUOTED = 20
TOO_LARGE = "too_large"


@dataclass(frozen=True)
class Returned:
    """One recipient of a bounce, and what the server said; `final`: nobody tries any more."""

    address: str
    said: str
    final: bool = False


@dataclass
class Draft:
    """What was read from an intake, before it meets the database."""

    sender_address: str = ""
    sender_name: str = ""
    number: str = ""
    subject: str = ""
    text: str = ""
    new_text: str = ""
    signature: str = ""
    language: str | None = None
    automatic: str | None = None
    message_id: str | None = None
    in_reply_to: str | None = None
    references: list[str] = field(default_factory=list)
    reply_addresses: list[str] = field(default_factory=list)
    participants: list[str] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)
    quotes_us: bool = False
    """It holds the line above which we ask to answer."""
    quoted_addresses: list[str] = field(default_factory=list)
    """Addresses with a plus part that its text quotes: perhaps reply addresses of ours."""
    sender_unclear: bool = False
    """Several senders, or a name that looks like another's."""
    controls: dict[str, str] = field(default_factory=dict)
    """What `X-Triage-*` headers ask for."""
    forwarded_from: tuple[str, str] | None = None
    """(name, address) of whoever wrote what this mail passes on."""
    from_us: str | None = None
    """Which of our own addresses it came from, if any."""
    names_somebody_new: bool = False
    """A national or enterprise number that its client had not named within the hour."""
    urgent: bool = False
    returned: str | None = None
    """The Message-ID of ours that a bounce brings back."""
    returned_for_certain: bool = False
    """The bounce came to an address that we had signed, or brings back an id of ours."""
    failures: list[Returned] = field(default_factory=list)
    content_hash: str | None = None
    said_at: datetime | None = None
    attachments: list[tuple[str, str, bytes, bool]] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    fully_read: bool = True
    fields: dict[str, Any] = field(default_factory=dict)
    client_id: int | None = None
    somebody_else: bool = False
    """Nobody of those who are known by the number."""
    ticket_id: int | None = None
    taken_by_id: int | None = None
    call_id: int | None = None
    chosen: tuple[str, str | None, str | None] | None = None
    form: dict[str, Any] | None = None
    """Of a web form: which one, what it is about, and what still has to come."""

    @property
    def worth_classifying(self) -> bool:
        """A mail of nothing but attachments goes to people, with its files in view."""
        return bool(self.new_text.strip()) and self.automatic != "bounce"

    def as_text(self, channel: str) -> Text:
        return Text(self.new_text, self.subject, channel, self.language)


def draft_of(intake: Intake, settings: Settings) -> Draft:
    raw = intake.raw
    return mail(raw, intake, settings) if intake.channel == Channel.EMAIL else typed(raw)


def mail(raw: bytes, intake: Intake, settings: Settings) -> Draft:
    letter = parse_guarded(
        raw, installation=settings.mail_domain, mail_from=intake.envelope.get("mail_from")
    )
    return read_from(letter, intake)


def read_from(letter: Letter, intake: Intake) -> Draft:
    """The draft of a mail that was read already."""
    cut = "cut_from" in intake.envelope  # its end stays on the mail server
    recipients = [str(address) for address in intake.envelope.get("rcpt_to") or []]
    bounced_to = [*recipients, *letter.delivered_to]
    returned, certain = named_by_bounce_address(bounced_to), True
    if returned is None:
        returned, certain = returned_message(letter.bounce, intake.received_at)
    return Draft(
        sender_address=letter.from_email or "",
        sender_name=routing.masked(letter.from_name),
        subject=letter.subject,
        text=letter.text,
        new_text=letter.new_text,
        signature=letter.signature,
        language=letter.language_hint,
        automatic=letter.automatic,
        message_id=letter.message_id,
        in_reply_to=returned or letter.in_reply_to,
        references=list(letter.references),
        reply_addresses=[*recipients, *letter.delivered_to, *letter.to, *letter.cc],
        participants=[letter.from_email or "", *letter.cc],
        copies=[*letter.to, *letter.cc],
        quotes_us=letter.quotes_marker,
        quoted_addresses=PLUS_ADDRESS.findall(letter.text)[:MOST_QUOTED],
        sender_unclear=letter.senders_flagged or mixes_alphabets(letter.from_name),
        controls=controls_of(letter),
        forwarded_from=original_sender(letter.subject, letter.text),
        returned=returned if letter.automatic == "bounce" else None,
        returned_for_certain=certain,
        failures=[returned_by(one) for one in (letter.bounce.failures if letter.bounce else ())],
        content_hash=letter.content_hash,
        said_at=letter.date,
        attachments=[
            (part.name, part.content_type, part.content, part.inline) for part in letter.attachments
        ],
        defects=[*letter.defects, *({TOO_LARGE} - {*letter.defects} if cut else ())],
        fully_read=letter.fully_read and not cut,
    )


def controls_of(letter: Letter) -> dict[str, str]:
    """What the mail asks of us in headers of our own, the first of each; our loop mark is none."""
    asked: dict[str, str] = {}
    for name, value in letter.controls:
        if name != LOOP_HEADER:
            asked.setdefault(name.removeprefix(CONTROL), value.strip())
    return asked


def returned_by(failure: Failure) -> Returned:
    """A failure in our words. A temporary status in a report of failure means: given up."""
    said = f"{failure.status} {failure.diagnostic}".strip() or failure.action or "came back"
    tries_on = failure.action == "delayed" or _TRIES_ON.search(failure.diagnostic) is not None
    return Returned(failure.recipient, said, failure.action == "failed" and not tries_on)


def named_by_bounce_address(addresses: list[str]) -> str | None:
    """The Message-ID of the mail whose signed bounce address is among these: also where a report
    says nothing, and where an answering machine writes to it."""
    for address in addresses:
        message = Message.named(message_of_bounce_address(address) or 0)
        if message is not None:
            return message.message_id
    return None


def returned_message(bounce: Bounce | None, at: datetime) -> tuple[str | None, bool]:
    """(the Message-ID of our mail that came back, whether only its receiver could know that).

    It is the one inside; else, without proof, that of the last mail to an address that failed.
    """
    if bounce is None:
        return None, False
    if bounce.original_message_id:
        ours = (
            ticket_of_message_id(bounce.original_message_id) is not None
            or named_by_message_id(bounce.original_message_id, MAILING) is not None
        )
        return bounce.original_message_id, ours
    for failure in bounce.failures:
        message = Message.newest_to(failure.recipient, at - BOUNCE_TIME)
        if message is not None:
            return message.message_id, False
    return None, False


def typed(raw: bytes) -> Draft:
    """A form, a call's note or a letter, as `receive_typed` kept it."""
    said = json.loads(raw)
    number = e164(said.get("number") or "")
    topic = said.get("topic")
    return Draft(
        sender_address=said.get("email") or "",
        sender_name=routing.masked(said.get("name") or ""),
        number=number or "",
        subject=said.get("subject") or "",
        text=said.get("text") or "",
        new_text=said.get("new_text", said.get("text")) or "",
        language=said.get("language"),
        attachments=[
            (name, content_type, base64.b64decode(content), False)
            for name, content_type, content in said.get("files") or []
        ],
        fields=said.get("fields") or {},
        client_id=said.get("client_id"),
        somebody_else=bool(said.get("somebody_else")),
        ticket_id=said.get("ticket_id"),
        taken_by_id=said.get("taken_by"),
        call_id=said.get("call_id"),
        chosen=(topic, said.get("subtopic"), said.get("intent")) if topic else None,
        form=said.get("form"),
    )
