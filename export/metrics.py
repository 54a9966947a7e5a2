"""The caption metrics of the field, by pycocoevalcap: PTB tokeniser, BLEU, METEOR, ROUGE-L and CIDEr. Needs Java.

Every figure is kept as what each picture adds to it, so that resampling pictures tells how far chance goes.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from desktop_app.errors import UsageError
from export.cider import DocumentFrequencies, cider
from export.meteor import MeteorScorer
from export.tokens import tokenize

Captions = Mapping[int, Sequence[str]]
Floats = NDArray[np.float64]
ORDERS = 4


@dataclass(frozen=True)
class PictureScores:
    """What each of n pictures adds to the figures of a set."""

    bleu_counts: Floats
    """`(n, 10)`: matches of the four lengths of n-grams, n-grams of the four lengths, words, those of the closest."""
    means: dict[str, Floats] = field(default_factory=dict)
    """Figures that are the mean of `(n,)` values."""
    meteor_counts: Floats | None = None
    """`(n, 23)`: the statistics that METEOR adds up before it computes its score."""
    meteor: MeteorScorer | None = None

    def figures(self, weights: Floats | None = None) -> dict[str, Floats]:
        """Each figure `(k,)` for k ways of weighting the pictures `(k, n)`; without weights each counts once."""
        whole = weights is None
        if weights is None:
            weights = np.ones((1, len(self.bleu_counts)))
        result = {f"bleu{n}": values for n, values in enumerate(bleu(weights @ self.bleu_counts), 1)}
        if self.meteor and self.meteor_counts is not None:
            total = [self.meteor.total()] if whole else self.meteor.scores(weights @ self.meteor_counts)
            result["meteor"] = np.asarray(total)
        return result | {name: weights @ values / weights.sum(1) for name, values in self.means.items()}

    def close(self) -> None:
        """End METEOR's program."""
        if self.meteor:
            self.meteor.close()


def bleu(counts: Floats) -> Floats:
    """BLEU-1..4 `(4, k)` from summed counts `(k, 10)` (Papineni et al. 2002; the scorer's guards against zero)."""
    matches, guesses, words, closest = counts[:, :4], counts[:, 4:8], counts[:, 8], counts[:, 9]
    precisions = (matches + 1e-15) / (guesses + 1e-9)
    ratio = (words + 1e-15) / (closest + 1e-9)
    brevity = np.where(ratio < 1, np.exp(1 - 1 / ratio), 1.0)
    orders = np.arange(1, ORDERS + 1)
    return (np.cumprod(precisions, axis=1) ** (1 / orders) * brevity[:, None]).T


def bleu_counts(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> Floats:
    """The scorer's counts of tokenised sentences, `(n, 10)`."""
    from pycocoevalcap.bleu.bleu_scorer import cook_refs, cook_test

    rows = []
    for candidate, known in zip(candidates, references, strict=True):
        counts = cook_test(candidate, cook_refs(known), eff="closest")
        rows.append([*counts["correct"], *counts["guess"], counts["testlen"], counts["reflen"]])
    return np.array(rows, dtype=np.float64).reshape(-1, 2 * ORDERS + 2)


def quick_scores(candidates: Mapping[int, str], references: Captions) -> dict[str, float]:
    """BLEU-4 and CIDEr with our own tokeniser, without Java: for choosing on val while training."""
    scores = score_pictures(list(candidates.values()), [references[key] for key in candidates], quick=True)
    figures = scores.figures()
    return {name: float(figures[name][0]) for name in ("bleu4", "cider")}


def score_pictures(
    candidates: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    training: Sequence[Sequence[str]] = (),
    quick: bool = False,
) -> PictureScores:
    """Score one sentence a picture. With the captions of training pictures there is also `cider_training`.

    `quick` uses our own tokeniser, and leaves out METEOR and ROUGE-L. Raises `UsageError` where Java is missing.
    """
    everything = [*([candidate] for candidate in candidates), *references, *training]
    tokenised = _own_tokens(everything) if quick else ptb_tokens(everything)
    n = len(candidates)
    found = [sentences[0] for sentences in tokenised[:n]]
    known, others = tokenised[n : 2 * n], tokenised[2 * n :]
    means = {} if quick else {"rouge_l": _rouge(found, known)}
    means["cider"] = _cider(found, known)
    if others:
        means["cider_training"] = cider(found, known, DocumentFrequencies.of(others))
    if quick:
        return PictureScores(bleu_counts(found, known), means)
    meteor = MeteorScorer()
    return PictureScores(bleu_counts(found, known), means, meteor.statistics(found, known), meteor)


def _own_tokens(captions: Iterable[Sequence[str]]) -> list[list[str]]:
    return [[" ".join(tokenize(sentence)) for sentence in sentences] for sentences in captions]


def ptb_tokens(captions: Iterable[Sequence[str]]) -> list[list[str]]:
    """By the PTB tokeniser, all in one run: starting Java is what takes time."""
    from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

    rows = {k: [{"caption": sentence} for sentence in sentences] for k, sentences in enumerate(captions)}
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            return list(PTBTokenizer().tokenize(rows).values())
    except FileNotFoundError as error:
        raise UsageError(
            "The metrics need Java: install a Java runtime, or ask for BLEU and CIDEr only with --quick."
        ) from error


def _rouge(found: Sequence[str], known: Sequence[Sequence[str]]) -> Floats:
    from pycocoevalcap.rouge.rouge import Rouge

    return np.asarray(Rouge().compute_score(dict(enumerate(known)), {k: [text] for k, text in enumerate(found)})[1])


def _cider(found: Sequence[str], known: Sequence[Sequence[str]]) -> Floats:
    """With the document frequencies of these references."""
    from pycocoevalcap.cider.cider import Cider

    return np.asarray(Cider().compute_score(dict(enumerate(known)), {k: [text] for k, text in enumerate(found)})[1])
