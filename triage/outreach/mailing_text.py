"""The words of a mailing as they are typed, and what is to mend in them before they may leave."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from models.base import db_safe
from models.mailing import FALLBACK, Mailing, MailingPurpose, Why
from models.measure import MeasureVersion
from models.topic import LANGUAGES
from triage import placeholders
from triage.display import language_name

FIELDS = ("opening", "name", "number", "answer", "team", "house", "closing")
ANSWER = "{answer}"
LONGEST = 10_000
LONGEST_SUBJECT = 200
READABLE_SUBJECT = 70
"""Longer ones are cut off in the list of a telephone."""
UNCONFIRMED = "unconfirmed"
"""In the audience: the version of an answer that may leave though it is to be confirmed."""
_PLAIN_LINK = re.compile(r"\b(?:http|ftp|javascript|data|file):\S*", re.IGNORECASE)
STOPS, WARNS = "stops", "warns"


@dataclass(frozen=True)
class Finding:
    """Something to mend (`stops`) or to know (`warns`), of one language or of all."""

    weight: str
    words: str
    language: str = ""


@dataclass(frozen=True)
class Typed:
    """What stands in the fields."""

    name: str = ""
    purpose: str = MailingPurpose.SERVICE.value
    subjects: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    fallback: bool = True
    unconfirmed: bool = False

    @classmethod
    def of(cls, mailing: Mailing) -> "Typed":
        return cls(
            name=mailing.name,
            purpose=mailing.purpose,
            subjects=dict(mailing.subjects),
            texts=dict(mailing.texts),
            fallback=bool(mailing.audience.get(FALLBACK, True)),
            unconfirmed=mailing.audience.get(UNCONFIRMED) == mailing.answer_version_id,
        )

    @classmethod
    def read(cls, form: MultiDict[str, str]) -> "Typed":
        purpose = form.get("purpose", "")
        return cls(
            name=db_safe(form.get("name", ""))[:400],
            purpose=purpose if purpose in list(MailingPurpose) else MailingPurpose.SERVICE.value,
            subjects=_said(form, "subject", LONGEST_SUBJECT, one_line=True),
            texts=_said(form, "text", LONGEST, one_line=False),
            fallback=form.get("fallback") == "1",
            unconfirmed=form.get("unconfirmed") == "1",
        )

    def names(self, name: str) -> bool:
        return any(f"{{{name}}}" in text for text in self.texts.values())

    @property
    def languages(self) -> list[str]:
        """Those in which it could be sent."""
        return [code for code in LANGUAGES if self.texts.get(code) and self.subjects.get(code)]


def _said(form: Mapping[str, str], name: str, most: int, *, one_line: bool) -> dict[str, str]:
    found = {}
    for code in LANGUAGES:
        text = db_safe(form.get(f"{name}-{code}", "")).replace("\r\n", "\n").replace("\r", "\n")
        text = " ".join(text.split()) if one_line else text.strip()
        if text:
            found[code] = text[:most]
    return found


@dataclass(frozen=True)
class Facts:
    """What the words are held against."""

    fields: Sequence[str] = ()
    """Further placeholders: the columns of a file."""
    version: MeasureVersion | None = None
    """Of the answer that `{answer}` would be."""
    newer: bool = False
    """That the saved text has an older one."""
    waiting: Mapping[str, int] = field(default_factory=dict)
    """Recipients by the language that they speak."""
    has_numbers: bool = True
    own: str = ""
    """Where our own pages are: a link to them is as safe as the house has made them."""


def findings(typed: Typed, facts: Facts) -> list[Finding]:
    """What stops it first; pure but for the words."""
    found = [one for code in LANGUAGES for one in _of_language(typed, facts, code)]
    if not typed.languages:
        stop = _("Write a subject and a text in at least one language.")
        found.insert(0, Finding(STOPS, stop))
    found += _of_answer(typed, facts)
    found += _of_missing(typed, facts)
    return sorted(found, key=lambda one: one.weight != STOPS)


def _of_language(typed: Typed, facts: Facts, code: str) -> list[Finding]:
    subject, text = typed.subjects.get(code, ""), typed.texts.get(code, "")
    found = []
    if text and not subject:
        found.append(Finding(STOPS, _("There is no subject."), code))
    if subject and not text:
        found.append(Finding(STOPS, _("There is no text."), code))
    known = (*FIELDS, *facts.fields)
    strange = placeholders.unknown(f"{subject}\n{text}", known)
    if strange:
        words = _("Nothing is known that could be put in for %(names)s.", names=", ".join(strange))
        found.append(Finding(STOPS, words, code))
    if ANSWER in text and facts.version and not facts.version.answers.get(code):
        found.append(Finding(STOPS, _("The measure has no answer in this language."), code))
    if ANSWER in subject:
        found.append(Finding(STOPS, _("{answer} is too long for a subject."), code))
    ours = f"{facts.own}/" if facts.own else None
    links = [one[:60] for one in _PLAIN_LINK.findall(text) if not (ours and one.startswith(ours))]
    if links:
        words = _("Only links with https:// are safe: %(links)s", links=", ".join(links))
        found.append(Finding(STOPS, words, code))
    if len(subject) > READABLE_SUBJECT:
        words = _("The subject is longer than %(most)s characters: telephones cut it.", most=70)
        found.append(Finding(WARNS, words, code))
    return found


def _of_answer(typed: Typed, facts: Facts) -> list[Finding]:
    if not typed.names("answer"):
        return []
    version = facts.version
    if version is None:
        return [Finding(STOPS, _("{answer} stands in it, and it is about no measure."))]
    found = []
    if not version.confirmed:
        if typed.unconfirmed:
            words = _("The answer is to be confirmed: it leaves as it stands on your word.")
            found.append(Finding(WARNS, words))
        else:
            words = _("The answer is to be confirmed: tick that you know, or wait.")
            found.append(Finding(STOPS, words))
    if facts.newer:
        words = _("The measure has a newer answer: saving takes it over.")
        found.append(Finding(WARNS, words))
    return found


def _of_missing(typed: Typed, facts: Facts) -> list[Finding]:
    """Languages in which nothing is written, with those who speak them where they are counted."""
    found = []
    for code in LANGUAGES:
        if code in typed.languages or not typed.languages:
            continue
        many = facts.waiting.get(code, 0)
        if facts.waiting and not many:
            continue
        name = language_name(code)
        if many:
            say = (
                ngettext(
                    "Nothing in %(language)s: %(num)s recipient is told in another language.",
                    "Nothing in %(language)s: %(num)s recipients are told in another language.",
                    many,
                    language=name,
                )
                if typed.fallback
                else ngettext(
                    "Nothing in %(language)s: %(num)s recipient is left out.",
                    "Nothing in %(language)s: %(num)s recipients are left out.",
                    many,
                    language=name,
                )
            )
        elif typed.fallback:
            say = _("Nothing in %(language)s: who speaks it is told in another.", language=name)
        else:
            say = _("Nothing in %(language)s: who speaks it is left out.", language=name)
        found.append(Finding(WARNS, say, code))
    return found


def spoken_by(rows: Sequence[Sequence[Any]]) -> dict[str, int]:
    """Recipients by language, of the rows of a count: those told, and those for want of a text."""
    found: dict[str, int] = {}
    for state, language, why, many, *_rest in rows:
        if state != "left_out" or why == Why.NO_TEXT:
            found[language] = found.get(language, 0) + many
    return found
