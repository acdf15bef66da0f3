"""The tabs above every page of the dashboard; a tab shows once its page exists."""

from dataclasses import dataclass
from functools import lru_cache

from flask import Flask, current_app, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _


@dataclass(frozen=True)
class Section:
    """One tab: the first page of a part of the dashboard, and the key that leads there."""

    code: str
    url: str
    word: LazyString
    icon: str
    key: str


SECTIONS = (
    Section("live", "/dashboard/", _("Right now"), "speedometer2", "1"),
    Section("ahead", "/dashboard/ahead", _("Ahead"), "calendar-week", "2"),
    Section("people", "/dashboard/people", _("People"), "people", "3"),
    Section("history", "/dashboard/history", _("History"), "graph-up", "4"),
    Section("reports", "/dashboard/reports", _("Reports"), "file-earmark-text", "5"),
)


def sections() -> list[Section]:
    """The tabs whose pages exist."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    known = _paths(app)
    return [one for one in SECTIONS if one.url.rstrip("/") in known]


def here() -> str:
    """The code of the tab to which the present page belongs."""
    path = request.path.rstrip("/")
    if path.startswith("/dashboard/roster"):
        return "people"
    inside = (
        one.code
        for one in SECTIONS[1:]
        if path == one.url or path.startswith((f"{one.url}/", f"{one.url}-"))
    )
    return next(inside, SECTIONS[0].code)


@lru_cache(maxsize=8)
def _paths(app: Flask) -> frozenset[str]:
    return frozenset(rule.rule.rstrip("/") for rule in app.url_map.iter_rules())
