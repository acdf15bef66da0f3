"""How words are looked for: without accents, in the stems of four languages, and as they stand.

Every text is indexed twice: by the rules of its own language, and plainly. A word that is looked
for may therefore be a form of another form, or the beginning of a longer word.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, cast, func, literal, select
from sqlalchemy.dialects.postgresql import REGCONFIG, TSQUERY

from models.base import db

PLAIN = "search_plain"
CONFIGURATIONS = {"fr": "search_fr", "nl": "search_nl", "de": "search_de", "en": "search_en"}
LONGEST = 200_000
BEGINNING = 4
"""Letters from which on a word also finds the longer words that begin with it."""


def plain(text: str) -> str:
    """As names are compared: small letters without accents, one blank between words."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(sign for sign in apart if not unicodedata.combining(sign)).split())


def configuration(language: str | None) -> str:
    """The rules by which a text in `language` is cut into words."""
    return CONFIGURATIONS.get(language or "", PLAIN)


def indexed(language: str | None, text: ColumnElement[str]) -> ColumnElement[Any]:
    """The searchable form of a text."""
    cut = func.left(text, LONGEST)
    plainly = func.to_tsvector(cast(PLAIN, REGCONFIG), cut)
    if configuration(language) == PLAIN:
        return plainly
    own = func.to_tsvector(cast(configuration(language), REGCONFIG), cut)
    return own.op("||")(plainly)


def computed(text: str, language: str = "") -> str:
    """The same as SQL for a column that PostgreSQL keeps by itself; both are SQL too."""
    cut = f"left({text}, {LONGEST})"
    plainly = f"to_tsvector('{PLAIN}'::regconfig, {cut})"
    if not language:
        return plainly
    rules = " ".join(
        f"WHEN '{code}' THEN '{name}'::regconfig" for code, name in CONFIGURATIONS.items()
    )
    own = f"CASE coalesce({language}, '') {rules} ELSE '{PLAIN}'::regconfig END"
    return f"to_tsvector({own}, {cut}) || {plainly}"


_TERM = re.compile(r'"([^"]*)"|(\S+)')


@dataclass(frozen=True)
class Term:
    """One word, or several that follow each other; `without` for what must not stand there."""

    text: str
    phrase: bool = False
    without: bool = False


def terms_of(text: str) -> list[Term]:
    """The words of a text, and what stands in quotation marks as one."""
    found: list[Term] = []
    for phrase, word in _TERM.findall(text):
        words = re.findall(r"[^\W_]+", phrase or word)
        if phrase and len(words) > 1:
            found.append(Term(" ".join(words), phrase=True))
        else:
            found += [Term(one) for one in words]
    return found


def query_of(terms: Sequence[Term]) -> str:
    """A tsquery for all of these terms; empty when nothing of them can be looked for.

    A word that says nothing in one of the languages (“the”, “de”) narrows nothing, unless there is
    no other.
    """
    if not terms:
        return ""
    cuts = [func.to_tsquery(cast(PLAIN, REGCONFIG), literal(_plainly(term))) for term in terms]
    columns: list[ColumnElement[Any]] = list(cuts)
    for name in CONFIGURATIONS.values():
        columns += [_stems(name, term) for term in terms]
    row = [str(found or "") for found in db.session.execute(select(*columns)).one()]
    count = len(terms)
    ways = [list(row[at::count]) for at in range(count)]
    telling = [
        bool(found[0]) and (terms[at].phrase or all(found[1:])) for at, found in enumerate(ways)
    ]
    if not any(told and not term.without for told, term in zip(telling, terms, strict=True)):
        telling = [bool(found[0]) for found in ways]
    parts = [
        ("!" if term.without else "") + "(" + " | ".join(dict.fromkeys(filter(None, found))) + ")"
        for term, found, told in zip(terms, ways, telling, strict=True)
        if told
    ]
    return " & ".join(parts)


def as_query(text: str) -> ColumnElement[Any]:
    return cast(literal(text), TSQUERY)


def _plainly(term: Term) -> str:
    if term.phrase:
        return " <-> ".join(_quoted(word) for word in term.text.split())
    many = ":*" if len(term.text) >= BEGINNING else ""
    return _spelt(term.text, many)


def _spelt(word: str, many: str) -> str:
    """A word, and the ways in which German writes it without its dots."""
    ways = [word]
    for dotted, written in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        ways += [way.replace(dotted, written) for way in ways]
        ways += [way.replace(written, dotted[0]) for way in ways]
    return " | ".join(_quoted(way) + many for way in dict.fromkeys(ways))


def _stems(name: str, term: Term) -> ColumnElement[Any]:
    rules = cast(name, REGCONFIG)
    if term.phrase:
        return func.phraseto_tsquery(rules, literal(term.text))
    return func.to_tsquery(rules, literal(_spelt(term.text, "")))


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", " ").replace("'", "''") + "'"
