"""Of those on whatever comes, as many take calls as calls are of the work."""

from datetime import date, time

from models import calendar
from models.forecast import Expected
from models.shift import Capacity
from triage.dashboards.call_takers import taking_calls

DAY = date(2026, 6, 9)
NINE = calendar.start_of(DAY, time(9))
MINUTES = {"phone": 6.0, "email": 4.0}


def expected(calls: float, mails: float) -> dict[str, list[Expected]]:
    start = calendar.start_of(DAY)
    return {
        "phone": [Expected(start, 1440, calls, 0, 0)],
        "email": [Expected(start, 1440, mails, 0, 0)],
    }


def heads(rows: list[Capacity], calls: float = 300, mails: float = 300) -> float:
    return round(sum(one.heads for one in taking_calls(rows, expected(calls, mails), MINUTES)), 6)


def on(channel: str, people: float) -> Capacity:
    return Capacity(NINE, 1, channel, people)


def test_calls_have_their_share_of_who_takes_whatever_comes() -> None:
    assert heads([on("", 10)]) == 6


def test_who_does_one_thing_alone_leaves_the_rest_to_the_others() -> None:
    assert heads([on("", 10), on("phone", 60)]) == 60, "they do all the calls themselves"
    assert heads([on("", 10), on("email", 40)]) == 10, "the mails are done"
    assert heads([on("", 10), on("email", 20)]) == 7.5


def test_a_day_of_which_nothing_is_known_has_them_all() -> None:
    assert heads([on("", 10), on("email", 4)], 0, 0) == 10
