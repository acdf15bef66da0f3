"""What somebody typed or chose on the page of their matter: read once, checked with words."""

import hashlib
import json
from dataclasses import dataclass, field

from flask import request
from flask_babel import ngettext

from models.ticket import Ticket
from models.web_form_draft import SentFile
from triage.config import Settings
from triage.forms.uploads import Refused, received
from triage.public.form import KEY, LONGEST_TEXT


@dataclass
class Said:
    """What somebody typed or chose on the page; `mistake` says what must be looked at again."""

    text: str = ""
    key: str = ""
    document: int | None = None
    files: list[SentFile] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    mistake: str = ""

    @classmethod
    def read(cls, settings: Settings) -> "Said":
        """Files are known by what they hold; one that is not taken costs nobody the others."""
        key, document = request.form.get("key", ""), request.form.get("document", "")
        files, refused = received(request.files.getlist("files"), settings)
        return cls(
            text=request.form.get("text", "").replace("\r\n", "\n").strip(),
            key=key if KEY.fullmatch(key) else "",
            document=int(document) if document.isdecimal() and len(document) < 10 else None,
            files=files,
            refused=refused,
        )

    def once(self, ticket: Ticket) -> str | None:
        """The same key with the same words and files is the same message."""
        if not self.key:
            return None
        digest = hashlib.sha256(json.dumps([self.text, self.document]).encode("utf-8", "replace"))
        for file in self.files:
            digest.update(file.name.encode("utf-8", "replace"))
            digest.update(hashlib.sha256(file.content).digest())
        return f"status:{ticket.id}:{self.key}:{digest.hexdigest()[:32]}"

    @property
    def wrong(self) -> str:
        """What is wrong with the words or files themselves; empty when nothing is."""
        if len(self.text) > LONGEST_TEXT:
            return str(
                ngettext(
                    "Your message is %(num)s character too long. Attach it as a file.",
                    "Your message is %(num)s characters too long. Attach it as a file.",
                    len(self.text) - LONGEST_TEXT,
                )
            )
        if self.files:
            return ""
        return " ".join(f"{one.name}: {one.why}" for one in self.refused)

    @property
    def partly(self) -> bool:
        """Some files were taken and others were not: what is good comes in, the rest is named."""
        return bool(self.files and self.refused)
