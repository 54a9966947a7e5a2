"""Writes tensors as Paddle does."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray


def paddle_bytes(values: NDArray[np.float32]) -> bytes:
    """One tensor of a `.pdiparams` file."""
    message = b"\x08\x05" + b"".join(b"\x10" + _varint(size) for size in values.shape)
    return struct.pack("<IQIi", 0, 0, 0, len(message)) + message + values.astype("<f4").tobytes()


def _varint(value: int) -> bytes:
    low, high = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(high) if high else bytes([low])
