"""CIDEr (Vedantam et al. 2015, arXiv 1411.5726) of every picture, with document frequencies from any set of pictures.

The formula is that of pycocoevalcap's scorer: n-grams up to four, clipped counts, a Gaussian penalty of the lengths
with sigma 6, times ten. Only where the document frequencies come from is free: few pictures make every word look rare.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ngram = tuple[str, ...]
LONGEST = 4
SIGMA = 6.0


def ngrams(sentence: str) -> Counter[Ngram]:
    """Counts of the n-grams of a tokenised sentence."""
    words = sentence.split()
    return Counter(
        tuple(words[start : start + n]) for n in range(1, LONGEST + 1) for start in range(len(words) - n + 1)
    )


@dataclass(frozen=True)
class DocumentFrequencies:
    """In how many pictures' references an n-gram occurs."""

    counts: Mapping[Ngram, int]
    pictures: int

    @classmethod
    def of(cls, references: Iterable[Sequence[str]]) -> DocumentFrequencies:
        """Counted over the tokenised references of these pictures."""
        counts: Counter[Ngram] = Counter()
        pictures = 0
        for sentences in references:
            counts.update({ngram for sentence in sentences for ngram in ngrams(sentence)})
            pictures += 1
        return cls(counts, pictures)

    def weight(self, ngram: Ngram) -> float:
        """Inverse document frequency; what no picture has counts as if one had it."""
        return math.log(self.pictures) - math.log(max(1, self.counts.get(ngram, 0)))


@dataclass(frozen=True)
class _Vector:
    """A sentence as weighted n-grams."""

    weights: tuple[dict[Ngram, float], ...]
    """One table for each length of n-gram."""
    norms: tuple[float, ...]
    bigrams: int
    """The length of the sentence, as the scorer measures it."""

    @classmethod
    def of(cls, sentence: str, frequencies: DocumentFrequencies) -> _Vector:
        counts = ngrams(sentence)
        weights: tuple[dict[Ngram, float], ...] = tuple({} for _ in range(LONGEST))
        for ngram, count in counts.items():
            weights[len(ngram) - 1][ngram] = count * frequencies.weight(ngram)
        norms = tuple(math.sqrt(sum(w * w for w in table.values())) for table in weights)
        return cls(weights, norms, sum(count for ngram, count in counts.items() if len(ngram) == 2))

    def similarity(self, reference: _Vector) -> float:
        """Mean over the lengths of n-grams."""
        total = 0.0
        for mine, theirs, *norms in zip(self.weights, reference.weights, self.norms, reference.norms, strict=True):
            product = sum(min(w, theirs[ngram]) * theirs[ngram] for ngram, w in mine.items() if ngram in theirs)
            total += product / (norms[0] * norms[1]) if all(norms) else product
        penalty = math.exp(-((self.bigrams - reference.bigrams) ** 2) / (2 * SIGMA**2))
        return penalty * total / LONGEST


@dataclass(frozen=True)
class CiderReferences:
    """The references of one picture, made ready to score many sentences."""

    vectors: tuple[_Vector, ...]
    frequencies: DocumentFrequencies

    @classmethod
    def of(cls, references: Sequence[str], frequencies: DocumentFrequencies) -> CiderReferences:
        """Tokenised sentences, words parted by spaces."""
        return cls(tuple(_Vector.of(reference, frequencies) for reference in references), frequencies)

    def score(self, candidate: str) -> float:
        """CIDEr of a tokenised sentence."""
        vector = _Vector.of(candidate, self.frequencies)
        return 10.0 * sum(vector.similarity(reference) for reference in self.vectors) / len(self.vectors)


def cider(
    candidates: Sequence[str], references: Sequence[Sequence[str]], frequencies: DocumentFrequencies
) -> NDArray[np.float64]:
    """The score of each picture `(n,)`; sentences are tokenised, words parted by spaces."""
    pairs = zip(candidates, references, strict=True)
    return np.array([CiderReferences.of(known, frequencies).score(candidate) for candidate, known in pairs])
