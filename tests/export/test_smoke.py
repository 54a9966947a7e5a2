"""The whole chain on 200 generated pictures, by its commands alone: to a package that names the colours."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from desktop_app.cli.main import run
from tests.export.conftest import without_warnings
from tests.export.shapes import COLOURS, SPLITS, Scene, write_shapes

pytestmark = pytest.mark.slow

CONFIG = """
data_root = "{root}"
run = "{root}/run"
vocabulary_min_count = 2

[encoder]
side = 128
flips = false

[model]
hidden = 64
embedding = 32
heads = 4
attributes = 6
dropout = 0.0

[train]
epochs = 25
batch_sentences = 50
learning_rate = 5e-3
warmup_steps = 10
average = 0.95
threads = 1

[decoding]
max_length = 12

[package]
name = "shapes"
version = "0.1"

[[datasets]]
name = "shapes"
path = "shapes"
terms = "generated"
"""


@dataclass(frozen=True)
class Outcome:
    """What the chain left."""

    package: Path
    scenes: dict[str, Scene]
    scores: dict[str, Any]
    captions: dict[str, str]
    """Of the pictures for testing."""


def descry(*words: str | Path) -> str:
    """Run a command to its end, in this process; what it printed."""
    printed = io.StringIO()
    with redirect_stdout(printed), without_warnings():
        assert run([str(word) for word in words]) == 0, words[0]
    return printed.getvalue()


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    for module in ("torch", "onnx", "efficientnet_lite_pytorch", "pycocoevalcap"):
        pytest.importorskip(module, reason=f"{module} is not installed: run python3 start.py setup train")
    root = tmp_path_factory.mktemp("smoke")
    scenes = write_shapes(root / "shapes")
    config, package, found = root / "shapes.toml", root / "models" / "shapes-0.1", root / "captions.jsonl"
    config.write_text(CONFIG.format(root=root.as_posix()), encoding="utf-8")
    for command in ("vocabulary", "features", "attributes", "train", "export"):
        descry(command, "--config", config)
    descry("publish", "--config", config, "--to", root / "models")
    pictures = [root / "shapes" / name for name in sorted(scenes)[: SPLITS["train"]]][-20:]
    descry("parity", "--config", config, "--package", package, *pictures)
    options = ("--package", package, "--data", root / "shapes", "--quick", "--captions", found)
    scores = descry("evaluate", *options, "--split", "test")
    (root / "test.json").write_text(scores, encoding="utf-8")
    descry("publish", "--config", config, "--to", root / "models", "--metrics", root / "test.json")
    rows = [json.loads(line) for line in found.read_text(encoding="utf-8").splitlines()]
    return Outcome(package, scenes, json.loads(scores), {row["file"]: row["caption"] for row in rows})


def named(caption: str) -> frozenset[str]:
    """The colours that a sentence names."""
    return frozenset(caption.split()) & COLOURS.keys()


def share_of(flags: Iterable[bool]) -> float:
    found = list(flags)
    return sum(found) / len(found)


def test_the_pictures_are_what_their_sentences_say(outcome: Outcome) -> None:
    from PIL import Image

    assert len(outcome.scenes) == sum(SPLITS.values()) == 200
    for name, scene in outcome.scenes.items():
        with Image.open(outcome.package.parents[1] / "shapes" / name) as image:
            half = image.height // 2
            parts = [image.crop((0, 0, image.width, half)), image.crop((0, half, image.width, image.height))]
        for part, (colour, _) in zip(parts, (scene.upper, scene.lower), strict=True):
            seen = {rgb for _, rgb in part.getcolors() or [] if rgb in COLOURS.values()}
            assert seen == {COLOURS[colour]}


def test_colours_are_named_more_often_than_by_a_caption_that_never_changes(outcome: Outcome) -> None:
    truth = [outcome.scenes[name].colours for name in outcome.captions]
    assert len(truth) == SPLITS["test"]
    (_, commonest), *_ = Counter(truth).most_common(1)
    chance = commonest / len(truth)  # the best that one caption for all pictures can do
    assert share_of(
        named(caption) == scene for caption, scene in zip(outcome.captions.values(), truth, strict=True)
    ) > (chance + 0.3)


def test_sentences_are_whole_and_differ(outcome: Outcome) -> None:
    captions = list(outcome.captions.values())
    assert len(set(captions)) > SPLITS["test"] // 3
    assert share_of(caption.count("circle") + caption.count("square") == 2 for caption in captions) > 0.8


def test_the_scores_stand_in_the_package(outcome: Outcome) -> None:
    manifest = json.loads((outcome.package / "manifest.json").read_text(encoding="utf-8"))
    assert (outcome.scores["data"], outcome.scores["split"]) == ("shapes", "test")
    assert "shapes test" in manifest["metrics"]
    assert [(row["name"], row["pictures"]) for row in manifest["trained_on"]] == [("shapes", SPLITS["train"])]
