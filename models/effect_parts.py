"""An action's effect in parts: day by day, and by the channels and languages of the contacts."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Integer, cast, func, select, true

from models.action import Action
from models.base import db
from models.before_after import DayOfContacts, dates_of, windows
from models.effect import FEWEST_CONTACTS, FEWEST_DAYS, FEWEST_OTHERS, Verdict, compared, verdict_on
from models.kpi_sums import contacts_by
from models.problem import Problem
from models.problem_day import ProblemDay

BY_CHANNEL, BY_LANGUAGE = "channels", "languages"


@dataclass(frozen=True)
class Part:
    """One channel or language: contacts a day, and the change of their rate if it can be told."""

    name: str
    before: float
    after: float
    verdict: Verdict
    change: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Parts:
    """What an effect is made of; the parts are largest first."""

    before: list[tuple[date, DayOfContacts]]
    after: list[tuple[date, DayOfContacts]]
    channels: list[Part]
    languages: list[Part]

    @property
    def control(self) -> dict[date, float]:
        """What the problem would have drawn had it moved as all other problems did; empty where
        those are too few to compare with."""
        own, others = (
            sum(getattr(drew, name) for _, drew in self.before) for name in ("own", "others")
        )
        after = sum(drew.others for _, drew in self.after)
        if min(others, after) < FEWEST_OTHERS:
            return {}
        return {day: own / others * drew.others for day, drew in [*self.before, *self.after]}


Drawn = dict[tuple[date, str], tuple[int, int]]
"""Per day and part: (contacts of the problem, of all problems)."""


def parts_of(action: Action, at: datetime) -> Parts | None:
    """None while the action is not effective."""
    for _, window, days in windows([action], at):
        before, after = dates_of(window, days)
        return Parts(
            [(day, days[day]) for day in before],
            [(day, days[day]) for day in after],
            *(
                _parts(drawn(action.problem_id, axis, before + after), axis, before, after)
                for axis in (BY_CHANNEL, BY_LANGUAGE)
            ),
        )
    return None


def drawn(problem_id: int, axis: str, days: Sequence[date]) -> Drawn:
    """What the problem, and all problems, drew by channel or language on these days."""
    tally = func.jsonb_each_text(getattr(ProblemDay, axis)).table_valued("key", "value")
    contacts = cast(tally.c.value, Integer)
    own = func.coalesce(Problem.merged_into_id, Problem.id) == problem_id
    rows = db.session.execute(
        select(
            ProblemDay.day,
            tally.c.key,
            func.coalesce(func.sum(contacts).filter(own), 0),
            func.sum(contacts),
        )
        .join(Problem, Problem.id == ProblemDay.problem_id)
        .join(tally, true())
        .where(ProblemDay.day.in_(days))
        .group_by(ProblemDay.day, tally.c.key)
    )
    return {(day, name): (int(mine), int(every)) for day, name, mine, every in rows}


def _parts(seen: Drawn, axis: str, before: Sequence[date], after: Sequence[date]) -> list[Part]:
    days = [*before, *after]
    split = "channel" if axis == BY_CHANNEL else "language"
    counted = {
        (day, name): contacts
        for name, by_day in (contacts_by(split, min(days), max(days)) if days else {}).items()
        for day, contacts in by_day.items()
    }
    sizes: dict[str, int] = defaultdict(int)
    for (_, name), (mine, _every) in seen.items():
        sizes[name] += mine
    found = []
    for name in sorted(sizes, key=lambda name: (-sizes[name], name)):
        if not sizes[name]:
            continue
        both = [
            [
                (mine, every - mine, max(0, counted.get((day, name), 0) - mine))
                for day in side
                for mine, every in [seen.get((day, name), (0, 0))]
            ]
            for side in (before, after)
        ]
        found.append(_part(name, both))
    return found


def _part(name: str, both: list[list[tuple[int, int, int]]]) -> Part:
    own = [sum(day[0] for day in side) for side in both]
    levels = [count / len(side) if side else 0.0 for count, side in zip(own, both, strict=True)]
    if len(both[1]) < FEWEST_DAYS:
        return Part(name, levels[0], levels[1], Verdict.TOO_EARLY)
    if own[0] < FEWEST_CONTACTS:
        return Part(name, levels[0], levels[1], Verdict.TOO_FEW)
    change, _ = compared(both)
    low, high = change.interval()
    return Part(name, levels[0], levels[1], verdict_on(low, high), change.share, low, high)
