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
    "asked": _("asked for by hand"),
    "night": _("by night, from what was taught"),
    "topic": _("for a new or changed topic"),
}
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
