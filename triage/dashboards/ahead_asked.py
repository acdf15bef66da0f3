"""“What if”, as it stands in an address: people, minutes, a mailing, closed phones, overtime."""

from dataclasses import dataclass
from typing import Self

from werkzeug.datastructures import MultiDict

MOST_PEOPLE, MOST_CLIENTS, MOST_OVERTIME = 50, 500_000, 200
LEAST_MINUTES, MOST_MINUTES = -50, 100
"""Per cent of the time that a contact takes."""


@dataclass(frozen=True)
class WhatIf:
    """What somebody supposes from today on; without anything it is as things stand."""

    people: int = 0
    minutes: int = 0
    mailing: int = 0
    overtime: int = 0
    """Hours a day, of everybody together."""
    closed: bool = False
    """No telephone after one o'clock."""

    @property
    def quiet(self) -> bool:
        return self == WhatIf()

    @classmethod
    def read(cls, asked: MultiDict[str, str]) -> Self:
        """Numbers that cannot be meant are brought within bounds; words count as nothing."""

        def number(name: str, least: int, most: int) -> int:
            return min(most, max(least, asked.get(name, 0, int) or 0))

        return cls(
            people=number("people", -MOST_PEOPLE, MOST_PEOPLE),
            minutes=number("minutes", LEAST_MINUTES, MOST_MINUTES),
            mailing=number("mailing", 0, MOST_CLIENTS),
            overtime=number("overtime", 0, MOST_OVERTIME),
            closed=asked.get("closed", "") == "1",
        )

    def query(self) -> dict[str, int]:
        """As an address, without what is as it stands."""
        found = {
            "people": self.people,
            "minutes": self.minutes,
            "mailing": self.mailing,
            "overtime": self.overtime,
            "closed": int(self.closed),
        }
        return {name: value for name, value in found.items() if value}
