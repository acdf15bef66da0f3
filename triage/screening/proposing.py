"""Cards that may be one: proposed to people, with what they share; never joined by themselves.

What people have answered, or declared same or different, is not asked again.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from classifiers import concepts, groups
from classifiers.space import Space
from classifiers.text import vocabulary_form
from models.likeness import Likeness
from models.memory import Memory
from models.problem import Constraint, Problem, ProblemState

MOST = 20
"""Pairs that are kept, the likeliest: the board shows the first few."""


def propose(
    result: groups.Grouping,
    cards: Mapping[groups.ProblemId, int],
    memories: Mapping[int, Memory],
    space: Space,
    at: datetime,
) -> None:
    """Renew what stands proposed: the likeliest pairs of this run, and no others."""
    answered = {
        frozenset((one.problem_id, one.other_problem_id or 0))
        for one in Constraint.in_force()
        if one.kind in ("same", "different")
    }
    pairs: dict[tuple[int, int], float] = {}
    for first, second in result.alike:
        one, other = memories[cards[first]], memories[cards[second]]
        pair = one.id, other.id
        if frozenset(pair) not in answered and asked_about(one) and asked_about(other):
            pairs[pair] = closeness(result.centres[first], result.centres[second], space)
    likeliest = sorted(pairs, key=lambda pair: (-pairs[pair], pair))[:MOST]
    problems = Problem.several({one for pair in likeliest for one in pair})
    Likeness.withdraw(likeliest)
    for first_id, second_id in likeliest:
        Likeness.propose(
            problems[first_id],
            problems[second_id],
            round(pairs[(first_id, second_id)], 4),
            evidence(memories[first_id], memories[second_id]),
            at,
        )


def asked_about(memory: Memory) -> bool:
    away = (ProblemState.NOT_A_PROBLEM, ProblemState.ARCHIVED)
    return memory.merged_into_id is None and memory.state not in away


def closeness(one: bytes, other: bytes, space: Space) -> float:
    """How alike contacts of the one are to contacts of the other, on average; 0 to 1."""
    first, second = space.read(one), space.read(other)
    if first is None or second is None:
        return 0.0
    return max(0.0, min(1.0, float(first[0] @ second[0])))


def evidence(one: Memory, other: Memory) -> dict[str, Any]:
    """What the two have in common, and in what they differ."""
    shared: dict[str, Any] = {
        "things": _both(one.thing, other.thing),
        "symptoms": _both(one.symptom, other.symptom),
        "topics": _both(one.topic_id, other.topic_id),
        "languages": sorted({*one.terms, *other.terms}),
        "terms": _common_words(one, other),
        "concepts": [name for name in _concepts(one) if name in set(_concepts(other))],
    }
    for axis in ("thing", "symptom", "stage"):
        if getattr(one, axis) and getattr(one, axis) == getattr(other, axis):
            shared[axis] = getattr(one, axis)
    return shared


def _both(one: str | None, other: str | None) -> list[str]:
    return list(dict.fromkeys(value for value in (one, other) if value))


def _common_words(one: Memory, other: Memory) -> dict[str, list[str]]:
    words = {
        language: [word for word in said if word in other.terms.get(language, ())]
        for language, said in one.terms.items()
    }
    return {language: common for language, common in words.items() if common}


def _concepts(memory: Memory) -> list[str]:
    """What its words speak of, whatever their language."""
    return [
        name
        for language, words in sorted(memory.terms.items())
        for name in concepts.named(map(vocabulary_form, words), language)
    ]
