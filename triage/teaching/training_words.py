"""How far a training has come and why it was asked for, in the reader's language."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

STATES: dict[str, LazyString] = {
    "asked": _("asked for"),
    "training": _("is learning"),
    "ready": _("candidate"),
    "failed": _("failed"),
}
REASONS: dict[str, LazyString] = {
    "first": _("the first one"),
    "repair": _("because the model in use was damaged"),
    "asked": _("asked for by hand"),
    "night": _("by night, from what was taught"),
    "topic": _("for a new or changed topic"),
}
HAPPENED: tuple[tuple[str, LazyString], ...] = (
    (
        "SIGKILL",
        _(
            "The system ended it, most often because memory ran short. Learn again when less is "
            "going on; if it happens again, the machine needs more memory."
        ),
    ),
    ("sign of life", _("It stopped moving, perhaps because the machine stood still. Learn again.")),
    (
        "could not be started",
        _("It could not begin: the machine had no memory or no process left. Learn again later."),
    ),
    (
        "two topics",
        _("There is too little to learn from: at least two topics need texts. Teach some first."),
    ),
    (
        "too alike",
        _("The texts of the topics are too alike to tell them apart. Teach some others first."),
    ),
    ("was killed", _("Somebody or something ended it. Learn again.")),
)
"""What a training that failed has written down, as far as people can do something about it."""
OTHERWISE = _(
    "It ended with a fault that its log describes. Learn again; if it happens again, tell those "
    "who look after the installation."
)
DAMAGE: dict[str, LazyString] = {
    "gone": _("its files are gone"),
    "altered": _("its files are not as they were when it was trained"),
    "format": _("it was made by another release of the product"),
    "signature": _("it does not come from this installation"),
}


def happened(error: str) -> LazyString:
    return next((words for sign, words in HAPPENED if sign in error), OTHERWISE)


STEPS: dict[str, LazyString] = {
    "": _("It begins in a moment."),
    "waiting": _("It waits until another training has ended."),
    "gathering": _("It gathers what people taught."),
    "reading": _("It reads the texts."),
    "encoding": _("It works out what the texts mean."),
    "learning": _("It learns."),
    "measuring": _("It is judged on texts it has not seen."),
    "keeping": _("It is written down."),
}
