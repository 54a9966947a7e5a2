"""Weights that are stored small, and what onnxruntime makes of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from desktop_app.errors import UsageError

pytest.importorskip("onnx", reason="onnx is not installed: run python3 start.py setup dev")

import onnx
from onnx import TensorProto, helper, numpy_helper

from export.storage import store_weights

RNG = np.random.default_rng(3)
PIXELS = RNG.normal(size=(1, 160, 4, 4)).astype(np.float32)


def weights(*shape: int) -> np.ndarray:
    """Normal numbers, with a scale of its own for each output."""
    scale = np.exp(RNG.normal(size=(shape[0], *[1] * (len(shape) - 1))))
    return (RNG.normal(size=shape) * scale / 12).astype(np.float32)


POINTWISE, DEPTHWISE, DENSE = weights(160, 160, 1, 1), weights(160, 1, 3, 3), weights(160, 160).T.copy()


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """A pointwise and a depthwise convolution, and a matrix product whose weight is a Constant node."""
    nodes = [
        helper.make_node("Conv", ["x", "pointwise"], ["a"]),
        helper.make_node("Conv", ["a", "depthwise", "bias"], ["b"], group=160, pads=[1, 1, 1, 1]),
        helper.make_node("Constant", [], ["dense"], value=numpy_helper.from_array(DENSE)),
        helper.make_node("GlobalAveragePool", ["b"], ["c"]),
        helper.make_node("Flatten", ["c"], ["d"]),
        helper.make_node("MatMul", ["d", "dense"], ["y"]),
    ]
    bias = np.ones(160, np.float32)
    stored = {"pointwise": POINTWISE, "depthwise": DEPTHWISE, "bias": bias}
    model = helper.make_model(
        helper.make_graph(
            nodes,
            "g",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 160, 4, 4])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 160])],
            [numpy_helper.from_array(values, name) for name, values in stored.items()],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    path = tmp_path / "graph.onnx"
    onnx.save(model, path)
    return path


def run(path: Path, pixels: np.ndarray = PIXELS) -> np.ndarray:
    (y,) = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(["y"], {"x": pixels})
    return np.asarray(y)


def stored_types(path: Path) -> dict[str, int]:
    return {tensor.name: tensor.data_type for tensor in onnx.load(path).graph.initializer}


def test_half_precision(graph: Path) -> None:
    before, size = run(graph), graph.stat().st_size
    store_weights(graph, "float16")
    assert graph.stat().st_size < 0.52 * size
    assert stored_types(graph) == {
        "bias": TensorProto.FLOAT,
        "pointwise_half": TensorProto.FLOAT16,
        "depthwise_half": TensorProto.FLOAT16,
        "dense_half": TensorProto.FLOAT16,
    }
    assert np.abs(run(graph) - before).max() < 1e-3 * np.abs(before).max()


def test_eight_bits_for_what_has_many_weights_and_inputs(graph: Path) -> None:
    before, size = run(graph), graph.stat().st_size
    store_weights(graph, "int8")
    assert graph.stat().st_size < 0.28 * size
    assert stored_types(graph) == {
        "bias": TensorProto.FLOAT,
        "pointwise_int8": TensorProto.INT8,
        "pointwise_scale": TensorProto.FLOAT,
        "depthwise_half": TensorProto.FLOAT16,
        "dense_int8": TensorProto.INT8,
        "dense_scale": TensorProto.FLOAT,
    }
    assert np.abs(run(graph) - before).max() < 0.02 * np.abs(before).max()


def test_each_output_has_its_own_scale(graph: Path) -> None:
    store_weights(graph, "int8")
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(graph).graph.initializer}
    for name, values, axis in (("pointwise", POINTWISE, (1, 2, 3)), ("dense", DENSE, (0,))):
        whole, scale = stored[f"{name}_int8"], stored[f"{name}_scale"]
        assert (np.abs(whole).max(axis) == 127).all()
        assert (np.abs(whole * scale - values) <= scale * 0.5001).all()


def test_an_output_without_weights_stays_nothing(graph: Path) -> None:
    model = onnx.load(graph)
    empty = POINTWISE.copy()
    empty[7] = 0
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(empty, "pointwise"))
    onnx.save(model, graph)
    before = run(graph)
    store_weights(graph, "int8")
    assert np.isfinite(run(graph)).all()
    assert np.abs(run(graph) - before).max() < 0.02 * np.abs(before).max()


@pytest.mark.parametrize("form", ["float16", "int8"])
def test_onnxruntime_restores_them_before_it_runs(graph: Path, form: str, tmp_path: Path) -> None:
    store_weights(graph, form)
    options = ort.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "opened.onnx")
    options.log_severity_level = 3  # it warns that such a file fits this processor only
    ort.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    opened = onnx.load(tmp_path / "opened.onnx").graph
    assert not {"Cast", "Mul", "DequantizeLinear"} & {node.op_type for node in opened.node}
    large = [tensor for tensor in opened.initializer if np.prod(tensor.dims) >= 256]
    assert {tensor.data_type for tensor in large} == {TensorProto.FLOAT}


def test_single_precision_leaves_the_file_alone(graph: Path) -> None:
    before = graph.read_bytes()
    store_weights(graph, "float32")
    assert graph.read_bytes() == before


def test_another_form_is_refused(graph: Path) -> None:
    with pytest.raises(UsageError, match="cannot be stored as int4, only as float32, float16 or int8"):
        store_weights(graph, "int4")


def test_typical_inputs_make_it_more_exact(graph: Path) -> None:
    """The 160 channels of these are mixtures of 10, so that errors of the weights can cancel out."""
    mixing = RNG.normal(size=(10, 160))
    typical = np.einsum("nkyx,kc->ncyx", RNG.normal(size=(40, 10, 4, 4)) + 0.5, mixing).astype(np.float32)
    seen, others = typical[:20], typical[20:]
    exact, nearest = run(graph, others), graph.with_name("nearest.onnx")
    nearest.write_bytes(graph.read_bytes())
    store_weights(nearest, "int8")
    store_weights(graph, "int8", seen)
    assert np.linalg.norm(run(graph, others) - exact) < 0.5 * np.linalg.norm(run(nearest, others) - exact)
    assert graph.stat().st_size < nearest.stat().st_size + 1200  # the bias that the convolution had not
