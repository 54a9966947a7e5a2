"""Execution providers: one that is missing or does not load or run is replaced by the processor, with a sentence."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from desktop_app.captioning.captioner import Captioner
from desktop_app.captioning.encoder_decoder import EncoderDecoder
from desktop_app.captioning.model_package import ModelPackage
from desktop_app.captioning.providers import ORT_ERRORS, PROVIDERS, candidates, make_session, open_with_fallback
from tests.fixtures.tiny_package import TRAP_GREY, MakePackage, picture

EVERYTHING = list(PROVIDERS.values())
ABSENT = [name for name, full in PROVIDERS.items() if full not in ort.get_available_providers()]


def test_the_order_of_preference() -> None:
    assert candidates("auto", EVERYTHING) == (["cuda", "directml", "coreml", "cpu"], [])
    assert candidates("auto", ["CPUExecutionProvider", "CUDAExecutionProvider"]) == (["cuda", "cpu"], [])
    assert candidates("coreml", EVERYTHING) == (["coreml", "cpu"], [])
    assert candidates("cpu", EVERYTHING) == (["cpu"], [])


@pytest.mark.parametrize("name", ABSENT)
def test_a_provider_that_this_installation_lacks(tiny_package: Path, name: str) -> None:
    captioner = Captioner.load(tiny_package, name)
    choice = captioner.network.provider
    assert choice.name == "cpu"
    assert choice.problems == (
        f"The {name} provider is not part of this installation, so the processor is used instead.",
    )
    assert captioner.caption(picture("red")).best.text == "a red square"


@pytest.mark.skipif("cuda" not in ABSENT, reason="this onnxruntime has CUDA: run it with the plain onnxruntime")
def test_a_provider_that_does_not_load(tiny_package: Path, capfd: pytest.CaptureFixture[str]) -> None:
    graph = (tiny_package / "decoder.onnx").read_bytes()
    with pytest.warns(UserWarning, match="CUDAExecutionProvider"):  # onnxruntime's way to say that it was not built in
        session, choice = open_with_fallback("auto", lambda name: make_session(graph, name, 1), EVERYTHING[::3])
    assert session.get_providers() == ["CPUExecutionProvider"]
    assert choice.name == "cpu"
    assert choice.problems == ("The cuda provider could not be used, so the processor is used instead.",)
    assert capfd.readouterr().out == ""


def test_a_provider_that_loads_and_does_not_run(make_tiny_package: MakePackage) -> None:
    package = ModelPackage.load(make_tiny_package(trap="fail"))

    def open_on(name: str) -> EncoderDecoder:
        network = EncoderDecoder(package, "cpu")
        if name == "directml":  # a driver that fails at its first run
            network.encode(np.full((1, 8, 8, 3), TRAP_GREY[0], np.uint8))
        return network

    network, choice = open_with_fallback("directml", open_on, EVERYTHING)
    assert choice.name == "cpu"
    assert choice.problems == ("The directml provider could not be used, so the processor is used instead.",)
    assert network.encode(np.zeros((1, 8, 8, 3), np.uint8))["pooled"].tolist() == [[0.0] * 4]


def test_each_provider_that_fails_is_told() -> None:
    def open_on(name: str) -> str:
        if name != "cpu":
            make_session(b"no graph", "cpu", 1)
        return name

    found, choice = open_with_fallback("auto", open_on, EVERYTHING)
    assert (found, choice.name) == ("cpu", "cpu")
    assert [problem.split()[1] for problem in choice.problems] == ["cuda", "directml", "coreml"]


def test_what_fails_on_the_processor_too_is_an_error() -> None:
    with pytest.raises(ORT_ERRORS):
        open_with_fallback("auto", lambda _: make_session(b"no graph", "cpu", 1), EVERYTHING)


def test_the_processor_needs_no_sentence(tiny_package: Path) -> None:
    assert Captioner.load(tiny_package, "cpu").network.provider.problems == ()
    assert Captioner.load(tiny_package, "auto", threads=1).network.provider.problems == ()


def test_a_session_does_not_keep_the_bytes_it_was_made_of(tiny_package: Path) -> None:
    graph = (tiny_package / "decoder.onnx").read_bytes()
    holders = sys.getrefcount(graph)
    session = make_session(graph, "cpu", 1)
    assert sys.getrefcount(graph) == holders
    assert session.get_providers() == ["CPUExecutionProvider"]
