"""What goes through the pipes between an engine and its worker: JSON lines in, framed answers out."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import IO

READY = b"R"
"""JSON: `sample_rate`, `version`. The first answer."""
AUDIO = b"A"
"""Samples: signed 16 bits, little end first, one channel."""
END = b"E"
"""The request has been dealt with, or was cancelled."""
VOICES = b"V"
"""JSON: a list of `id`, `name`, `language`."""
FAILURE = b"X"
"""JSON: `reason`, one of those below. The worker ends after it."""

NO_LIBRARY = "no library"
NO_VOICE_DATA = "no voice data"
NO_PACKAGE = "no package"
NO_APLAY = "no aplay"
NO_SOUND = "no sound"

_HEADER = struct.Struct("<cI")


def write_frame(pipe: IO[bytes], kind: bytes, payload: bytes = b"") -> None:
    """One frame: kind, length, payload."""
    pipe.write(_HEADER.pack(kind, len(payload)) + payload)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> tuple[bytes, bytes] | None:
    """Kind and payload of the next frame; None when the other side has ended, also in the middle of a frame."""
    header = pipe.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    kind, length = _HEADER.unpack(header)
    payload = pipe.read(length)
    return (kind, payload) if len(payload) == length else None


def write_request(pipe: IO[bytes], request: Mapping[str, object]) -> None:
    """One line of JSON. Escaped to ASCII, so that half a surrogate pair in a text does no harm."""
    pipe.write(json.dumps(request).encode("ascii") + b"\n")
    pipe.flush()


def read_request(pipe: IO[bytes]) -> dict[str, object] | None:
    """The next request; None when the other side has ended."""
    line = pipe.readline()
    if not line.endswith(b"\n"):
        return None
    request: dict[str, object] = json.loads(line)
    return request
