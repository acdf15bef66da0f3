"""What may stand in braces in a text that goes to many, and how it is filled for each of them."""

import re
from dataclasses import dataclass

from flask_babel import force_locale
from flask_babel import gettext as _

FIELDS = ("opening", "name", "number", "team", "house", "closing")
"""Who sends it stands in the signature, which every answer gets when it leaves."""
_BRACED = re.compile(r"\{(\w{1,40})\}")


@dataclass(frozen=True)
class Wording:
    """How one opens and closes a letter in a language; `named` has `{name}` in it."""

    named: str
    unnamed: str
    closing: str


def wording(language: str) -> Wording:
    with force_locale(language):
        return Wording(
            _("Dear %(name)s,", name="{name}"), _("Dear Sir or Madam,"), _("Kind regards,")
        )


def unknown(text: str) -> list[str]:
    """What stands in braces and is no field: most likely a slip of the pen."""
    named = _BRACED.findall(text)
    return list(dict.fromkeys(f"{{{name}}}" for name in named if name not in FIELDS))


def filled(
    text: str, words: Wording, *, name: str, number: int, team: str, house: str
) -> str | None:
    """`text` with the names in; None where it asks for a name that nobody knows.

    Replaced literally and once: a name can bring no further field with it.
    """
    if "{name}" in text and not name:
        return None
    opening = words.named.replace("{name}", name) if name else words.unnamed
    values = {
        "opening": opening,
        "name": name,
        "number": f"#{number}",
        "team": team,
        "house": house,
        "closing": words.closing,
    }
    return _BRACED.sub(lambda found: values.get(found[1], found[0]), text).strip()
