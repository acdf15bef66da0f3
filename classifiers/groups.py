"""Recurring problems: which contacts have the same cause, across topics, channels and languages.

Placing is incremental: what was placed stays, a new contact joins the nearest problem that is
close enough, and leftovers found a new problem only together. It never undoes a person's word.
"""

import base64
import hashlib
import json
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage  # type: ignore[import-untyped]
from scipy.spatial.distance import squareform  # type: ignore[import-untyped]

from classifiers import concepts
from classifiers.encoder import DIMENSIONS
from classifiers.engine import AXES, Engine, Opinion
from classifiers.features import Floats
from classifiers.language import LANGUAGES
from classifiers.text import opening, tokens, vocabulary_form

ItemId = int | str
ProblemId = int | str
Rows = NDArray[np.intp]

NOTHING = "none"
"""The label of an axis that says that nothing is wrong: it must not make two contacts alike."""

WEIGHTS = {
    "vector": 1.0,
    "topic": 0.1,
    "subtopic": 0.4,
    "intent": 0.0,
    "thing": 0.4,
    "symptom": 0.4,
    "concepts": 0.4,
}
LAYOUT = 1
BLOCK = 2_048
PIECE = 1_500
"""Contacts that are compared with each other at once: memory grows with its square."""
SAMPLE = 6_000
WITNESSES = 64
NEIGHBOURS = 3
TERMS = 5
LONGEST_MEMORY = 200
"""A centre follows its problem: older members together never weigh more than this many."""


@dataclass(frozen=True, slots=True)
class Features:
    """What one contact looks like. `posteriors` maps each axis to probabilities in the order of
    the engine's labels; `vector` is the encoder's (512) or None; `terms` are words without accents.
    """

    vector: Floats | None
    posteriors: Mapping[str, Floats]
    terms: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One contact to place. `client` is any stable key of the person."""

    id: ItemId
    at: datetime
    day: date
    client: str
    language: str
    channel: str
    text: str
    features: Features


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of a problem: its centre as this module wrote it, and who belongs."""

    id: ProblemId
    centre: bytes
    engine: str
    first_seen: date
    last_seen: date
    members: Sequence[ItemId] = ()


@dataclass(frozen=True, slots=True)
class Constraints:
    """People's word: contacts that do or do not belong to a problem, problems that are one."""

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
    """Placements in the order of the items; `centres` and `engine` are to be kept for tomorrow."""

    placements: list[Placement]
    centres: dict[ProblemId, bytes]
    new: list[NewProblem]
    engine: str


@dataclass(frozen=True, slots=True)
class Params:
    """Settings of the engine; make one with `Params.of(engine)` so that labels have names."""

    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=lambda: dict(WEIGHTS))
    found: float = 0.4
    join: float = 0.36
    like: float = 0.2
    typical: float = 0.45
    large: float = 5
    coherence: float = 2.0
    ridge: float = 0.01
    rounds: int = 2
    fewest_contacts: int = 3
    fewest_clients: int = 3
    sleep_days: int = 60
    """A problem that nobody wrote about for so long no longer attracts contacts by itself."""

    @classmethod
    def of(cls, engine: Engine) -> Self:
        return cls(labels=engine.labels)

    @property
    def axes(self) -> list[str]:
        return [axis for axis in AXES if self.weights.get(axis) and self.labels.get(axis)]

    @property
    def engine(self) -> str:
        """A name for the layout of the centres; it survives a retraining with the same labels."""
        labels = {axis: list(self.labels[axis]) for axis in self.axes}
        layout = [LAYOUT, labels, dict(self.weights), list(concepts.weights())]
        return "g" + hashlib.sha256(json.dumps(layout, sort_keys=True).encode()).hexdigest()[:11]


def features(opinion: Opinion, text: str, subject: str = "") -> Features:
    """What the grouping needs of a contact, from the classifier's opinion of it."""
    return described(text, subject, opinion.language, opinion.vector, opinion.posteriors)


def described(
    text: str,
    subject: str,
    language: str,
    vector: Floats | None,
    posteriors: Mapping[str, Floats],
) -> Features:
    """The same from a vector and posteriors that were kept; only the words are read again."""
    words = tokens(vocabulary_form(opening(text, subject)))
    return Features(
        vector=vector,
        posteriors=posteriors,
        terms=tuple(dict.fromkeys(sys.intern(word) for word in words if len(word) >= 4)),
        concepts=concepts.named(words, language),
    )


def group(
    items: Sequence[Item],
    known: Sequence[Known] = (),
    constraints: Constraints | None = None,
    params: Params | None = None,
) -> Grouping:
    """Place every item of the window; deterministic in the items, whatever their order.

    Items that are members of a known problem stay there unless a person took them out.
    """
    params = params or Params()
    return _Day(items, known, constraints or Constraints(), params).grouping()


@dataclass(frozen=True, slots=True)
class Group:
    centre: Floats
    count: float
    rows: Rows


class _Day:
    """One run: the items as rows of one matrix, the problems as weighted means of rows."""

    def __init__(
        self,
        items: Sequence[Item],
        known: Sequence[Known],
        constraints: Constraints,
        params: Params,
    ) -> None:
        self.params = params
        self.asked = items
        self.items = sorted(items, key=lambda item: (item.at, str(item.id)))
        self.row_of = {item.id: row for row, item in enumerate(self.items)}
        self.known = sorted(known, key=lambda problem: str(problem.id))
        self.constraints = constraints
        self.space = represent(self.items, params)
        self.contrast = Contrast(self.space, params.ridge)
        self.place: list[ProblemId | None] = [None] * len(self.items)
        self.score = np.zeros(len(self.items), dtype=np.float32)
        self.by: list[str] = ["alone"] * len(self.items)
        self.new: list[NewProblem] = []
        self.centres: dict[ProblemId, Floats] = {}
        self.counts: dict[ProblemId, float] = {}
        self.head = _heads(constraints.same)
        self.apart = defaultdict(set)
        for item_id, problem in constraints.apart:
            self.apart[item_id].add(self.head.get(problem, problem))

    def grouping(self) -> Grouping:
        self._remember()
        self._obey()
        self._join(self._loose())
        self._found(self._loose())
        placements = self._explained()
        centres = {
            problem: _centre(self.centres[problem], self.counts[problem])
            for problem in self.centres
        }
        return Grouping(
            [placements[self.row_of[item.id]] for item in self.asked],
            centres,
            self.new,
            self.params.engine,
        )

    def _remember(self) -> None:
        """Known problems with their centre, and their members where they were."""
        engine = self.params.engine
        for problem in self.known:
            rows = np.array(
                sorted(self.row_of[one] for one in problem.members if one in self.row_of),
                dtype=np.intp,
            )
            head = self.head.get(problem.id, problem.id)
            remembered = _remembered(problem.centre) if problem.engine == engine else None
            if remembered is not None and remembered[0].size == self.space.shape[1]:
                self._add(head, *remembered)
            elif len(rows):
                self._add(head, self.space[rows].mean(axis=0), float(len(rows)))
            for row in rows:
                if head not in self.apart[self.items[row].id]:
                    self.place[row], self.by[row], self.score[row] = head, "stayed", 1.0

    def _add(self, problem: ProblemId, centre: Floats, count: float) -> None:
        before = self.counts.get(problem, 0.0)
        mine = self.centres.get(problem, np.zeros_like(centre))
        total = np.float32(before + count)
        self.centres[problem] = (mine * np.float32(before) + centre * np.float32(count)) / total
        self.counts[problem] = float(total)

    def _obey(self) -> None:
        for item_id, problem in sorted(self.constraints.together, key=str):
            row = self.row_of.get(item_id)
            head = self.head.get(problem, problem)
            if row is None or head in self.apart[item_id]:
                continue
            if self.place[row] != head:
                self._add(head, self.space[row], 1.0)
            self.place[row], self.by[row], self.score[row] = head, "person", 1.0

    def _loose(self) -> Rows:
        return np.array([row for row, place in enumerate(self.place) if place is None], np.intp)

    def _members(self) -> dict[ProblemId, Rows]:
        rows: dict[ProblemId, list[int]] = defaultdict(list)
        for row, problem in enumerate(self.place):
            if problem is not None:
                rows[problem].append(row)
        return {problem: np.array(some, dtype=np.intp) for problem, some in rows.items()}

    def _join(self, loose: Rows) -> None:
        """Each loose contact to the problem that it fits best, if any."""
        members = self._members()
        problems = [one for one in self._awake() if one in self.centres]
        if not problems or not len(loose):
            return
        nobody = np.zeros(0, dtype=np.intp)
        groups = [
            Group(self.centres[one], self.counts[one], members.get(one, nobody)) for one in problems
        ]
        columns = {problem: column for column, problem in enumerate(problems)}
        joined: dict[ProblemId, list[int]] = defaultdict(list)
        for rows in _blocks(loose, BLOCK):
            fits = self._fits(rows, groups)
            for place, row in enumerate(rows):
                for problem in self.apart.get(self.items[row].id, ()):
                    if problem in columns:
                        fits[place, columns[problem]] = -1
            for row, column, value in zip(rows, fits.argmax(axis=1), fits.max(axis=1), strict=True):
                if value >= 1:
                    problem = problems[column]
                    self.place[row], self.by[row] = problem, "joined"
                    self.score[row] = float(self.space[row] @ groups[column].centre)
                    joined[problem].append(int(row))
        for problem, some in joined.items():
            self._add(problem, self.space[some].mean(axis=0), float(len(some)))

    def _fits(
        self, rows: Rows, groups: Sequence[Group], own: Mapping[int, int] | None = None
    ) -> Floats:
        """How well (n, g) each row fits each group; from 1 on it belongs."""
        centres = np.vstack([one.centre for one in groups])
        alike = self.space[rows] @ centres.T
        counts = np.array([one.count for one in groups], np.float32)
        if own:
            for place, row in enumerate(rows):
                column = own.get(int(row))
                if column is not None:
                    one = self.space[row]
                    alike[place, column] = (counts[column] * alike[place, column] - one @ one) / (
                        counts[column] - 1
                    )
        typical = self.contrast.typical(
            rows, [self.contrast.profile(one.centre, one.count, one.rows) for one in groups], own
        )
        fits = alike / self.params.join
        large = counts >= self.params.large
        fits[:, large] = np.where(
            alike[:, large] >= self.params.like, typical[:, large] / self.params.typical, 0
        )
        return fits

    def _awake(self) -> list[ProblemId]:
        """Problems that still attract: seen lately, or founded in this run."""
        today = max((item.day for item in self.items), default=date.min)
        sleeping = {
            problem.id
            for problem in self.known
            if (today - problem.last_seen).days > self.params.sleep_days
        }
        return [problem for problem in self.centres if problem not in sleeping]

    def _found(self, loose: Rows) -> None:
        """New problems among the leftovers: a core that is alike, then all who are typical of it."""
        cores = [rows for rows in self._clusters(loose) if self._enough(rows)]
        for _ in range(self.params.rounds):
            if not cores:
                return
            cores = [
                rows for rows in self._refined(loose, self._fused(cores)) if self._enough(rows)
            ]
        for rows in cores:
            problem = self._named(rows)
            self.new.append(problem)
            centre = self.space[rows].mean(axis=0)
            self._add(problem.key, centre, float(len(rows)))
            for row in rows:
                self.place[row], self.by[row] = problem.key, "founded"
                self.score[row] = float(self.space[row] @ centre)

    def _enough(self, rows: Rows) -> bool:
        clients = {self.items[row].client for row in rows}
        if len(rows) < self.params.fewest_contacts or len(clients) < self.params.fewest_clients:
            return False
        return True

    def _refined(self, loose: Rows, cores: list[Rows]) -> list[Rows]:
        """The cores again, each with the loose contacts that fit it best."""
        groups = [Group(self.space[rows].mean(axis=0), float(len(rows)), rows) for rows in cores]
        taken: list[list[int]] = [[] for _ in cores]
        own = {int(row): column for column, rows in enumerate(cores) for row in rows}
        for rows in _blocks(loose, BLOCK):
            fits = self._fits(rows, groups, own)
            for row, column, value in zip(rows, fits.argmax(axis=1), fits.max(axis=1), strict=True):
                if value >= 1:
                    taken[column].append(int(row))
        return sorted(
            (np.array(rows, dtype=np.intp) for rows in taken if rows),
            key=lambda rows: (-len(rows), int(rows.min())),
        )

    def _fused(self, cores: list[Rows]) -> list[Rows]:
        return cores

    def _clusters(self, loose: Rows) -> list[Rows]:
        """Average linkage; a large day piece by piece along the likeliest cause, then merged."""
        if not len(loose):
            return []
        ordered = loose[np.lexsort((loose, self._cause(loose)))] if len(loose) > PIECE else loose
        clusters: list[Rows] = []
        for piece in _blocks(ordered, PIECE):
            for rows in _average_linkage(self.space[piece], self.params.found):
                clusters.append(piece[rows])
        if len(loose) > PIECE:
            clusters = self._merged([rows for rows in clusters if len(rows) > 1])
        return sorted(clusters, key=lambda rows: (-len(rows), int(rows.min())))

    def _merged(self, clusters: list[Rows]) -> list[Rows]:
        merged: list[Rows] = []
        clusters.sort(key=lambda rows: (-len(rows), int(rows.min())))
        for some in range(0, len(clusters), PIECE):
            several = clusters[some : some + PIECE]
            means = np.vstack([self.space[rows].mean(axis=0) for rows in several])
            for joined in _average_linkage(means, self.params.found):
                merged.append(np.sort(np.concatenate([several[one] for one in joined])))
        return merged

    def _cause(self, rows: Rows) -> NDArray[np.intp]:
        """A coarse order that brings likely companions into the same piece."""
        return np.asarray(self.space[rows, DIMENSIONS:].argmax(axis=1))

    def _named(self, rows: Rows) -> NewProblem:
        members = [self.items[row] for row in rows]
        written = "\n".join(sorted(str(item.id) for item in members))
        return NewProblem(
            key="new-" + hashlib.sha256(written.encode()).hexdigest()[:12],
            thing=self._likeliest("thing", members),
            symptom=self._likeliest("symptom", members),
            topic=self._likeliest("topic", members),
            terms=self._terms(members),
        )

    def _likeliest(self, axis: str, members: Sequence[Item]) -> str:
        labels = self.params.labels.get(axis, ())
        if not labels:
            return ""
        total = np.sum([item.features.posteriors[axis] for item in members], axis=0)
        named = [
            (float(share), label)
            for share, label in zip(total, labels, strict=True)
            if label != NOTHING
        ]
        return max(named, key=lambda pair: (pair[0], pair[1]))[1]

    def _terms(self, members: Sequence[Item]) -> dict[str, tuple[str, ...]]:
        """Words that members of a language share and the rest of the window does not."""
        spread, total = self._spread()
        found = {}
        for language in sorted({item.language for item in members}):
            mine = [item for item in members if item.language == language]
            counts = Counter(term for item in mine for term in item.features.terms)
            weights = {
                term: count * float(np.log((1 + total[language]) / (1 + spread[language][term])))
                for term, count in counts.items()
                if count >= min(2, len(mine))
            }
            best = sorted(weights, key=lambda term: (-weights[term], term))[:TERMS]
            if best:
                found[language] = tuple(best)
        return found

    def _spread(self) -> tuple[dict[str, Counter[str]], Counter[str]]:
        """In how many contacts of a language each term occurs."""
        if not hasattr(self, "_counted"):
            spread: dict[str, Counter[str]] = defaultdict(Counter)
            total: Counter[str] = Counter()
            for item in self.items:
                spread[item.language].update(item.features.terms)
                total[item.language] += 1
            self._counted = spread, total
        return self._counted

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
        witnesses = rows[-WITNESSES:]
        fresh = np.array([row for row in rows if self.by[row] != "stayed"], dtype=np.intp)
        if not len(fresh):
            return
        named = self._named(witnesses)
        words = {
            language: Counter(
                term
                for row in witnesses
                if self.items[row].language == language
                for term in self.items[row].features.terms
            )
            for language in named.terms
        }
        for block in _blocks(fresh, BLOCK):
            alike = self.space[block] @ self.space[witnesses].T
            alike[block[:, None] == witnesses[None, :]] = -1
            order = np.argsort(-alike, axis=1, kind="stable")[:, :NEIGHBOURS]
            for place, row in enumerate(block):
                item = self.items[row]
                near = [column for column in order[place] if alike[place, column] > -1]
                own = set(item.features.terms)
                counts = words.get(item.language, Counter())
                shared = [term for term in named.terms.get(item.language, ()) if term in own]
                reasons[row] |= {
                    "terms": [term for term in shared if counts[term] >= 2],
                    "neighbours": [self.items[witnesses[column]].id for column in near],
                    "thing": named.thing,
                    "symptom": named.symptom,
                    "cosine": round(float(alike[place, near[0]]), 4) if near else 0.0,
                }


class Contrast:
    """What sets a group apart from the rest of the window (a linear discriminant).

    Products of whitened rows say how alike two contacts are once all that is common in this window
    is discounted. Each row is left out of the covariance that judges it.
    """

    def __init__(self, space: Floats, ridge: float) -> None:
        self.space = space
        self.mean = space.mean(axis=0) if len(space) else np.zeros(space.shape[1], np.float32)
        sample = (
            space[np.linspace(0, len(space) - 1, min(len(space), SAMPLE)).astype(np.intp)]
            if len(space)
            else space
        )
        centred = sample - self.mean
        covariance = centred.T @ centred / max(len(sample), 1)
        values, directions = np.linalg.eigh(covariance.astype(np.float64))
        self.turn = (directions / np.sqrt(np.maximum(values, 0) + ridge)).astype(np.float32)
        self.rows = (space - self.mean) @ self.turn
        self.norms = (self.rows * self.rows).sum(axis=1)
        self.leave = 1 / np.maximum(1 - self.norms / max(len(sample), 1), 0.1)

    def profile(self, centre: Floats, count: float, rows: Rows) -> tuple[Floats, float, float]:
        """Whitened centre, how alike its members are to each other, and how many they are."""
        turned = (centre - self.mean) @ self.turn
        norms = float(self.norms[rows].mean()) if len(rows) else float(self.norms.mean())
        leave = float(self.leave[rows].mean()) if len(rows) else float(self.leave.mean())
        count = max(count, 2.0)
        cohesion = leave * (count * float(turned @ turned) - norms) / (count - 1)
        return turned, max(cohesion, 1e-3), count

    def coherence(self, rows: Rows) -> float:
        return self.profile(self.space[rows].mean(axis=0), float(len(rows)), rows)[1]

    def typical(self, rows: Rows, profiles, own: Mapping[int, int] | None = None) -> Floats:
        """How typical (n, p) each row is: 0 as anybody, 1 as the members on average."""
        turned = np.vstack([profile[0] for profile in profiles])
        cohesion = np.array([profile[1] for profile in profiles], np.float32)
        scores = self.rows[rows] @ turned.T
        for place, row in enumerate(rows):
            column = own.get(int(row)) if own else None
            if column is not None:
                count = profiles[column][2]
                scores[place, column] = (count * scores[place, column] - self.norms[row]) / (
                    count - 1
                )
        return scores * self.leave[rows][:, None] / cohesion

    def across(self, centres: Floats, profiles) -> Floats:
        turned = np.vstack([profile[0] for profile in profiles])
        cohesion = np.array([profile[1] for profile in profiles], np.float32)
        return (turned @ turned.T) * float(self.leave.mean()) / cohesion


def represent(items: Sequence[Item], params: Params) -> Floats:
    """Rows (n, d) of at most unit length whose product is how alike two contacts are."""
    blocks = {
        "vector": _meanings(items),
        **{axis: _causes(items, axis, params.labels[axis]) for axis in params.axes},
        "concepts": _concepts(items),
    }
    weights = {name: params.weights.get(name, 0.0) for name in blocks}
    total = sum(weights.values())
    return np.hstack(
        [block * np.float32(np.sqrt(weights[name] / total)) for name, block in blocks.items()]
    )


def _meanings(items: Sequence[Item]) -> Floats:
    """Encoder vectors without what a whole language shares; hashed words where there is none."""
    meanings = np.zeros((len(items), DIMENSIONS), dtype=np.float32)
    languages = np.array([item.language for item in items])
    for row, item in enumerate(items):
        if item.features.vector is not None:
            meanings[row] = item.features.vector
    seen = np.any(meanings, axis=1)
    for language in LANGUAGES:
        meanings[(languages == language) & seen] -= language_mean(language)
    for row in np.flatnonzero(~seen):
        for term in items[row].features.terms:
            place = zlib.crc32(f"{items[row].language} {term}".encode())
            meanings[row, place % DIMENSIONS] += 1 if place >> 31 else -1
    return _unit(meanings)


def _causes(items: Sequence[Item], axis: str, labels: Sequence[str]) -> Floats:
    """Square roots of the posteriors: products are Bhattacharyya's, less where nothing is wrong."""
    kept = [column for column, label in enumerate(labels) if label != NOTHING]
    causes = np.zeros((len(items), len(labels)), dtype=np.float32)
    for row, item in enumerate(items):
        causes[row] = item.features.posteriors[axis]
    return np.sqrt(causes[:, kept])


def _concepts(items: Sequence[Item]) -> Floats:
    place = {name: column for column, name in enumerate(concepts.weights())}
    named = np.zeros((len(items), len(place)), dtype=np.float32)
    for row, item in enumerate(items):
        for name in item.features.concepts:
            named[row, place[name]] = concepts.weights()[name]
    return _unit(named)


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.maximum(lengths, np.float32(1e-6))


@cache
def language_mean(language: str) -> Floats:
    """The mean vector of a language: what its texts share only because of the language."""
    stored = json.loads((files("classifiers") / "data" / "language_means.json").read_text("utf-8"))
    written = base64.b64decode(stored["means"][language])
    return np.frombuffer(written, dtype="<f2").astype(np.float32)


def _average_linkage(space: Floats, closeness: float) -> list[Rows]:
    """Clusters of rows whose average product is at least `closeness`."""
    if len(space) < 2:
        return [np.arange(len(space), dtype=np.intp)] if len(space) else []
    apart = 1 - space @ space.T
    np.fill_diagonal(apart, 0)
    np.maximum(apart, 0, out=apart)
    merges = linkage(squareform(apart, checks=False), "average")
    named = fcluster(merges, 1 - closeness, "distance")
    order = np.argsort(named, kind="stable")
    return list(np.split(order, np.flatnonzero(np.diff(named[order])) + 1))


def _heads(same: Sequence[tuple[ProblemId, ProblemId]]) -> dict[ProblemId, ProblemId]:
    """For each problem that people declared one with another, the one that lives on: the first."""
    head: dict[ProblemId, ProblemId] = {}

    def top(problem: ProblemId) -> ProblemId:
        while problem in head and head[problem] != problem:
            problem = head[problem]
        return problem

    for first, second in same:
        kept, lost = top(first), top(second)
        if kept != lost:
            head[lost] = kept
    return {problem: top(problem) for problem in head}


def _centre(mean: Floats, count: float) -> bytes:
    remembered = np.float32(min(count, LONGEST_MEMORY))
    return np.concatenate([[remembered], mean]).astype("<f4").tobytes()


def _remembered(centre: bytes) -> tuple[Floats, float] | None:
    if len(centre) < 8 or len(centre) % 4:
        return None
    values = np.frombuffer(centre, dtype="<f4").astype(np.float32)
    return values[1:], float(values[0])


def _blocks(rows: Rows, size: int) -> Iterator[Rows]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
