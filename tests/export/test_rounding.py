"""Rounding that knows what a layer is given."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx", reason="onnx is not installed: run python3 start.py setup dev")

from onnx import TensorProto, helper

from export.rounding import BLOCK, input_moments, nearest_scale, round_for_inputs, round_nearest

RNG = np.random.default_rng(5)
INPUTS = BLOCK + 30  # two blocks, the second one not full
WEIGHTS = RNG.normal(size=(20, INPUTS)).astype(np.float32)
SCALE = nearest_scale(WEIGHTS)


def output_error(whole: np.ndarray, inputs: np.ndarray) -> float:
    return float(np.linalg.norm(inputs @ (whole * SCALE - WEIGHTS).T))


def test_correlated_inputs_let_errors_cancel_out() -> None:
    inputs = RNG.normal(size=(2000, 12)) @ RNG.normal(size=(12, INPUTS)) + 0.1 * RNG.normal(size=(2000, INPUTS))
    whole = round_for_inputs(WEIGHTS, SCALE, inputs.T @ inputs / len(inputs))
    assert output_error(whole, inputs) < 0.5 * output_error(round_nearest(WEIGHTS, SCALE), inputs)


def test_without_correlation_it_is_the_nearest() -> None:
    strengths = np.diag(RNG.uniform(0.5, 2, INPUTS))
    assert (round_for_inputs(WEIGHTS, SCALE, strengths) == round_nearest(WEIGHTS, SCALE)).all()


def test_inputs_that_never_occur() -> None:
    nothing = np.zeros((INPUTS, INPUTS))
    assert (round_for_inputs(WEIGHTS, SCALE, nothing) == round_nearest(WEIGHTS, SCALE)).all()


def test_weights_are_left_as_they_are() -> None:
    before = WEIGHTS.copy()
    round_for_inputs(WEIGHTS, SCALE, np.eye(INPUTS))
    assert (before == WEIGHTS).all()


def test_moments_over_pictures_and_positions() -> None:
    node = helper.make_node("Conv", ["doubled", "w"], ["y"])
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "x"], ["doubled"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 2, 5])],
        [helper.make_tensor_value_info("doubled", TensorProto.FLOAT, ["n", 3, 2, 5])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    inputs = RNG.normal(size=(7, 3, 2, 5)).astype(np.float32)
    rows = 2 * np.moveaxis(inputs, 1, -1).reshape(-1, 3)
    found = input_moments(model, [node], inputs)["doubled"]
    np.testing.assert_allclose(found.mean, rows.mean(0), rtol=1e-5)
    np.testing.assert_allclose(found.covariance, np.cov(rows.T, bias=True), rtol=1e-4, atol=1e-5)
