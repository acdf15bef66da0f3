"""What single words of another program mean, as far as that needs no database.

What is not known is never guessed: it becomes a doubt, or refuses the row.
"""

from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache

from models.intake import Channel
from models.topic import LANGUAGES
from triage.importing.record import Doubt, Refused
from triage.importing.table import moment, plain, today

LONGEST_TEXT = 200_000
FIRST_YEAR = 1990
ALIKE = 0.75
"""So alike two words are spelt, of 1, before one is proposed for the other."""
CHANNELS = {
    **dict.fromkeys(("email", "e mail", "mail", "api"), Channel.EMAIL.value),
    **dict.fromkeys(("phone", "call", "voice", "telephone", "phone call"), Channel.PHONE.value),
    **dict.fromkeys(("form", "web form", "webform", "web"), Channel.FORM.value),
    **dict.fromkeys(("chat", "sms", "note"), Channel.FORM.value),
    **dict.fromkeys(("post", "letter", "fax"), Channel.POST.value),
}
"""Chats and short messages come in as forms: a text that somebody has typed."""
CLOSED = (
    *("closed", "solved", "merged", "resolved", "removed", "done"),
    *("ferme", "clos", "resolu", "gesloten", "opgelost", "geschlossen", "gelost", "erledigt"),
)
OPEN = (
    *("new", "open", "pending", "hold", "on hold", "waiting", "reopened"),
    *("pending reminder", "pending close", "ouvert", "nouveau", "en attente", "en cours"),
    *("nieuw", "in behandeling", "wachtend", "neu", "offen", "wartend"),
)
_LANGUAGES = {
    **{code: code for code in LANGUAGES},
    **dict.fromkeys(("francais", "french", "frans", "franzosisch"), "fr"),
    **dict.fromkeys(("nederlands", "dutch", "neerlandais", "niederlandisch"), "nl"),
    **dict.fromkeys(("deutsch", "german", "allemand", "duits"), "de"),
    **dict.fromkeys(("english", "anglais", "engels", "englisch"), "en"),
}


@lru_cache(maxsize=4096)
def nearest(word: str, known: tuple[str, ...]) -> str:
    """The one of these plain words that is spelt most alike; empty where none is."""
    return next(iter(get_close_matches(plain(word), known, 1, ALIKE)), "")


def channel_of(word: str) -> str:
    """Raises Refused for one that we do not have; nothing said is e-mail."""
    if not word:
        return Channel.EMAIL.value
    found = CHANNELS.get(plain(word))
    if found is None:
        alike = CHANNELS.get(nearest(word, tuple(CHANNELS)), "")
        raise Refused("unknown_channel", Doubt("channel", word, alike))
    return found


def language_of(word: str) -> tuple[str | None, tuple[Doubt, ...]]:
    """`nl`, `nl-be` and `Nederlands` are one language; another one is doubted."""
    if not word:
        return None, ()
    said = plain(word)
    found = _LANGUAGES.get(said) or _LANGUAGES.get(said.partition(" ")[0])
    if found is None:
        alike = _LANGUAGES.get(nearest(word, tuple(_LANGUAGES)), "")
        return None, (Doubt("language", word, alike),)
    return found, ()


def closed_by(word: str) -> tuple[bool, tuple[Doubt, ...]]:
    """(whether that state is an end, the doubt about one that is not known)."""
    said = plain(word)
    if not said or said in OPEN:
        return False, ()
    if said in CLOSED:
        return True, ()
    return False, (Doubt("state", word, nearest(word, (*OPEN, *CLOSED))),)


def past(written: str, at: datetime) -> datetime:
    """A moment before today: what comes today comes in by its own door."""
    try:
        found = moment(written)
    except ValueError:
        raise Refused("bad_date") from None
    if found is None:
        raise Refused("no_date")
    if found.year < FIRST_YEAR:
        raise Refused("bad_date")
    if today(found) >= today(at):
        raise Refused("too_recent")
    return found
