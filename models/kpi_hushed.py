"""Which numbers would point at somebody: few of a restricted topic, and what would give them away.

Whoever knows a sum and all its parts but one knows that one. So where a small part is not told, the
smallest of the others is not told either.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from models.kpi_kinds import EVERYTHING, SMALL, Cut, Kpi, Unit
from models.kpi_sums import Sums
from models.kpi_sums import sums as counted
from models.policy import sees_small_counts
from models.topic import Topic
from models.user import User

GUARDED = ("topic", "team")
"""The dimensions by which something can be restricted."""
Parts = Mapping[str, tuple[float, float]]
"""(part, whole) of each topic or team."""


def hushed(kpi: Kpi, part: float, whole: float, cut: Cut, user: User | None) -> bool:
    """Whether these sums of a restricted topic, or of its team, are too small to be told."""
    counts = [whole, part] if kpi.unit in (Unit.COUNT, Unit.SHARE) else [whole]
    return any(0 < one < SMALL for one in counts) and guarded(cut, user)


def guarded(cut: Cut, user: User | None) -> bool:
    """Whether small counts of this part of the house are not for this reader."""
    if not cut.topic_id and not cut.team_id:
        return False
    return any(
        topic.id == cut.topic_id or (cut.team_id and topic.team_id == cut.team_id)
        for topic in _kept_from(user)
    )


def anything_kept_from(user: User | None) -> bool:
    """Whether there are small counts that are not for this reader."""
    return bool(_kept_from(user))


def partner(
    kpi: Kpi, parts: Parts, dimension: str, user: User | None, cut: Cut = EVERYTHING
) -> str | None:
    """The part of a cut that is not told because with it a smaller one could be worked out."""
    few = {
        key
        for key, (part, whole) in parts.items()
        if hushed(kpi, part, whole, narrowed(cut, dimension, key), user)
    }
    others = {key: max(both) for key, both in parts.items() if key not in few and max(both) > 0}
    return min(others, key=lambda key: (others[key], key)) if few and others else None


class Neighbours:
    """What stands beside a cut, day by day: asked for once. The parts of a restricted topic, or of
    its team, can be too few by any dimension."""

    def __init__(
        self, kpi: Kpi, first: date, last: date, cut: Cut, user: User | None, at: datetime
    ) -> None:
        self._kpi, self._user = kpi, user
        self._sums: list[tuple[str, str, Cut, Sums]] = []
        if kpi.values is not None or last < first or not anything_kept_from(user):
            return
        for name, own in cut.given().items():
            wider = narrowed(cut, name, None)
            if name in kpi.cuts and (name in GUARDED or guarded(wider, user)):
                beside = counted(kpi, first, last, cut=wider, split=name, at=at)
                self._sums.append((name, str(own), wider, beside))

    def give_away(self, first: date, last: date) -> bool:
        """Whether the cut, told of these days, would tell a smaller number beside it."""
        for name, own, wider, sums in self._sums:
            days = sorted(day for day in sums if first <= day <= last)
            parts = added(sums[day] for day in (days[-1:] if self._kpi.stands else days))
            if partner(self._kpi, parts, name, self._user, wider) == own:
                return True
        return False


def added(days: Any) -> dict[str, tuple[float, float]]:
    """The parts of several days together."""
    found: dict[str, tuple[float, float]] = {}
    for of_day in days:
        for key, (part, whole) in of_day.items():
            before = found.get(key, (0.0, 0.0))
            found[key] = (before[0] + part, before[1] + whole)
    return found


def narrowed(cut: Cut, split: str | None, key: str | None) -> Cut:
    """The cut that one line of a split is; without a key that of all its lines."""
    if split is None:
        return cut
    if split == "team":
        return replace(cut, team_id=None if key is None else int(key or 0))
    line: dict[str, Any] = {"topic_id" if split == "topic" else split: key}
    return replace(cut, **line)


def _kept_from(user: User | None) -> list[Topic]:
    return [
        topic
        for topic in Topic.everything().values()
        if topic.restricted and (user is None or not sees_small_counts(user, topic))
    ]
