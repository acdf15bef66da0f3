"""The contact form as it was filled in: read once, checked with words that help. No database."""

import base64
import hashlib
import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from stdnum.be import vat
from stdnum.exceptions import ValidationError
from werkzeug.datastructures import FileStorage, ImmutableMultiDict

from triage.intake.phone import e164

MOST_FILES = 5
MOST_BYTES = 10 * 1024 * 1024
LONGEST_TEXT = 20_000
LONGEST_LINE = 200
ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]{2,}")
KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass
class ContactForm:
    """What a client typed; `mistakes` says by field what must be looked at again."""

    name: str = ""
    email: str = ""
    phone: str = ""
    call_back: bool = False
    enterprise: str = ""
    topic: str = ""
    text: str = ""
    key: str = ""
    trap: str = ""
    files: list[tuple[str, str, bytes]] = field(default_factory=list)
    mistakes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(
        cls, typed: ImmutableMultiDict[str, str], sent: list[FileStorage], topics: Collection[str]
    ) -> "ContactForm":
        def line(name: str) -> str:
            return " ".join(typed.get(name, "").split())

        form = cls(
            name=line("name"),
            email=line("email"),
            phone=line("phone"),
            call_back=bool(typed.get("call_back")),
            enterprise=line("enterprise"),
            topic=line("topic") if line("topic") in topics else "",
            text=typed.get("text", "").replace("\r\n", "\n").strip(),
            key=line("key") if KEY.fullmatch(line("key")) else "",
            trap=line("website"),
            files=[
                (file.filename, file.mimetype or "application/octet-stream", file.read())
                for file in sent
                if file.filename
            ],
        )
        form._check()
        return form

    @property
    def number(self) -> str | None:
        return e164(self.phone[:40])

    @property
    def enterprise_number(self) -> str:
        return str(vat.compact(self.enterprise)) if self.enterprise else ""

    @property
    def once(self) -> str | None:
        """The same key with the same words is the same message; changed words are another one."""
        if not self.key:
            return None
        words = [self.name, self.email, self.phone, self.enterprise, self.topic, self.text]
        words += ["call back"] if self.call_back else []
        digest = hashlib.sha256(json.dumps(words).encode("utf-8", "replace"))
        for name, _type, content in self.files:
            digest.update(name.encode("utf-8", "replace") + hashlib.sha256(content).digest())
        return f"form:{self.key}:{digest.hexdigest()[:32]}"

    def said(self, language: str) -> dict[str, Any]:
        """What `receive_typed` keeps."""
        facts = {"enterprise_number": self.enterprise_number}
        facts |= {"call_back": "1"} if self.call_back else {}
        return {
            "name": self.name,
            "email": self.email,
            "number": self.number or "",
            "language": language,
            "topic": self.topic or None,
            "text": self.text,
            "fields": {name: value for name, value in facts.items() if value},
            "files": [
                (name, kind, base64.b64encode(content).decode())
                for name, kind, content in self.files
            ],
        }

    def _check(self) -> None:
        if not self.name:
            self.mistakes["name"] = _("Tell us your name.")
        if not self.email and not self.phone:
            self.mistakes["email"] = _("Give an e-mail address or a phone number.")
        if self.email and not ADDRESS.fullmatch(self.email):
            self.mistakes["email"] = _("This address is not complete. Example: name@example.com")
        if self.phone and self.number is None:
            self.mistakes["phone"] = _("This number is not complete. Example: 0475 12 34 56")
        if self.call_back and not self.phone:
            self.mistakes["phone"] = _("Give the number on which we may call you.")
        if self.enterprise and not _is_enterprise_number(self.enterprise):
            self.mistakes["enterprise"] = _(
                "This number has a typing error: it has ten digits, for example 0403.019.261. "
                "You may also leave it empty."
            )
        if not self.text:
            self.mistakes["text"] = _("Write your message.")
        self._check_sizes()
        if self.trap:
            self.mistakes["website"] = _("Leave this field empty: it is a trap for robots.")

    def _check_sizes(self) -> None:
        for name in ("name", "email", "phone", "enterprise"):
            if len(getattr(self, name)) > LONGEST_LINE:
                self.mistakes[name] = _("This is too long.")
        if len(self.text) > LONGEST_TEXT:
            self.mistakes["text"] = ngettext(
                "Your message is %(num)s character too long. Attach it as a file.",
                "Your message is %(num)s characters too long. Attach it as a file.",
                len(self.text) - LONGEST_TEXT,
            )
        if len(self.files) > MOST_FILES:
            self.mistakes["files"] = _("Choose at most five files.")
        if sum(len(content) for _name, _type, content in self.files) > MOST_BYTES:
            self.mistakes["files"] = _("Together the files are larger than 10 MB. Send fewer.")


def _is_enterprise_number(written: str) -> bool:
    try:
        vat.validate(written)
    except ValidationError:
        return False
    return True
