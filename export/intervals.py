"""How far chance goes: 95 % bootstrap intervals of all figures over the pictures (Koehn 2004, EMNLP, section 4)."""

from __future__ import annotations

import numpy as np

from export.metrics import PictureScores

RESAMPLES = 1000
BOUNDS = (2.5, 97.5)
"""Percentiles."""


def intervals(scores: PictureScores, seed: int = 0) -> dict[str, tuple[float, float]]:
    """Lower and upper bound of each figure, from sets of pictures drawn with replacement.

    Document frequencies stay those of the whole set.
    """
    pictures = len(scores.bleu_counts)
    draws = np.random.default_rng(seed).multinomial(pictures, np.full(pictures, 1 / pictures), size=RESAMPLES)
    found = scores.figures(draws.astype(np.float64))
    bounds = {name: np.percentile(values, BOUNDS) for name, values in found.items()}
    return {name: (float(low), float(high)) for name, (low, high) in bounds.items()}
