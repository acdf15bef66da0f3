"""Recurring problems: which contacts have the same cause, across topics, channels and languages.

Placing is incremental: what was placed stays, a new contact joins the problem it fits best, and
leftovers found a new problem only together. It never goes against a person's word.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage  # type: ignore[import-untyped]
from scipy.spatial.distance import squareform  # type: ignore[import-untyped]

from classifiers.contrast import Contrast, Group
from classifiers.encoder import DIMENSIONS, NAME
from classifiers.engine import Engine
from classifiers.features import Floats
from classifiers.space import (
    NOTHING,
    WEIGHTS,
    WORDS,
    Features,
    Space,
    described,
    features,
    on_topic,
)

__all__ = [
    "Constraints",
    "Features",
    "Grouping",
    "Item",
    "Known",
    "NewProblem",
    "Params",
    "Placement",
    "described",
    "features",
    "group",
    "on_topic",
]

ItemId = int | str
ProblemId = int | str
Rows = NDArray[np.intp]

BLOCK = 2_048
PIECE = 1_500
"""Contacts that are compared with each other at once: memory grows with its square."""
MOST_REFINED = 400
"""Cores that may still gain contacts in one run; smaller ones on a huge day stay as found."""
WITNESSES = 64
NEIGHBOURS = 3
TERMS = 5
WORDS_WEIGHT = 0.4
"""Shared words say less than a shared meaning, and nothing across languages."""
COMMON = 0.12
"""A word in a larger share of the window's contacts says nothing about any of them."""
FEW = 12


@dataclass(frozen=True, slots=True)
class Item:
    """One contact to place. `client` is any stable key of the person; `others` are the keys of
    those for whom that person spoke, where he did not speak for himself."""

    id: ItemId
    at: datetime
    day: date
    client: str
    language: str
    channel: str
    text: str
    features: Features
    others: frozenset[str] = frozenset()

    @property
    def clients(self) -> frozenset[str]:
        """Whom it counts for."""
        return self.others or frozenset((self.client,))


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of a problem: its centre as this module wrote it, and who belongs."""

    id: ProblemId
    centre: bytes
    engine: str
    first_seen: date
    last_seen: date
    members: Sequence[ItemId] = ()
    newer: bool = False
    """The centre is older than its members: they are added to it."""


@dataclass(frozen=True, slots=True)
class Constraints:
    """People's word: contacts that do or do not belong to a problem, problems that are one (the
    first of a pair lives on)."""

    together: frozenset[tuple[ItemId, ProblemId]] | set[tuple[ItemId, ProblemId]] = frozenset()
    apart: frozenset[tuple[ItemId, ProblemId]] | set[tuple[ItemId, ProblemId]] = frozenset()
    same: Sequence[tuple[ProblemId, ProblemId]] = ()


@dataclass(frozen=True, slots=True)
class NewProblem:
    """A problem that nobody knew; `key` is stable for the same founders."""

    key: str
    thing: str
    symptom: str
    topic: str
    stage: str
    terms: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a contact belongs and why; `problem` is a known id, a new problem's key or None."""

    item_id: ItemId
    problem: ProblemId | None
    score: float
    reason: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Grouping:
    """Placements in the order of the items; `centres` and `engine` are to be kept for tomorrow.

    `alike` are pairs of problems that may be one: a suggestion to people, never done by itself.
    """

    placements: list[Placement]
    centres: dict[ProblemId, bytes]
    new: list[NewProblem]
    engine: str
    alike: list[tuple[ProblemId, ProblemId]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Params:
    """Settings of the engine; make one with `Params.of(engine)` so that labels have names.

    Likenesses are average products of rows, 0 to 1.
    """

    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    meaning: str = NAME
    weights: Mapping[str, float] = field(default_factory=lambda: dict(WEIGHTS))
    found: float = 0.43
    """How alike the contacts must be that found a problem together."""
    calm: float = 0.1
    """So much more alike when nothing seems wrong with any of them."""
    fade: float = 10.0
    """Days after which a likeness counts for a third: a new cause comes in a burst."""
    split: float = 0.1
    """So much more alike among themselves than to what is known, and they are something new."""
    join: float = 0.41
    """How alike a contact must be to the members of a small problem."""
    large: int = 10
    """From so many members on a problem attracts by what is typical of it,"""
    cohesion: float = 0.37
    """if they are alike enough to have something typical;"""
    typical: float = 0.4
    """0 is anybody of the window, 1 an average member;"""
    like: float = 0.29
    """and some likeness there must be all the same."""
    again: float = 1.3
    """A contact of an earlier day must fit so much better: it has been looked at before."""
    rounds: int = 2
    ridge: float = 0.01
    fewest_contacts: int = 3
    fewest_clients: int = 3
    sleep_days: int = 60
    """A problem that nobody wrote about for so long no longer attracts contacts by itself."""

    @classmethod
    def of(cls, engine: Engine) -> Self:
        if engine.vectors([]) is None:
            return cls.worded(engine.labels)
        return cls(labels=engine.labels)

    @classmethod
    def worded(cls, labels: Mapping[str, Sequence[str]]) -> Self:
        """Where there is no encoder words stand in, from which nothing was learned of causes."""
        weights = {**WEIGHTS, "vector": WORDS_WEIGHT, "cause": 0.0}
        return cls(labels=labels, weights=weights, meaning=WORDS, found=0.42, join=0.38)

    @property
    def space(self) -> Space:
        return Space(self.labels, self.weights, self.meaning)


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
        for rows in self._cores(loose):
            if len(rows) > 2 and self._enough(rows) and self._close(rows):
                nearest = float((centres @ self.rows[rows].mean(axis=0)).max())
                if self._likeness(rows) - nearest >= self.params.split:
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
        cores = [rows for rows in self._cores(loose) if self._enough(rows) and self._close(rows)]
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
        return self._likeness(rows) >= self.params.found + self.params.calm * (
            1 - float(self.trouble[rows].mean())
        )

    def _likeness(self, rows: Rows) -> float:
        """The average product of different members."""
        count, mean = len(rows), self.rows[rows].mean(axis=0)
        own = float(np.square(self.rows[rows]).sum(axis=1).mean())
        return (count * float(mean @ mean) - own) / (count - 1)

    def _cores(self, loose: Rows) -> list[Rows]:
        """Average linkage; a large day piece by piece along the likeliest cause, then across."""
        if len(loose) <= PIECE:
            return _largest_first(
                self._linked(
                    [loose[row : row + 1] for row in range(len(loose))],
                    self.params.found,
                )
            )
        cause = self.rows[loose, DIMENSIONS:].argmax(axis=1)
        ordered = loose[np.lexsort((loose, cause))]
        several: list[Rows] = []
        for start in range(0, len(ordered), PIECE):
            piece = ordered[start : start + PIECE]
            singles = [piece[row : row + 1] for row in range(len(piece))]
            several += [rows for rows in self._linked(singles, self.params.found) if len(rows) > 1]
        several = _largest_first(several)
        merged: list[Rows] = []
        for start in range(0, len(several), PIECE):
            merged += self._linked(several[start : start + PIECE], self.params.found)
        return _largest_first(merged)

    def _linked(self, parts: list[Rows], closeness: float) -> list[Rows]:
        """Parts joined by average linkage as long as they are on average alike and of a time."""
        if len(parts) < 2:
            return parts
        means = np.vstack([self.rows[rows].mean(axis=0) for rows in parts])
        days = np.array([self.days[rows].mean() for rows in parts])
        alike = means @ means.T
        alike *= np.exp(-np.abs(days[:, None] - days[None, :]) / self.params.fade)
        apart = np.maximum(1 - alike, 0)
        np.fill_diagonal(apart, 0)
        merges = linkage(squareform(apart, checks=False), "average")
        named = fcluster(merges, 1 - closeness, "distance")
        order = np.argsort(named, kind="stable")
        cuts = np.flatnonzero(np.diff(named[order])) + 1
        return [
            np.sort(np.concatenate([parts[one] for one in some])) for some in np.split(order, cuts)
        ]

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
        return _largest_first(grown + fixed)

    def _named(self, rows: Rows) -> NewProblem:
        members = [self.items[row] for row in rows]
        written = "\n".join(sorted(str(item.id) for item in members))
        return NewProblem(
            key="new-" + hashlib.sha256(written.encode()).hexdigest()[:12],
            thing=self._likeliest("thing", members),
            symptom=self._likeliest("symptom", members),
            topic=self._likeliest("topic", members),
            stage=self.space.stage(self.rows[rows]),
            terms=self._terms(members),
        )

    def _likeliest(self, axis: str, members: Sequence[Item]) -> str:
        labels = self.params.labels.get(axis, ())
        if not labels:
            return ""
        total = np.sum([item.features.posteriors[axis] for item in members], axis=0)
        shares = zip(total.tolist(), labels, strict=True)
        return max((share, label) for share, label in shares if label != NOTHING)[1]

    def _terms(self, members: Sequence[Item]) -> dict[str, tuple[str, ...]]:
        """Words that two clients of a language share and the rest of the window does not: what
        only one of them says may be a name."""
        spread, total = self._vocabulary
        rare = {language: max(COMMON * count, FEW) for language, count in total.items()}
        found = {}
        for language in sorted({item.language for item in members}):
            mine = [item for item in members if item.language == language]
            said = {(item.client, term) for item in mine for term in item.features.terms}
            counts = Counter(term for _, term in said)
            weights = {
                term: count * float(np.log((1 + total[language]) / spread[language][term]))
                for term, count in counts.items()
                if count >= 2 and spread[language][term] <= rare[language]
            }
            best = sorted(weights, key=lambda term: (-weights[term], term))[:TERMS]
            if best:
                found[language] = tuple(best)
        return found

    @cached_property
    def _vocabulary(self) -> tuple[dict[str, Counter[str]], Counter[str]]:
        """In how many contacts of a language each term occurs, and how many contacts there are."""
        spread: dict[str, Counter[str]] = defaultdict(Counter)
        total: Counter[str] = Counter()
        for item in self.items:
            spread[item.language].update(item.features.terms)
            total[item.language] += 1
        return spread, total

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


def _largest_first(clusters: list[Rows]) -> list[Rows]:
    return sorted(clusters, key=lambda rows: (-len(rows), int(rows[0])))


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
