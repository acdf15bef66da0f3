"""The contacts that teach most: unsure, unfamiliar, and never twenty times the same."""

from typing import Any

import numpy as np

from classifiers.telling import Candidate, most_telling


def candidate(key: int, **said: Any) -> Candidate:
    known: dict[str, Any] = {
        "client": f"client {key}",
        "topic": "deferral",
        "language": "fr",
        "margin": 0.5,
        "familiarity": 1.0,
        "vector": None,
    }
    return Candidate(key=key, **(known | said))


def keys(candidates: list[Candidate], count: int) -> list[int]:
    return [choice.key for choice in most_telling(candidates, count)]


def direction(*parts: float) -> Any:
    vector = np.zeros(4, dtype=np.float32)
    vector[: len(parts)] = parts
    return vector / np.linalg.norm(vector)


def test_what_stands_between_two_topics_comes_first() -> None:
    assert keys([candidate(1, margin=0.9), candidate(2, margin=0.02)], 2) == [2, 1]


def test_what_is_unlike_anything_known_comes_before_what_is_well_known() -> None:
    strange = candidate(1, familiarity=-2.0)
    known = [candidate(key, familiarity=float(key)) for key in range(2, 12)]
    chosen = most_telling([*known, strange], 1)[0]
    assert (chosen.key, chosen.unfamiliar) == (1, True)


def test_an_unsure_one_is_not_called_unfamiliar() -> None:
    pool = [candidate(1, margin=0.0, familiarity=0.1), candidate(2, familiarity=0.2)]
    assert not most_telling(pool, 1)[0].unfamiliar


def test_one_client_is_asked_about_once() -> None:
    pool = [candidate(1, client="amelie", margin=0.0), candidate(2, client="amelie", margin=0.1)]
    assert keys([*pool, candidate(3, margin=0.9)], 3) == [1, 3]


def test_the_same_words_by_many_are_asked_about_once_before_other_words() -> None:
    same = [candidate(key, margin=0.1, vector=direction(1.0, 0.01 * key)) for key in range(5)]
    other = candidate(9, margin=0.3, vector=direction(0.0, 0.0, 1.0))
    assert keys([*same, other], 2)[1] == 9


def test_the_day_is_spread_over_topics_and_languages() -> None:
    crowd = [candidate(key, margin=0.2) for key in range(10)]
    pension = candidate(20, margin=0.3, topic="pension")
    german = candidate(21, margin=0.22, language="de")
    assert {20, 21} < set(keys([*crowd, pension, german], 6))


def test_there_may_be_nothing_to_ask() -> None:
    assert most_telling([], 20) == []
    assert keys([candidate(1)], 20) == [1]
