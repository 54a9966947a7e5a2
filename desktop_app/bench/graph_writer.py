"""Writes graphs of transformers with random 8-bit weights, quantised as `quantize_dynamic` of onnxruntime does it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto, ValueInfoProto

FLOAT, INT64, BOOL = 1, 7, 9
"""Types of tensors, by ONNX's numbers."""
INT8_SPREAD = 254 / math.sqrt(12)
"""Standard deviation of whole numbers from -127 to 127, all as likely."""


class Weights:
    """Random weights by name: made when first asked for, so that two branches of a graph can share them."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._tensors: dict[str, TensorProto] = {}

    @property
    def tensors(self) -> list[TensorProto]:
        return list(self._tensors.values())

    def int8(self, name: str, *sizes: int) -> str:
        return self._once(name, lambda: self._random.integers(-127, 128, sizes, np.int8))

    def floats(self, name: str, *sizes: int) -> str:
        """Small enough not to drown what they are added to."""
        return self._once(name, lambda: (0.02 * self._random.standard_normal(sizes)).astype(np.float32))

    def constant(self, values: NDArray[np.generic]) -> str:
        """Numbers that are given; called by what they are."""
        return self._once(f"{values.dtype}{values.shape}{values.ravel()[:8].tolist()}", lambda: values)

    def _once(self, name: str, make: Callable[[], NDArray[np.generic]]) -> str:
        from onnx import numpy_helper

        if name not in self._tensors:
            self._tensors[name] = numpy_helper.from_array(make(), name)
        return name


class GraphWriter:
    """Collects the nodes of a graph or a branch. Methods take and give names of tensors, mostly `(1, t, width)`."""

    def __init__(self, weights: Weights, prefix: str, width: int, heads: int) -> None:
        self.weights, self.width, self.heads = weights, width, heads
        self.nodes: list[NodeProto] = []
        self._prefix = prefix
        self._quantised: dict[str, list[str]] = {}

    def add_all(self, kind: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: object) -> list[str]:
        """Add a node; its outputs."""
        from onnx import helper

        self.nodes.append(helper.make_node(kind, list(inputs), list(outputs), **attributes))
        return list(outputs)

    def add(self, kind: str, *inputs: str, called: str = "", **attributes: object) -> str:
        """Add a node with one output, which gets a name of its own unless one is given."""
        return self.add_all(kind, inputs, [called or f"{self._prefix}{len(self.nodes)}"], **attributes)[0]

    def number(self, value: float) -> str:
        return self.weights.constant(np.array(value, np.float32))

    def ints(self, *values: int) -> str:
        return self.weights.constant(np.array(values, np.int64))

    def quantised(self, x: str) -> list[str]:
        """8-bit values, scale and zero point of a tensor; computed once for all that read it."""
        if x not in self._quantised:
            outputs = [f"{self._prefix}{x}_{part}" for part in ("uint8", "scale", "zero")]
            self._quantised[x] = self.add_all("DynamicQuantizeLinear", [x], outputs)
        return self._quantised[x]

    def scaled(self, product: str, x_scale: str, rows: int, called: str = "") -> str:
        """The whole numbers of a product over `rows` back to floats of about the size that went in."""
        scale = self.add("Mul", x_scale, self.number(1 / (INT8_SPREAD * math.sqrt(rows))))
        return self.add("Mul", self.add("Cast", product, to=FLOAT), scale, called=called)

    def matmul(self, x: str, weights: str, rows: int, called: str = "") -> str:
        """`x` times 8-bit weights with that many rows."""
        values, scale, zero = self.quantised(x)
        product = self.add("MatMulInteger", values, weights, zero, self.weights.constant(np.array(0, np.int8)))
        return self.scaled(product, scale, rows, called)

    def linear(self, x: str, name: str, rows: int, columns: int) -> str:
        product = self.matmul(x, self.weights.int8(f"{name}.weight", rows, columns), rows)
        return self.add("Add", product, self.weights.floats(f"{name}.bias", columns))

    def norm(self, x: str, name: str) -> str:
        scale = self.weights.constant(np.ones(self.width, np.float32))
        shift = self.weights.floats(f"{name}.shift", self.width)
        return self.add("LayerNormalization", x, scale, shift, axis=-1, epsilon=1e-5)

    def split_heads(self, x: str, called: str = "") -> str:
        """→ `(1, heads, t, head)`."""
        rows = self.add("Reshape", x, self.ints(1, -1, self.heads, self.width // self.heads))
        return self.add("Transpose", rows, perm=[0, 2, 1, 3], called=called)

    def attend(self, name: str, query: str, keys: str, values: str) -> str:
        """All three with heads apart → through the output layer. No mask: words come one at a time."""
        turned = self.add("Transpose", keys, perm=[0, 1, 3, 2])
        root = self.number((self.width // self.heads) ** -0.5)
        weights = self.add("Softmax", self.add("Mul", self.add("MatMul", query, turned), root), axis=-1)
        rows = self.add("Transpose", self.add("MatMul", weights, values), perm=[0, 2, 1, 3])
        return self.linear(self.add("Reshape", rows, self.ints(1, -1, self.width)), name, self.width, self.width)

    def feed_forward(self, x: str, name: str, approximate: str) -> str:
        hidden = self.linear(x, f"{name}.in", self.width, 4 * self.width)
        return self.linear(self.add("Gelu", hidden, approximate=approximate), f"{name}.out", 4 * self.width, self.width)


def tensor(name: str, kind: int, *sizes: int | str) -> ValueInfoProto:
    """An input or output of a graph; a size that is free has a name."""
    from onnx import helper

    return helper.make_tensor_value_info(name, kind, sizes)
