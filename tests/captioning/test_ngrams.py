"""Weighted n-grams against the formula, written down word by word."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from desktop_app.captioning.ngrams import Frequencies, Ngrams, Words, likeness, unit_vectors

Plain = tuple[int, ...]
PICTURES = 10


def ngrams(words: Words, length: int) -> Counter[Plain]:
    """N-grams of one length with their counts."""
    return Counter(tuple(words[k : k + length]) for k in range(len(words) - length + 1))


def key(ngram: Plain) -> int:
    """The number of an n-gram: its words as digits to the base of 65536."""
    return sum(word << 16 * place for place, word in enumerate(reversed(ngram)))


def frequencies(counts: dict[Plain, int]) -> Frequencies:
    """A table of these counts."""
    rows = sorted((key(ngram), count) for ngram, count in counts.items())
    keys = np.array([row[0] for row in rows], np.uint64)
    return Frequencies(keys, np.array([row[1] for row in rows], np.uint16), PICTURES)


def by_the_formula(one: Words, other: Words, counts: dict[Plain, int]) -> float:
    """Mean over four lengths of the cosine of tf-idf vectors."""
    total = 0.0
    for length in range(1, 5):
        vectors = [
            {g: n * math.log(PICTURES / counts.get(g, 1)) for g, n in ngrams(words, length).items()}
            for words in (one, other)
        ]
        norms = [math.sqrt(sum(x * x for x in vector.values())) for vector in vectors]
        if all(norms):
            total += sum(x * vectors[1].get(g, 0.0) for g, x in vectors[0].items()) / norms[0] / norms[1]
    return total / 4


def test_every_ngram_is_there_once_for_each_place() -> None:
    found = Ngrams.of([(7, 8, 7, 8, 7), (9,), (), (65535, 4)])
    rows = zip(found.sentence.tolist(), found.length.tolist(), found.keys.tolist(), strict=True)
    expected = [
        (sentence, length - 1, key(ngram))
        for sentence, words in enumerate([(7, 8, 7, 8, 7), (9,), (), (65535, 4)])
        for length in range(1, 5)
        for ngram, count in ngrams(words, length).items()
        for _ in range(count)
    ]
    assert sorted(rows) == sorted(expected)


@pytest.mark.parametrize("sentences", [[], [()], [(), ()]])
def test_no_words_no_ngrams(sentences: list[Words]) -> None:
    assert len(Ngrams.of(sentences).keys) == 0
    assert likeness(sentences, frequencies({})).tolist() == [[0.0] * len(sentences)] * len(sentences)


def test_likeness_is_that_of_the_formula() -> None:
    chance = np.random.default_rng(0)
    sentences = [tuple(chance.integers(4, 9, size).tolist()) for size in (1, 3, 5, 8, 12, 20)]
    counts: dict[Plain, int] = {(4,): 10, (5,): 9, (6,): 3, (4, 5): 2, (5, 6): 4, (4, 5, 6): 2, (7, 7, 7, 7): 5}
    found = likeness(sentences, frequencies(counts))
    expected = [[by_the_formula(a, b, counts) for b in sentences] for a in sentences]
    assert found == pytest.approx(np.array(expected), abs=1e-6)
    assert found[3, 3] == pytest.approx(1.0)


def test_a_word_of_every_picture_says_nothing() -> None:
    everywhere = frequencies({(4,): PICTURES, (5,): 1})
    assert likeness([(4,), (4,)], everywhere).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert likeness([(4, 5), (6, 5)], everywhere)[0, 1] == pytest.approx(1 / math.sqrt(2) / 4)


def test_vectors_are_of_all_ngrams_in_order() -> None:
    keys, vectors = unit_vectors([(5, 4), (5,)], frequencies({(4,): PICTURES}))
    assert keys.tolist() == [4, 5, key((5, 4))]
    assert vectors.tolist() == [[0.0, 0.5, 0.5], [0.0, 0.5, 0.0]]


def test_words_that_are_not_listed_are_rare() -> None:
    table = frequencies({(5,): 2, (9,): 10})
    weights = table.weights(np.array([4, 5, 9, 60000], np.uint64))
    assert weights.tolist() == pytest.approx([math.log(10), math.log(5), 0.0, math.log(10)])
