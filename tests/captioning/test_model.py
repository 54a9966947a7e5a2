"""The shipped package: it loads, it answers, and it answers the same alone and in company."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from desktop_app.captioning.captioner import Captioner
from desktop_app.captioning.model_package import MANIFEST, ModelPackage
from desktop_app.captioning.vocabulary import SPECIALS
from desktop_app.sources.image import ImageSource, extensions

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(p for p in (ROOT / "assets" / "examples").glob("*") if p.suffix.lower() in extensions())
PACKAGES = sorted(path.parent.name for path in (ROOT / "models").glob(f"*/{MANIFEST}"))
MEGABYTES = {"descry": 30, "descry-tiny": 12}
PROMISES = [
    ("descry", "flickr8k test", "bleu4", 0.26),
    ("descry", "flickr8k test", "meteor", 0.207),
    ("descry", "flickr8k test", "rouge_l", 0.476),
    ("descry", "flickr8k test", "cider", 0.589),
    ("descry", "flickr8k test", "supported", 0.62),
    ("descry", "coco2 test", "cider_training", 0.72),
    ("descry", "rooms test", "cider_training", 0.35),
]
"""What was set before training, or else the published model of eight times the size (adaptive attention with a tuned
ResNet-152): METEOR .235, ROUGE-L .50 and CIDEr .70 were aimed at and are not reached yet. The card has the commands."""

WHOLE_SPLITS = {
    "flickr8k val": 1000, "coco2 val": 60, "rooms val": 50,
    "flickr8k test": 1000, "coco2 test": 80, "rooms test": 60, "home test": 40,
}  # fmt: skip
"""Pictures of each, so that no figure comes from a part."""

pytestmark = pytest.mark.model


@pytest.fixture(scope="module", params=PACKAGES)
def shipped(request: pytest.FixtureRequest) -> Captioner:
    return Captioner.load(ROOT / "models" / request.param, "cpu")


def test_there_are_packages() -> None:
    assert {name.rpartition("-")[0] for name in PACKAGES} == set(MEGABYTES)


@pytest.fixture(scope="module")
def pixels(shipped: Captioner) -> list[np.ndarray]:
    assert len(EXAMPLES) >= 6
    side = shipped.package.manifest.input.side
    return [shipped.pixels(ImageSource.from_path(path).load(side).image) for path in EXAMPLES]


def test_it_is_small_and_says_what_it_is(shipped: Captioner) -> None:
    manifest = shipped.package.manifest
    assert shipped.package.size <= MEGABYTES[manifest.name] * 1_000_000
    assert shipped.package.folder.name == f"{manifest.name}-{manifest.version}"
    assert manifest.licence
    assert all(entry.sentences > 0 and entry.terms for entry in manifest.trained_on)
    assert manifest.metrics, "publish with the outputs of descry evaluate: --metrics FILE…"
    assert {name: scores["pictures"] for name, scores in manifest.metrics.items()} == WHOLE_SPLITS
    # the sentences of a room continue each other, and those of home name one thing of many: none is like the others
    apart = ("rooms ", "home ")
    alike = {name: scores["cider"] for name, scores in manifest.metrics.items() if not name.startswith(apart)}
    assert all(cider > 0.3 for cider in alike.values()), alike


@pytest.mark.parametrize(("name", "split", "metric", "promise"), PROMISES)
def test_it_scores_what_was_promised(name: str, split: str, metric: str, promise: float) -> None:
    folder = next(ROOT / "models" / package for package in PACKAGES if package.rpartition("-")[0] == name)
    assert ModelPackage.load(folder).manifest.metrics[split][metric] >= promise


def test_every_example_gets_a_sentence_of_its_own(shipped: Captioner, pixels: list[np.ndarray]) -> None:
    sentences = [caption.best.text for caption in shipped.caption_batch(pixels)]
    assert all(re.fullmatch(r"[a-z0-9'’ -]+", sentence) for sentence in sentences), sentences
    assert all(3 <= len(sentence.split()) <= shipped.defaults.max_length for sentence in sentences), sentences
    assert not any(special in sentence for special in SPECIALS for sentence in sentences)
    assert len(set(sentences)) >= len(sentences) - 1, sentences


def test_alone_and_together_are_the_same(shipped: Captioner, pixels: list[np.ndarray]) -> None:
    together = shipped.caption_batch(pixels)
    alone = [shipped.caption_batch([one])[0] for one in pixels]
    assert [c.best.text for c in together] == [c.best.text for c in alone]
    scores = [[c.best.hypothesis.score for c in captions] for captions in (together, alone)]
    assert scores[0] == pytest.approx(scores[1], abs=1e-3)


def test_the_first_word_depends_on_the_picture(shipped: Captioner, pixels: list[np.ndarray]) -> None:
    state = shipped.network.start(shipped.network.encode(np.stack(pixels)))
    log_probs, _ = shipped.network.step(np.ones(len(pixels), np.int64), state)
    assert log_probs.shape == (len(pixels), len(shipped.package.vocabulary))
    assert np.exp(log_probs).sum(1) == pytest.approx(1.0, abs=1e-3)
    assert np.abs(np.diff(log_probs, axis=0)).max(1).min() > 0.01
