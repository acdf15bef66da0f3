"""Near-duplicates are found by runs of words, and what is already known by content words."""

import numpy as np

from benchmarks._nearness import Known, Pair, close_in_meaning, nearest, shared_runs
from benchmarks.texts import kinship, nearly_the_same, neighbours
from classifiers.engine import Example

COPY = "je voudrais reporter ma cotisation du deuxième trimestre s'il vous plaît"


def test_a_copied_sentence_is_found_and_a_set_phrase_is_not():
    texts = [
        COPY.split(),
        [*COPY.split(), "merci"],
        ["je", "voudrais", "reporter", "mon", "départ"],
    ]

    (pair,) = shared_runs(texts, 0.2)

    assert (pair.first, pair.second) == (0, 1)
    assert pair.near > 0.8


def test_a_text_shorter_than_a_run_is_one_run():
    assert shared_runs([["toujours", "rien"], ["toujours", "rien"]], 0.2) == [Pair(0, 1, 1.0)]


def test_vectors_that_point_the_same_way_are_close():
    vectors = np.array([[1, 0], [0, 1], [0.9, np.sqrt(0.19)]], dtype=np.float32)

    assert close_in_meaning(vectors, 0.8) == [Pair(0, 2, 0.9)]


def test_a_text_knows_only_the_words_of_its_own_language():
    known = Known([*fillers(), letter("koekenbakker zoekt uitstel", "nl")])

    found = known.overlap([letter("koekenbakker zoekt", "nl"), letter("koekenbakker zoekt", "de")])

    assert found.types == 0.5
    assert found.tokens == 0.5
    assert found.half_shared == 0.5


def test_frequent_words_say_nothing_of_the_matter():
    known = Known(fillers())

    assert known.content(letter("woorda woordb koekenbakker", "nl")) == ["koekenbakker"]


def test_kinship_tells_authors_from_judges():
    mine, yours = letter("a", source="starter_a"), letter("b", source="starter_b")
    judge = letter("c", source="frozen_x")

    assert kinship(mine, mine) == "one author"
    assert kinship(mine, yours) == "two authors"
    assert kinship(judge, yours) == "starter text and frozen text"
    assert kinship(judge, judge) == "among the frozen sets"


def test_a_judge_is_compared_with_what_was_learned_from_only():
    rows = [letter("a", source=source) for source in ("starter_a", "starter_b", "frozen", "frozen")]
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8], [0.8, 0.6]], dtype=np.float32)

    found = neighbours(rows[:3], vectors[:3])

    assert found == {"frozen": 0.8, "starter_a": 0.0, "starter_b": 0.0}
    assert nearest(vectors[:1], vectors[2:]) == 0.7


def test_the_worst_pairs_are_listed_with_both_texts():
    found = nearly_the_same([letter(COPY, source="starter_a"), letter(COPY, source="frozen")], None)

    (kin,) = found.values()
    assert kin["starter text and frozen text"]["pairs"] == 1
    assert COPY in kin["starter text and frozen text"]["worst"][0]


def letter(text: str, language: str = "fr", source: str = "") -> Example:
    return Example(text, "deferral", language=language, source=source)


def fillers() -> list[Example]:
    """Eighty words that everybody uses."""
    usual = " ".join(
        f"woord{chr(97 + place // 26) * (place // 26)}{chr(97 + place % 26)}" for place in range(80)
    )
    return [letter(usual, code) for code in ("nl", "nl", "de", "de")]
