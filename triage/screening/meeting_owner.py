"""Who is meant by a few letters: somebody of the house, or somebody outside with an address."""

import re

from flask_babel import gettext as _

from models.action import Outsider
from models.user import User
from models.wording import plain

FEWEST = 2
"""Letters of a name that may stand for it."""
_ADDRESS = re.compile(r"<?([^\s<>@,;]+@[^\s<>@,;]+\.[^\s<>@,;]+)>?")


class Unclear(ValueError):
    """Nobody, or several; the message says so to the person who typed."""


def owner_named(
    typed: str, email: str, language: str, people: list[User], known: list[Outsider]
) -> User | Outsider:
    """The one who is meant; raises `Unclear` with words.

    Two letters of any part of a name are enough where they fit one person only. An address, in
    its own field or behind the name, means somebody without an account.
    """
    typed, email = " ".join(typed.split()), email.strip()
    inside = _ADDRESS.search(typed)
    if inside and not email:
        email, typed = inside[1], typed.replace(inside[0], "").strip(" ,;")
    if email:
        if not _ADDRESS.fullmatch(email):
            raise Unclear(_("“%(address)s” is no e-mail address.", address=email))
        return Outsider((typed or email.partition("@")[0])[:100], email[:200], language)
    if len(typed) < FEWEST:
        raise Unclear(_("Who does it? Two letters of a name are enough."))
    found = fitting(typed, people, known)
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(one.name for one in found[:4])
        raise Unclear(_("Who is meant: %(names)s?", names=names))
    raise Unclear(
        _("Nobody here is called “%(name)s”. Somebody outside needs an e-mail address.", name=typed)
    )


def fitting(typed: str, people: list[User], known: list[Outsider]) -> list[User | Outsider]:
    """Those whose whole name it is, else those of whose name or login it begins a part."""
    wanted = plain(typed)
    everybody: list[User | Outsider] = [*people, *known]
    same = [one for one in everybody if plain(one.name) == wanted]
    return same or [one for one in everybody if begins(wanted, one)]


def begins(wanted: str, one: User | Outsider) -> bool:
    name = plain(one.name)
    logins = [plain(one.login)] if isinstance(one, User) else []
    parts = [name, *re.split(r"[\s'-]+", name), *logins]
    return any(part.startswith(wanted) for part in parts)
