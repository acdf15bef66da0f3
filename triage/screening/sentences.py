"""What the board says in words: its sections, since when, what an action did."""

from datetime import datetime, timedelta

from flask_babel import format_datetime
from flask_babel import lazy_gettext as lazy

from models.base import now
from triage.effect_words import effect_words, others_words, signed

__all__ = ["effect_words", "others_words", "signed"]

SECTION_WORDS = {
    "pressing": lazy("New and rising"),
    "steady": lazy("Steady"),
    "falling": lazy("Falling"),
    "watched": lazy("Watched"),
    "ignored": lazy("Ignored"),
}


def since_words(at: datetime) -> str:
    """A moment of the last days by its weekday, an earlier one by its date."""
    near = now() - at < timedelta(days=6)
    return str(format_datetime(at, "EEEE HH:mm" if near else "d MMMM HH:mm"))
