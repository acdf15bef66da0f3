"""The ten days as the nights after them would have counted them."""

from datetime import datetime

from models.base import transaction
from models.daily_figure import DailyFigure
from models.half_hour import HalfHourCounter


def count(at: datetime) -> None:
    """Every figure of every day that is over."""
    with transaction():
        DailyFigure.close(at)
        HalfHourCounter.close(at)
