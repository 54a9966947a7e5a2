"""Rounding of weights such that the outputs of their layer change little, for the inputs that occur."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import NodeProto

BATCH = 4  # all measured tensors of a batch are in memory at once
POSITIONS = 64  # of a feature map, at most: neighbours are much alike
DAMPING = 0.01  # of the mean square of an input, as in GPTQ: what few pictures show is not to be trusted entirely
BLOCK = 64  # inputs whose errors are carried to all later ones at once; changes the time only
LARGEST = 127


@dataclass(frozen=True)
class Moments:
    """Of the input of a layer over pictures and positions."""

    mean: NDArray[np.float64]  # (k,)
    square: NDArray[np.float64]  # (k, k), mean of the products; not centred

    @property
    def covariance(self) -> NDArray[np.float64]:
        return self.square - np.outer(self.mean, self.mean)


def input_moments(
    model: onnx.ModelProto, nodes: Iterable[NodeProto], inputs: NDArray[np.generic]
) -> dict[str, Moments]:
    """Moments of what these layers get, by the name of the tensor, when the model's only input is `inputs` (n, ...)."""
    channels = {node.input[0]: 1 if node.op_type == "Conv" else -1 for node in nodes}
    names = list(channels)
    if not names:
        return {}
    measuring = onnx.ModelProto()
    measuring.CopyFrom(model)
    del measuring.graph.output[:]
    measuring.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    session = ort.InferenceSession(measuring.SerializeToString(), providers=["CPUExecutionProvider"])
    sums = {name: (0, np.float64(0), np.float64(0)) for name in names}
    for start in range(0, len(inputs), BATCH):
        values = session.run(names, {model.graph.input[0].name: inputs[start : start + BATCH]})
        for name, value in zip(names, values, strict=True):
            rows = _rows(np.moveaxis(value, channels[name], -1))
            count, total, products = sums[name]
            sums[name] = (count + len(rows), total + rows.sum(0, dtype=np.float64), products + rows.T @ rows)
    return {name: Moments(total / count, products / count) for name, (count, total, products) in sums.items()}


def _rows(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, ..., k) → (rows, k), with some of the positions of each picture."""
    positions = values.reshape(len(values), -1, values.shape[-1])
    step = -(-positions.shape[1] // POSITIONS)
    return positions[:, ::step].reshape(-1, values.shape[-1])


def nearest_scale(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """(m, k) → (m, 1): the largest weight of each output becomes 127."""
    largest = np.abs(weights).max(1, keepdims=True)
    return np.where(largest > 0, largest / LARGEST, 1).astype(np.float32)


def round_nearest(weights: NDArray[np.float32], scale: NDArray[np.float32]) -> NDArray[np.int8]:
    return np.rint(weights / scale).clip(-LARGEST, LARGEST).astype(np.int8)


def round_for_inputs(
    weights: NDArray[np.float32], scale: NDArray[np.float32], square: NDArray[np.float64]
) -> NDArray[np.int8]:
    """Round weights (m, k) input by input; those still to come make up for the error as far as inputs are correlated.

    `square` (k, k) holds the mean products of the inputs. GPTQ, https://arxiv.org/abs/2210.17323, the strongest
    inputs first.
    """
    strength = np.diag(square)
    order = np.argsort(-strength, kind="stable")
    damped = square[np.ix_(order, order)] + max(DAMPING * strength.mean(), 1e-12) * np.eye(len(order))
    carry = np.linalg.cholesky(np.linalg.inv(damped)).T.astype(np.float32)  # upper triangle
    left, step = weights.T[order], scale[:, 0]  # (k, m), (m,)
    whole = np.empty(left.shape, np.int8)
    for start in range(0, len(order), BLOCK):
        block = slice(start, min(start + BLOCK, len(order)))
        errors = np.empty_like(left[block])
        for j in range(block.start, block.stop):
            whole[j] = np.rint(left[j] / step).clip(-LARGEST, LARGEST)
            error = errors[j - start] = (left[j] - whole[j] * step) / carry[j, j]
            left[j + 1 : block.stop] -= np.outer(carry[j, j + 1 : block.stop], error)
        left[block.stop :] -= carry[block, block.stop :].T @ errors
    return whole[np.argsort(order)].T
