"""How the weights of a graph are stored: few bytes in the file, single precision again once loaded.

What brings them back is part of the graph, and its inputs are constant: onnxruntime computes it once, when it opens
the session, so nothing is paid for at run time.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import GraphProto, NodeProto, TensorProto, helper, numpy_helper

from desktop_app.errors import UsageError
from export.rounding import input_moments, nearest_scale, round_for_inputs, round_nearest

SMALL = 256  # elements; a smaller tensor is not worth a node
# Early and depthwise convolutions are few bytes and most of the damage: rounding errors of few inputs do not cancel out
FEW_WEIGHTS, FEW_INPUTS = 20_000, 32
FORMS = ("float32", "float16", "int8")


@dataclass(frozen=True)
class Layer:
    """A convolution or matrix product, and its stored weights."""

    node: NodeProto
    weights: NDArray[np.float32]

    @property
    def name(self) -> str:
        return self.node.input[1]

    @property
    def outputs_first(self) -> bool:
        """Whether the first axis of the weights counts the outputs, or else the last."""
        transposed = any(a.name == "transB" and a.i for a in self.node.attribute)
        return self.node.op_type == "Conv" or transposed

    @property
    def rows(self) -> NDArray[np.float32]:
        """The weights (outputs, inputs of each)."""
        return self.weights.reshape(len(self.weights), -1) if self.outputs_first else self.weights.T

    def shaped(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Rows of that kind, of all weights or of one value each, in the order and number of axes of `weights`."""
        if not self.outputs_first:
            return np.ascontiguousarray(rows.T)
        one_each = (len(rows), *[1] * (self.weights.ndim - 1))
        return rows.reshape(one_each if rows.shape[1] == 1 else self.weights.shape)

    @property
    def is_linear(self) -> bool:
        """Whether each output is a sum over one vector of the input, as in a convolution of one pixel."""
        if self.node.op_type != "Conv":
            return True
        groups = [a.i for a in self.node.attribute if a.name == "group"]
        return self.weights.shape[2:] == (1, 1) and groups in ([], [1])


def store_weights(path: Path, form: str, inputs: NDArray[np.generic] | None = None) -> None:
    """Store large weights as `float16`, or as `int8` with one scale for each output of their layer.

    What is not the weight of a layer, or of a layer where 8 bits are too few, becomes float16 in both forms.
    With typical `inputs` of the graph (n, ...) the 8 bits are those that change the outputs of the layers least.
    Raises UsageError on another form.
    """
    if form not in FORMS:
        raise UsageError(f"Weights cannot be stored as {form}, only as {', '.join(FORMS[:-1])} or {FORMS[-1]}.")
    if form == "float32":
        return  # as torch has written them
    model = onnx.load(path)
    _constants_to_initializers(model.graph)
    stored, restoring = _take_eight_bits(model, inputs) if form == "int8" else ([], [])
    for tensor in list(model.graph.initializer):
        if tensor.data_type == TensorProto.FLOAT and np.prod(tensor.dims) >= SMALL:
            model.graph.initializer.remove(tensor)
            half, cast = _as_half(tensor.name, numpy_helper.to_array(tensor))
            stored.append(half)
            restoring.append(cast)
    model.graph.initializer.extend(stored)
    computing = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(restoring + computing)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def _constants_to_initializers(graph: GraphProto) -> None:
    """Tracing leaves tensors that are no parameters as Constant nodes; the large ones are weights too."""
    for node in list(graph.node):
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            tensor = node.attribute[0].t
            if np.prod(tensor.dims) >= SMALL:
                tensor.name = node.output[0]
                graph.initializer.append(tensor)
                graph.node.remove(node)


def _take_eight_bits(
    model: onnx.ModelProto, inputs: NDArray[np.generic] | None
) -> tuple[list[TensorProto], list[NodeProto]]:
    """Take the weights that 8 bits are enough for out of the graph → what is stored instead, and what restores them."""
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    layers = [layer for layer in _layers(model.graph, tensors) if _bears_eight_bits(layer)]
    linear = [layer.node for layer in layers if layer.is_linear]
    moments = {} if inputs is None else input_moments(model, linear, inputs)
    stored, restoring = [], []
    for layer in layers:
        scale = nearest_scale(layer.rows)
        measured = moments.get(layer.node.input[0]) if layer.is_linear else None
        if measured is None:
            whole = round_nearest(layer.rows, scale)
        elif layer.node.op_type == "MatMul":  # it has no bias
            whole = round_for_inputs(layer.rows, scale, measured.square)
        else:
            whole = round_for_inputs(layer.rows, scale, measured.covariance)
            _shift_bias(model.graph, layer, (layer.rows - whole * scale) @ measured.mean)
        model.graph.initializer.remove(tensors[layer.name])
        stored += [
            numpy_helper.from_array(layer.shaped(whole), f"{layer.name}_int8"),
            numpy_helper.from_array(layer.shaped(scale), f"{layer.name}_scale"),
        ]
        # not DequantizeLinear: onnxruntime keeps that one for integer arithmetic and would not fold it
        restoring += [
            helper.make_node("Cast", [f"{layer.name}_int8"], [f"{layer.name}_whole"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [f"{layer.name}_whole", f"{layer.name}_scale"], [layer.name]),
        ]
    return stored, restoring


def _layers(graph: GraphProto, tensors: dict[str, TensorProto]) -> list[Layer]:
    """Each stored weight once, with the last node that uses it."""
    layers = {}
    for node in graph.node:
        weights = tensors.get(node.input[1]) if node.op_type in ("Conv", "MatMul", "Gemm") else None
        if weights is not None and (node.op_type == "Conv" or len(weights.dims) == 2):
            layers[weights.name] = Layer(node, numpy_helper.to_array(weights))
    return list(layers.values())


def _bears_eight_bits(layer: Layer) -> bool:
    single = layer.weights.dtype == np.float32
    return single and layer.weights.size >= FEW_WEIGHTS and layer.rows.shape[1] >= FEW_INPUTS


def _shift_bias(graph: GraphProto, layer: Layer, shift: NDArray[np.float64]) -> None:
    """Add to the bias of one layer what the rounding takes from the mean of its outputs.

    In a tensor of its own: equal ones of several layers may be stored once.
    """
    biases = {tensor.name: tensor for tensor in graph.initializer}
    old = layer.node.input[2] if len(layer.node.input) > 2 else None
    values = shift if old is None else numpy_helper.to_array(biases[old]) + shift
    name = f"{layer.name}_bias"
    graph.initializer.append(numpy_helper.from_array(values.astype(np.float32), name))
    del layer.node.input[2:]
    layer.node.input.append(name)
    if old is not None and not any(old in node.input for node in graph.node):
        graph.initializer.remove(biases[old])


def _as_half(name: str, values: NDArray[np.float32]) -> tuple[TensorProto, NodeProto]:
    limit = np.finfo(np.float16).max
    half = numpy_helper.from_array(values.clip(-limit, limit).astype(np.float16), f"{name}_half")
    return half, helper.make_node("Cast", [half.name], [name], to=TensorProto.FLOAT)
