"""A run of the whole chain on coloured squares, made once for all tests that need a trained model."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from export.config import (
    DatasetConfig,
    DecodingConfig,
    EncoderConfig,
    ExportConfig,
    ModelConfig,
    PackageConfig,
    TrainConfig,
)
from tests.fixtures.tiny_package import save_picture

COLOURS = {
    "red": ["A red square on a wall.", "A red thing."],
    "blue": ["A blue circle in the sky.", "A blue thing."],
    "lime": ["A green field of grass.", "A green thing."],
}


@dataclass(frozen=True)
class Run:
    """Where everything lies."""

    config: ExportConfig
    data: Path


def write_dataset(root: Path) -> None:
    """Sixteen pictures of each colour; every eighth is for testing."""
    (root / "colours").mkdir(parents=True)
    rows = []
    for number in range(16):
        for colour, captions in COLOURS.items():
            name = f"{colour}{number}.png"
            save_picture(root / "colours" / name, colour, (70 + number, 64))
            split = {0: "test", 1: "val"}.get(number % 8, "train")
            rows.append({"file": name, "split": split, "captions": captions})
    (root / "colours" / "captions.json").write_text(json.dumps(rows), encoding="utf-8")


def small_config(root: Path) -> ExportConfig:
    """All sizes as small as the parts allow."""
    return ExportConfig(
        data_root=str(root),
        run=str(root / "run"),
        vocabulary_min_count=2,
        datasets=(DatasetConfig("colours", "colours", terms="made for a test"),),
        encoder=EncoderConfig(side=64),
        model=ModelConfig(hidden=32, embedding=16, heads=4, attributes=6, tokens=3, dropout=0.0),
        train=TrainConfig(
            epochs=60,
            hours=1000.0,  # so that the rate depends on steps alone
            batch_sentences=12,
            learning_rate=1e-2,
            warmup_steps=5,
            average=0.9,
            checkpoint_minutes=0.0,
            threads=1,
        ),
        decoding=DecodingConfig(beam_width=3, max_length=8),
        package=PackageConfig(name="colours", version="0.1"),
    )


@contextmanager
def without_warnings() -> Iterator[None]:
    """torch warns of its own tracer and of its age; that the graphs are right is tested instead."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Pictures, vocabulary and cached features."""
    for module in ("torch", "onnx", "efficientnet_lite_pytorch", "pycocoevalcap"):
        pytest.importorskip(module, reason=f"{module} is not installed: run python3 start.py setup train")
    from export.attributes import run_attributes
    from export.build_vocabulary import run_vocabulary
    from export.features import run_features

    root = tmp_path_factory.mktemp("chain")
    write_dataset(root)
    config = small_config(root)
    run_vocabulary(config)
    with without_warnings():
        run_features(config)
    run_attributes(config)
    return Run(config, root)


@pytest.fixture(scope="session")
def trained(prepared: Run) -> Run:
    """A decoder that has learnt the colours, exported and published."""
    import argparse

    from export.export_onnx import run_export
    from export.publish import run_publish
    from export.train import Training

    Training(prepared.config).run_all()
    with without_warnings():
        run_export(prepared.config)
    run_publish(prepared.config, argparse.Namespace(to=prepared.data / "models", metrics=[], card=prepared.data))
    return prepared
