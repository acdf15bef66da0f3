"""In the reader's words why an address is told nothing, and what came of a try."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as lazy

from models.webhook import SwitchedOff
from models.webhook_delivery import WebhookTry

OFF: dict[str, LazyString] = {
    SwitchedOff.BY_HAND.value: lazy("switched off"),
    SwitchedOff.FAILED.value: lazy("switched off: it failed too often"),
    SwitchedOff.GONE.value: lazy("switched off: the receiver says that it is gone"),
}
REFUSED: dict[str, LazyString] = {
    "shape": lazy("This is not an address."),
    "credentials": lazy("No name or password may stand in the address."),
    "scheme": lazy("The address must begin with https://."),
    "port": lazy("Only the usual port 443 is called."),
    "host": lazy("The host must be a name of the internet, not a number."),
    "not_listed": lazy("This host is not on the list of WEBHOOK_HOSTS."),
}
ERRORS: dict[str, LazyString] = {
    "answer": lazy("the receiver refused it"),
    "gone": lazy("the receiver says that it is gone"),
    "redirect": lazy("the receiver pointed elsewhere, which is not followed"),
    "too_slow": lazy("no answer within 5 seconds"),
    "connection": lazy("no connection"),
    "tls": lazy("the certificate is not in order"),
    "unknown_name": lazy("the host is not known"),
    "refused_private": lazy("the host leads into a private network"),
}


def off_words(why: str) -> str:
    return str(OFF.get(why) or OFF[SwitchedOff.BY_HAND.value])


def error_words(error: str) -> str:
    known = ERRORS.get(error) or REFUSED.get(error.removeprefix("refused_"))
    return str(known or error)


def try_words(last: WebhookTry | None) -> str:
    """What came of a try: the number of the answer, and what it means."""
    if last is None:
        return "—"
    words = error_words(last.error)
    return f"{last.status}, {words}" if last.status else words
