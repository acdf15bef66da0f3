"""What the board says in words: its sections, since when, what an action did."""

from datetime import datetime, timedelta

from flask_babel import format_datetime, format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from models.base import now
from models.problem_day import Lately
from triage.effect_words import effect_words, others_words, signed

__all__ = ["effect_words", "others_words", "signed"]

SECTION_WORDS = {
    "pressing": lazy("New and rising"),
    "steady": lazy("Steady"),
    "falling": lazy("Falling"),
    "watched": lazy("Watched"),
    "ignored": lazy("Ignored"),
}


def since_words(at: datetime, short: bool = False) -> str:
    """A moment of the last days by its weekday, an earlier one by its date."""
    near = now() - at < timedelta(days=6)
    words = ("EEE HH:mm", "d MMM HH:mm") if short else ("EEEE HH:mm", "d MMMM HH:mm")
    return str(format_datetime(at, words[0] if near else words[1]))


def expected_words(seen: Lately) -> str:
    """What was expected of a card, and between which counts nine such stretches in ten lie."""
    if seen.expected is None or seen.low is None or seen.high is None:
        return str(_("nothing to compare yet"))
    return str(
        _(
            "expected %(expected)s (%(low)s–%(high)s)",
            expected=format_decimal(round(seen.expected, 0 if seen.expected >= 1 else 1)),
            low=format_decimal(round(seen.low)),
            high=format_decimal(round(seen.high)),
        )
    )
