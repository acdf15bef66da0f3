"""What somebody typed into the search: words, phrases, numbers, and conditions such as topic:…

Conditions may be named in any of the four languages, and so may their values. What cannot be
understood as a condition is looked for as words, and said to be.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from classifiers import identifiers
from classifiers.identifiers import Kind
from models.calendar import start_of
from models.search import Sought
from models.wording import Term, plain, terms_of
from triage.intake import numbers
from triage.intake.phone import e164

Value = TypeVar("Value")

LONGEST = 300
MOST_TERMS = 12
SHORTEST_DIGITS = 4
_PART = re.compile(r'(-?)(?:([^\W\d_]+):)?(?:"([^"]*)"|(\S+))')
_TICKET = re.compile(r"#([0-9]{1,10})|[0-9]{3,9}")

NAMES = {
    "topic": "topic sujet theme thema onderwerp",
    "language": "language langue taal sprache lang",
    "channel": "channel canal kanaal kanal",
    "status": "status statut etat is",
    "team": "team equipe",
    "client": "client klant kunde from de van von",
    "file": "file fichier bestand datei",
    "assigned": "assigned attribue toegewezen zugewiesen",
    "since": "since depuis sinds seit after apres na nach",
    "before": "before avant voor vor",
}
_CONDITIONS = {word: name for name, words in NAMES.items() for word in words.split()}
CHANNELS = {
    "email": "email mail e-mail courriel",
    "phone": "phone call telephone telefoon telefon appel anruf oproep",
    "form": "form formulaire formulier formular web",
    "post": "post letter lettre brief courrier",
}
STATUSES = {
    "new": "new nouveau nieuw neu",
    "open": "open ouvert offen",
    "waiting": "waiting attente wacht wachtend wartet",
    "closed": "closed clos clôturé ferme gesloten geschlossen",
}
URGENT = frozenset({"urgent", "dringend", "dringlich"})
FLAGGED = frozenset({"flagged", "signale", "gemeld", "markiert"})
MYSELF = frozenset({"me", "moi", "mij", "mir", "ik", "ich"})


@dataclass(frozen=True)
class Words:
    """What the values of conditions may be called: plain name → what it stands for."""

    topics: Mapping[str, str] = field(default_factory=dict)
    teams: Mapping[str, int] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """What was asked, and the conditions of which nothing could be made."""

    sought: Sought
    unread: tuple[str, ...] = ()


def read(typed: str, words: Words, me: int, today: date) -> Question:
    """Make a question of what was typed; never fails."""
    typed = typed[:LONGEST]
    sought, rest = _numbers(typed)
    unread: list[str] = []
    terms: list[Term] = []
    for absent, name, phrase, word in _PART.findall(rest):
        value = phrase or word
        condition = _CONDITIONS.get(plain(name)) if name else None
        understood = _with(sought, condition, value, words, me, today) if condition else None
        if understood is not None:
            sought = understood
            continue
        if name:
            unread.append(f"{name}:{value}")
            value = f"{name} {value}"
        terms += _terms(value, bool(phrase), bool(absent))
    return Question(replace(sought, terms=tuple(terms[:MOST_TERMS])), tuple(unread))


def _terms(value: str, phrase: bool, absent: bool) -> list[Term]:
    found = terms_of(f'"{value}"' if phrase else value)
    return [replace(term, without=absent) for term in found]


# --- numbers --------------------------------------------------------------------------------


def _numbers(typed: str) -> tuple[Sought, str]:
    """The numbers that stand in it, and what is left: a number may hold blanks."""
    whole = typed.strip()
    ticket = _TICKET.fullmatch(whole)
    if ticket and (ticket[1] or (e164(whole) is None and not _identified(whole))):
        return Sought(numbers=(("ticket", whole.lstrip("#")),)), ""
    phone = e164(whole) if re.fullmatch(r"[+()\d\s./-]{6,30}", whole) else None
    if phone is not None and not _identified(whole):
        return Sought(numbers=(("phone", phone),)), ""
    said: list[tuple[str, str]] = []
    rest = typed
    for found in reversed(identifiers.find(typed)):
        kind = numbers.KINDS.get(found.kind)
        if kind is None:
            continue
        value = (e164(found.value) or found.value) if kind == "phone" else found.value
        said.append((kind, value))
        rest = rest[: found.start] + " " + rest[found.end :]
    if not said and re.fullmatch(r"[+()\d\s./-]+", whole):
        digits = re.sub(r"\D", "", whole)
        if len(digits) >= SHORTEST_DIGITS:
            return Sought(numbers=(("digits", digits),)), ""
    return Sought(numbers=tuple(reversed(said))), rest


def _identified(whole: str) -> bool:
    """Whether it is a register number rather than a telephone's."""
    return any(
        found.kind in (Kind.KBO, Kind.NISS, Kind.OGM, Kind.IBAN)
        for found in identifiers.find(whole)
    )


# --- conditions -----------------------------------------------------------------------------


def _with(
    sought: Sought, condition: str, value: str, words: Words, me: int, today: date
) -> Sought | None:
    """`sought` with one condition more; None when its value means nothing."""
    name = plain(value)
    match condition:
        case "topic":
            topics = _called(words.topics, name)
            return replace(sought, topics=(*sought.topics, *topics)) if topics else None
        case "language":
            code = _one(words.languages, name)
            return replace(sought, languages=(*sought.languages, code)) if code else None
        case "channel":
            channel = _one(_CHANNELS, name)
            return replace(sought, channels=(*sought.channels, channel)) if channel else None
        case "status":
            return _of_status(sought, name, me)
        case "team":
            team = _one(words.teams, name)
            return replace(sought, team_ids=(*sought.team_ids, team)) if team else None
        case "assigned":
            return replace(sought, assignee_id=me) if name in MYSELF else None
        case "client":
            return replace(sought, client_words=(*sought.client_words, *name.split()))
        case "file":
            return replace(sought, file_words=(*sought.file_words, *name.split()))
        case _:
            at = _day(value, today)
            if at is None:
                return None
            return replace(sought, since=at) if condition == "since" else replace(sought, before=at)


def _of_status(sought: Sought, name: str, me: int) -> Sought | None:
    if name in URGENT:
        return replace(sought, urgent=True)
    if name in FLAGGED:
        return replace(sought, flagged=True)
    if name in MYSELF:
        return replace(sought, assignee_id=me)
    status = _one(_STATUSES, name)
    return replace(sought, statuses=(*sought.statuses, status)) if status else None


def _called(names: Mapping[str, str], wanted: str) -> list[str]:
    """Everything whose name is, or else begins with, or else holds what is wanted."""
    if wanted in names:
        return [names[wanted]]
    begins = [known for name, known in names.items() if name.startswith(wanted)]
    return list(dict.fromkeys(begins or [k for name, k in names.items() if wanted in name]))


def _one(names: Mapping[str, Value], wanted: str) -> Value | None:
    if wanted in names:
        return names[wanted]
    near = {known for name, known in names.items() if name.startswith(wanted)}
    return near.pop() if len(near) == 1 else None


def _day(value: str, today: date) -> datetime | None:
    """The beginning of a day: 2026-05-31, 31/5, 31.5.2026, or -7 for a week ago."""
    if ago := re.fullmatch(r"-?(\d{1,3})[djt]?", value):
        return start_of(today - timedelta(days=int(ago[1])))
    try:
        return start_of(date.fromisoformat(value))
    except ValueError:
        pass
    parts = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}))?\.?", value)
    if parts is None:
        return None
    try:
        day = date(int(parts[3] or today.year), int(parts[2]), int(parts[1]))
    except ValueError:
        return None
    return start_of(day if parts[3] or day <= today else day.replace(year=today.year - 1))


def named(pairs: Sequence[tuple[str, Value]]) -> dict[str, Value]:
    """Plain names of things, for `Words`; the first bearer of a name keeps it."""
    found: dict[str, Value] = {}
    for name, thing in pairs:
        found.setdefault(plain(name), thing)
    return found


_CHANNELS = {plain(word): name for name, words in CHANNELS.items() for word in words.split()}
_STATUSES = {plain(word): name for name, words in STATUSES.items() for word in words.split()}
