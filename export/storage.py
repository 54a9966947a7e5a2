"""How the weights of a graph are stored: few bytes in the file, single precision again once loaded.

What brings them back is part of the graph, and its inputs are constant: onnxruntime computes it once, when it opens
the session, so nothing is paid for at run time.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import GraphProto, NodeProto, TensorProto, helper, numpy_helper

from desktop_app.errors import UsageError

SMALL = 256  # elements; a smaller tensor is not worth a node
# Early and depthwise convolutions are few bytes and most of the damage: rounding errors of few inputs do not cancel out
FEW_WEIGHTS, FEW_INPUTS = 20_000, 32
FORMS = ("float16", "int8")


def store_weights(path: Path, form: str) -> None:
    """Store large weights as `float16`, or as `int8` with one scale for each output of their layer.

    What is not the weight of a layer, or of a layer where 8 bits are too few, becomes float16 in both forms.
    Raises UsageError on another form.
    """
    if form not in FORMS:
        raise UsageError(f"Weights cannot be stored as {form}, only as {' or '.join(FORMS)}.")
    model = onnx.load(path)
    _constants_to_initializers(model.graph)
    axes = _output_axes(model.graph) if form == "int8" else {}
    restoring: list[NodeProto] = []
    for tensor in list(model.graph.initializer):
        values = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or values.size < SMALL:
            continue
        axis = axes.get(tensor.name)
        if axis is not None and values.size >= FEW_WEIGHTS and values.size // values.shape[axis] >= FEW_INPUTS:
            stored, nodes = _as_int8(tensor.name, values, axis)
        else:
            stored, nodes = _as_half(tensor.name, values)
        model.graph.initializer.remove(tensor)
        model.graph.initializer.extend(stored)
        restoring += nodes
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


def _output_axes(graph: GraphProto) -> dict[str, int]:
    """Name of each layer's weight → the axis that counts the layer's outputs."""
    axes = {}
    for node in graph.node:
        if node.op_type == "Conv":
            axes[node.input[1]] = 0
        elif node.op_type == "MatMul":
            axes[node.input[1]] = 1
        elif node.op_type == "Gemm":
            axes[node.input[1]] = 0 if any(a.name == "transB" and a.i for a in node.attribute) else 1
    return axes


def _as_half(name: str, values: NDArray[np.float32]) -> tuple[list[TensorProto], list[NodeProto]]:
    limit = np.finfo(np.float16).max
    half = numpy_helper.from_array(values.clip(-limit, limit).astype(np.float16), f"{name}_half")
    return [half], [helper.make_node("Cast", [half.name], [name], to=TensorProto.FLOAT)]


def _as_int8(name: str, values: NDArray[np.float32], axis: int) -> tuple[list[TensorProto], list[NodeProto]]:
    """Cast and Mul, not DequantizeLinear: onnxruntime keeps that one for integer arithmetic and would not fold it."""
    others = tuple(i for i in range(values.ndim) if i != axis)
    largest = np.abs(values).max(others, keepdims=True)
    scale = np.where(largest > 0, largest / 127, 1).astype(np.float32)
    stored = [
        numpy_helper.from_array(np.rint(values / scale).astype(np.int8), f"{name}_int8"),
        numpy_helper.from_array(scale, f"{name}_scale"),
    ]
    nodes = [
        helper.make_node("Cast", [f"{name}_int8"], [f"{name}_whole"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{name}_whole", f"{name}_scale"], [name]),
    ]
    return stored, nodes
