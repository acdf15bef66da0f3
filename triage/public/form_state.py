"""A form while it is being filled in: what was typed so far, and whose browser may see it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from flask import session

from models.keys import ring
from models.web_form import WebForm
from models.web_form_draft import FormDraft, FormDraftFile

MOST_DRAFTS = 5
KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass
class Typed:
    """What is kept of a draft: answers by field, what was pointed out, which files were refused."""

    draft: FormDraft
    answers: dict[str, Any]
    looked: list[str]
    refused: list[tuple[str, str]]

    @classmethod
    def of(cls, draft: FormDraft) -> "Typed":
        kept = draft.answers
        return cls(
            draft=draft,
            answers=kept.get("answers") or {},
            looked=kept.get("looked") or [],
            refused=[(name, why) for name, why in kept.get("refused") or []],
        )

    def keep(self, at: datetime) -> None:
        self.draft.write(
            {
                "answers": self.answers,
                "looked": self.looked[-50:],
                "refused": self.refused[-20:],
            },
            at,
        )

    @cached_property
    def files(self) -> Sequence[FormDraftFile]:
        return self.draft.files

    @property
    def sent(self) -> set[str]:
        """The codes of the documents of which something lies here."""
        return {file.document for file in self.files if file.document}


def draft_of(key: str, form: WebForm, at: datetime, *, alone: bool = False) -> FormDraft | None:
    """The draft of that key, for the browser that began it; `alone`: a second click waits."""
    if key not in session.get("drafts", ()):
        return None
    found = FormDraft.keyed(key, at, alone=alone)
    return found if found is not None and found.form_id == form.id else None


def belongs_here(draft: FormDraft) -> None:
    """From now on this browser may open it."""
    kept = [key for key in session.get("drafts", ()) if key != draft.key]
    session["drafts"] = [*kept[-MOST_DRAFTS + 1 :], draft.key]


def begun_mark(at: datetime) -> str:
    """When a page was shown, so that nobody can say otherwise."""
    moment = int(at.timestamp())
    return f"{moment}-{ring().sign('form begun', moment)}"


def begun_at(mark: str) -> datetime | None:
    """When that page was shown; None for a mark that is not ours."""
    moment, _dash, signature = mark.partition("-")
    if not moment.isascii() or not moment.isdigit() or len(moment) > 12:
        return None
    if not ring().vouches(signature, "form begun", int(moment)):
        return None
    return datetime.fromtimestamp(int(moment), UTC)
