"""What was read from an intake, whatever its channel, before it meets the database."""

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from classifiers.engine import Text
from models.intake import Channel, Intake
from triage import routing
from triage.config import Settings
from triage.intake.kill import parse_guarded
from triage.intake.phone import e164


@dataclass
class Draft:
    """What was read from an intake, before it meets the database."""

    sender_address: str = ""
    sender_name: str = ""
    number: str = ""
    subject: str = ""
    text: str = ""
    new_text: str = ""
    language: str | None = None
    automatic: str | None = None
    message_id: str | None = None
    in_reply_to: str | None = None
    references: list[str] = field(default_factory=list)
    reply_addresses: list[str] = field(default_factory=list)
    participants: list[str] = field(default_factory=list)
    returned: str | None = None
    """The Message-ID of ours that a bounce brings back."""
    unknown_addresses: list[str] = field(default_factory=list)
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

    @property
    def worth_classifying(self) -> bool:
        """A mail of nothing but attachments goes to people, with its files in view."""
        return bool(self.new_text.strip())

    def as_text(self, channel: str) -> Text:
        return Text(self.new_text, self.subject, channel, self.language)


def draft_of(intake: Intake, settings: Settings) -> Draft:
    raw = intake.raw
    return mail(raw, intake, settings) if intake.channel == Channel.EMAIL else typed(raw)


def mail(raw: bytes, intake: Intake, settings: Settings) -> Draft:
    letter = parse_guarded(
        raw, installation=settings.mail_domain, mail_from=intake.envelope.get("mail_from")
    )
    recipients = [str(address) for address in intake.envelope.get("rcpt_to") or []]
    returned = letter.bounce.original_message_id if letter.bounce else None
    return Draft(
        sender_address=letter.from_email or "",
        sender_name=routing.masked(letter.from_name),
        subject=letter.subject,
        text=letter.text,
        new_text=letter.new_text,
        language=letter.language_hint,
        automatic=letter.automatic,
        message_id=letter.message_id,
        in_reply_to=letter.in_reply_to or returned,
        references=list(letter.references),
        reply_addresses=[*recipients, *letter.delivered_to, *letter.to, *letter.cc],
        participants=[letter.from_email or ""],
        returned=returned,
        unknown_addresses=[
            failure.recipient
            for failure in (letter.bounce.failures if letter.bounce else ())
            if failure.permanent
        ],
        content_hash=letter.content_hash,
        said_at=letter.date,
        attachments=[
            (part.name, part.content_type, part.content, part.inline) for part in letter.attachments
        ],
        defects=list(letter.defects),
        fully_read=letter.fully_read,
    )


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
        new_text=said.get("text") or "",
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
    )
