"""The graph of ViT-GPT2's shape: operators and sizes as promised, and a cache that changes nothing but the time."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from numpy.typing import NDArray
from PIL import Image

from desktop_app import messages
from desktop_app.bench import vit_gpt2
from desktop_app.bench.contestant import WORDS, greedy_words, vit_and_gpt2
from desktop_app.errors import BenchUnavailable

Tensors = dict[str, NDArray[np.float32]]

onnx = pytest.importorskip("onnx", reason="the package onnx is not installed: run python3 start.py setup dev")

TINY = vit_gpt2.Shape(side=32, patch=16, layers=2, width=32, heads=4, words=60, positions=20)


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("graphs")
    vit_gpt2.write_graphs(folder, TINY)
    return folder


def session(path: Path) -> ort.InferenceSession:
    return ort.InferenceSession(path, providers=["CPUExecutionProvider"])


def operators(graph: onnx.GraphProto) -> Counter[str]:
    return Counter(node.op_type for node in graph.node)


def branches(decoder: onnx.ModelProto) -> list[onnx.GraphProto]:
    """For a later word and for the first one."""
    (choice,) = decoder.graph.node
    by_name = {attribute.name: attribute.g for attribute in choice.attribute}
    return [by_name["then_branch"], by_name["else_branch"]]


def weights_in_8_bits(path: Path) -> int:
    graph = onnx.load(path).graph
    return sum(int(np.prod(t.dims)) for t in graph.initializer if t.data_type == onnx.TensorProto.INT8 and t.dims)


def test_the_graphs_are_valid(graphs: Path) -> None:
    for name in vit_gpt2.GRAPHS:
        onnx.checker.check_model(graphs / name, full_check=True)


def test_the_encoder_is_a_quantised_transformer(graphs: Path) -> None:
    found = operators(onnx.load(graphs / vit_gpt2.ENCODER).graph)
    # query, key, value, output and two of the feed-forward part; what three of them read is quantised once
    assert (found["ConvInteger"], found["MatMulInteger"], found["DynamicQuantizeLinear"]) == (1, 6 * 2, 1 + 4 * 2)
    assert (found["MatMul"], found["Softmax"], found["Gelu"]) == (2 * 2, 2, 2)
    assert found["LayerNormalization"] == 2 * 2 + 1


def test_the_decoder_is_a_quantised_transformer_with_one_table_of_words(graphs: Path) -> None:
    decoder = onnx.load(graphs / vit_gpt2.DECODER)
    later, first = (operators(branch) for branch in branches(decoder))
    # three in one, output, query and output across, two of the feed-forward part; and the scores of the words
    assert later["MatMulInteger"] == 6 * 2 + 1
    assert first["MatMulInteger"] == later["MatMulInteger"] + 2 * 2  # keys and values of the picture
    assert (later["Softmax"], later["LayerNormalization"]) == (2 * 2, 3 * 2 + 1)
    tables = [t for t in decoder.graph.initializer if TINY.words in t.dims]
    assert [list(t.dims) for t in tables] == [[TINY.width, TINY.words]]
    assert [list(branch.initializer) for branch in branches(decoder)] == [[], []]


def test_weights_are_as_many_as_the_architecture_has(graphs: Path) -> None:
    width, layers = TINY.width, TINY.layers
    assert weights_in_8_bits(graphs / vit_gpt2.ENCODER) == width * 3 * 16**2 + layers * 12 * width**2
    assert weights_in_8_bits(graphs / vit_gpt2.DECODER) == TINY.words * width + layers * 16 * width**2


def test_the_sizes_unless_told_otherwise_are_those_of_the_captioner() -> None:
    shape = vit_gpt2.Shape()
    assert (shape.cells, shape.layers, shape.width, shape.heads, shape.words) == (197, 12, 768, 12, 50257)


def test_the_same_weights_every_time(graphs: Path, tmp_path: Path) -> None:
    vit_gpt2.write_graphs(tmp_path, TINY)
    for name in vit_gpt2.GRAPHS:
        assert (tmp_path / name).read_bytes() == (graphs / name).read_bytes()


def encoded(graphs: Path, colour: float) -> NDArray[np.float32]:
    pixels = np.full((1, 3, TINY.side, TINY.side), colour, np.float32)
    pixels[:, :, : TINY.side // 2] = -colour
    hidden: NDArray[np.float32] = session(graphs / vit_gpt2.ENCODER).run(None, {vit_gpt2.PIXELS: pixels})[0]
    return hidden


def test_the_encoder_sees_the_picture(graphs: Path) -> None:
    one, other = encoded(graphs, 1.0), encoded(graphs, 0.2)
    assert one.shape == (1, TINY.cells, TINY.width)
    assert np.isfinite(one).all()
    assert np.abs(one - other).max() > 0.1


def step(decoder: ort.InferenceSession, word: int, position: int, given: Tensors) -> list[object]:
    feeds = {vit_gpt2.WORD: np.array([[word]]), vit_gpt2.POSITION: np.array([[position]])}
    later = np.array([position > 0])
    answer: list[object] = decoder.run(None, {**feeds, vit_gpt2.IS_LATER: later, **given})
    return answer


def test_a_step_grows_the_words_and_leaves_the_picture_alone(graphs: Path) -> None:
    decoder, hidden = session(graphs / vit_gpt2.DECODER), encoded(graphs, 1.0)
    head = TINY.width // TINY.heads
    caches = [*TINY.cache("words"), *TINY.cache("picture")]
    empty = {name: np.zeros((1, TINY.heads, 0, head), np.float32) for name in caches}
    scores, *new = step(decoder, 3, 0, {vit_gpt2.HIDDEN: hidden, **empty})
    assert np.shape(scores) == (1, 1, TINY.words)
    lengths = [np.shape(values)[2] for values in new]
    assert lengths == [1] * 4 + [TINY.cells] * 4
    scores, *later = step(decoder, 5, 1, {vit_gpt2.HIDDEN: hidden, **dict(zip(caches, new, strict=True))})
    assert [np.shape(values)[2] for values in later] == [2] * 4 + [0] * 4
    # What was kept of the first word is what the second one gives back
    assert np.array_equal(np.asarray(later[0])[:, :, :1], np.asarray(new[0]))
    # The two branches have the same weights: a later step without a word before it is a first step
    again, *_ = decoder.run(
        None,
        {
            vit_gpt2.WORD: np.array([[3]]),
            vit_gpt2.POSITION: np.array([[0]]),
            vit_gpt2.IS_LATER: np.array([True]),
            vit_gpt2.HIDDEN: hidden,
            **empty,
            **dict(zip(TINY.cache("picture"), new[4:], strict=True)),
        },
    )
    first, *_ = step(decoder, 3, 0, {vit_gpt2.HIDDEN: hidden, **empty})
    assert np.allclose(again, np.asarray(first), atol=1e-5)
    assert not np.allclose(np.asarray(scores), np.asarray(first), atol=1e-2)


def test_greedy_words_follow_the_picture(graphs: Path) -> None:
    decoder = session(graphs / vit_gpt2.DECODER)
    words = greedy_words(decoder, encoded(graphs, 1.0))
    assert len(words) == WORDS
    assert all(0 <= word < TINY.words for word in words)
    assert words == greedy_words(decoder, encoded(graphs, 1.0))


def test_a_picture_of_any_size_is_described(graphs: Path) -> None:
    seconds = vit_and_gpt2(graphs, 1)(Image.new("RGB", (90, 50), "red"))
    assert min(seconds) > 0


def test_without_onnx_one_sentence_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(BenchUnavailable) as caught:
        vit_gpt2.write_graphs(tmp_path, TINY)
    assert caught.value.message == messages.BENCH_NEEDS_ONNX
    assert list(tmp_path.iterdir()) == []
