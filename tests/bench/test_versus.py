"""Two captioners in processes of their own, measured in turn."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app.bench.contestant import BEAM, descry
from desktop_app.bench.memory import peak_memory, resident_memory
from desktop_app.bench.versus import Contestant, versus_figures
from desktop_app.bench.vit_gpt2 import Shape
from desktop_app.errors import BenchUnavailable
from tests.fixtures.tiny_package import picture, save_picture

TINY = Shape(side=32, patch=16, layers=1, width=32, heads=4, words=60, positions=20)


@pytest.mark.slow
def test_the_figures_compare_what_they_say(tiny_package: Path, tmp_path: Path) -> None:
    red, blue = save_picture(tmp_path / "red.png", "red"), save_picture(tmp_path / "blue.png", "blue")
    figures = {f.figure.removeprefix("caption."): f for f in versus_figures(tiny_package, [red, blue], 1, TINY)}
    value = {name: figure.value for name, figure in figures.items()}
    assert value["vit_gpt2_over_beam5"] == pytest.approx(value["vit_gpt2_ms"] / value["beam5_ms"])
    assert 0 < value["vit_gpt2_encoder_ms"] < value["vit_gpt2_ms"]
    assert (figures["vit_gpt2_over_beam5"].limit, figures["vit_gpt2_over_beam5"].better) == (8.0, "higher")
    if sys.platform == "linux":
        share = figures["resident_over_vit_gpt2"]
        assert share.value == pytest.approx(value["resident_mb"] / value["vit_gpt2_resident_mb"])
        assert (round(share.limit or 0, 4), share.better) == (0.3333, "lower")
        # Both are tiny here, so that libraries are nearly all there is
        assert 20 < value["libraries_memory_mb"] < value["memory_mb"] < value["libraries_memory_mb"] + 40


def test_a_process_that_ends_is_told(tmp_path: Path) -> None:
    with Contestant("descry", tmp_path / "nothing here", 1) as contestant, pytest.raises(BenchUnavailable) as caught:
        contestant.describe(save_picture(tmp_path / "red.png"))
    assert caught.value.message.startswith("The process that measures descry has ended")


def test_the_first_picture_does_not_count(tmp_path: Path) -> None:
    contestant = Contestant("descry", tmp_path, 1, encode=[9.0, 1.0, 2.0, 3.0], decode=[9.0, 0.5, 0.5, 0.5])
    assert contestant.seconds == 2.5


def test_descry_searches_with_a_beam_of_five(tiny_package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from desktop_app.captioning import captioner

    rows = set()
    step = captioner.EncoderDecoder.step

    def counted(self: captioner.EncoderDecoder, words: np.ndarray, *rest: object) -> object:
        rows.add(len(words))
        return step(self, words, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(captioner.EncoderDecoder, "step", counted)
    encode, decode = descry(tiny_package, 1)(picture("red"))
    assert min(encode, decode) > 0
    assert max(rows) == BEAM == 5


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process holds now: run it on Linux")
def test_memory_is_that_of_this_process() -> None:
    before = resident_memory()
    block = np.ones(50_000_000, np.uint8)
    assert 45_000_000 < resident_memory() - before < 60_000_000
    assert peak_memory() >= before + 45_000_000
    del block
    assert resident_memory() < before + 10_000_000


def test_an_idle_contestant_describes_nothing(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    with Contestant("nothing", tmp_path, 1) as contestant:
        contestant.describe(tmp_path / "a.png")
    assert (contestant.encode, contestant.decode) == ([0.0], [0.0])
