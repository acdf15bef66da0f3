"""What pages for people without an account ask of a request: a true form, and a language."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app, request
from flask_babel import force_locale
from flask_wtf.csrf import validate_csrf
from wtforms import ValidationError  # type: ignore[import-untyped]

from models.topic import LANGUAGES


def genuine() -> bool:
    """Whether the form was ours, shown to this browser."""
    if not current_app.config.get("WTF_CSRF_ENABLED", True):
        return True
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return False
    return True


@contextmanager
def spoken_in(language: str | None) -> Iterator[None]:
    """The person's own language, unless the reader has chosen another."""
    chosen = request.args.get("lang") or request.cookies.get("lang")
    if language is None or chosen in LANGUAGES or language not in LANGUAGES:
        yield
    else:
        with force_locale(language):
            yield
