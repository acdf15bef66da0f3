"""Is a solved problem back? Against the level after the action, with what that leaves open."""

from models.before_after import DayOfContacts
from models.relapse import Level, regressed


def days(*clients: int, total: int = 300) -> list[DayOfContacts]:
    return [DayOfContacts(count, 60, total + count, count) for count in clients]


AFTER = Level.of_days(days(12, 11, 13, 12, 10))


def test_the_level_is_kept_and_read_again() -> None:
    assert AFTER.a_day == 11.6 and AFTER.days == 5
    assert Level.kept(AFTER.figures()) == AFTER


def test_days_like_those_after_the_action_are_no_relapse() -> None:
    assert not regressed(AFTER, days(12))
    assert not regressed(AFTER, days(15, 9, 16))


def test_one_day_like_before_the_action_is_one() -> None:
    assert regressed(AFTER, days(45))


def test_three_days_together_say_what_one_cannot() -> None:
    assert not regressed(AFTER, days(28))
    assert regressed(AFTER, days(28, 27, 29))


def test_a_part_of_a_day_counts_by_what_has_come_in() -> None:
    assert not regressed(AFTER, days(25, total=600))
    assert regressed(AFTER, days(25, total=100))


def test_a_day_on_which_everything_doubles_is_no_relapse() -> None:
    assert not regressed(AFTER, days(24, total=600))


def test_one_or_two_clients_are_never_a_relapse() -> None:
    silent = Level.of_days(days(0, 0, 0, 0, 0))
    assert not regressed(silent, days(2))
    assert regressed(silent, days(9))


def test_without_totals_each_day_counts_the_same() -> None:
    unknown = Level.of_days([DayOfContacts(4, 60, 0, 4)] * 6)
    assert unknown.of == 6
    assert regressed(unknown, [DayOfContacts(30, 60, 0, 30)])
