"""Texts as numbers: weighted terms (words, letters, notions) beside the encoder's vectors.

The vocabulary never holds an identifier: digits are gone before counting, a term that only one
person uses is not kept, and neither is one that is written as names are, however many bear it.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]
from sklearn.base import BaseEstimator, TransformerMixin  # type: ignore[import-untyped]
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer  # type: ignore[import-untyped]

from classifiers import notions
from classifiers.ordinary import frequent_names, written_as_names

Floats = NDArray[np.float32]

SHARPNESS = 2.5
"""Of the likeness of two vectors, exp(sharpness * (cosine - 1))."""
VECTOR_WEIGHT = 2.0
TERM_WEIGHT = 0.5
"""Of words and of letter sequences alike."""
NOTION_WEIGHT = 0.2
ROWS_AT_ONCE = 1_000
WORDS = (1, 3)
LETTERS = (2, 5)
ENOUGH_CLIENTS = 5
ENOUGH_TEXTS = 2
MOST_KNOWN_WORDS = 50_000


class Terms(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """TF-IDF of words or letter sequences over a vetted vocabulary; rows have unit length."""

    def __init__(
        self,
        analyzer: str = "word",
        ngram_range: tuple[int, int] = (1, 2),
        min_texts: int = ENOUGH_TEXTS,
        most: int = 60_000,
    ) -> None:
        self.analyzer = analyzer
        self.ngram_range = ngram_range
        self.min_texts = min_texts
        self.most = most

    def fit(
        self,
        texts: Sequence[str],
        clients: Sequence[str | None] | None = None,
        names: frozenset[str] = frozenset(),
    ) -> Self:
        """`names` are words that look like names in these texts; frequent ones are known."""
        counter = self._counter(None)
        counts = counter.fit_transform(texts)
        written = np.asarray(counter.get_feature_names_out(), dtype=object)
        kept = np.flatnonzero(self._common(counts, clients))
        known = names | frequent_names()
        kept = kept[[_names_nobody(term, known) for term in written[kept]]]
        if len(kept) > self.most:
            spread = np.asarray((counts[:, kept] > 0).sum(axis=0)).ravel()
            kept = np.sort(kept[np.argsort(-spread, kind="stable")[: self.most]])
        if not len(kept):
            return self.restore([], np.zeros(0, np.float32))
        weights = TfidfTransformer(sublinear_tf=True).fit(counts[:, kept])
        return self.restore(written[kept].tolist(), weights.idf_)

    def restore(self, vocabulary: Sequence[str], idf: NDArray[np.floating]) -> Self:
        """Become what `fit` learned: the vocabulary in order and its weights."""
        self.vocabulary_ = list(vocabulary)
        self.idf_ = np.asarray(idf, dtype=np.float32)
        if self.vocabulary_:
            self._fitted = self._counter({term: place for place, term in enumerate(vocabulary)})
            self._analyze = self._fitted.build_analyzer()
            self._known_words: dict[str, list[int]] = {}
            self._weights = TfidfTransformer(sublinear_tf=True)
            self._weights.idf_ = self.idf_
        return self

    def transform(self, texts: Sequence[str]) -> sparse.csr_matrix:
        if not self.vocabulary_ or not len(texts):
            return sparse.csr_matrix((len(texts), len(self.vocabulary_)), dtype=np.float32)
        return self._weights.transform(self._counts(texts)).astype(np.float32)

    def weights_of(self, words: Sequence[str]) -> sparse.csr_matrix:
        """The unnormalised weight that each single word brings to a text."""
        if not self.vocabulary_ or not len(words):
            return sparse.csr_matrix((len(words), len(self.vocabulary_)), dtype=np.float32)
        counts = self._counts(words)
        return counts.multiply(self.idf_[None, :]).tocsr()

    def _counts(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """How often each term occurs; letters stay inside a word, so each word is cut up once."""
        if self.analyzer != "char_wb":
            return self._fitted.transform(texts).astype(np.float32)
        places, ends = array("i"), [0]
        for text in texts:
            for word in text.split():
                places.extend(self._letters_of(word))
            ends.append(len(places))
        ones = np.ones(len(places), dtype=np.float32)
        shape = len(texts), len(self.vocabulary_)
        counts = sparse.csr_matrix((ones, np.asarray(places, dtype=np.int32), ends), shape)
        counts.sum_duplicates()
        return counts

    def _letters_of(self, word: str) -> list[int]:
        known = self._known_words.get(word)
        if known is None:
            if len(self._known_words) >= MOST_KNOWN_WORDS:
                self._known_words.clear()
            vocabulary = self._fitted.vocabulary
            known = [vocabulary[term] for term in self._analyze(word) if term in vocabulary]
            self._known_words[word] = known
        return known

    def _counter(self, vocabulary: dict[str, int] | None) -> CountVectorizer:
        return CountVectorizer(
            analyzer=self.analyzer,
            ngram_range=self.ngram_range,
            lowercase=False,
            token_pattern=r"(?u)\b[^\W\d_]+\b" if self.analyzer == "word" else None,
            vocabulary=vocabulary,
            dtype=np.float32,
        )

    def _common(
        self, counts: sparse.csr_matrix, clients: Sequence[str | None] | None
    ) -> NDArray[np.bool_]:
        """Terms of at least `min_texts` invented texts, or of five different clients."""
        names = [None] * counts.shape[0] if clients is None else list(clients)
        present = (counts > 0).astype(np.float32)
        invented = np.array([name is None for name in names])
        common = np.asarray(present[invented].sum(axis=0)).ravel() >= self.min_texts
        people = sorted({name for name in names if name is not None})
        if people:
            place = {name: row for row, name in enumerate(people)}
            rows = [place[name] for name in names if name is not None]
            columns = np.flatnonzero(~invented)
            who = sparse.csr_matrix(
                (np.ones(len(rows), np.float32), (rows, columns)), (len(people), len(names))
            )
            using = np.asarray(((who @ present) > 0).sum(axis=0)).ravel()
            common |= using >= ENOUGH_CLIENTS
        return np.asarray(common, dtype=np.bool_)


def _names_nobody(term: str, names: frozenset[str]) -> bool:
    """Whether no word of a term, and no whole run of letters, is a name."""
    return names.isdisjoint(term.split())


@dataclass(frozen=True, slots=True)
class Block:
    """Some texts as the classifier sees them: `terms` sparse (n, t), `vectors` (n, 512) or None."""

    terms: sparse.csr_matrix
    vectors: Floats | None

    def __len__(self) -> int:
        return int(self.terms.shape[0])

    def rows(self, chosen: NDArray[np.intp]) -> "Block":
        vectors = None if self.vectors is None else self.vectors[chosen]
        return Block(self.terms[chosen], vectors)


class Features(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Words, letter sequences and notions side by side, each of unit length times its weight."""

    def __init__(self, min_texts: int = ENOUGH_TEXTS, most_terms: int = 40_000) -> None:
        self.min_texts = min_texts
        self.most_terms = most_terms

    def fit(
        self,
        texts: Sequence[str],
        clients: Sequence[str | None] | None = None,
        written: Sequence[str] = (),
        languages: Sequence[str] | None = None,
    ) -> Self:
        """`written` are the texts with their capitals: what shows which words are names. Without
        their `languages` a notion's stem counts in each text."""
        names = written_as_names(written)
        self.words_ = Terms("word", WORDS, self.min_texts, self.most_terms)
        self.words_.fit(texts, clients, names)
        self.letters_ = Terms("char_wb", LETTERS, self.min_texts, self.most_terms)
        self.letters_.fit(texts, clients, names)
        found = sparse.csr_matrix(notions.found(texts, languages))
        self.notion_idf_ = TfidfTransformer().fit(found).idf_.astype(np.float32)
        return self

    def restore(self, words: Terms, letters: Terms, notion_idf: NDArray[np.floating]) -> Self:
        self.words_, self.letters_ = words, letters
        self.notion_idf_ = np.asarray(notion_idf, dtype=np.float32)
        return self

    def transform(
        self, texts: Sequence[str], languages: Sequence[str] | None = None
    ) -> sparse.csr_matrix:
        named = notions.found(texts, languages) * self.notion_idf_
        lengths = np.linalg.norm(named, axis=1, keepdims=True)
        return _beside(
            self.words_.transform(texts),
            self.letters_.transform(texts),
            sparse.csr_matrix(named / np.where(lengths > 0, lengths, 1)),
        )

    def weights_of(self, words: Sequence[str], language: str) -> sparse.csr_matrix:
        """What each single word brings to a text, before lengths are made equal."""
        return _beside(
            self.words_.weights_of(words),
            self.letters_.weights_of(words),
            sparse.csr_matrix(notions.found(words, [language] * len(words)) * self.notion_idf_),
        )


def _beside(
    words: sparse.csr_matrix, letters: sparse.csr_matrix, named: sparse.csr_matrix
) -> sparse.csr_matrix:
    root = np.float32(np.sqrt(TERM_WEIGHT))
    blocks = [words * root, letters * root, named * np.float32(np.sqrt(NOTION_WEIGHT))]
    return sparse.hstack(blocks, format="csr", dtype=np.float32)


def likeness(some: Block, others: Block) -> Floats:
    """How alike two sets of texts are, (n, m): shared terms plus closeness of meaning."""
    alike = np.empty((len(some), len(others)), dtype=np.float32)
    across = others.terms.T.tocsr()
    for start in range(0, len(some), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        alike[rows] = (some.terms[rows] @ across).toarray()
        if some.vectors is not None and others.vectors is not None:
            alike[rows] += meaning(some.vectors[rows], others.vectors)
    return alike


def meaning(some: Floats, others: Floats) -> Floats:
    near = some @ others.T
    near -= np.float32(1)
    near *= np.float32(SHARPNESS)
    np.exp(near, out=near)
    near *= np.float32(VECTOR_WEIGHT)
    return near
