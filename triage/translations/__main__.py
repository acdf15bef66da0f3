"""`python -m triage.translations`: collect the words of the pages, and write what gettext reads.

New words appear in each `messages.po` without a translation; those no page uses any more leave. Run
it after changing words on a page, translate what is empty, run it again.
"""

import io
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from triage.typography import in_language

HERE = Path(__file__).resolve().parent
HOUSE = HERE.parent.parent
LANGUAGES = ("fr", "nl", "de")
UNDATED = datetime(2020, 3, 17, tzinfo=UTC)
"""Stands in every compiled catalog, so that the same words always compile to the same bytes."""

UNSAID = (
    b'"Project-Id-Version',
    b'"Report-Msgid-Bugs-To',
    b'"POT-Creation-Date',
    b'"PO-Revision-Date',
    b'"Last-Translator',
    b'"Language-Team',
    b'"Generated-By',
)
"""Headers that would change without a word having changed, or that nobody fills in."""

KEYWORDS = {
    "_": None,
    "gettext": None,
    "lazy": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "_n": (1, 2),
    "pgettext": ((1, "c"), 2),
}


def words() -> Catalog:
    """Every word that a page may show, with the places where it stands."""
    catalog = Catalog(project="Passerelle", charset="utf-8")
    for folder in ("triage", "templates"):
        found = extract_from_dir(
            HOUSE / folder,
            method_map=[
                ("**.py", "python"),
                ("**.html", "jinja2"),
                ("**.txt", "jinja2"),
            ],
            keywords=KEYWORDS,
            options_map={"**.html": {"trimmed": "true"}, "**.txt": {"trimmed": "true"}},
        )
        for file, _line, message, _comments, context in found:
            catalog.add(message, locations=[(f"{folder}/{file}", 0)], context=context)
    return catalog


def standing(language: str) -> Catalog:
    """The translations there are."""
    path = po(language)
    if not path.exists():
        return Catalog(locale=language, project="Passerelle", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def po(language: str) -> Path:
    return HERE / language / "LC_MESSAGES" / "messages.po"


def written(catalog: Catalog) -> bytes:
    """A catalog as its file: sorted, without dates and line numbers, so that it changes calmly."""
    catalog.header_comment = "# The words of the pages."
    catalog.fuzzy = False
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=100, sort_output=True, omit_header=False, include_lineno=False)
    lines = buffer.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(UNSAID))


def compiled(catalog: Catalog) -> bytes:
    catalog.creation_date = UNDATED
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def main() -> None:
    template = words()
    for language in LANGUAGES:
        catalog = standing(language)
        catalog.update(template, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        set_words(catalog, language)
        path = po(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(catalog))
        path.with_suffix(".mo").write_bytes(compiled(standing(language)))
        missing = [message.id for message in catalog if message.id and not translated(message)]
        print(f"{language}: {len(catalog)} words, {len(missing)} without a translation")


def set_words(catalog: Catalog, language: str) -> None:
    """The spaces of that language, however they were typed."""
    for message in catalog:
        if isinstance(message.string, str):
            message.string = in_language(message.string, language)
        elif message.string is not None:
            message.string = tuple(in_language(text, language) for text in message.string)


def translated(message: object) -> bool:
    """Whether every form of a message has words, and somebody has read them."""
    text = message.string  # type: ignore[attr-defined]
    said = all(text) if isinstance(text, list | tuple) else bool(text)
    return said and not message.fuzzy  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
