"""All figures of a set of captions: scores with intervals, things that are really there, wording, and by content."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.captioning.caption import Caption
from export.content import CONTENT, shows
from export.intervals import intervals
from export.metrics import PictureScores, score_pictures
from export.naming import naming
from export.supported import Support
from export.wording import has_repeated_bigram, is_unfinished, most_frequent_share

DIGITS = 4
BY_CONTENT = ("cider", "cider_training", "supported")


def report(
    captions: Sequence[Caption],
    references: Sequence[Sequence[str]],
    *,
    training: Sequence[Sequence[str]] = (),
    judge: Support | None = None,
    quick: bool = False,
) -> dict[str, Any]:
    """What `descry evaluate` tells of these pictures; keys whose means are missing were not asked for."""
    found = [caption.best.text for caption in captions]
    scores = score_pictures(found, references, training=training, quick=quick)
    with closing(scores):
        if judge:
            for name, strict in (("supported", False), ("supported_strict", True)):
                scores.means[name] = np.array(judge.are_supported(found, references, strict=strict), dtype=np.float64)
        return {
            "pictures": len(found),
            **wording(captions),
            **{name: round(float(values[0]), DIGITS) for name, values in scores.figures().items()},
            "intervals": {
                name: [round(low, DIGITS), round(high, DIGITS)] for name, (low, high) in intervals(scores).items()
            },
            "content": by_content(scores, references),
            "naming": naming(found, references),
        }


def wording(captions: Sequence[Caption]) -> dict[str, Any]:
    """Counts of sentences, but for the mean and the share of the most frequent one."""
    found = [caption.best.text for caption in captions]
    return {
        "distinct": len(set(found)),
        "most_frequent": round(most_frequent_share(found), DIGITS),
        "repeated_bigrams": sum(has_repeated_bigram(text) for text in found),
        "unfinished": sum(is_unfinished(caption.best.text, caption.best.hypothesis) for caption in captions),
        "mean_words": round(sum(len(text.split()) for text in found) / len(found), 2),
    }


def by_content(scores: PictureScores, references: Sequence[Sequence[str]]) -> dict[str, dict[str, float]]:
    """Figures of the pictures that show each content, those of the whole set's document frequencies."""
    shown = [shows(known) for known in references]
    result = {}
    for name in CONTENT:
        rows: NDArray[np.int64] = np.flatnonzero([name in contents for contents in shown])
        if len(rows):
            means = {key: scores.means[key][rows].mean() for key in BY_CONTENT if key in scores.means}
            result[name] = {
                "pictures": len(rows), **{key: round(float(mean), DIGITS) for key, mean in means.items()}
            }  # fmt: skip
    return result
