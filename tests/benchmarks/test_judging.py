"""Figures are counted as they are explained, and a missed bar is shown."""

import pytest

from benchmarks._bars import Bar, bars
from benchmarks._judging import Answer, confusions, decisions, figures, kept_promise, parts
from benchmarks._keywords import by_keywords
from benchmarks._tables import markdown, number
from classifiers.engine import Decision, Example

ENOUGH = 50
"""Answers, to choose a cut on."""


def test_a_suggestion_is_right_when_the_true_topic_is_among_those_offered():
    said = [
        told("deferral", "exemption", "deferral", decision=Decision.SUGGEST),
        told("deferral", "exemption", "deferral", decision=Decision.PRESELECT),
        told("deferral", "deferral", decision=Decision.AUTO),
        told("pension", "deferral", decision=Decision.AUTO),
    ]

    found = decisions(said)

    assert found["suggest"] == {"share": 0.25, "right": 1.0, "texts": 1}
    assert found["preselect"]["right"] == 0.0
    assert found["auto"] == {"share": 0.5, "right": 0.5, "texts": 2}
    assert found["human"] == {"share": 0.0, "right": None, "texts": 0}


def test_a_subtopic_counts_only_under_the_right_topic():
    said = [
        told("deferral", "deferral", subtopic="what", meant="what"),
        told("deferral", "exemption", subtopic="what", meant="what"),
        told("deferral", "deferral", subtopic="what"),
    ]

    assert figures(said)["subtopic"] == 0.5


def test_the_margin_is_half_of_the_interval():
    found = figures([told("deferral", "deferral")] * 80 + [told("deferral", "pension")] * 20)

    assert found["topic"] == 0.8
    assert found["topic_margin"] == pytest.approx(0.0784)
    assert found["measures_f1"] == {"deferral": pytest.approx(0.8889, abs=1e-4)}


def test_each_language_has_its_own_figures():
    said = [told("deferral", "deferral", language="fr"), told("deferral", "pension", language="nl")]

    found = parts(said, lambda row: row.language)

    assert {code: one["topic"] for code, one in found.items()} == {"fr": 1.0, "nl": 0.0}


def test_a_cut_chosen_on_some_texts_is_judged_on_others():
    chosen_on = [told("deferral", "deferral", sure=0.9)] * ENOUGH
    chosen_on += [told("pension", "deferral", sure=0.5 - wrong / 100) for wrong in range(ENOUGH)]
    judged = [
        told("deferral", "deferral", sure=0.95),
        told("pension", "deferral", sure=0.92),
        told("deferral", "deferral", sure=0.48),
        told("deferral", "deferral", sure=0.3),
    ]

    # Fifty right answers pay for two wrong ones.
    assert kept_promise(chosen_on, judged) == {"cut": 0.49, "share": 0.5, "right": 0.5}


def test_the_most_frequent_confusion_comes_first():
    said = [told("pension", "deferral"), told("family", "other"), told("family", "other")]

    assert confusions(said) == [("family", "other", 2), ("pension", "deferral", 1)]


def test_the_keyword_rule_takes_the_first_measure_that_is_named():
    rows = [
        Example("Hoe vraag ik het overbruggingsrecht aan?", "bridging_right", language="nl"),
        Example("zzz", "other", language="nl"),
    ]

    assert [one.topic for one in by_keywords(rows)] == ["bridging_right", "other"]


def test_a_missed_bar_is_shown_like_the_others():
    slow = Bar("one text (ms)", 30, 31, at_most=True)
    missed = {"name": "topic in nl, learned without it", "asked": 0.7, "reached": 0.69}

    found = bars({"foreign": {"nl": {"topic": 0.69}}})

    assert not slow.met
    assert found == [{**missed, "at_most": False, "met": False}]
    assert "| topic in nl, learned without it | ≥ 70.0 % | 69.0 % | **missed** |" in markdown(
        {"bars": found}
    )
    assert number(300) == "300"


def told(
    truth: str,
    *ranked: str,
    decision: Decision = Decision.HUMAN,
    sure: float = 0.5,
    language: str = "fr",
    subtopic: str | None = None,
    meant: str | None = None,
) -> Answer:
    row = Example("Bonjour", truth, subtopic=meant, language=language)
    return Answer(row, ranked, sure, decision, language=language, subtopic=subtopic)
