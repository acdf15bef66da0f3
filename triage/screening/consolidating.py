"""Once a night: what nobody writes about any more leaves the board. Safe to repeat.

The day itself was grouped a last time before the next one was begun, and each run renews what is
proposed.
"""

from datetime import datetime, timedelta

from classifiers.groups import Params
from models.archiving import archive, forgotten
from models.base import db

QUIET = timedelta(days=Params().sleep_days)
"""As long as the engine lets a problem sleep: it draws no contacts by itself any more."""


def consolidate(at: datetime) -> None:
    """Archive the problems that nobody has written about for long and on which nobody acts."""
    for problem in db.session.scalars(forgotten(at - QUIET)):
        archive(problem, at=at)
