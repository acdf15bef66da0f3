"""Days as a letter writes them: “1er décembre 2026”, “1. Dezember 2026”, “1 December 2026”."""

from datetime import date

from babel import Locale
from babel.dates import format_date

_FIRST = "1er"


def long_day(day: date, language: str | Locale) -> str:
    """Day, month and year in full; the first of a month is an ordinal in French."""
    locale = Locale.parse(str(language))
    pattern = "d MMMM y" if locale.language == "en" else "long"
    words = str(format_date(day, pattern, locale=locale))
    if locale.language == "fr" and day.day == 1:
        return words.replace("1 ", f"{_FIRST} ", 1)
    return words
