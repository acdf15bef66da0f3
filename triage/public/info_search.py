"""Searching in the dossier: every page in the reader's language, and what was looked for is kept.

What was typed is kept masked, and counted by day: it says what people do not find.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from classifiers.redaction import redacted
from models.base import db, now
from models.calendar import business_day
from models.info_page import InfoPageVersion, put_in
from models.info_page_reading import Searchable, note_search, search, search_any
from triage import dossier
from triage.answers import said
from triage.display import reader_language
from triage.public.info_spelling import corrected
from triage.public.readers import is_counted, wanted_language

pages = Blueprint("search", __name__)

LONGEST = 200


@pages.get("/info/search")
def find() -> ResponseReturnValue:
    words = " ".join(request.args.get("q", "").split())[:LONGEST]
    with force_locale(wanted_language()):
        language = reader_language()
        answer = found(words, language)
        hits = answer.pages
        if words and is_counted():
            answered = len(hits) if answer.whole else 0
            note_search(redacted(words), language, answered, business_day(now()))
        return render_template(
            "public/info_search.html",
            words=words,
            meant=answer.meant,
            found=[
                {
                    "slug": one.page.slug,
                    "title": dossier.title(one, language),
                    "summary": dossier.summary(one, language),
                    "language": dossier.spoken_language(one, language),
                }
                for one in hits
            ],
            this_page_in=lambda code: url_for("public.info.search.find", q=words, lang=code),
        )


@dataclass(frozen=True)
class Found:
    """The pages, the best first; `meant` is what was looked for instead of a mistyped word."""

    pages: Sequence[InfoPageVersion] = ()
    meant: str = ""
    whole: bool = True
    """Whether they have all the words: pages that have some do not answer what was looked for."""


def found(words: str, language: str) -> Found:
    """The published pages that have these words in their own text or in their measure's.

    Where none has all: by the spelling that was probably meant; else those that have some.
    """
    if not words.strip():
        return Found()
    shown = {one.id: one for one in db.session.scalars(InfoPageVersion.shown())}
    texts = searchable(shown.values(), language)
    keys, meant, whole = search(words, texts), "", True
    if not keys:
        better = corrected(words, (f"{one.title} {one.summary} {one.body}" for one in texts))
        meant = better if better != words else ""
        keys = search(meant, texts) if meant else []
    if not keys:
        keys, whole = search_any(meant or words, texts), False
    return Found([shown[key] for key in keys], meant if keys else "", whole)


def searchable(shown: Collection[InfoPageVersion], language: str) -> list[Searchable]:
    """Each page as it can be found, with what its measure says."""
    day = business_day(now())
    own = {one.page.measure.code for one in shown if one.page.measure is not None}
    measures = {one.measure_id: one for one in put_in(own, None, day)} if own else {}
    texts = []
    for version in shown:
        spoken = dossier.spoken_language(version, language)
        measure = measures.get(version.page.measure_id or 0)
        saying = said(measure, spoken, day) if measure is not None else None
        put = [saying.name, saying.words, saying.conditions] if saying is not None else []
        address = version.page.slug.replace("-", " ")
        texts.append(
            Searchable(
                key=version.id,
                language=spoken,
                title=dossier.title(version, language),
                summary=dossier.summary(version, language),
                body="\n".join([str(version.bodies.get(spoken) or ""), *put, address]),
            )
        )
    return texts
