"""Fitting the choice among beams: small sets with known answers, and an index that the program reads."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest

from desktop_app.captioning.captioner import Captioner
from desktop_app.captioning.choice import SIGNALS
from desktop_app.captioning.neighbours import NeighbourIndex
from desktop_app.errors import UsageError
from export.config import DatasetConfig, ExportConfig
from export.datasets import CaptionedImage
from tests.fixtures.tiny_index import add_index, small_index, to_bytes
from tests.fixtures.tiny_package import MakePackage, picture, save_picture
from tests.fixtures.tiny_wordnet import write_wordnet

pytest.importorskip("torch", reason="torch is not installed: run python3 start.py setup train")

from export.choose import CHOICE_FILE, Candidates, chosen, fit_weights, run_choose
from export.neighbour_index import make_index


def candidates(signals: np.ndarray, rewards: np.ndarray, there: np.ndarray | None = None) -> Candidates:
    """A set of pictures whose sentences do not matter."""
    rows = [CaptionedImage(Path("picture.png"), ("a dog",), "val", "set") for _ in signals]
    texts = [["a dog"] * signals.shape[1] for _ in signals]
    return Candidates(rows, texts, signals, rewards, np.ones(rewards.shape, bool) if there is None else there)


def at_random(pictures: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(pictures, 4, len(SIGNALS)))


def test_the_signal_that_tells_right_from_wrong_is_found() -> None:
    signals = at_random(60, 0)
    signals[:, :, 2] *= 1000  # weights are of the signals as they are, whatever their unit
    known = candidates(signals, signals[:, :, 2] / 1000 - signals[:, :, 4])
    weights = fit_weights([known])
    fresh = candidates(at_random(60, 1), np.zeros((60, 4)))
    best = (fresh.signals[:, :, 2] / 1000 - fresh.signals[:, :, 4]).argmax(1)
    assert np.mean(chosen(fresh, weights) == best) > 0.95


def test_what_all_sentences_of_a_picture_share_does_not_count() -> None:
    signals = at_random(40, 2)
    moved = signals + np.random.default_rng(3).normal(size=(40, 1, len(SIGNALS))) * 50
    rewards = signals[:, :, 0]
    assert fit_weights([candidates(moved, rewards)]) == pytest.approx(fit_weights([candidates(signals, rewards)]))


def test_beams_that_are_not_there_are_not_chosen() -> None:
    signals, there = at_random(20, 4), np.ones((20, 4), bool)
    there[:, 2:] = False
    rewards = np.where(there, signals[:, :, 1], 100.0)
    signals[:, 2:] = 0.0
    sparse = candidates(signals, rewards, there)
    weights = fit_weights([sparse])
    assert (chosen(sparse, weights) < 2).all()
    assert np.mean(chosen(sparse, weights) == signals[:, :2, 1].argmax(1)) > 0.9


def test_a_small_set_has_its_say() -> None:
    """Pictures count by the square root of their number, so nine times as many weigh three times as much."""
    one, other = at_random(90, 5), at_random(10, 6)
    large, small = candidates(one, one[:, :, 0]), candidates(other, other[:, :, 1])
    ratio = [weights[1] / weights[0] for weights in (fit_weights([large, small]), fit_weights([large, *[small] * 3]))]
    assert 0.1 < ratio[0] < 0.8
    assert ratio[1] == pytest.approx(1.0, abs=0.5)


def test_an_index_is_what_the_program_reads() -> None:
    chance = np.random.default_rng(7)
    pooled = (chance.normal(size=(40, 6)) * [5, 4, 3, 2, 1, 0.5] + 3).astype(np.float32)
    sentences = [[(4, 5, 6), (7,)] if k % 2 else [(4, 5, 8 + k)] for k in range(40)]
    index = NeighbourIndex.from_bytes(to_bytes(make_index(pooled, sentences, [4, 6])), "made")
    assert [index.nearest(row, 1)[0] for row in pooled] == list(range(40))
    # Those who wrote about an odd picture said "4 5 6" and "7"; each is as alike to one of the two as can be
    assert index.agreement([(4, 5, 6), (7,), (9, 9)], pooled[3], 1).tolist() == pytest.approx(
        [3 / 8, 1 / 8, 0], abs=0.02
    )
    assert index.attributes.tolist() == [4, 6]
    counts = dict(zip(index.frequencies.keys.tolist(), index.frequencies.counts.tolist(), strict=True))
    pair, triple = 4 << 16 | 5, (4 << 16 | 5) << 16 | 6
    common = {4: 40, 5: 40, pair: 40, 6: 20, 5 << 16 | 6: 20, triple: 20, 7: 20}
    assert common.items() <= counts.items()
    assert index.frequencies.pictures == 40


SAID = {"red": "A red square is red.", "blue": "A blue square is blue.", "lime": "A green circle."}
"""What people say here; the tiny package says "a red square" unless it is told better."""


@pytest.fixture
def config(tmp_path: Path) -> ExportConfig:
    """Pictures of three colours, two of each in a row, and a folder for the run."""
    rows = []
    for number in range(24):
        colour = list(SAID)[number // 2 % 3]
        save_picture(tmp_path / f"{number}.png", colour)
        split = "val" if number < 12 else "train"
        rows.append({"file": f"{number}.png", "split": split, "captions": [SAID[colour]] * 2})
    (tmp_path / "captions.json").write_text(json.dumps(rows), encoding="utf-8")
    (tmp_path / "run").mkdir()
    return ExportConfig(str(tmp_path), str(tmp_path / "run"), datasets=(DatasetConfig("colours", "."),))


def options(package: Path, wordnet: Path) -> argparse.Namespace:
    return argparse.Namespace(
        package=package, sets=["colours"], neighbours=1, beam_width=None, support_weight=0.5, wordnet=wordnet
    )


def test_the_weights_that_are_written_choose_what_people_say(
    make_tiny_package: MakePackage, config: ExportConfig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("pycocoevalcap", reason="pycocoevalcap is not installed: run python3 start.py setup train")
    features = {"red": (1, 0, 0, 0), "blue": (0, 0, 1, 0), "lime": (0, 1, 0, 0)}
    index = small_index([(features[colour], [text.lower().rstrip(".")]) for colour, text in SAID.items()])
    package = add_index(make_tiny_package(), index, None)
    assert Captioner.load(package, "cpu").caption(picture("red")).best.text == "a red square"
    with caplog.at_level("INFO"):
        run_choose(config, options(package, write_wordnet(tmp_path / "wordnet")))
    entry = json.loads((config.run_folder / CHOICE_FILE).read_text(encoding="utf-8"))
    assert entry["weights"]["neighbours"] > 0
    captioner = Captioner.load(add_index(package, index, entry), "cpu")
    assert [captioner.caption(picture(colour)).best.text for colour in SAID] == [
        text.lower().rstrip(".") for text in SAID.values()
    ]
    told = [record.getMessage() for record in caplog.records]
    assert any(line.startswith("colours, likeliest: ") and "supported 1.0000" in line for line in told)
    assert any(line.startswith("colours, chosen: bleu4 1.0000") for line in told)


def test_a_package_without_an_index_cannot_choose(
    make_tiny_package: MakePackage, config: ExportConfig, tmp_path: Path
) -> None:
    with pytest.raises(UsageError) as caught:
        run_choose(config, options(make_tiny_package(), tmp_path))
    expected = "The package has no index of neighbours: run descry neighbours and descry publish first."
    assert caught.value.message == expected
