"""What may be said about a matter today: the approved answers of the measures that apply.

Where nobody has confirmed an answer there is a holding sentence with a promise. A text that is
still being written never comes here: only versions that were saved and whose day has come.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.calendar import working_day_after
from models.deadline import Deadline, Due, deadlines
from models.measure import MeasureVersion
from models.measure_question import MeasureQuestion
from models.topic import LANGUAGES
from triage.long_days import long_day

PROMISE_DAYS = 3
PROMISED = "{promise}"
"""In a holding sentence the day of the promise stands here."""
HOLDING = {
    "fr": "Nous n’avons pas encore de réponse confirmée à ce sujet. Nous vérifions et nous vous "
    "répondons au plus tard le {promise}. Vous n’avez rien d’autre à faire d’ici là.",
    "nl": "Hierover hebben we nog geen bevestigd antwoord. We kijken het na en antwoorden u "
    "uiterlijk op {promise}. U hoeft intussen niets te doen.",
    "de": "Dazu haben wir noch keine bestätigte Antwort. Wir prüfen es und antworten Ihnen bis "
    "spätestens {promise}. Bis dahin brauchen Sie nichts zu tun.",
    "en": "We do not have a confirmed answer to this yet. We are checking it and will reply by "
    "{promise} at the latest. There is nothing else you need to do until then.",
}
FIXED = {
    Due.REQUEST: {"fr": "Demande", "nl": "Aanvraag", "de": "Antrag", "en": "Request"},
    Due.PAY: {"fr": "Paiement", "nl": "Betaling", "de": "Zahlung", "en": "Payment"},
    Due.TELL: {"fr": "Avis", "nl": "Melding", "de": "Meldung", "en": "Notice"},
}
"""How a fixed last day is called to a client."""


@dataclass(frozen=True)
class Link:
    name: str
    url: str


@dataclass(frozen=True)
class Sayable:
    """One measure as it can be said in one language.

    `answer` and `script` are in `language` and `script_language`: another than the wanted one when
    `missing`. `holding` is empty when the answer is confirmed; its day is `promise`.
    """

    name: str
    version: MeasureVersion
    wanted: str
    answer: str
    language: str
    script: str
    script_language: str
    missing: bool
    confirmed: bool
    last_verified: date | None
    stale: bool
    holding: str
    promise: date | None
    conditions: str
    documents: Sequence[str] = ()
    links: Sequence[Link] = ()
    deadlines: Sequence[tuple[str, date, int]] = ()
    questions: Sequence[tuple[str, str]] = ()

    @property
    def words(self) -> str:
        """What an answer to a client begins with: the approved answer, else the holding one."""
        return self.answer or self.holding

    @property
    def told(self) -> str:
        """How a note names what was said."""
        return f"{self.name} v{self.version.version}"


def sayable(
    topic_id: str | None,
    subtopic_id: str | None,
    intent_id: str | None,
    language: str,
    day: date,
) -> list[Sayable]:
    """All that can be said about a matter on `day`, the nearest measure first.

    The intent changes nothing yet: whoever asks, chases or files hears the same rule.
    """
    if topic_id is None:
        return []
    versions = MeasureVersion.applying(topic_id, subtopic_id, day)
    questions = MeasureQuestion.answered([version.measure_id for version in versions])
    return [
        said(version, language, day, questions.get(version.measure_id, ())) for version in versions
    ]


def said(
    version: MeasureVersion,
    language: str,
    day: date,
    questions: Sequence[MeasureQuestion] = (),
) -> Sayable:
    """One version in one language, as a client would hear it on `day`."""
    answer, answer_language = in_language(version.answers, language)
    script, script_language = in_language(version.scripts, language)
    held, promise = ("", None) if version.confirmed and answer else holding(version, language, day)
    return Sayable(
        name=version.name(language),
        version=version,
        wanted=language,
        answer=answer,
        language=answer_language,
        script=script,
        script_language=script_language,
        missing=bool(answer) and answer_language != language,
        confirmed=version.confirmed,
        last_verified=version.last_verified,
        stale=version.stale(day),
        holding=held,
        promise=promise,
        conditions=in_language(version.conditions, language)[0],
        documents=tuple(documents(version, language)),
        links=tuple(links(version, language)),
        deadlines=tuple(
            (deadline_name(one, language), one.on, (one.on - day).days)
            for one in deadlines(version, day)
            if one.on >= day
        ),
        questions=tuple(
            (in_language(one.texts, language)[0], in_language(one.answers, language)[0])
            for one in questions
        ),
    )


def in_language(texts: Mapping[str, Any], language: str) -> tuple[str, str]:
    """(text, the language it is really in): the wanted one, else French, Dutch, German, English."""
    for code in (language, *LANGUAGES):
        if text := str(texts.get(code) or "").strip():
            return text, code
    return "", language


def holding(version: MeasureVersion | None, language: str, day: date) -> tuple[str, date]:
    """(what is said while nothing is confirmed, the working day on which we promise an answer)."""
    own = version.holding if version is not None else {}
    days = (version.promise_days if version is not None else None) or PROMISE_DAYS
    promise = working_day_after(day, days)
    text, code = in_language(own if any(own.values()) else HOLDING, language)
    return text.replace(PROMISED, long_day(promise, code)), promise


def documents(version: MeasureVersion, language: str) -> list[str]:
    """One that is written for all languages at once stays as it is."""
    named = [
        in_language(one, language)[0] if isinstance(one, Mapping) else str(one)
        for one in version.documents
    ]
    return [one for one in named if one]


def links(version: MeasureVersion, language: str) -> list[Link]:
    """Names and addresses in that language; only what begins with https."""
    found = [
        Link(
            in_language(one.get("names") or {}, language)[0],
            in_language(one.get("urls") or {}, language)[0],
        )
        for one in version.links
        if isinstance(one, Mapping)
    ]
    return [Link(one.name or one.url, one.url) for one in found if one.url.startswith("https://")]


def deadline_name(one: Deadline, language: str) -> str:
    """A rule's own name, else what is due; with its quarter where it has one."""
    name = in_language(one.names or FIXED[one.due], language)[0]
    if one.quarter is None:
        return name
    return f"{name} · {quarter_name(one.quarter.year, one.quarter.number, language)}"


def quarter_name(year: int, number: int, language: str) -> str:
    """`T2 2020` in French, `K2 2020` in Dutch, `Q2 2020` elsewhere."""
    letter = {"fr": "T", "nl": "K"}.get(language, "Q")
    return f"{letter}{number} {year}"
