"""Days of contacts told one after another, each seeing only itself and the past. Pure.

What the board does with a database, in memory: the same engine, the same window, the same trends.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from classifiers import trends
from classifiers.groups import (
    Constraints,
    Item,
    ItemId,
    Known,
    NewProblem,
    Params,
    Placement,
    ProblemId,
    group,
)

LOOK_BACK = timedelta(days=7)
"""A contact that is alone may still become one of three for so long."""
HISTORY = 40
"""Days before, as many as the board looks back on."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A problem on the board of one day. `ratio` is seen to expected, None for a new one."""

    day: date
    problem: int
    title: str
    state: str
    contacts: int
    clients: int
    expected: float | None
    ratio: float | None
    rank: int


class Chronicle:
    """Tell it the days in order; `placed` holds where each contact stands now."""

    def __init__(self, params: Params) -> None:
        self.params = params
        self.placed: dict[ItemId, int | None] = {}
        self.reasons: dict[ItemId, Mapping[str, object]] = {}
        self.problems: dict[int, NewProblem] = {}
        self._known: dict[int, Known] = {}
        self._waiting: list[Item] = []
        self._clients: dict[int, dict[date, int]] = defaultdict(dict)
        self._days: list[date] = []
        self._seen: dict[int, set[str]] = defaultdict(set)

    def tell(self, day: date, items: Sequence[Item]) -> list[Standing]:
        """Place the contacts of a day, and those that still wait; the board at its end.

        Raises ValueError when the day is not later than the one before.
        """
        if self._days and day <= self._days[-1]:
            raise ValueError(f"{day} was told after {self._days[-1]}")
        self._waiting = [item for item in self._waiting if day - item.day <= LOOK_BACK]
        window = [*self._waiting, *items]
        found = group(window, list(self._known.values()), Constraints(), self.params)
        number = {problem.id: problem.id for problem in self._known.values()}
        for new in found.new:
            number[new.key] = len(self.problems) + 1
            self.problems[len(self.problems) + 1] = new
        self._place(found.placements, number)
        self._waiting = [item for item in window if self.placed[item.id] is None]
        today = self._today(items)
        for key, centre in found.centres.items():
            self._remember(number[key], centre, found.engine, day, seen=number[key] in today)
        self._days.append(day)
        return self._board(day, today)

    def _place(
        self, placements: Sequence[Placement], number: Mapping[ProblemId, ProblemId]
    ) -> None:
        for placement in placements:
            problem = placement.problem
            self.placed[placement.item_id] = None if problem is None else int(number[problem])
            self.reasons[placement.item_id] = placement.reason

    def _remember(
        self, problem: ProblemId, centre: bytes, engine: str, day: date, *, seen: bool
    ) -> None:
        before = self._known.get(int(problem))
        self._known[int(problem)] = Known(
            id=problem,
            centre=centre,
            engine=engine,
            first_seen=before.first_seen if before else day,
            last_seen=day if seen or before is None else before.last_seen,
        )

    def _today(self, items: Sequence[Item]) -> dict[ProblemId, list[Item]]:
        today: dict[ProblemId, list[Item]] = defaultdict(list)
        for item in items:
            problem = self.placed[item.id]
            if problem is not None:
                today[problem].append(item)
        return today

    def _board(self, day: date, today: Mapping[ProblemId, Sequence[Item]]) -> list[Standing]:
        cards = trends.board(day, [self._observed(int(p), items) for p, items in today.items()])
        board = [
            self._standing(day, card, today[card.problem], rank)
            for rank, card in enumerate(cards, 1)
        ]
        for problem, items in today.items():
            self._clients[int(problem)][day] = len({item.client for item in items})
            self._seen[int(problem)].update(item.client for item in items)
        return board

    def _observed(self, problem: int, items: Sequence[Item]) -> trends.Observed:
        clients = Counter(item.client for item in items)
        again = sum(count for client, count in clients.items() if client in self._seen[problem])
        past = [self._clients[problem].get(day, 0) for day in self._days[:-1][-HISTORY:]]
        return trends.Observed(problem, len(clients), past, severe=again)

    def _standing(self, day: date, card: trends.Card, items: Sequence[Item], rank: int) -> Standing:
        clients = len({item.client for item in items})
        return Standing(
            day=day,
            problem=card.problem,
            title=title(self.problems[card.problem]),
            state=card.trend,
            contacts=len(items),
            clients=clients,
            expected=None if card.expected is None else round(card.expected, 2),
            ratio=round(clients / card.expected, 2) if card.expected else None,
            rank=rank,
        )


def title(problem: NewProblem) -> str:
    """A plain name for scripts: thing, symptom and topic; pages have their own in each language."""
    cause = f"{problem.thing} {problem.symptom}".replace("_", " ").strip()
    topic = problem.topic.replace("_", " ")
    return f"{topic}: {cause}" if topic and cause else topic or cause or "problem"
