"""From pictures to a package: trained, exported, verified and equal to torch."""

from __future__ import annotations

import argparse
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from desktop_app.captioning.captioner import Captioner
from desktop_app.errors import AppError
from desktop_app.generator import ImageCaptionGenerator
from tests.export.conftest import COLOURS, Run
from tests.fixtures.tiny_package import picture

pytest.importorskip("torch", reason="torch is not installed: run python3 start.py setup train")

import onnx
import torch

from export.check_parity import compare, run_parity
from export.features import load_features

pytestmark = pytest.mark.slow


@pytest.fixture
def package(trained: Run) -> Path:
    return trained.data / "models" / "colours-0.1"


def test_the_features_are_those_of_the_pictures(prepared: Run) -> None:
    plain, mirrored = (load_features(prepared.config.run_folder, "colours", view) for view in (False, True))
    assert (plain.grid.shape, plain.pooled.shape, plain.classes.shape) == ((48, 4, 512), (48, 1280), (48, 1000))
    # Pictures of one colour have one set of features, whatever their size, mirrored or not
    same, other = np.abs(plain.pooled[0] - plain.pooled[3]).max(), np.abs(plain.pooled[0] - plain.pooled[1]).max()
    assert same < 0.02 < other
    assert np.abs(plain.pooled[0] - mirrored.pooled[0]).max() < 0.02


def test_what_was_cached_is_not_computed_again(prepared: Run) -> None:
    from export.features import run_features

    folder = prepared.config.run_folder / "features"
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert len(before) == 8  # grid, pooled, classes and word logits of two views
    run_features(prepared.config)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_the_decoder_has_learnt_the_colours(package: Path) -> None:
    generator = ImageCaptionGenerator.load_model(package)
    expected = {colour: {c.lower().rstrip(".") for c in captions} for colour, captions in COLOURS.items()}
    for colour, captions in expected.items():
        assert generator.generate_caption(picture(colour, (90, 70))) in captions


def test_every_epoch_is_logged_with_its_scores(trained: Run) -> None:
    lines = [json.loads(line) for line in (trained.config.run_folder / "log.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == list(range(1, trained.config.train.epochs + 1))


def test_the_package_says_what_it_learnt_from(package: Path) -> None:
    manifest = Captioner.load(package, "cpu").package.manifest
    assert [(t.name, t.pictures, t.sentences, t.terms) for t in manifest.trained_on] == [
        ("colours", 36, 72, "made for a test")
    ]
    card = (package / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "| colours | 36 | 72 | made for a test |" in card
    assert {name: entry.shape for name, entry in manifest.encoder.outputs.items()} == {
        "grid": ["n", 4, 512],
        "pooled": ["n", 1280],
        "classes": ["n", 1000],
        "attributes": ["n", 6],
        "gates": ["n", 128],
        "keys": ["n", 4, 8, 8],
        "values": ["n", 4, 8, 8],
    }


def test_torch_and_the_graphs_agree(trained: Run, package: Path) -> None:
    images = sorted((trained.data / "colours").glob("*1?.png"))
    parity = compare(trained.config, package, images)
    assert parity.pictures == len(images) == 18
    assert parity.largest_difference < 0.1
    assert parity.equal_sentences == 18


def test_a_difference_is_an_error(trained: Run, package: Path, tmp_path: Path) -> None:
    images = sorted((trained.data / "colours").glob("*1?.png"))
    options = argparse.Namespace(package=package, images=images)
    run_parity(trained.config, options)
    for name in ("vocabulary.json", "weights.pt"):
        shutil.copyfile(trained.config.run_folder / name, tmp_path / name)
    weights = torch.load(tmp_path / "weights.pt", weights_only=True)
    weights["decoder.bias"][-1] += 1.0  # one word is likelier than in the package
    torch.save(weights, tmp_path / "weights.pt")
    with pytest.raises(AppError, match=r"The exported graphs differ from the trained model: by [01]\.\d"):
        run_parity(replace(trained.config, run=str(tmp_path)), options)


def test_one_picture_and_several_get_the_same_sentences(package: Path) -> None:
    captioner = Captioner.load(package, "cpu")
    pixels = [captioner.pixels(picture(colour)) for colour in ("red", "blue", "lime", (150, 90, 90), (20, 20, 60))]
    together = [caption.best for caption in captioner.caption_batch(pixels)]
    alone = [captioner.caption_batch([one])[0].best for one in pixels]
    assert [best.text for best in together] == [best.text for best in alone]
    # Scales that span a batch would differ by much more
    scores = [[best.hypothesis.score for best in bests] for bests in (together, alone)]
    assert scores[0] == pytest.approx(scores[1], abs=1e-5)


def test_the_decoder_is_small_and_its_scales_are_fixed(package: Path) -> None:
    graph = onnx.load(package / "decoder.onnx").graph
    kinds = [node.op_type for node in graph.node]
    assert kinds.count("MatMulInteger") == 5
    assert (kinds.count("QuantizeLinear"), kinds.count("DynamicQuantizeLinear")) == (5, 0)


def test_what_was_not_exported_cannot_be_published(trained: Run, tmp_path: Path) -> None:
    from export.publish import run_publish

    options = argparse.Namespace(to=tmp_path / "models", metrics=[], card=tmp_path, config=tmp_path / "c.toml")
    with pytest.raises(AppError, match=r"^The run empty has no encoder\.onnx: run descry export first\.$"):
        run_publish(replace(trained.config, run=str(tmp_path / "empty")), options)
    assert not options.to.exists()
