"""Tensors in Paddle's file format, as bytes that its own documentation describes."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from export.paddle_weights import read_parameters
from tests.export.paddle_file import paddle_bytes


def test_tensors_come_back_in_order_and_shape() -> None:
    rng = np.random.default_rng(0)
    written = [rng.normal(size=shape).astype(np.float32) for shape in ((300, 2, 3, 1), (1,), (7, 130))]
    read = list(read_parameters(b"".join(map(paddle_bytes, written))))
    assert [values.shape for values in read] == [(300, 2, 3, 1), (1,), (7, 130)]
    assert all((a == b).all() for a, b in zip(read, written, strict=True))


def test_a_file_by_hand() -> None:
    message = bytes([0x08, 5, 0x10, 0x80, 0x01, 0x10, 1])  # type 5, sizes 128 and 1
    data = struct.pack("<IQIi", 0, 0, 0, len(message)) + message + struct.pack("<128f", *range(128))
    (values,) = read_parameters(data)
    assert values.shape == (128, 1)
    assert values[:, 0].tolist() == list(range(128))


@pytest.mark.parametrize("header", [(1, 0, 0), (0, 1, 0), (0, 0, 1)])
def test_another_version_is_refused(header: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="newer version"):
        list(read_parameters(struct.pack("<IQIi", *header, 0)))


@pytest.mark.parametrize("message", [bytes([0x08, 6, 0x10, 1]), bytes([0x08, 5, 0x18, 1])])
def test_another_type_is_refused(message: bytes) -> None:
    with pytest.raises(ValueError, match="single precision"):
        list(read_parameters(struct.pack("<IQIi", 0, 0, 0, len(message)) + message + bytes(8)))
