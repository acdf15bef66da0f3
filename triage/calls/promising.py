"""Days that can be promised by one click: working days, named as people say them."""

from datetime import date

from models.calendar import working_day_after

MOST = 5


def days_to_promise(today: date) -> list[date]:
    """The next working days, the nearest first: weekends and Belgian holidays are never offered."""
    return [working_day_after(today, count) for count in range(1, MOST + 1)]
