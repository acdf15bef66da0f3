"""The words around what was found in a text: a contact, an answer of ours, a note."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, case, cast, func, literal, select
from sqlalchemy.dialects.postgresql import REGCONFIG

from models import wording
from models.base import db
from models.contact import Contact
from models.files import Attachment
from models.message import Message
from models.note import Note

MARK, UNMARK = "\ue000", "\ue001"
"""Around a word that was found: signs that no keyboard writes."""
_HEADLINE = (
    f"StartSel={MARK}, StopSel={UNMARK}, MaxFragments=2, MaxWords=22, MinWords=9, "
    'FragmentDelimiter=" … "'
)
_SHOWN = 6_000
"""Letters in which the place of a word is looked for."""


def excerpts(
    spots: Collection[tuple[str, int]], query: str
) -> dict[tuple[str, int], tuple[str, str | None]]:
    """(excerpt, language) of each (kind, id); of a file its name; one question per kind."""
    found: dict[tuple[str, int], tuple[str, str | None]] = {}
    for kind, row, text, language in (
        ("contact", Contact, _headed(Contact), Contact.language),
        ("answer", Message, _headed(Message), Message.language),
        ("note", Note, Note.text, literal(None)),
    ):
        ids = [one for known, one in spots if known == kind]
        if ids and query:
            words = select(row.id, _around(text, language, query), language)
            for one, excerpt, spoken in db.session.execute(words.where(row.id.in_(ids))):
                found[kind, one] = excerpt, spoken
    files = [one for kind, one in spots if kind == "file"]
    if files:
        names = select(Attachment.id, Attachment.name).where(Attachment.id.in_(files))
        for one, name in db.session.execute(names):
            found["file", one] = name, None
    return found


def _headed(row: Any) -> ColumnElement[str]:
    """A word may stand in the subject only."""
    return func.concat_ws(" — ", func.nullif(row.subject, ""), row.text)


def _around(text: Any, language: Any, query: str) -> ColumnElement[str]:
    """By the rules of the text's own language; plainly where those mark nothing."""
    ways = [
        (language == code, cast(name, REGCONFIG)) for code, name in wording.CONFIGURATIONS.items()
    ]
    shown, asked = func.left(text, _SHOWN), wording.as_query(query)
    plain = cast(wording.PLAIN, REGCONFIG)
    own = func.ts_headline(case(*ways, else_=plain), shown, asked, _HEADLINE)
    plainly = func.ts_headline(plain, shown, asked, _HEADLINE)
    return case((own.contains(MARK), own), else_=plainly)
