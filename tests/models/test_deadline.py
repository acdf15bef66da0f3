"""Time limits that follow from a quarter, an event or a day of the year."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from models.deadline import Due, Quarter, Rule, RuleError, deadlines, next_deadline

NAMES = {"en": "Last day"}
QUARTER_DUE = {"names": NAMES, "due": "pay_by", "start": "quarter_end", "unnamed": "current"}
EXEMPTION_WINDOW = {
    "names": NAMES,
    "start": "quarter_start",
    "quarters": 1,
    "months": 12,
    "before": True,
}
BRIDGING_WINDOW = {"names": NAMES, "start": "quarter_end", "quarters": 2}
TRANSFER = {"names": NAMES, "start": "yearly", "on": "07-01", "before": True}
CESSATION = {"names": NAMES, "due": "tell_by", "start": "event", "days": 15}
COUNTER = {"names": NAMES, "due": "tell_by", "start": "event", "months": 1}


@dataclass
class Version:
    rules: list[Any] = field(default_factory=list)
    quarters: list[Any] = field(default_factory=list)
    request_by: date | None = None
    pay_by: date | None = None


def last_day(rule: dict[str, Any], day: date, quarter: str = "", event: date | None = None) -> Any:
    return Rule.read(rule).last_day(day, Quarter.read(quarter) if quarter else None, event)


@pytest.mark.parametrize(
    ("quarter", "last"),
    [
        ("2020/1", date(2020, 3, 31)),
        ("2020/2", date(2020, 6, 30)),
        ("2020/3", date(2020, 9, 30)),
        ("2020/4", date(2020, 12, 31)),
    ],
)
def test_contributions_are_due_on_the_last_day_of_their_quarter(quarter, last):
    assert last_day(QUARTER_DUE, date(2020, 1, 5), quarter) == last


def test_without_a_named_quarter_the_present_one_is_due():
    assert last_day(QUARTER_DUE, date(2026, 11, 26)) == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("quarter", "last"),
    [("2020/2", date(2021, 6, 30)), ("2020/4", date(2021, 12, 31)), ("2019/4", date(2020, 12, 31))],
)
def test_the_exemption_window_is_a_year_from_the_quarter_after(quarter, last):
    assert last_day(EXEMPTION_WINDOW, date(2020, 6, 9), quarter) == last


def test_the_exemption_window_is_unknown_while_no_quarter_is():
    assert last_day(EXEMPTION_WINDOW, date(2020, 6, 9)) is None


def test_the_oldest_quarter_still_open_counts_where_the_rule_says_so():
    oldest = EXEMPTION_WINDOW | {"unnamed": "oldest_open"}
    assert last_day(oldest, date(2020, 6, 9)) == date(2020, 6, 30)
    assert last_day(oldest, date(2020, 7, 1)) == date(2020, 9, 30)


def test_a_classic_bridging_right_is_asked_before_the_end_of_the_second_quarter_after():
    assert last_day(BRIDGING_WINDOW, date(2023, 2, 1), event=date(2023, 2, 14)) == date(2023, 9, 30)


def test_a_transfer_is_asked_before_the_first_of_july():
    assert last_day(TRANSFER, date(2026, 6, 30)) == date(2026, 6, 30)
    assert last_day(TRANSFER, date(2026, 7, 1)) == date(2027, 6, 30)


def test_a_cessation_is_told_within_fifteen_days_and_to_the_counter_within_a_month():
    stopped = date(2024, 1, 31)
    assert last_day(CESSATION, stopped, event=stopped) == date(2024, 2, 15)
    assert last_day(COUNTER, stopped, event=stopped) == date(2024, 2, 29)
    assert last_day(COUNTER, stopped) is None


def test_working_days_leave_out_holidays():
    rule = {"names": NAMES, "start": "event", "working_days": 3}
    assert last_day(rule, date(2026, 12, 24), event=date(2026, 12, 24)) == date(2026, 12, 30)


def test_the_last_day_of_a_month_stays_the_last_one():
    rule = {"names": NAMES, "start": "month_end", "months": 1}
    assert last_day(rule, date(2026, 1, 12)) == date(2026, 2, 28)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("Q2 2020", "shape"),
        ({"start": "event"}, "name"),
        ({"names": NAMES, "start": "tomorrow"}, "start"),
        ({"names": NAMES, "start": "event", "days": "15"}, "days"),
        ({"names": NAMES, "start": "event", "days": 99999}, "days"),
        ({"names": NAMES, "start": "event", "quarters": 1}, "moves"),
        ({"names": NAMES, "start": "yearly", "on": "06-31"}, "on"),
        ({"names": NAMES, "start": "fixed"}, "on"),
        ({"names": NAMES, "start": "event", "on": "06-30"}, "on"),
        ({"names": NAMES, "start": "event", "weeks": 2}, "unknown"),
        ({"names": NAMES, "start": "quarter_end", "unnamed": "any"}, "unnamed"),
    ],
)
def test_a_rule_that_cannot_be_reckoned_with_is_named(written, reason):
    with pytest.raises(RuleError) as error:
        Rule.read(written)
    assert error.value.reason == reason


@pytest.mark.parametrize("written", ["2020", "2020/5", "20/1", "2020/", "x/1"])
def test_what_is_no_quarter_is_refused(written):
    with pytest.raises(RuleError):
        Quarter.read(written)


def test_the_first_day_that_has_not_passed_comes_next():
    first_half = Version(request_by=date(2020, 6, 15), pay_by=date(2021, 3, 31))
    early, late = date(2020, 6, 9), date(2020, 6, 16)
    before, after = next_deadline([first_half], early), next_deadline([first_half], late)
    assert before is not None and (before.on, before.due) == (date(2020, 6, 15), Due.REQUEST)
    assert after is not None and (after.on, after.due) == (date(2021, 3, 31), Due.PAY)
    assert next_deadline([first_half], date(2022, 1, 1)) is None


def test_the_quarters_of_the_measure_itself_count_when_none_is_named():
    version = Version(rules=[EXEMPTION_WINDOW], quarters=["2020/1", "2020/2"])
    found = deadlines(version, date(2020, 6, 9))
    assert [one.on for one in found] == [date(2021, 3, 31), date(2021, 6, 30)]
    assert [str(one.quarter) for one in found] == ["2020/1", "2020/2"]
    named = deadlines(version, date(2020, 6, 9), Quarter(2020, 4))
    assert [one.on for one in named] == [date(2021, 12, 31)]
