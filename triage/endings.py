"""The names of dispositions as the house lists them, in the reader's language."""

from flask import g

from models.base import db, now
from models.calendar import business_day
from models.ending import Ending


def ending_names(language: str) -> dict[str, str]:
    """Every disposition that was ever listed, by its code."""
    return {ending.id: ending.name(language) for ending in _listed()}


def choosable_names(language: str) -> dict[str, str]:
    """Those that may be chosen today, in the order of their keys."""
    today = business_day(now())
    return {ending.id: ending.name(language) for ending in _listed() if ending.in_use_on(today)}


def _listed() -> list[Ending]:
    """Read once for a page: a list shows one in each of its rows."""
    listed: list[Ending] | None = g.get("endings")
    if listed is None:
        listed = g.endings = list(db.session.scalars(Ending.in_order()))
    return listed
