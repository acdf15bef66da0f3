"""How an event is said to a client: its text filled in; what is not known is left out whole."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from models.notice import Notice
from models.notice_text import DISCREET, NoticeText, Standing
from models.ticket import Ticket
from models.topic import LANGUAGES, Topic
from triage.catalog import read
from triage.config import Settings
from triage.letters import status_token
from triage.placeholders import day_in, wording

FIELDS = (
    "opening",
    "number",
    "topic",
    "payment_day",
    "documents",
    "status_link",
    "contest",
    "closing",
    "house",
)
PRIVATE_INTENTS = ("complain", "contest_decision")
_BRACED = re.compile(r"\{(\w{1,40})\}")


@dataclass(frozen=True)
class Said:
    """What a text is filled with; empty is not known."""

    name: str = ""
    number: int | None = None
    topic: str = ""
    payment_day: date | None = None
    documents: tuple[str, ...] = ()
    status_link: str = ""
    house: str = ""


def text_for(notice: Notice, texts: Standing) -> NoticeText | None:
    """The kind's text; where nobody may read what it is about, the discreet one."""
    kind = texts.of(notice.kind, notice.topic_id)
    return texts.of(DISCREET) if kind is not None and kind.told and private(notice) else kind


def private(notice: Notice) -> bool:
    """Health, privacy, complaints and contested decisions: the mail names none of it."""
    topic, ticket = Topic.named(notice.topic_id), notice.ticket
    if topic is not None and topic.restricted:
        return True
    if ticket is None:
        return False
    restricted = ticket.topic is not None and ticket.topic.restricted
    return ticket.health or restricted or ticket.intent_id in PRIVATE_INTENTS


def language_of(notice: Notice, settings: Settings) -> str:
    """Of the matter, else the client's, else what the back office says, else the house's."""
    spoken = (
        notice.ticket.language if notice.ticket else None,
        notice.client.language if notice.client else None,
        notice.language,
    )
    return next((code for code in spoken if code in LANGUAGES), None) or settings.default_language


def said_of(notice: Notice, language: str, settings: Settings) -> Said:
    ticket, topic = notice.ticket, Topic.named(notice.topic_id)
    return Said(
        name=notice.client.name if notice.client and not by_other(notice) else "",
        number=ticket.number if ticket else None,
        topic=topic.name(language) if topic else "",
        payment_day=notice.pays_on,
        documents=tuple(named(one, language) for one in notice.said.get("documents", [])),
        status_link=link(ticket, settings) if ticket else "",
        house=settings.triage_name,
    )


def by_other(notice: Notice) -> bool:
    """Whether the mail goes to somebody who speaks for several: it greets nobody by name."""
    return notice.client is not None and notice.client.represents_others


def link(ticket: Ticket, settings: Settings) -> str:
    return f"{settings.base_url}/status/{status_token(ticket)}"


def filled(text: NoticeText, said: Said, language: str) -> tuple[str, str]:
    """(subject, text) in the language, or in the first of ours that it has."""
    spoken = next((code for code in (language, *LANGUAGES) if text.texts.get(code)), language)
    values = values_of(said, spoken)
    subject = _BRACED.sub(lambda found: values.get(found[1], ""), str(text.subjects[spoken]))
    paragraphs = [
        _BRACED.sub(lambda found: values.get(found[1], found[0]), paragraph)
        for paragraph in re.split(r"\n[ \t]*\n", str(text.texts[spoken]).replace("\r\n", "\n"))
        if all(values.get(name) for name in _BRACED.findall(paragraph) if name in FIELDS)
    ]
    return subject.strip(), "\n\n".join(one.strip() for one in paragraphs if one.strip()) + "\n"


def values_of(said: Said, language: str) -> dict[str, str]:
    words = wording(language)
    return {
        "opening": words.named.replace("{name}", said.name) if said.name else words.unnamed,
        "number": f"#{said.number}" if said.number else "",
        "topic": said.topic,
        "payment_day": day_in(said.payment_day, language),
        "documents": "\n".join(f"- {one}" for one in said.documents),
        "status_link": said.status_link,
        "contest": fact("contest", language),
        "closing": words.closing,
        "house": said.house,
    }


def unknown(text: str) -> list[str]:
    """What stands in braces and is no field: most likely a slip of the pen."""
    names = dict.fromkeys(_BRACED.findall(text))
    return [f"{{{name}}}" for name in names if name not in FIELDS]


def named(document: Any, language: str) -> str:
    """What a document is called to a client: by its code, its name, or its names."""
    names = names_of(document)
    return next((names[code] for code in (language, *LANGUAGES) if names.get(code)), "")


def names_of(document: Any) -> dict[str, str]:
    if isinstance(document, Mapping):
        return {str(code): str(name) for code, name in document.items()}
    known: dict[str, str] | None = shipped()["documents"].get(document)
    return known or dict.fromkeys(LANGUAGES, str(document))


def fact(name: str, language: str) -> str:
    """A dated sentence of the trade; until it is confirmed, the one that promises no figure."""
    kept = shipped()["facts"][name]
    return str(kept["texts" if kept["confirmed"] else "holding"][language])


@cache
def shipped() -> dict[str, Any]:
    """What came with the product."""
    content: dict[str, Any] = read("notices")
    return content
