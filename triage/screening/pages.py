"""Where the screening's modules put their routes; the day and the page of a list asked for."""

from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, abort, request

from models import calendar

pages = Blueprint("screening", __name__, url_prefix="/screening")


def day_asked(at: datetime) -> date:
    """The day in the address, today without one; 404 for a day that has not begun."""
    today = calendar.business_day(at)
    try:
        day = date.fromisoformat(request.args.get("day") or today.isoformat())
    except ValueError:
        abort(404)
    if day > today or day.year < 2000:
        abort(404)
    return day


@dataclass(frozen=True)
class Page:
    """One page of a long list."""

    number: int
    more: bool
