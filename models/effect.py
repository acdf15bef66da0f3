"""Whether contacts fell after an action: before against after, next to all other problems."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from models.action import Action
from models.before_after import DAYS_AFTER, DayOfContacts, sides, windows
from models.rates import CONFIDENCE, Change, Count, change

FEWEST_DAYS = 2
"""Fewer whole working days afterwards say nothing yet."""
EARLY_DAYS = 5
"""After so many a change beyond doubt is settled; any other waits for all the days."""
EARLY, LATE = 2.797, 1.977
"""Standard errors asked for at the two looks: O'Brien and Fleming's bounds for 5 % in all
(Biometrics 35, 1979, 549)."""
FEWEST_CONTACTS = 5
"""Fewer contacts before the action cannot show a fall."""
FEWEST_OTHERS = 10
"""Fewer contacts of other problems, before or after, are no measure of the general trend."""
WORTH = 0.2
"""A smaller fall is not worth speaking of."""


class Verdict(StrEnum):
    """What may honestly be said."""

    TOO_EARLY = "too_early"
    TOO_FEW = "too_few"
    FELL = "fell"
    ROSE = "rose"
    NO_CHANGE = "no_change"
    """The interval leaves no room for a fall worth speaking of."""
    UNCLEAR = "unclear"


SURE = (Verdict.FELL, Verdict.ROSE, Verdict.TOO_FEW)
"""More days would not make these say something else."""


@dataclass(frozen=True)
class Rate:
    """Contacts or clients per 1,000 before and after; `change` is -0.78 for a fall by 78 %."""

    before: float
    after: float
    change: float
    low: float
    high: float


@dataclass(frozen=True)
class Effect:
    """Contacts per day before and after, and how their rate changed.

    The rate is taken of all other contacts of the same days, so a quiet week is no success.
    `others` is how all other problems changed per day meanwhile, None where they are too few to
    compare with; `change`, `low` and `high` are then not corrected for them.
    """

    verdict: Verdict
    before: float | None = None
    after: float | None = None
    change: float | None = None
    low: float | None = None
    high: float | None = None
    others: float | None = None
    days_left: int = 0
    """Whole working days to wait for, where it is too early."""
    days_before: int = 0
    days_after: int = 0
    contacts: Rate | None = None
    """Per 1,000 contacts about anything; None where their number is not known."""
    clients: Rate | None = None
    """Distinct clients per 1,000 clients, or per 1,000 contacts where clients were not counted."""
    together: int = 0
    """Other actions on the same problem that went live in the same days."""

    @property
    def final(self) -> bool:
        """Whether no more days will be looked at."""
        return self.days_after >= DAYS_AFTER

    def figures(self) -> dict[str, Any]:
        """As JSON, to be kept with the verdict."""
        return {**asdict(self), "verdict": self.verdict.value}

    @classmethod
    def kept(cls, figures: dict[str, Any]) -> Self:
        rates = {name: Rate(**figures[name]) for name in ("contacts", "clients") if figures[name]}
        return cls(**{**figures, **rates, "verdict": Verdict(figures["verdict"])})


def effect_of(action: Action, at: datetime) -> Effect | None:
    """What the action did until `at`; None while it is not effective."""
    return effects_of([action], at).get(action.id)


def effects_of(actions: Sequence[Action], at: datetime) -> dict[int, Effect]:
    """The same of many at once: a verdict that stands as it was kept, the others as measured."""
    found, live = {}, []
    for action in actions:
        if action.verdict and action.verdict_at and action.verdict_at <= at:
            found[action.id] = Effect.kept(action.verdict_figures["effect"])
        elif action.effective_at is not None and action.effective_at <= at:
            live.append(action)
    for action, window, days in windows(live, at):
        before, after = sides(window, days)
        found[action.id] = replace(measure(before, after), together=window.together)
    return found


def settled_of(
    actions: Sequence[Action], at: datetime
) -> list[tuple[Action, Effect, list[DayOfContacts]]]:
    """The effects that may be kept by now, with the days after the action on which each rests."""
    found = []
    for action, window, days in windows(actions, at):
        before, after = sides(window, days)
        looked = final(before, after, closed=window.closed)
        if looked is not None:
            effect, rests_on = looked
            found.append((action, replace(effect, together=window.together), rests_on))
    return found


def final(
    before: list[DayOfContacts], after: list[DayOfContacts], *, closed: bool = False
) -> tuple[Effect, list[DayOfContacts]] | None:
    """What may be kept: at the first look what is beyond doubt, at the last whatever there is.

    The last is after `DAYS_AFTER` days, or when a later action on the problem has `closed` them.
    Looking every day and stopping at the first fall would find one in nothing three times as often.
    """
    first = after[:EARLY_DAYS]
    if len(first) == EARLY_DAYS and measure(before, first, EARLY).verdict in SURE:
        return measure(before, first), first
    if len(after) == DAYS_AFTER or (closed and len(after) >= FEWEST_DAYS):
        return measure(before, after, LATE), after
    return None


# --- how it changed -------------------------------------------------------------------------


def measure(
    before: Sequence[DayOfContacts], after: Sequence[DayOfContacts], confidence: float = CONFIDENCE
) -> Effect:
    """The ratio of the two rates with its interval, less what all other problems did meanwhile."""
    effect = Effect(
        Verdict.TOO_EARLY,
        before=sum(day.own for day in before) / len(before) if before else None,
        after=sum(day.own for day in after) / len(after) if after else None,
        days_left=max(0, FEWEST_DAYS - len(after)),
        days_before=len(before),
        days_after=len(after),
    )
    if effect.days_left:
        return effect
    if sum(day.own for day in before) < FEWEST_CONTACTS:
        return replace(effect, verdict=Verdict.TOO_FEW)
    both = (before, after)
    own, general = compared(
        [[(day.own, day.others, day.total - day.own) for day in side] for side in both]
    )
    low, high = own.interval(confidence)
    return replace(
        effect,
        verdict=verdict_on(low, high),
        change=own.share,
        low=low,
        high=high,
        others=per_day(after) / per_day(before) - 1 if general else None,
        contacts=rate([[(d.own, d.total) for d in side] for side in both], own, confidence),
        clients=rate_of_clients(both, confidence),
    )


def per_day(days: Sequence[DayOfContacts]) -> float:
    return sum(day.others for day in days) / len(days)


def verdict_on(low: float, high: float) -> Verdict:
    if high < 0:
        return Verdict.FELL
    if low > 0:
        return Verdict.ROSE
    return Verdict.NO_CHANGE if low > -WORTH else Verdict.UNCLEAR


def compared(both: Sequence[Sequence[tuple[int, int, int]]]) -> tuple[Change, Change | None]:
    """The change of the rate of what is ours, and of all other problems if there are enough.

    A day is (ours, other problems', all other contacts); where the last is unknown on some day,
    the other problems' contacts stand in, and without them each day counts the same.
    """
    of = next(
        (place for place in (2, 1) if all(day[place] > 0 for side in both for day in side)), None
    )
    weights = [[float(day[of]) if of else 1.0 for day in side] for side in both]

    def moved(place: int) -> Change:
        runs = [
            [Count(day[place], weight) for day, weight in zip(side, weighed, strict=True)]
            for side, weighed in zip(both, weights, strict=True)
        ]
        return change(runs[0], runs[1])

    own = moved(0)
    if min(sum(day[1] for day in side) for side in both) < FEWEST_OTHERS:
        return own, None
    general = moved(1)
    return own.against(general), general


def rate(
    both: Sequence[Sequence[tuple[int, int]]], own: Change, confidence: float = CONFIDENCE
) -> Rate | None:
    """Per 1,000; a day is (ours, everything)."""
    whole = [sum(total for _, total in side) for side in both]
    if min(whole) <= 0:
        return None
    before, after = (
        1000 * sum(mine for mine, _ in side) / total
        for side, total in zip(both, whole, strict=True)
    )
    return Rate(before, after, own.share, *own.interval(confidence))


def rate_of_clients(
    both: Sequence[Sequence[DayOfContacts]], confidence: float = CONFIDENCE
) -> Rate | None:
    known = all(day.total_clients for side in both for day in side)
    whole = [[day.total_clients if known else day.total for day in side] for side in both]
    if sum(day.clients for day in both[0]) < FEWEST_CONTACTS:
        return None
    own, _ = compared(
        [
            [
                (day.clients, day.others_clients, total - day.clients)
                for day, total in zip(side, totals, strict=True)
            ]
            for side, totals in zip(both, whole, strict=True)
        ]
    )
    pairs = [
        [(day.clients, total) for day, total in zip(side, totals, strict=True)]
        for side, totals in zip(both, whole, strict=True)
    ]
    return rate(pairs, own, confidence)
