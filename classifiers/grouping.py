"""What goes into a grouping and what comes out: contacts, what is remembered of problems, people's
word, settings, placements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self

from classifiers.encoder import NAME
from classifiers.engine import Engine
from classifiers.space import WEIGHTS, WORDS, Features, Space

ItemId = int | str
ProblemId = int | str

WORDS_WEIGHT = 0.4
"""Shared words say less than a shared meaning, and nothing across languages."""


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
