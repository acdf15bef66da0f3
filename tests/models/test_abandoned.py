"""Who hung up before an answer: counted by number, and told whether he was answered after all."""

from datetime import UTC, datetime, timedelta

import pytest

from models.abandoned import Abandoned, abandoned_between
from models.base import transaction
from models.call import Call, CallState, Exchange

NINE = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)
"""Nine o'clock in Brussels."""
EVENING = NINE + timedelta(hours=9)
AMELIE, JORIS = "+32475123456", "+32486112233"


@pytest.fixture
def ring(app: object) -> "Ring":
    with transaction():
        exchange, _ = Exchange.connect("Brussels")
    return Ring(exchange)


class Ring:
    """Call it for a call: its number, when, how long it lasted or waited."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange, self.count = exchange, 0

    def __call__(
        self,
        number: str | None,
        at: datetime,
        *,
        waits: int = 60,
        answered: bool = False,
        direction: str = "in",
        cause: str = "cancel",
    ) -> Call:
        self.count += 1
        name = f"call {self.count}"
        facts = {"caller": number or "", "caller_e164": number, "direction": direction}
        with transaction():
            Call.take_event(self.exchange, CallState.RINGING, name, at=at, facts=facts)
            if answered:
                Call.take_event(
                    self.exchange, CallState.ANSWERED, name, at=at + timedelta(seconds=5), facts={}
                )
            return Call.take_event(
                self.exchange,
                CallState.ENDED,
                name,
                at=at + timedelta(seconds=waits),
                facts={"cause": cause},
            )


def since_nine() -> Abandoned:
    return abandoned_between(NINE, EVENING)


def test_somebody_who_tried_three_times_is_one_caller(ring: Ring) -> None:
    for minutes in (0, 10, 70):
        ring(AMELIE, NINE + timedelta(minutes=minutes), waits=30 + minutes)
    (caller,) = since_nine().callers
    assert (caller.number, caller.tries, caller.waited) == (AMELIE, 3, timedelta(seconds=100))
    assert since_nine().by_hour == {9: 2, 10: 1}


def test_who_was_answered_on_a_later_call_no_longer_waits(ring: Ring) -> None:
    ring(AMELIE, NINE)
    ring(JORIS, NINE)
    ring(AMELIE, NINE + timedelta(minutes=20), waits=200, answered=True)
    seen = since_nine()
    assert seen.answered == 1
    assert [caller.number for caller in seen.waiting] == [JORIS]


def test_to_be_called_back_counts_as_answered(ring: Ring) -> None:
    ring(AMELIE, NINE)
    ring(AMELIE, NINE + timedelta(minutes=20), waits=90, answered=True, direction="out")
    assert since_nine().waiting == []


def test_who_was_answered_before_and_not_again_still_waits(ring: Ring) -> None:
    ring(AMELIE, NINE, waits=90, answered=True)
    ring(AMELIE, NINE + timedelta(minutes=20))
    assert [caller.number for caller in since_nine().waiting] == [AMELIE]


def test_who_hung_up_at_once_or_was_forwarded_has_not_given_up(ring: Ring) -> None:
    ring(AMELIE, NINE, waits=2)
    ring(JORIS, NINE, cause="forwarded")
    ring(JORIS, NINE, direction="out")
    ring(JORIS, NINE - timedelta(hours=1))
    assert since_nine() == Abandoned([], 0, {})


def test_calls_without_a_number_are_counted_beside(ring: Ring) -> None:
    ring(None, NINE)
    ring(None, NINE)
    ring(AMELIE, NINE)
    seen = since_nine()
    assert (seen.hidden, len(seen.callers)) == (2, 1)


def test_nobody_waits_once_somebody_has_said_so(ring: Ring) -> None:
    call = ring(AMELIE, NINE)
    with transaction():
        call.done = True
    assert since_nine().waiting == []
