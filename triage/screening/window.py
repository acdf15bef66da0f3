"""From when to when a board counts: since the last meeting that was held."""

from datetime import date, datetime, timedelta

from models import calendar
from models.decision import Decided
from models.frozen import Frozen
from models.screening import Screening

REMEMBERED = timedelta(days=14)
"""A meeting longer before the usual one is none: the board would be nothing but past."""

Span = tuple[datetime, datetime]


def window_of(day: date, at: datetime) -> Span:
    """What the cards of a day count: up to `at`, or what the board of its meeting was frozen on."""
    frozen = frozen_board(day, at)
    if frozen is not None:
        return frozen.since, frozen.at
    return counted_since(day), min(at, calendar.bounds(day)[1])


def line_of(day: date, at: datetime) -> Span:
    """What the line above the cards counts: while a meeting is held, what comes in meanwhile."""
    since, until = window_of(day, at)
    return since, until if is_past(day, at) else at


def counted_since(day: date) -> datetime:
    """From when a day's contacts stand on its cards: after its own meeting, from that on."""
    own = Screening.if_held(day)
    if own is not None and own.opened_at is not None and _over(own):
        return own.opened_at
    return since_last_meeting(day)


def since_last_meeting(day: date) -> datetime:
    """When the last meeting before a day was opened, if it was held; without any, half past eight
    of the working day before."""
    usual = calendar.start_of(calendar.working_day_before(day), calendar.MEETING)
    last = Screening.last_held(day)
    if last is None or last.opened_at is None or last.opened_at < usual - REMEMBERED:
        return usual
    return last.opened_at


def frozen_board(day: date, at: datetime) -> Frozen | None:
    """The board that a meeting is being held on; of a past day, the one that it was held on."""
    own = Screening.if_held(day)
    if own is None or not (own.running or is_past(day, at)):
        return None
    return own.board


def kept_on(day: date, frozen: Frozen | None = None) -> set[int]:
    """The problems that stand on a board whatever they drew: decided on that day, or frozen."""
    own = Screening.if_held(day)
    decided = set(Decided.newest_in(own.id)) if own else set()
    return decided | {card.problem_id for card in frozen.cards} if frozen else decided


def is_past(day: date, at: datetime) -> bool:
    return at >= calendar.bounds(day)[1]


def _over(own: Screening) -> bool:
    return own.first_closed_at is not None and not own.running
