"""The level after an action, kept with the verdict."""

from models.before_after import DayOfContacts
from models.level import Level


def test_the_level_is_kept_and_read_again() -> None:
    level = Level.of_days([DayOfContacts(12, 60, 300, clients) for clients in (12, 11, 13, 12, 10)])
    assert (level.a_day, level.days) == (11.6, 5)
    assert Level.kept(level.figures()) == level
