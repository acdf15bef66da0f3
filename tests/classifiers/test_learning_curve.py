"""How much of a topic is found, by whom it was not learned from."""

import numpy as np
import pytest

from classifiers.engine import Engine, Example, HeldOut, Text
from classifiers.learning_curve import found, with_few
from classifiers.starter import starter


def held_out(answers: list[tuple[str, str]]) -> HeldOut:
    """(truth, told) of each example in order; the second idea is always `other`."""
    count = len(answers)
    ones = np.ones(count, dtype=np.float32)
    return HeldOut(
        places=np.arange(count),
        language=["fr"] * count,
        truth=[truth for truth, _ in answers],
        told=[told for _, told in answers],
        ranked=[(told, "other", "pension") for _, told in answers],
        confidence=ones,
        familiar=ones,
        intent_truth=[""] * count,
        intent_told=[""] * count,
        intent_confidence=ones,
    )


def test_it_says_which_share_of_a_topic_was_found_and_what_was_wrongly_given_to_it() -> None:
    told = [("bonus", "bonus"), ("bonus", "deferral"), ("deferral", "bonus"), ("other", "other")]
    seen = found(held_out(told), "bonus")
    assert seen is not None
    assert (seen.texts, seen.found, seen.shown, seen.right) == (2, 0.5, 0.5, 0.5)


def test_the_first_three_ideas_count_as_shown() -> None:
    seen = found(held_out([("other", "deferral"), ("other", "other")]), "other")
    assert seen is not None
    assert (seen.found, seen.shown) == (0.5, 1.0)


def test_only_the_named_examples_are_asked() -> None:
    told = [("bonus", "deferral"), ("bonus", "bonus")]
    seen = found(held_out(told), "bonus", places={1})
    assert seen is not None
    assert (seen.texts, seen.found) == (1, 1.0)


def test_a_topic_without_a_measured_text_has_no_figure() -> None:
    assert found(held_out([("deferral", "deferral")]), "bonus") is None


@pytest.mark.parametrize("count", [5, 20, 50])
def test_few_examples_come_from_few_authors_and_others_judge(count: int) -> None:
    learned, judges = with_few(starter(), "cessation", count)
    few = [row for row in learned if row.topic == "cessation"]
    assert len(few) == count
    assert len({row.source for row in few}) <= 4
    assert judges and not {row.source for row in few} & {row.source for row in judges}
    assert {row.topic for row in judges} == {"cessation"}


def test_with_no_example_the_topic_is_gone() -> None:
    learned, judges = with_few(starter(), "cessation", 0)
    assert not [row for row in learned if row.topic == "cessation"]
    assert len(learned) + len(judges) == len(starter())


def test_more_examples_find_more() -> None:
    """On a small training: three topics, one of them with 5 and with 40 examples."""
    pool = [row for row in starter() if row.topic in {"deferral", "pension", "family"}]
    shares = []
    for count in (5, 40):
        learned, judges = with_few([*pool[::4], *of_family(pool)], "family", count)
        engine = Engine.train(learned, use_encoder=False)
        opinions = engine.classify([_text(row) for row in judges[:60]])
        shares.append(sum(opinion.topic == "family" for opinion in opinions))
    assert shares[1] > shares[0]


def of_family(pool: list[Example]) -> list[Example]:
    return [row for place, row in enumerate(pool) if row.topic == "family" and place % 4]


def _text(row: Example) -> Text:
    return Text(row.text, row.subject, row.channel)
