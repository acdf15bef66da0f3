"""Recurring problems: which contacts have the same cause, across topics, channels and languages.

Placing is incremental: what was placed stays, a new contact joins the problem it fits best, and
leftovers found a new problem only together. It never goes against a person's word.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.contrast import Contrast, Group
from classifiers.cores import Rows, cores_of, largest_first, likeness
from classifiers.features import Floats
from classifiers.grouping import (
    Constraints,
    Grouping,
    Item,
    ItemId,
    Known,
    NewProblem,
    Params,
    Placement,
    ProblemId,
)
from classifiers.naming import Namer
from classifiers.space import Features, described, features, on_topic

__all__ = [
    "Constraints",
    "Features",
    "Grouping",
    "Item",
    "ItemId",
    "Known",
    "NewProblem",
    "Params",
    "Placement",
    "ProblemId",
    "described",
    "features",
    "group",
    "on_topic",
]

BLOCK = 2_048
MOST_REFINED = 400
"""Cores that may still gain contacts in one run; smaller ones on a huge day stay as found."""
WITNESSES = 64
NEIGHBOURS = 3


def group(
    items: Sequence[Item],
    known: Sequence[Known] = (),
    constraints: Constraints | None = None,
    params: Params | None = None,
) -> Grouping:
    """Place every item of the window; the same answer whatever the order of the items.

    Items that are members of a known problem stay there unless a person took them out.
    """
    return _Window(items, known, constraints or Constraints(), params or Params()).grouping()


class _Window:
    """One run: the items as rows of one matrix, the problems as means of rows."""

    def __init__(
        self,
        items: Sequence[Item],
        known: Sequence[Known],
        constraints: Constraints,
        params: Params,
    ) -> None:
        self.params = params
        self.space = params.space
        self.asked = items
        self.items = sorted(items, key=lambda item: (item.at, str(item.id)))
        self.row_of = {item.id: row for row, item in enumerate(self.items)}
        self.known = sorted(known, key=lambda problem: str(problem.id))
        self.constraints = constraints
        self.rows = self.space.represent(
            [item.features for item in self.items], [item.language for item in self.items]
        )
        self.contrast = Contrast(self.rows, params.ridge)
        self.namer = Namer(self.items, params.labels)
        self.trouble = self.space.trouble([item.features for item in self.items])
        self.days = np.array([item.day.toordinal() for item in self.items], dtype=np.float32)
        self.fresh = self.days == self.days.max(initial=0)
        self.place: list[ProblemId | None] = [None] * len(self.items)
        self.score = np.zeros(len(self.items), dtype=np.float32)
        self.by = ["alone"] * len(self.items)
        self.new: list[NewProblem] = []
        self.centres: dict[ProblemId, Floats] = {}
        self.counts: dict[ProblemId, float] = {}
        self.head = _heads(constraints.same)
        self.apart: dict[ItemId, set[ProblemId]] = defaultdict(set)
        for item_id, problem in constraints.apart:
            self.apart[item_id].add(self._head(problem))

    def grouping(self) -> Grouping:
        self._remember()
        self._obey()
        loose = self._loose()
        self._join(np.setdiff1d(loose, self._apart_from_known(loose)))
        self._found(self._loose())
        placements = self._explained()
        return Grouping(
            placements=[placements[self.row_of[item.id]] for item in self.asked],
            centres={
                problem: self.space.written(mean, self.counts[problem])
                for problem, mean in self.centres.items()
            },
            new=self.new,
            engine=self.space.engine,
            alike=self._alike(),
        )

    # What was known, and what people said

    def _remember(self) -> None:
        """Known problems with their centre, and their members where they were."""
        for problem in self.known:
            rows = [self.row_of[one] for one in problem.members if one in self.row_of]
            head = self._head(problem.id)
            staying = [row for row in rows if head not in self.apart[self.items[row].id]]
            readable = problem.engine == self.space.engine
            remembered = self.space.read(problem.centre) if readable else None
            if remembered is not None:
                self._add(problem.id, *remembered)
            if staying and (remembered is None or problem.newer):
                self._add(problem.id, self.rows[staying].mean(axis=0), len(staying))
            for row in staying:
                self.place[row], self.by[row], self.score[row] = head, "stayed", 1.0

    def _head(self, problem: ProblemId) -> ProblemId:
        """Problems that are one keep a centre each, so that both wordings go on attracting, but
        contacts go to the one that lives on."""
        return self.head.get(problem, problem)

    def _obey(self) -> None:
        for item_id, problem in sorted(self.constraints.together, key=str):
            row = self.row_of.get(item_id)
            head = self._head(problem)
            if row is None or head in self.apart[item_id]:
                continue
            if self.place[row] != head:
                self._add(head, self.rows[row], 1)
            self.place[row], self.by[row], self.score[row] = head, "person", 1.0

    def _add(self, problem: ProblemId, mean: Floats, count: float) -> None:
        before = self.counts.get(problem, 0.0)
        share = np.float32(count / (before + count))
        old = self.centres.get(problem)
        self.centres[problem] = mean if old is None else old + (mean - old) * share
        self.counts[problem] = before + count

    def _loose(self) -> Rows:
        return np.array([row for row, place in enumerate(self.place) if place is None], np.intp)

    # Joining what is known

    def _join(self, loose: Rows) -> None:
        """Each loose contact to the problem that it fits best, if it fits any."""
        problems = self._awake()
        if not problems or not len(loose):
            return
        groups = [self._group(problem) for problem in problems]
        joined: dict[ProblemId, list[int]] = defaultdict(list)
        for rows, fits in self._fits(loose, groups):
            if self.apart:
                for place, row in enumerate(rows):
                    unwanted = self.apart[self.items[row].id]
                    fits[place, [self._head(problem) in unwanted for problem in problems]] = -1
            for row, column, fit in _best(rows, fits):
                if fit >= (1 if self.fresh[row] else self.params.again):
                    self._put(row, self._head(problems[column]), groups[column], "joined")
                    joined[problems[column]].append(row)
        for problem, some in joined.items():
            self._add(problem, self.rows[some].mean(axis=0), len(some))

    def _apart_from_known(self, loose: Rows) -> Rows:
        """Cores that are much more alike among themselves than to any known problem: something new
        beside something old must not be swallowed by it."""
        nobody = np.zeros(0, dtype=np.intp)
        problems = self._awake()
        if not problems:
            return nobody
        centres = np.vstack([self.centres[problem] for problem in problems])
        reserved = [nobody]
        for rows in cores_of(self.rows, self.days, loose, self.params.found, self.params.fade):
            if len(rows) > 2 and self._enough(rows) and self._close(rows):
                nearest = float((centres @ self.rows[rows].mean(axis=0)).max())
                if likeness(self.rows[rows]) - nearest >= self.params.split:
                    reserved.append(rows)
        return np.concatenate(reserved)

    def _awake(self) -> list[ProblemId]:
        """Problems that still attract: seen lately, or founded in this run."""
        today = max((item.day for item in self.items), default=date.min)
        asleep = {
            problem.id
            for problem in self.known
            if (today - problem.last_seen).days > self.params.sleep_days
        }
        return [problem for problem in self.centres if problem not in asleep]

    def _group(self, problem: ProblemId) -> Group:
        return Group(self.centres[problem], self.counts[problem])

    def _put(self, row: int, problem: ProblemId, group: Group, how: str) -> None:
        self.place[row], self.by[row] = problem, how
        self.score[row] = float(self.rows[row] @ group.mean)

    def _fits(
        self, rows: Rows, groups: Sequence[Group], own: NDArray[np.intp] | None = None
    ) -> Iterator[tuple[Rows, Floats]]:
        """Blocks of rows and how well (n, groups) each fits each group: 1 is just enough.

        `own` is the group that a row already belongs to, or -1: it is judged without itself.
        """
        params = self.params
        counts = np.array([group.count for group in groups], dtype=np.float32)
        means = np.vstack([group.mean for group in groups])
        squares = np.square(means).sum(axis=1)
        usual = float(np.square(self.rows[rows[:BLOCK]]).sum(axis=1).mean())
        inner = (counts * squares - usual) / np.maximum(counts - 1, 1)
        large = np.flatnonzero((counts >= params.large) & (inner >= params.cohesion))
        profiles = [self.contrast.profile(groups[place]) for place in large.tolist()]
        for start in range(0, len(rows), BLOCK):
            block = rows[start : start + BLOCK]
            alike = self.rows[block] @ means.T
            mine = None if own is None else own[start : start + BLOCK]
            if mine is not None:
                inside = np.flatnonzero(mine >= 0)
                others = np.maximum(counts[mine[inside]] - 1, 1)
                squares = np.square(self.rows[block[inside]]).sum(axis=1)
                alike[inside, mine[inside]] += (alike[inside, mine[inside]] - squares) / others
            fits = alike / np.float32(params.join)
            if len(large):
                where = None if mine is None else _positions(mine, large)
                typical = self.contrast.typical(block, profiles, where)
                near = alike[:, large] >= params.like
                fits[:, large] = np.where(near, typical / np.float32(params.typical), 0)
            yield block, fits

    # Founding what is new

    def _found(self, loose: Rows) -> None:
        """New problems among the leftovers: a core that is alike, then all who fit it."""
        cores = [
            rows
            for rows in cores_of(self.rows, self.days, loose, self.params.found, self.params.fade)
            if self._enough(rows) and self._close(rows)
        ]
        for _ in range(self.params.rounds):
            cores = [rows for rows in self._refined(loose, cores) if self._enough(rows)]
        for rows in cores:
            problem = self._named(rows)
            self.new.append(problem)
            self._add(problem.key, self.rows[rows].mean(axis=0), len(rows))
            for row in rows:
                self._put(row, problem.key, self._group(problem.key), "founded")

    def _enough(self, rows: Rows) -> bool:
        clients = frozenset[str]().union(*(self.items[row].clients for row in rows))
        contacts_missing = self.params.fewest_contacts - len(rows)
        return contacts_missing <= 0 and len(clients) >= self.params.fewest_clients

    def _close(self, rows: Rows) -> bool:
        """A core in which nothing seems wrong must be all the more alike."""
        return likeness(self.rows[rows]) >= self.params.found + self.params.calm * (
            1 - float(self.trouble[rows].mean())
        )

    def _refined(self, loose: Rows, cores: list[Rows]) -> list[Rows]:
        """The cores again, each with the loose contacts that fit it best; nobody stays in a core
        that he would not join."""
        growing, fixed = cores[:MOST_REFINED], cores[MOST_REFINED:]
        if not growing:
            return cores
        free = loose[~np.isin(loose, np.concatenate(fixed))] if fixed else loose
        own = np.full(len(self.items), -1, dtype=np.intp)
        for place, rows in enumerate(growing):
            own[rows] = place
        groups = [
            Group(self.rows[rows].mean(axis=0), len(rows), self.contrast.spread[rows].mean())
            for rows in growing
        ]
        taken: list[list[int]] = [[] for _ in growing]
        for rows, fits in self._fits(free, groups, own[free]):
            for row, column, fit in _best(rows, fits):
                if fit >= 1:
                    taken[column].append(row)
        grown = [np.array(rows, dtype=np.intp) for rows in taken if rows]
        return largest_first(grown + fixed)

    def _named(self, rows: Rows) -> NewProblem:
        return self.namer.named(
            [self.items[row] for row in rows], self.space.stage(self.rows[rows])
        )

    def _alike(self) -> list[tuple[ProblemId, ProblemId]]:
        problems = self._awake()
        if len(problems) < 2:
            return []
        means = np.vstack([self.centres[problem] for problem in problems])
        counts = np.array([self.counts[problem] for problem in problems])
        order = np.argsort(-counts, kind="stable")[:MOST_REFINED]
        close = means[order] @ means[order].T >= self.params.found
        return [
            (problems[order[first]], problems[order[second]])
            for first, second in np.argwhere(np.triu(close, 1))
            if self._head(problems[order[first]]) != self._head(problems[order[second]])
        ]

    # Saying why

    def _explained(self) -> list[Placement]:
        members: dict[ProblemId, list[int]] = defaultdict(list)
        for row, problem in enumerate(self.place):
            if problem is not None:
                members[problem].append(row)
        reasons: list[dict[str, Any]] = [{"by": how} for how in self.by]
        for rows in members.values():
            self._explain(np.array(rows, dtype=np.intp), reasons)
        return [
            Placement(item.id, self.place[row], round(float(self.score[row]), 4), reasons[row])
            for row, item in enumerate(self.items)
        ]

    def _explain(self, rows: Rows, reasons: list[dict[str, Any]]) -> None:
        """Nearest members, shared words, thing and symptom of those that were placed now."""
        fresh = np.array([row for row in rows if self.by[row] != "stayed"], dtype=np.intp)
        if not len(fresh):
            return
        witnesses = rows[-WITNESSES:]
        named = self._named(witnesses)
        for start in range(0, len(fresh), BLOCK):
            block = fresh[start : start + BLOCK]
            alike = self.rows[block] @ self.rows[witnesses].T
            alike[block[:, None] == witnesses[None, :]] = -1
            order = np.argsort(-alike, axis=1, kind="stable")[:, :NEIGHBOURS]
            for place, row in enumerate(block):
                item = self.items[row]
                near = [column for column in order[place] if alike[place, column] > -1]
                shared = set(item.features.terms)
                reasons[row] |= {
                    "terms": [one for one in named.terms.get(item.language, ()) if one in shared],
                    "neighbours": [self.items[witnesses[column]].id for column in near],
                    "thing": named.thing,
                    "symptom": named.symptom,
                    "cosine": round(float(alike[place, near[0]]), 4) if near else 0.0,
                }


def _best(rows: Rows, fits: Floats) -> Iterator[tuple[int, int, float]]:
    columns = fits.argmax(axis=1)
    best = fits[np.arange(len(rows)), columns]
    return zip(rows.tolist(), columns.tolist(), best.tolist(), strict=True)


def _positions(mine: NDArray[np.intp], large: NDArray[np.intp]) -> NDArray[np.intp]:
    """The place of each row's own group among the large ones, or -1."""
    places = np.full(max(int(large.max()), int(mine.max(initial=-1))) + 1, -1, dtype=np.intp)
    places[large] = np.arange(len(large))
    found: NDArray[np.intp] = np.where(mine >= 0, places[np.maximum(mine, 0)], -1)
    return found


def _heads(same: Sequence[tuple[ProblemId, ProblemId]]) -> dict[ProblemId, ProblemId]:
    """For each problem that people declared one with another, the one that lives on."""
    head: dict[ProblemId, ProblemId] = {}

    def top(problem: ProblemId) -> ProblemId:
        while problem in head:
            problem = head[problem]
        return problem

    for first, second in same:
        kept, lost = top(first), top(second)
        if kept != lost:
            head[lost] = kept
    return {problem: top(problem) for problem in head}
