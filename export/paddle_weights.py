"""The weights of a published Paddle model, read without Paddle."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_SINGLE = 5  # VarType.FP32


def read_parameters(data: bytes) -> Iterator[NDArray[np.float32]]:
    """The tensors of a `.pdiparams` file, which come in the order of their names but without them.

    Each is a version, a level of detail (never used for weights), a version, the length of a
    protobuf message with type and sizes, the message, the numbers: `SerializeToStream` in Paddle's
    lod_tensor.cc. Raises ValueError on anything else.
    """
    at = 0
    while at < len(data):
        version, levels, tensor_version, length = struct.unpack_from("<IQIi", data, at)
        if version or levels or tensor_version:
            raise ValueError("no parameters of Paddle, or of a newer version")
        at += struct.calcsize("<IQIi")
        shape = _shape(data[at : at + length])
        values = np.frombuffer(data, "<f4", int(np.prod(shape)), at + length)
        yield values.reshape(shape)
        at += length + values.nbytes


def _shape(message: bytes) -> list[int]:
    """Sizes from a `TensorDesc`: field 1 is the type, each field 2 a size."""
    numbers = list(_varints(message))
    fields = list(zip(numbers[::2], numbers[1::2], strict=True))
    if fields[0] != (1 << 3, _SINGLE) or any(tag != 2 << 3 for tag, _ in fields[1:]):
        raise ValueError("not in single precision")
    return [size for _, size in fields[1:]]


def _varints(message: bytes) -> Iterator[int]:
    value = shift = 0
    for byte in message:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield value
            value = shift = 0
