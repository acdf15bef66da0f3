"""Web forms as clients meet them: which are offered, where, and what they are called."""

from dataclasses import dataclass

from flask import url_for

from models.base import db
from models.web_form import WebForm, WebFormVersion


@dataclass(frozen=True)
class Offer:
    """One open form in one language."""

    code: str
    name: str
    introduction: str
    url: str


def offers(language: str) -> list[Offer]:
    """The forms that are open, in their order."""
    newest = WebFormVersion.newest()
    return [
        offer(newest[form.id], language)
        for form in db.session.scalars(WebForm.offered())
        if form.id in newest
    ]


def offer(version: WebFormVersion, language: str) -> Offer:
    return Offer(
        code=version.form.code,
        name=version.name(language),
        introduction=version.introduction(language),
        url=url_for("public.forms.begin", form_code=version.form.code, lang=language),
    )
