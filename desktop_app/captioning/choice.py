"""Choice of the sentence among the beams: the likeliest is often not the one that people would agree with most.

To the score of a hypothesis come, weighted, its likeness to what was written about similar training pictures (Devlin
et al. 2015, arXiv 1505.04467), its likeness to the other hypotheses (minimum Bayes risk: Kumar and Byrne 2004), the
probability of the words that it uses according to the encoder, and its length.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app import messages
from desktop_app.captioning.beam_search import Hypothesis
from desktop_app.captioning.model_package import ModelPackage
from desktop_app.captioning.neighbours import NEIGHBOURS, NeighbourIndex
from desktop_app.captioning.ngrams import likeness
from desktop_app.errors import ModelPackageError

Floats = NDArray[np.float32]
SIGNALS = ("score", "words", "attributes", "consensus", "neighbours")
SEEN = POOLED, ATTRIBUTES = "pooled", "attributes"
"""The encoder's outputs that are looked at."""
_SMOOTHNESS = 3.0


@dataclass(frozen=True)
class Choice:
    """Orders the hypotheses of a picture. Immutable; an answer depends on that picture alone."""

    index: NeighbourIndex
    neighbours: int
    """How many training pictures are asked."""
    weights: Mapping[str, float]
    """One for each of `SIGNALS`."""

    @classmethod
    def of(cls, package: ModelPackage) -> Choice | None:
        """As the manifest says, None if it says nothing; `ModelPackageError` when something for it is missing."""
        entry, index, folder = package.manifest.decoding.choice, package.neighbours, package.folder.name
        if entry is None:
            return None
        if index is None:
            raise ModelPackageError(messages.model_does_not_list(folder, NEIGHBOURS))
        if entry.weights.keys() != set(SIGNALS):
            raise ModelPackageError(messages.model_manifest_wrong("manifest.decoding.choice.weights"))
        outputs = package.manifest.encoder.outputs
        shapes = {name: outputs[name].shape for name in SEEN if name in outputs}
        if shapes != {POOLED: ["n", len(index.mean)], ATTRIBUTES: ["n", len(index.attributes)]}:
            raise ModelPackageError(messages.model_index_wrong(folder, NEIGHBOURS))
        return cls(index, entry.neighbours, entry.weights)

    def order(self, hypotheses: Sequence[Hypothesis], picture: Mapping[str, Floats]) -> list[Hypothesis]:
        """Best first; `picture` has the encoder's outputs of this picture, without the dimension of the batch."""
        if len(hypotheses) < 2:
            return list(hypotheses)
        signals = self.signals(hypotheses, picture)
        total = sum((self.weights[name] * signals[name] for name in SIGNALS), np.zeros(len(hypotheses)))
        return [hypotheses[k] for k in np.argsort(-total, kind="stable")]

    def signals(self, hypotheses: Sequence[Hypothesis], picture: Mapping[str, Floats]) -> dict[str, Floats]:
        """What speaks for each hypothesis, by the names of `SIGNALS`."""
        sentences = [hypothesis.words for hypothesis in hypotheses]
        return {
            "score": np.array([hypothesis.score for hypothesis in hypotheses], np.float32),
            "words": np.array([len(words) for words in sentences], np.float32),
            "attributes": self._probabilities(sentences, picture[ATTRIBUTES]),
            "consensus": likeness(sentences, self.index.frequencies) @ _chances(hypotheses),
            "neighbours": self.index.agreement(sentences, picture[POOLED], self.neighbours),
        }

    def _probabilities(self, sentences: Sequence[Sequence[int]], attributes: Floats) -> Floats:
        """Mean probability of the words that the encoder knows of, for each sentence."""
        probability = dict(zip(self.index.attributes.tolist(), attributes.tolist(), strict=True))
        known = [[probability[word] for word in words if word in probability] for words in sentences]
        return np.array([sum(values) / max(len(values), 1) for values in known], np.float32)


def _chances(hypotheses: Sequence[Hypothesis]) -> Floats:
    """How likely each hypothesis is among all, made more even, since a search finds no fair sample."""
    totals = np.array([sum(hypothesis.log_probs) for hypothesis in hypotheses], np.float32) / _SMOOTHNESS
    chances = np.exp(totals - totals.max())
    result: Floats = chances / chances.sum()
    return result
