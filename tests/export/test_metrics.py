"""The figures of a set of captions, held against the libraries and formulas that they stand for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import numpy as np
import pytest

from desktop_app.errors import UsageError

pytest.importorskip("pycocoevalcap", reason="pycocoevalcap is not installed: run python3 start.py setup train")

from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider

from export.cider import DocumentFrequencies, cider
from export.intervals import RESAMPLES, intervals
from export.metrics import PictureScores, ptb_tokens, quick_scores, score_pictures

FOUND = [
    "a brown dog runs on the green grass",
    "two men sit on a bench",
    "a child on a red slide on a slide",
    "a dog",
    "a cat sleeps on a bed in a dark room near a window",
]
KNOWN = [
    ["a brown dog runs across the grass", "the dog is running on green grass", "dog in a field"],
    ["two old men are sitting on a bench", "a man and a woman sit in the park", "people on a bench in a park"],
    ["a girl slides down a red slide", "the child is on the slide", "child at the playground"],
    ["a black dog jumps over a fence", "the dog leaps", "a dog over a wooden fence in a garden"],
    ["a cat on a bed", "the cat sleeps", "a sleeping cat in a bedroom"],
]
TRAINING = [*KNOWN, ["a dog on a bench", "the dog"], ["a red slide"], ["a horse", "a brown horse runs on the grass"]]
"""The captions of eight pictures."""

java = pytest.mark.skipif(not shutil.which("java"), reason="there is no Java: install a Java runtime")


def as_dicts(found: list[str], known: list[list[str]]) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """The two arguments of pycocoevalcap's scorers."""
    return dict(enumerate(known)), {k: [text] for k, text in enumerate(found)}


@pytest.fixture
def full() -> Iterator[PictureScores]:
    scores = score_pictures(FOUND, KNOWN, training=TRAINING)
    yield scores
    scores.close()


def test_quick_scores_are_those_of_the_library() -> None:
    scores = quick_scores(dict(enumerate(FOUND)), dict(enumerate(KNOWN)))
    bleu, _ = Bleu(4).compute_score(*as_dicts(FOUND, KNOWN), verbose=0)
    mean, _ = Cider().compute_score(*as_dicts(FOUND, KNOWN))
    assert scores == pytest.approx({"bleu4": bleu[3], "cider": mean}, abs=1e-12)


def test_all_bleu_of_any_part_are_those_of_the_library() -> None:
    scores = score_pictures(FOUND, KNOWN, quick=True)
    for rows in ([0, 1, 2, 3, 4], [0], [3], [1, 1, 4]):
        weights = np.bincount(rows, minlength=5).astype(float)[None]
        expected, _ = Bleu(4).compute_score(*as_dicts([FOUND[k] for k in rows], [KNOWN[k] for k in rows]), verbose=0)
        found = scores.figures(weights)
        assert [found[f"bleu{n}"][0] for n in range(1, 5)] == pytest.approx(expected, abs=1e-12)


def test_our_cider_with_the_own_frequencies_is_the_library_s() -> None:
    _, expected = Cider().compute_score(*as_dicts(FOUND, KNOWN))
    assert cider(FOUND, KNOWN, DocumentFrequencies.of(KNOWN)) == pytest.approx(expected, abs=1e-12)


def test_frequencies_of_other_pictures_are_the_library_s_in_a_larger_set() -> None:
    """Scored among all pictures that the frequencies are of, the first five get the same scores."""
    extended = [*FOUND, "a dog", "a slide", "a horse"]
    _, expected = Cider().compute_score(*as_dicts(extended, TRAINING))
    frequencies = DocumentFrequencies.of(TRAINING)
    assert (frequencies.pictures, frequencies.counts[("dog",)], frequencies.counts[("a", "dog")]) == (8, 3, 2)
    assert cider(FOUND, KNOWN, frequencies) == pytest.approx(expected[:5], abs=1e-12)
    scores = score_pictures(FOUND, KNOWN, training=TRAINING, quick=True)
    assert scores.figures()["cider_training"][0] == pytest.approx(expected[:5].mean(), abs=1e-12)


def test_an_n_gram_that_no_picture_has_is_rare_and_not_an_error() -> None:
    frequencies = DocumentFrequencies.of([["a dog"], ["a cat"]])
    assert frequencies.weight(("zebra",)) == pytest.approx(np.log(2))
    assert cider(["a zebra"], [["a zebra"]], frequencies)[0] > 0
    assert cider(["a"], [["a"]], frequencies)[0] == 0.0  # every picture has it, so it tells nothing


@java
def test_the_full_scores_are_those_of_the_library(full: PictureScores) -> None:
    from pycocoevalcap.meteor.meteor import Meteor
    from pycocoevalcap.rouge.rouge import Rouge

    figures = full.figures()
    assert set(figures) == {*(f"bleu{n}" for n in range(1, 5)), "meteor", "rouge_l", "cider", "cider_training"}
    library = Meteor()
    meteor, _ = library.compute_score(*as_dicts(FOUND, KNOWN))
    rouge, _ = Rouge().compute_score(*as_dicts(FOUND, KNOWN))
    for pipe in (library.meteor_p.stdout, library.meteor_p.stderr):
        pipe.close()
    assert figures["meteor"][0] == pytest.approx(meteor, abs=1e-12)
    assert full.figures(np.ones((1, 5)))["meteor"][0] == pytest.approx(meteor, abs=1e-12)
    assert figures["rouge_l"][0] == pytest.approx(rouge, abs=1e-12)


@java
def test_the_ptb_tokeniser_takes_the_points_away() -> None:
    written = [[f"{sentence[0].upper()}{sentence[1:]} ." for sentence in sentences] for sentences in KNOWN]
    assert ptb_tokens(written) == KNOWN
    assert ptb_tokens([["It's a T-shirt, isn't it?"]]) == [["it 's a t-shirt is n't it"]]


def test_without_java_a_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match=r"^The metrics need Java: install a Java runtime, or ask .* --quick\.$"):
        score_pictures(FOUND, KNOWN)


def test_an_interval_is_that_of_the_mean() -> None:
    values = np.random.default_rng(1).normal(0.5, 0.2, 400)
    scores = PictureScores(np.ones((400, 10)), {"cider": values})
    low, high = intervals(scores)["cider"]
    half = 1.96 * values.std() / np.sqrt(400)
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.1 * half)
    assert intervals(scores) == intervals(scores)
    assert intervals(scores, seed=1) != intervals(scores)
    assert RESAMPLES == 1000


def test_no_doubt_is_left_where_all_pictures_score_the_same() -> None:
    scores = score_pictures([FOUND[0]] * 4, [KNOWN[0]] * 4, quick=True)
    low, high = intervals(scores)["bleu4"]
    assert low == pytest.approx(high) == pytest.approx(scores.figures()["bleu4"][0])
