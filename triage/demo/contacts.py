"""What was said in the ten days, when, by whom, and with which program each client writes mail.

The texts were written by hand; their labels never leave these files. Here they only get a moment,
an address and, for mail, the form that the client's program gives it.
"""

import json
import random
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from models import calendar
from models.intake import Channel
from triage.demo import papers, programs
from triage.demo.papers import Paper
from triage.demo.programs import Program, Sheet
from triage.replay import Said

DAYS = 10
SEED = "passerelle"
SHORTEST = 8
"""Words; who writes fewer has no mail program that anybody would notice."""

HOSTS = ("courrier.example", "postvak.example", "mailbox.example", "boite.example")
FIRMS = {
    "fr": ("{} & Associés", "Atelier {}", "Bureau {}"),
    "nl": ("{} bv", "Zaak {}", "Kantoor {}"),
    "de": ("Büro {}", "{} & Partner", "Haus {}"),
    "en": ("{} Consulting", "Studio {}", "{} & Co"),
}
SHARES = (
    (Program.GMAIL, 0.13),
    (Program.OUTLOOK, 0.11),
    (Program.IPHONE, 0.09),
    (Program.THUNDERBIRD, 0.04),
)


@dataclass(frozen=True)
class Posted:
    """A mail with what its envelope says."""

    raw: bytes
    mail_from: str
    """Empty where it may not be answered, as for a bounce."""
    rcpt_to: str
    cut_from: int | None = None
    """The size of the whole mail where only its beginning was kept."""


@dataclass(frozen=True)
class Told(Said):
    """A contact of the demo with the language and the matter that its author noted."""

    spoken: str = "fr"
    topic: str = ""
    subtopic: str | None = None
    answers: str = ""
    """The contact whose answer of ours it answers, if it does."""
    post: Callable[[str], Posted | None] | None = None
    """How its mail is written for the mailbox of this address; none for calls and forms."""


@dataclass(frozen=True)
class Days:
    """The ten days, the last of which is today and ends now."""

    at: datetime

    @cached_property
    def all(self) -> list[date]:
        today = calendar.business_day(self.at)
        return [calendar.working_day_before(today, back) for back in range(DAYS - 1, 0, -1)] + [
            today
        ]

    def moment(self, number: int, clock: str, seconds: int = 0) -> datetime:
        """HH:MM and seconds of the day of that number, the first being 1; never in the future."""
        hours, minutes = map(int, clock.split(":"))
        day = self.all[number - 1]
        moment = calendar.start_of(day, time(hours, minutes)) + timedelta(seconds=seconds)
        return self.squeezed(moment) if number == DAYS else moment

    def last(self, at: datetime) -> bool:
        return calendar.business_day(at) == self.all[-1]

    def squeezed(self, moment: datetime) -> datetime:
        """A moment of the last day moved in proportion, so that nothing lies in the future."""
        today = calendar.business_day(self.at)
        opening = calendar.start_of(today, time(8))
        closing = calendar.start_of(today, time(18, 30))
        if self.at >= closing:
            return min(moment, self.at - timedelta(seconds=30))
        start = opening if self.at > opening + timedelta(hours=1) else calendar.start_of(today)
        part = (moment - opening) / (closing - opening)
        return start + (self.at - timedelta(seconds=30) - start) * min(max(part, 0.0), 1.0)


def written(days: Days) -> list[Told]:
    """The contacts that were written by hand."""
    lines = lines_of("contacts_1.jsonl") + lines_of("contacts_2.jsonl")
    return [told(line, days.moment(line["day"], line["time"])) for line in lines]


def lines_of(name: str) -> list[dict[str, Any]]:
    text = (files("triage.demo") / name).read_text("utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def told(line: dict[str, Any], at: datetime) -> Told:
    number = int("".join(sign for sign in line["client"] if sign.isdigit()) or 0)
    post = None
    if line["channel"] == Channel.EMAIL:
        post = writer_of(line, at)
    return Told(
        id=line["id"],
        at=at,
        channel=line["channel"],
        text=line["text"],
        subject=line.get("subject") or "",
        client=line["client"],
        name=line["name"],
        address=address_of(line["client"], line["name"]),
        number=number_of(line["client"], number),
        language=line["lang"] if line["channel"] == Channel.PHONE else None,
        spoken=line["lang"],
        topic=line["topic"],
        subtopic=line.get("subtopic"),
        post=post,
    )


def number_of(client: str, number: int) -> str:
    return f"+324{70 + ord(client[0]) % 30:02d}{100_000 + number * 37:06d}"


def address_of(client: str, name: str) -> str:
    """An address as people choose them: their name at one of a few providers."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z]+", plain)
    return f"{'.'.join(words) or client}@{chance(client, 'street').choice(HOSTS)}"


def chance(*words: str) -> random.Random:
    """Chance that falls out the same way each time for the same words."""
    return random.Random("|".join((SEED, *words)))


# --- mail -----------------------------------------------------------------------------------


def writer_of(line: dict[str, Any], at: datetime) -> Callable[[str], Posted]:
    def write(mailbox: str) -> Posted:
        sheet, program = sheet_of(line, at, mailbox)
        return posted(sheet, program)

    return write


def sheet_of(line: dict[str, Any], at: datetime, mailbox: str) -> tuple[Sheet, Program]:
    """What a client puts into the mail, and the program that this client always uses."""
    client, name, language = line["client"], line["name"], line["lang"]
    program = program_of(client) if len(line["text"].split()) >= SHORTEST else Program.PLAIN
    number = "".join(sign for sign in client if sign.isdigit())
    sheet = Sheet(
        id=line["id"],
        at=at,
        name=name,
        address=address_of(client, name),
        to=mailbox,
        subject=line.get("subject") or "",
        text=line["text"],
        language=language,
        signature=signature_of(client, name, language, number_of(client, int(number or 0))),
        logo=papers.logo(firm_of(client, name, language)) if has_logo(client) else b"",
        notice=chance(client, "notice").random() < 0.4,
        files=enclosed_by(line["id"]),
    )
    return sheet, program


def posted(sheet: Sheet, program: Program) -> Posted:
    return Posted(programs.mail_of(sheet, program), sheet.address, sheet.to)


def program_of(client: str) -> Program:
    drawn = chance(client, "program").random()
    for program, share in SHARES:
        if drawn < share:
            return program
        drawn -= share
    return Program.PLAIN


def has_logo(client: str) -> bool:
    return program_of(client) is Program.OUTLOOK and chance(client, "logo").random() < 0.6


def firm_of(client: str, name: str, language: str) -> str:
    return chance(client, "firm").choice(FIRMS[language]).format(name.split()[-1])


def signature_of(client: str, name: str, language: str, number: str) -> tuple[str, ...]:
    """Some have none; a firm's has the firm, and the number under which we know the client."""
    if program_of(client) is Program.OUTLOOK:
        spoken = f"0{number[3:6]} {number[6:8]} {number[8:10]} {number[10:]}"
        return (name, firm_of(client, name, language), spoken)
    return (name,) if chance(client, "signature").random() < 0.5 else ()


def enclosed_by(said_id: str) -> tuple[Paper, ...]:
    files = enclosures().get(said_id, [])
    return tuple(papers.drawn(one["kind"], one["name"], one["lines"]) for one in files)


@cache
def enclosures() -> dict[str, list[dict[str, Any]]]:
    """The files of each contact that has some."""
    return {line["id"]: line["files"] for line in lines_of("enclosures.jsonl")}
