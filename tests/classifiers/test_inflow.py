"""What comes in most just now is likelier, and nothing else changes."""

import numpy as np
import pytest

from classifiers.engine import Engine, Inflow, Text
from classifiers.inflow import LEAST, MOST

TOPICS = ["bridging_right", "contributions", "pension"]
EVENLY = np.full(3, 1 / 3, dtype=np.float32)
UNDECIDED = np.array([[0.4, 0.45, 0.15]], dtype=np.float32)


def test_without_an_inflow_posteriors_stay() -> None:
    assert Inflow().follow(UNDECIDED, "topic", TOPICS, EVENLY) == pytest.approx(UNDECIDED)


def test_a_flood_tips_what_was_undecided_and_rows_still_sum_to_one() -> None:
    flood = Inflow({"topic": {"bridging_right": 400.0}})
    followed = flood.follow(UNDECIDED, "topic", TOPICS, EVENLY)
    assert followed[0].argmax() == 0
    assert followed.sum(axis=1) == pytest.approx([1.0])


def test_a_flood_does_not_silence_who_says_clearly_something_else() -> None:
    flood = Inflow({"topic": {"bridging_right": 1e6}})
    clear = np.array([[0.02, 0.01, 0.97]], dtype=np.float32)
    followed = flood.follow(clear, "topic", TOPICS, EVENLY)
    assert followed[0].argmax() == 2
    factors = followed[0] / clear[0]
    assert factors[0] / factors[2] <= MOST / LEAST


def test_a_live_inflow_counts_each_text_for_those_after_it() -> None:
    live = Inflow(live=True)
    sure = np.tile(np.array([[0.98, 0.01, 0.01]], dtype=np.float32), (200, 1))
    live.follow(sure, "topic", TOPICS, EVENLY)
    assert live.follow(UNDECIDED, "topic", TOPICS, EVENLY)[0].argmax() == 0
    asked = Inflow()
    asked.follow(sure, "topic", TOPICS, EVENLY)
    assert asked.follow(UNDECIDED, "topic", TOPICS, EVENLY)[0].argmax() == 1


def test_the_engine_s_raw_posteriors_stay_as_they_are(engine: Engine) -> None:
    text = Text("Beste, er is deze maand weer niets op mijn rekening gekomen van jullie")
    alone = engine.classify([text])[0]
    flood = engine.classify([text], Inflow({"topic": {"bridging_right": 500.0}}))[0]
    assert flood.posteriors["topic"] == pytest.approx(alone.posteriors["topic"])
    assert alone.topic == flood.topic == "bridging_right"
    assert flood.topic_confidence > alone.topic_confidence


def test_a_private_topic_is_never_made_less_likely() -> None:
    labels = ["bridging_right", "incapacity"]
    flood = Inflow({"topic": {"bridging_right": 1000.0}})
    ill = np.array([[0.15, 0.85]], dtype=np.float32)
    followed = flood.follow(ill, "topic", labels, np.full(2, 0.5, dtype=np.float32))
    assert followed[0].argmax() == 1
    unprotected = Inflow({"topic": {"bridging_right": 1000.0}}, heard=())
    followed = unprotected.follow(ill, "topic", labels, np.full(2, 0.5, dtype=np.float32))
    assert followed[0].argmax() == 0
