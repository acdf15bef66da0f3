"""A mail as a value: who wrote, what is new in it, what came with it. Never raises.

Strings are safe for the database and header values are single lines. What could not be read is
named in `defects`; a mail of which something was left out says so by `fully_read`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from triage.intake.addresses import (
    RECIPIENTS,
    Mailbox,
    display_name,
    read_mailboxes,
    shows_another_address,
)
from triage.intake.attachments import Attachment
from triage.intake.automatic import Automatic, Circumstances, classify, loop_ids
from triage.intake.body import Body, read_body
from triage.intake.bounces import Bounce, Failure, read_bounce
from triage.intake.charset import decode, one_line
from triage.intake.encoded_words import decode_words
from triage.intake.headers import (
    SUBJECT_CHARACTERS,
    Headers,
    read_date,
    read_language,
    read_message_ids,
)
from triage.intake.parts import MAIL_BYTES, Outline, Part, outline
from triage.intake.quotes import quotes_reply_marker, split

__all__ = ["Attachment", "Bounce", "Failure", "Letter"]

# With one of these, something a client sent is not in the letter: a person looks at the raw mail.
UNREAD_DEFECTS = frozenset(
    [
        "header_too_long",
        "html_cut",
        "part_unreadable",
        "reading_stopped",
        "text_cut",
        "too_deep",
        "too_large",
        "too_many_headers",
        "too_many_parts",
        "too_many_recipients",
        "unreadable",
        "winmail_unreadable",
    ]
)
CONTROLS = 50

_SIMPLE_FIELD = r"(?im)^%s:[ \t]*([^\r\n]{0,2000})"
_SIMPLE_BYTES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One e-mail, read. An unknown sender is None; absent texts are empty.

    `controls` are `X-Triage-*` headers as written: only a trusted channel may obey them.
    """

    from_email: str | None = None
    from_name: str = ""
    senders_flagged: bool = False
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    delivered_to: tuple[str, ...] = ()
    subject: str = ""
    date: datetime | None = None
    date_text: str = ""
    message_id: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    text: str = ""
    new_text: str = ""
    signature: str = ""
    quotes_marker: bool = False
    html: str | None = None
    html_present: bool = False
    language_hint: str | None = None
    attachments: tuple[Attachment, ...] = ()
    automatic: Automatic | None = None
    bounce: Bounce | None = None
    null_sender: bool = False
    loop_ids: tuple[str, ...] = ()
    controls: tuple[tuple[str, str], ...] = ()
    content_hash: str = ""
    defects: tuple[str, ...] = ()
    fully_read: bool = True

    @classmethod
    def parse(
        cls,
        raw: bytes,
        *,
        installation: str | None = None,
        mail_from: str | None = None,
        opens_containers: bool = False,
    ) -> "Letter":
        """Read any bytes. `mail_from` is the envelope sender, empty for the null sender;
        `installation` is our own id, by which a mail of ours that came back is known.
        Only a process that may be killed opens a `winmail.dat` too."""
        try:
            return _Reading(raw, installation, mail_from, opens_containers).letter()
        # Whatever a mail does to its reader, the client behind it must still get a ticket.
        except Exception:
            return cls.unread(raw, "unreadable")

    @classmethod
    def unread(cls, raw: bytes, defect: str) -> "Letter":
        """The little that a plain search of the headers gives, marked as not fully read."""
        head = raw[:_SIMPLE_BYTES].decode("latin-1")
        senders = read_mailboxes(_simple(head, "from") or _simple(head, "reply-to"), 1)
        ids = read_message_ids(_simple(head, "message-id"))
        return cls(
            from_email=senders[0].address if senders else None,
            from_name=display_name(senders[0].name) if senders else "",
            subject=decode_words(_simple(head, "subject"))[:SUBJECT_CHARACTERS],
            date=read_date(_simple(head, "date")),
            date_text=one_line(decode(_simple(head, "date")).text)[:200],
            message_id=ids[0] if ids else None,
            content_hash=sha256(raw.replace(b"\r\n", b"\n")).hexdigest(),
            defects=(defect,),
            fully_read=False,
        )

    def as_json(self) -> dict[str, Any]:
        """The public shape of a parsed mail, as `triage parse` prints it."""
        return {
            "from_email": self.from_email,
            "from_name": self.from_name,
            "to": list(self.to),
            "cc": list(self.cc),
            "reply_to": list(self.reply_to),
            "subject": self.subject,
            "date": self.date.isoformat() if self.date else None,
            "message_id": self.message_id,
            "in_reply_to": self.in_reply_to,
            "references": list(self.references),
            "text": self.text,
            "new_text": self.new_text,
            "html_present": self.html_present,
            "language_hint": self.language_hint,
            "attachments": [
                {
                    "name": attachment.name,
                    "content_type": attachment.content_type,
                    "size": attachment.size,
                    "sha256": attachment.sha256,
                    "inline": attachment.inline,
                }
                for attachment in self.attachments
            ],
            "automatic": self.automatic,
            "defects": list(self.defects),
        }


class _Reading:
    """The state of reading one mail, in the order of work."""

    def __init__(
        self, raw: bytes, installation: str | None, mail_from: str | None, opens_containers: bool
    ) -> None:
        self.defects: set[str] = set()
        self.raw = self._limited(raw)
        self.installation, self.mail_from = installation, mail_from
        self.opens_containers = opens_containers
        structure: Outline = outline(self.raw)
        self.root: Part = structure.root
        self.headers: Headers = structure.root.headers
        self.defects |= structure.defects
        self.charsets = _declared_charsets(self.root)

    def letter(self) -> Letter:
        sender, name, flagged = self._sender()
        body = read_body(self.raw, self.root, self.charsets, opens_containers=self.opens_containers)
        subject = self._subject()
        parted = split(body.text, body.signs, subject=subject, writer=name)
        date_text = one_line(decode(self.headers.first("date")).text)[:200]
        date = read_date(self.headers.first("date"))
        if date_text and not date:
            self.defects.add("date_unreadable")
        ids = self._ids("message-id")
        replied = self._ids("in-reply-to")
        references = self._ids("references")
        null_sender = self._null_sender()
        automatic = classify(
            self.headers,
            Circumstances(
                kinds=frozenset([self.root.kind, *(leaf.kind for leaf in self.root.leaves())]),
                report_type=self._report_type(),
                sender=sender,
                subject=subject,
                null_sender=null_sender,
                is_reply=bool(replied or references),
            ),
            self.installation,
        )
        addresses = self._recipients()
        self.defects |= body.defects
        return Letter(
            from_email=sender,
            from_name=name,
            senders_flagged=flagged,
            to=addresses["to"],
            cc=addresses["cc"],
            reply_to=addresses["reply-to"],
            delivered_to=addresses["delivered-to"] + addresses["x-original-to"],
            subject=subject,
            date=date,
            date_text=date_text,
            message_id=ids[0] if ids else None,
            in_reply_to=replied[0] if replied else None,
            references=tuple(references),
            text=body.text,
            new_text=parted.new_text,
            signature=parted.signature,
            quotes_marker=self._quotes_marker(body),
            html=body.html,
            html_present=body.html_present,
            language_hint=read_language([self.headers, *self._text_headers()]),
            attachments=body.attachments,
            automatic=automatic,
            bounce=read_bounce(self.raw, self.root, body.text) if automatic == "bounce" else None,
            null_sender=null_sender,
            loop_ids=tuple(map(one_line, loop_ids(self.headers))),
            controls=self._controls(),
            content_hash=self._content_hash(),
            defects=tuple(sorted(self.defects)),
            fully_read=UNREAD_DEFECTS.isdisjoint(self.defects),
        )

    def _limited(self, raw: bytes) -> bytes:
        if len(raw) > MAIL_BYTES:
            self.defects.add("too_large")
            raw = raw[:MAIL_BYTES]
        # Old Macs end lines with a bare return; as many bytes, so that slices keep their place.
        return raw.replace(b"\r", b"\n") if b"\n" not in raw else raw

    def _sender(self) -> tuple[str | None, str, bool]:
        """The first From that holds an address, else who else may stand for the writer."""
        found = [
            mailbox for value in self.headers.every("from") for mailbox in read_mailboxes(value)
        ]
        if found:
            mailbox = next((one for one in found if one.angled), found[0])
            name = self._name(mailbox)
            several = len({one.address for one in found}) > 1
            deceives = shows_another_address(name, mailbox.address)
            if several:
                self.defects.add("several_senders")
            if deceives:
                self.defects.add("sender_name_shows_another_address")
            return mailbox.address, name, several or deceives
        return self._stand_in()

    def _stand_in(self) -> tuple[str | None, str, bool]:
        for header in ("reply-to", "return-path", "sender"):
            for value in self.headers.every(header):
                if found := read_mailboxes(value, 1):
                    self.defects.add(f"sender_from_{header.replace('-', '_')}")
                    return found[0].address, self._name(found[0]), False
        for value in self.headers.every("from"):
            shown = decode_words(value, self.charsets)
            if found := read_mailboxes(shown.encode("latin-1", "replace"), 1):
                self.defects.add("sender_encoded")
                return found[0].address, self._name(found[0]), True
        self.defects.add("no_sender")
        names = [display_name(value, self.charsets) for value in self.headers.every("from")]
        return None, next(filter(None, names), ""), False

    def _name(self, mailbox: Mailbox) -> str:
        return display_name(mailbox.name, self.charsets)

    def _subject(self) -> str:
        written = next(filter(None, self.headers.every("subject")), b"")
        subject = decode_words(written, self.charsets)
        if len(subject) > SUBJECT_CHARACTERS:
            self.defects.add("subject_cut")
        return subject[:SUBJECT_CHARACTERS]

    def _ids(self, header: str) -> list[str]:
        values = self.headers.every(header)
        return read_message_ids(b" ".join(values)) if values else []

    def _null_sender(self) -> bool:
        if self.mail_from is not None:
            return self.mail_from.strip(" <>") == ""
        paths = self.headers.every("return-path")
        return any(not path.strip(b" <>\t") for path in paths)

    def _report_type(self) -> str:
        if self.root.kind != "multipart/report":
            return ""
        written = self.root.type.parameters.get("report-type", b"")
        return written.decode("latin-1").strip().lower()

    def _recipients(self) -> dict[str, tuple[str, ...]]:
        addresses: dict[str, tuple[str, ...]] = {}
        room = RECIPIENTS
        for header in ("to", "cc", "reply-to", "delivered-to", "x-original-to"):
            found = [
                mailbox.address
                for value in self.headers.every(header)
                for mailbox in read_mailboxes(value, room + 1)
            ]
            if len(found) > room:
                self.defects.add("too_many_recipients")
            addresses[header] = tuple(dict.fromkeys(found[:room]))
            room = max(room - len(found), 0)
        return addresses

    def _quotes_marker(self, body: Body) -> bool:
        return quotes_reply_marker(body.text) or quotes_reply_marker(body.html or "")

    def _text_headers(self) -> Iterable[Headers]:
        return [leaf.headers for leaf in self.root.leaves() if leaf.kind.startswith("text/")]

    def _controls(self) -> tuple[tuple[str, str], ...]:
        named = [
            (name, decode_words(value, self.charsets)[:SUBJECT_CHARACTERS])
            for name, value in self.headers.fields
            if name.startswith("x-triage-")
        ]
        return tuple(named[:CONTROLS])

    def _content_hash(self) -> str:
        """What stays the same when one mail is delivered twice: not the trace headers."""
        digest = sha256()
        for header in ("from", "date", "subject"):
            digest.update(b"\0".join(self.headers.every(header)) + b"\n")
        digest.update(self.raw[self.root.body :].replace(b"\r\n", b"\n").rstrip())
        return digest.hexdigest()


def _declared_charsets(root: Part) -> list[str]:
    declared = (leaf.type.parameters.get("charset", b"") for leaf in root.leaves())
    return list(dict.fromkeys(value.decode("latin-1") for value in declared if value))


def _simple(head: str, header: str) -> bytes:
    match = re.search(_SIMPLE_FIELD % header, head)
    return match[1].encode("latin-1") if match else b""
