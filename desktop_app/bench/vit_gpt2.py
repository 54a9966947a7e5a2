"""Graphs of the shape of ViT-GPT2, the well-known local captioner, with random 8-bit weights: for speed and memory.

ViT-base/16 at 224 pixels, GPT-2 small with cross-attention; in two files as they are shipped for local use, one decoder
for the first word and for later ones. Where exports differ, the faster way is taken: keys and values of the picture are
computed once, normalisations and GELU are single operators, the word embedding and the output layer share one table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app import messages
from desktop_app.bench.graph_writer import BOOL, FLOAT, INT8_SPREAD, INT64, GraphWriter, Weights, tensor
from desktop_app.errors import BenchUnavailable

if TYPE_CHECKING:
    from onnx import GraphProto, ValueInfoProto

GRAPHS = ENCODER, DECODER = "vit.onnx", "gpt2.onnx"
PIXELS, HIDDEN = "pixels", "hidden"
WORD, POSITION, IS_LATER, LOGITS = "word", "position", "is_later", "logits"

_SEED = 0
_OPSET, _IR = 20, 9
"""The first opset with GELU, and its format; every onnxruntime that the program allows reads them."""


@dataclass(frozen=True)
class Shape:
    """Sizes of the two graphs; those of nlpconnect/vit-gpt2-image-captioning unless told otherwise."""

    side: int = 224
    patch: int = 16
    layers: int = 12
    """In either graph."""
    width: int = 768
    heads: int = 12
    words: int = 50257
    positions: int = 1024

    @property
    def cells(self) -> int:
        """Patches and the class token."""
        return (self.side // self.patch) ** 2 + 1

    def cache(self, kind: str) -> list[str]:
        """Names of keys and values, each `(1, heads, t, head)`, of the words or of the picture.

        They enter a step so called and leave it with `new_` before.
        """
        return [f"{kind}_{part}_{layer}" for layer in range(self.layers) for part in ("keys", "values")]


def write_graphs(folder: Path, shape: Shape) -> None:
    """Write both graphs, always with the same weights. Raises `BenchUnavailable` where `onnx` is not installed."""
    try:
        import onnx
    except ImportError as error:
        raise BenchUnavailable(messages.BENCH_NEEDS_ONNX) from error
    opset = onnx.helper.make_opsetid("", _OPSET)
    for name, make in ((ENCODER, _encoder), (DECODER, _decoder)):
        weights = Weights(_SEED)
        graph = make(shape, weights)
        graph.initializer.extend(weights.tensors)
        onnx.save(onnx.helper.make_model(graph, opset_imports=[opset], ir_version=_IR), folder / name)


def _graph(
    name: str, writer: GraphWriter, inputs: Sequence[ValueInfoProto], outputs: Sequence[ValueInfoProto]
) -> GraphProto:
    from onnx import helper

    return helper.make_graph(writer.nodes, name, inputs, outputs)


def _encoder(shape: Shape, weights: Weights) -> GraphProto:
    """Pixels `(1, 3, side, side)` → a row for each cell."""
    writer, width, patch = GraphWriter(weights, "t", shape.width, shape.heads), shape.width, shape.patch
    values, scale, zero = writer.quantised(PIXELS)
    kernel = weights.int8("patches.weight", width, 3, patch, patch)
    patches = writer.scaled(writer.add("ConvInteger", values, kernel, zero, strides=[patch] * 2), scale, 3 * patch**2)
    rows = writer.add("Transpose", writer.add("Reshape", patches, writer.ints(1, width, -1)), perm=[0, 2, 1])
    x = writer.add("Concat", weights.floats("class", 1, 1, width), rows, axis=1)
    x = writer.add("Add", x, weights.floats("positions", 1, shape.cells, width))
    for layer in range(shape.layers):
        y = writer.norm(x, f"{layer}.before")
        query, keys, values = (
            writer.split_heads(writer.linear(y, f"{layer}.{part}", width, width)) for part in ("query", "key", "value")
        )
        x = writer.add("Add", x, writer.attend(f"{layer}.attention", query, keys, values))
        x = writer.add("Add", x, writer.feed_forward(writer.norm(x, f"{layer}.between"), f"{layer}.mlp", "none"))
    writer.add("Identity", writer.norm(x, "last"), called=HIDDEN)
    outputs = [tensor(HIDDEN, FLOAT, 1, shape.cells, width)]
    return _graph("vit", writer, [tensor(PIXELS, FLOAT, 1, 3, shape.side, shape.side)], outputs)


def _decoder(shape: Shape, weights: Weights) -> GraphProto:
    """One word → a score for every word, and keys and values; `is_later` when those of the picture are there."""
    writer, head = GraphWriter(weights, "t", shape.width, shape.heads), shape.width // shape.heads
    words, picture = shape.cache("words"), shape.cache("picture")
    outputs = [LOGITS, *(f"new_{name}" for name in [*words, *picture])]
    branches = {
        "then_branch": _branch(shape, weights, is_later=True),
        "else_branch": _branch(shape, weights, is_later=False),
    }
    writer.add_all("If", [IS_LATER], outputs, **branches)
    inputs = [
        tensor(WORD, INT64, 1, 1),
        tensor(POSITION, INT64, 1, 1),
        tensor(IS_LATER, BOOL, 1),
        tensor(HIDDEN, FLOAT, 1, shape.cells, shape.width),
        *(tensor(name, FLOAT, 1, shape.heads, "t", head) for name in words),
        *(tensor(name, FLOAT, 1, shape.heads, "cells", head) for name in picture),
    ]
    return _graph("gpt2", writer, inputs, _decoder_outputs(shape, outputs))


def _decoder_outputs(shape: Shape, names: Sequence[str]) -> list[ValueInfoProto]:
    cache = [tensor(n, FLOAT, 1, shape.heads, f"{n}_length", shape.width // shape.heads) for n in names[1:]]
    return [tensor(names[0], FLOAT, 1, 1, shape.words), *cache]


def _branch(shape: Shape, weights: Weights, *, is_later: bool) -> GraphProto:
    """A step for the first word, which also computes keys and values of the picture, or for a later one."""
    prefix, width = "later_" if is_later else "first_", shape.width
    writer = GraphWriter(weights, prefix, width, shape.heads)
    table = weights.int8("words", width, shape.words)
    x = _embedded(writer, shape, table)
    words, picture = shape.cache("words"), shape.cache("picture")
    for layer in range(shape.layers):
        pair = slice(2 * layer, 2 * layer + 2)
        all_three = writer.linear(writer.norm(x, f"{layer}.before"), f"{layer}.three", width, 3 * width)
        parts = writer.add_all("Split", [all_three], [f"{prefix}{n}_{layer}" for n in "qkv"], axis=-1, num_outputs=3)
        query, *new = (writer.split_heads(part) for part in parts)
        so_far = [
            writer.add("Concat", name, last, axis=2, called=f"{prefix}new_{name}")
            for name, last in zip(words[pair], new, strict=True)
        ]
        x = writer.add("Add", x, writer.attend(f"{layer}.attention", query, *so_far))
        seen = picture[pair] if is_later else [_of_picture(writer, name, prefix) for name in picture[pair]]
        query = writer.linear(writer.norm(x, f"{layer}.between"), f"{layer}.query", width, width)
        x = writer.add("Add", x, writer.attend(f"{layer}.cross", writer.split_heads(query), *seen))
        x = writer.add("Add", x, writer.feed_forward(writer.norm(x, f"{layer}.after"), f"{layer}.mlp", "tanh"))
    writer.matmul(writer.norm(x, "last"), table, width, called=f"{prefix}{LOGITS}")
    if is_later:  # they have not changed, and who asked has them: nothing is copied
        for name in picture:
            writer.add(
                "Identity",
                weights.floats("nothing", 1, shape.heads, 0, width // shape.heads),
                called=f"{prefix}new_{name}",
            )
    outputs = [f"{prefix}{LOGITS}", *(f"{prefix}new_{name}" for name in [*words, *picture])]
    return _graph(f"{prefix}word", writer, [], _decoder_outputs(shape, outputs))


def _embedded(writer: GraphWriter, shape: Shape, table: str) -> str:
    """A word is a column of the table of the output layer."""
    column = writer.add("Transpose", writer.add("Gather", table, WORD, axis=1), perm=[1, 2, 0])
    word = writer.add("DequantizeLinear", column, writer.number(1 / INT8_SPREAD))
    positions = writer.weights.floats("positions", shape.positions, shape.width)
    return writer.add("Add", word, writer.add("Gather", positions, POSITION, axis=0))


def _of_picture(writer: GraphWriter, name: str, prefix: str) -> str:
    return writer.split_heads(writer.linear(HIDDEN, name, writer.width, writer.width), called=f"{prefix}new_{name}")
