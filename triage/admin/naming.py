"""Names in four languages, as they are typed on the administrator's pages."""

from flask import request

from models.topic import LANGUAGES

LONGEST_ANSWER = 60
"""Working days."""


def names_typed() -> dict[str, str] | None:
    """The names in four languages; None when one is missing."""
    names = {code: request.form.get(f"name-{code}", "").strip()[:120] for code in LANGUAGES}
    return names if all(names.values()) else None
