"""What this installation was told: each setting with its value, its default and what it says.

A secret is never shown, only whether there is one.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from models.policy import Verb
from triage.accounts import demand
from triage.config import CHECKOUT, Settings

pages = Blueprint("settings", __name__)

DOCUMENT = CHECKOUT / "docs" / "operating.md"
ROW = re.compile(
    r"^\| `(?P<name>[A-Z_0-9]+)` \| (?P<default>.*?) \| (?P<says>.*) \|$", re.MULTILINE
)


class Told(NamedTuple):
    """One setting."""

    name: str
    value: str | None
    """None for a secret that is set."""
    default: str
    given: bool
    """Whether somebody set it, rather than the default."""
    says: str


@pages.get("/settings")
def index() -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    settings: Settings = current_app.extensions["settings"]
    return render_template("admin/settings.html", told=told(settings, os.environ))


def told(settings: Settings, environ: Mapping[str, str]) -> list[Told]:
    """All of them, in the order in which they are documented with the code."""
    said = documented(DOCUMENT)
    return [one(field, settings, environ, said) for field in fields(settings)]


def one(
    field: "Field[Any]",
    settings: Settings,
    environ: Mapping[str, str],
    said: Mapping[str, tuple[str, str]],
) -> Told:
    name = field.metadata["variable"]
    value = getattr(settings, field.name)
    default, says = said.get(name, ("", ""))
    secret = not field.repr and value not in (None, "", ())
    return Told(
        name=name,
        value=None if secret else shown(value),
        default=default or shown(field.default if field.default is not MISSING else None),
        given=bool(environ.get(name, "").strip()),
        says=says,
    )


def shown(value: Any) -> str:
    """A value as a person would type it; the password of an address is left out."""
    if value is None or value == () or value == "":
        return ""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    if isinstance(value, Path):
        return str(value)
    written = str(value)
    return without_password(written) if "://" in written else written


def without_password(address: str) -> str:
    try:
        secret = urlsplit(address).password
    except ValueError:
        return "…"
    return address.replace(f":{secret}@", ":…@") if secret else address


@lru_cache(maxsize=2)
def documented(document: Path) -> Mapping[str, tuple[str, str]]:
    """(default, sentence) of each setting as the documents say it; empty where they are not."""
    try:
        text = document.read_text(encoding="utf-8")
    except OSError:
        return {}
    return {row["name"]: (plain(row["default"]), plain(row["says"])) for row in ROW.finditer(text)}


def plain(written: str) -> str:
    """Without the signs of Markdown."""
    linked = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", written)
    return linked.replace("`", "").replace("**", "").strip()
