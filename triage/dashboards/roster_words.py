"""What is wrong with a line or a file of the roster, in words for the person who wrote it."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

FAULTS: dict[str, LazyString] = {
    "team": _("This team is not known."),
    "channel": _("This channel is not known."),
    "person": _("Nobody has this login."),
    "nobody": _("Neither a person nor a number of heads."),
    "day": _("This is not a day."),
    "times": _("Times are full or half hours, and the end comes after the beginning."),
    "heads": _("This is not a number of heads."),
    "twice": _("This person is in the roster at that time already."),
    "known": _("In the roster already."),
}
FILES: dict[str, LazyString] = {
    "empty": _("The file is empty."),
    "long": _("The file is too long: at most 5,000 lines."),
    "shape": _("This is not a table."),
    "team": _("There is no column for the team."),
    "day": _("There is no column for the day."),
    "starts": _("There is no column for the beginning."),
    "ends": _("There is no column for the end."),
}


def fault_words(code: str) -> str:
    return str(FAULTS.get(code, code))


def file_words(code: str) -> str:
    return str(FILES.get(code, code))
