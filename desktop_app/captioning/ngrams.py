"""Sentences as weighted n-grams of up to four words: the vectors of CIDEr, and how alike two sentences are. Numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Words = Sequence[int]
"""Word numbers of a sentence, without start and end; each fits 16 bits and none is 0."""
Keys = NDArray[np.uint64]
Vectors = NDArray[np.float32]
LONGEST = 4
_BITS = np.uint64(16)


@dataclass(frozen=True)
class Ngrams:
    """All n-grams of some sentences, one row for each place where one stands."""

    keys: Keys  # (m,) the words of an n-gram, 16 bits each, the last one lowest
    sentence: NDArray[np.int64]  # (m,)
    length: NDArray[np.int64]  # (m,) words of the n-gram, counted from 0

    @classmethod
    def of(cls, sentences: Sequence[Words]) -> Ngrams:
        """Taken apart; a key with fewer than four words has zeros in front, so that no two n-grams share one."""
        owner = np.repeat(np.arange(len(sentences)), [len(words) for words in sentences])
        flat = np.array([word for words in sentences for word in words], np.uint64)
        keys, owners, key = [], [], np.zeros(len(flat), np.uint64)
        for n in range(min(LONGEST, len(flat))):
            end = len(flat) - n
            key = (key[:end] << _BITS) | flat[n:]
            within = owner[:end] == owner[n:]
            keys.append(key[within])
            owners.append(owner[:end][within])
        lengths = np.repeat(np.arange(len(keys)), [len(part) for part in keys])
        return cls(np.concatenate([*keys, key[:0]]), np.concatenate([*owners, owner[:0]]), lengths)


@dataclass(frozen=True)
class Frequencies:
    """How many pictures have sentences with an n-gram."""

    keys: Keys  # (k,) ascending
    counts: NDArray[np.uint16]  # (k,)
    pictures: int

    def find(self, keys: Keys) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Place of each of these n-grams in the table, and whether it is there at all."""
        if not len(self.keys):
            return np.zeros(len(keys), np.int64), np.zeros(len(keys), np.bool_)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return place, self.keys[place] == keys

    def weights(self, keys: Keys) -> Vectors:
        """Inverse document frequency of these n-grams; what is not listed counts as if one picture had it."""
        counts = np.ones(len(keys), np.float32)
        place, known = self.find(keys)
        counts[known] = self.counts[place[known]]
        result: Vectors = np.log(np.float32(self.pictures)) - np.log(counts)
        return result


def unit_vectors(sentences: Sequence[Words], frequencies: Frequencies) -> tuple[Keys, Vectors]:
    """All n-grams of some sentences `(k,)`, ascending, and how much each says in each sentence `(sentences, k)`.

    These are the tf-idf vectors of CIDEr (Vedantam et al. 2015, arXiv 1411.5726), a vector for each length of n-gram,
    scaled so that the product of two sentences is the mean of the four cosines.
    """
    ngrams = Ngrams.of(sentences)
    keys, place = np.unique(ngrams.keys, return_inverse=True)
    vectors = np.zeros((len(sentences), len(keys)), np.float32)
    np.add.at(vectors, (ngrams.sentence, place), 1)
    vectors *= frequencies.weights(keys)
    length = np.zeros(len(keys), np.int64)
    length[place] = ngrams.length
    for n in range(LONGEST):
        part = vectors[:, length == n]
        norms = np.linalg.norm(part, axis=1, keepdims=True)
        vectors[:, length == n] = part / np.where(norms > 0, norms, 1) / np.sqrt(LONGEST)
    return keys, vectors


def likeness(sentences: Sequence[Words], frequencies: Frequencies) -> Vectors:
    """How alike each sentence is to each, `(sentences, sentences)`, 0 to 1."""
    _, vectors = unit_vectors(sentences, frequencies)
    result: Vectors = vectors @ vectors.T
    return result
