"""A filled form becomes an intake and its submission in one transaction; then it may be read."""

import base64
import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models import outbox
from models.base import transaction
from models.intake import Adapter, Channel
from models.outbox import Job
from models.web_form import FormSubmission, WebFormVersion, in_some_language
from models.web_form_draft import SentFile
from triage.config import Settings
from triage.forms import saying
from triage.forms.fields import Kind
from triage.intake import reading, receive_typed

CROWDED = 12
"""With so many intakes unread, whoever sends one more does not wait for its number."""
PATIENCE = 0.5
"""Seconds for which a sender waits for another one's reading."""
_reading = threading.BoundedSemaphore(1)


@dataclass(frozen=True)
class Filled:
    """A form as it was sent. `answers` are checked; `robot` says why it looks like no person's."""

    version: WebFormVersion
    language: str
    answers: Mapping[str, Any]
    files: Sequence[SentFile]
    missing: Sequence[Mapping[str, Any]]
    key: str
    robot: str = ""

    @property
    def once(self) -> str | None:
        """The same key with the same content is the same; changed content is another one."""
        if not self.key:
            return None
        form = self.version.form.code
        words = json.dumps([form, dict(self.answers)], sort_keys=True, ensure_ascii=False)
        digest = hashlib.sha256(words.encode("utf-8", "replace"))
        for file in self.files:
            digest.update(f"{file.document}|{file.name}|".encode("utf-8", "replace"))
            digest.update(hashlib.sha256(file.content).digest())
        return f"form:{self.key}:{digest.hexdigest()[:32]}"

    def said(self) -> dict[str, Any]:
        """What is kept as it came; only here the numbers stand in full, and it is sealed."""
        answers, form = self.answers, self.version.form
        option = self._option("about")
        missing = [in_some_language(one["names"], self.language) for one in self.missing]
        return {
            "name": answers.get("name", ""),
            "email": answers.get("email", ""),
            "number": answers.get("phone", ""),
            "language": self.language,
            "subject": saying.subject(self.version, answers, self.language),
            "text": saying.whole_text(self.version, answers, self.language, missing),
            "new_text": saying.own_words(self.version, answers),
            "topic": self._of_kind(Kind.TOPIC) or None,
            "fields": self._facts(),
            "files": [
                (file.name, file.content_type, base64.b64encode(file.content).decode())
                for file in self.files
            ],
            "answers": dict(answers),
            "form": {
                "code": form.code,
                "version": self.version.number,
                "topic": form.topic,
                "subtopic": option.get("subtopic") or form.subtopic,
                "intent": option.get("intent") or form.intent_id,
                "missing": [dict(one) for one in self.missing],
                "robot": self.robot,
                "account_changed": answers.get("iban_changed") == "yes",
                "call_hours": list(self._option("call_when").get("hours") or ()),
            },
        }

    def _facts(self) -> dict[str, str]:
        facts = {
            "enterprise_number": self._of_kind(Kind.ENTERPRISE_NUMBER),
            "national_number": self._of_kind(Kind.NATIONAL_NUMBER),
            "call_back": "1" if self.answers.get("call_back") == "yes" else "",
        }
        return {name: value for name, value in facts.items() if value}

    def _of_kind(self, kind: Kind) -> str:
        names = (rule["name"] for rule in self.version.fields if rule["type"] == kind)
        return next((str(self.answers[one]) for one in names if self.answers.get(one)), "")

    def _option(self, name: str) -> Mapping[str, Any]:
        """What the data says of the option chosen in that field."""
        for rule in self.version.fields:
            for option in (rule.get("options") or ()) if rule["name"] == name else ():
                if option["value"] == self.answers.get(name):
                    found: Mapping[str, Any] = option
                    return found
        return {}


def keep(filled: Filled, at: datetime) -> tuple[int, bool]:
    """Keep it; returns (intake, is it new). Nothing is acknowledged before this is committed."""
    with transaction():
        intake_id, new = receive_typed(
            Channel.FORM, filled.said(), adapter=Adapter.FORM, once=filled.once, received_at=at
        )
        FormSubmission.keep(
            filled.version,
            intake_id,
            language=filled.language,
            answers=saying.masked_answers(filled.version, filled.answers)
            | {"files": [{"name": one.name, "document": one.document} for one in filled.files]},
            missing=filled.missing,
            at=at,
        )
    return intake_id, new


def read_if_cheap(intake_id: int, settings: Settings) -> None:
    """Read it now so that its number can be shown; where many wait, the worker does it."""
    if outbox.crowded(Job.READ, CROWDED) or not _reading.acquire(timeout=PATIENCE):
        return
    try:
        reading.read_now(intake_id, settings)
    finally:
        _reading.release()
