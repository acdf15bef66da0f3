"""A call or letter as it stands in the form: who, in which language, and one or several matters."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any, Self

from flask import request

from models.base import now
from models.calendar import business_day
from models.ending import Ending
from models.topic import LANGUAGES
from models.wrap_up import Misinformed
from triage import routing

LONGEST = 20_000
MOST_MATTERS = 5
LINES = {
    "topic": 80,
    "intent": 60,
    "ticket": 20,
    "promise": 300,
    "body": 60,
    "document": 200,
    "flag": 200,
}
"""The fields of a matter that are one line, with their longest."""
MASKED = ("text", "told", "promise", "flag")
"""What may name somebody: masked in a draft."""
KEPT_MASKED = ("told", "promise", "document", "flag")
"""What is kept as it stands here; the note itself is read and masked on its way."""


@dataclass
class Matter:
    """One thing that the client has called about; nothing of it is trusted before it is kept."""

    position: int = 1
    language: str | None = None
    """The caller's, as chosen in the form."""
    text: str = ""
    topic: str = ""
    intent: str = ""
    ticket: str = ""
    outcome: str = ""
    told: str = ""
    answer_version: int | None = None
    promise: str = ""
    promise_on: date | None = None
    body: str = ""
    document: str = ""
    misinformed_by: str = ""
    flag: str = ""
    together: bool = False
    """The client's other open tickets of this matter are answered along with it."""

    @property
    def suffix(self) -> str:
        """What the names of its fields end with."""
        return "" if self.position == 1 else f"-{self.position}"

    @property
    def begun(self) -> bool:
        return bool(self.text or self.outcome)

    @property
    def complete(self) -> bool:
        return bool(self.text and self.outcome)

    @classmethod
    def from_form(cls, position: int, language: str | None) -> Self:
        form, made = request.form, cls(position=position, language=language)

        def value(name: str) -> str:
            return form.get(f"{name}{made.suffix}", "")

        made.text = value("text").replace("\r\n", "\n").strip()[:LONGEST]
        for name, most in LINES.items():
            setattr(made, name, line(value(name), most))
        made.topic = line(value("other_topic"), 80) or made.topic
        chosen = [one for one in form.getlist(f"ticket{made.suffix}") if one.strip()]
        made.ticket = line((chosen or [value("same_as")])[0], 20)
        # Not only those in use today: a note may be older than the end of a disposition.
        ending = Ending.named(line(value("outcome"), 40))
        made.outcome = ending.id if ending is not None else ""
        made.told = line(value("told"), 1_000)
        for name in KEPT_MASKED:
            setattr(made, name, routing.masked(getattr(made, name)))
        version = value("answer_version")
        made.answer_version = int(version) if version.isascii() and version.isdigit() else None
        made.promise_on = day_in(value("promise_on"))
        wrong = value("misinformed_by")
        made.misinformed_by = wrong if wrong in list(Misinformed) else ""
        made.together = value("together") == "1"
        return made

    def as_fields(self) -> dict[str, Any]:
        """For a draft: masked, without what stands elsewhere in the form."""
        kept = {
            name: routing.masked(value) if name in MASKED else value
            for name, value in asdict(self).items()
            if value and name != "language"
        }
        return kept | ({"promise_on": self.promise_on.isoformat()} if self.promise_on else {})

    @classmethod
    def from_fields(cls, kept: Mapping[str, Any], language: str | None) -> Self:
        known = {one.name for one in fields(cls)} - {"language", "promise_on"}
        made = cls(language=language, **{name: kept[name] for name in known & kept.keys()})
        made.promise_on = day_in(str(kept.get("promise_on") or ""))
        return made


@dataclass
class Typed:
    """The whole form as it came."""

    number: str = ""
    name: str = ""
    email: str = ""
    language: str | None = None
    subject: str = ""
    client: str = ""
    said_on: date | None = None
    call_id: int | None = None
    once: str = ""
    revision: int = 0
    matters: list[Matter] = field(default_factory=lambda: [Matter()])
    files: list[tuple[str, str, bytes]] = field(default_factory=list)

    @classmethod
    def blank(cls, **known: Any) -> Self:
        return cls(once=uuid.uuid4().hex, **known)

    @classmethod
    def from_form(cls) -> Self:
        form = request.form
        language = form.get("language", "")
        spoken = language if language in LANGUAGES else None
        positions = [1, *(n for n in range(2, MOST_MATTERS + 1) if f"text-{n}" in form)]
        return cls(
            number=line(form.get("number", ""), 60),
            name=line(form.get("name", "")),
            email=line(form.get("email", ""), 254),
            language=spoken,
            subject=line(form.get("subject", "")),
            client=line(form.get("client", ""), 20),
            said_on=past_day(form.get("said_on", "")),
            call_id=form.get("call", type=int),
            once=line(form.get("once", ""), 64) or uuid.uuid4().hex,
            revision=form.get("revision", 0, type=int),
            matters=[Matter.from_form(position, spoken) for position in positions],
            files=[
                (file.filename or "file", file.mimetype, file.read())
                for file in request.files.getlist("files")
                if file.filename
            ],
        )

    @property
    def first(self) -> Matter:
        return self.matters[0]

    @property
    def text(self) -> str:
        return self.first.text

    @property
    def worth_keeping(self) -> bool:
        """Whether anything was typed of which the loss would hurt."""
        return any(matter.begun for matter in self.matters) or bool(self.name)

    def matter(self, position: int) -> Matter:
        """The one at that place; an empty one where there is none yet."""
        found = [one for one in self.matters if one.position == position]
        return found[0] if found else Matter(position=position, language=self.language)

    def add_matter(self) -> Matter | None:
        """One more, at the first free place; None when there are enough."""
        taken = {one.position for one in self.matters}
        free = next((n for n in range(1, MOST_MATTERS + 1) if n not in taken), None)
        if free is None:
            return None
        self.matters.append(Matter(position=free, language=self.language))
        return self.matters[-1]

    def as_fields(self) -> dict[str, Any]:
        """For a draft, with masked texts."""
        return {
            "number": self.number,
            "name": self.name,
            "language": self.language,
            "client": self.client,
            "matters": [matter.as_fields() for matter in self.matters],
        }

    def restore(self, kept: Mapping[str, Any]) -> None:
        """The form is again as it was kept."""
        self.number = str(kept.get("number") or self.number)
        self.name, self.client = str(kept.get("name") or ""), str(kept.get("client") or "")
        language = kept.get("language")
        self.language = language if language in LANGUAGES else None
        matters = [Matter.from_fields(one, self.language) for one in kept.get("matters") or []]
        self.matters = matters or [Matter(language=self.language)]


def line(value: str, most: int = 300) -> str:
    return " ".join(value.split())[:most]


def day_in(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def past_day(value: str) -> date | None:
    """A letter was not written tomorrow."""
    day = day_in(value)
    return min(day, business_day(now())) if day else None
