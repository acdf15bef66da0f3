import hashlib

import pytest

from benchmarks import _streams

NAMES = ["development_1", "development_2", "frozen_1", "frozen_2"]


def test_the_frozen_streams_are_what_they_were():
    for line in (_streams.STREAMS / "frozen.sha256").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((_streams.STREAMS / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("name", NAMES)
def test_a_stream_is_as_hard_as_it_claims(name):
    rows = _streams.read(_streams.STREAMS / f"{name}.jsonl")
    planted = _streams.Told(rows, {}, {}).problems
    assert len({row["day"] for row in rows}) >= 30
    assert len(planted) >= 8
    assert all(
        {row["lang"] for row in some} == {"fr", "nl", "de", "en"} for some in planted.values()
    )
    assert sum(row["truth"] is None for row in rows) > len(rows) / 2
    assert _streams.word_cosine(planted) < 0.15


def told(*places):
    """Contacts of one client each, one a day: (truth, card)."""
    rows = [
        {"id": n, "day": n, "truth": truth, "client": str(n), "lang": "fr" if n % 2 else "nl"}
        for n, (truth, _) in enumerate(places, 1)
    ]
    stood = {n: card for n, (_, card) in enumerate(places, 1)}
    return _streams.Told(rows, stood, stood)


def test_pairs_are_counted_within_and_across_languages():
    judged = _streams.pairs(
        told(("a", 1), ("a", 1), ("a", None), (None, 1)), {1: 1, 2: 1, 3: None, 4: 1}
    )
    assert judged["all"] == "precision 0.333, recall 0.333, F1 0.333"
    assert judged["across languages"] == "precision 0.500, recall 0.500, F1 0.500"
    assert judged["within a language"] == "precision 0.000, recall 0.000, F1 0.000"


def test_a_problem_is_on_the_board_once_half_of_a_card_is_its():
    stream = told(("a", None), (None, 1), ("a", 1), ("a", 1), (None, 2), (None, 2))
    rows = stream.problems["a"]
    assert _streams.due(rows) == 4
    assert _streams.found(stream, rows) == 4
    assert _streams.false_cards(stream) == {2}


def test_identity_is_lost_when_another_card_takes_over():
    stream = told(("a", 1), ("a", 2), ("a", 2), ("a", 2))
    assert _streams.kept(stream) == "2 of 3"
