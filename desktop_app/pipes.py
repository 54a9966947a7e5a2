"""How the program and its workers talk through pipes: JSON lines in, framed answers out."""

from __future__ import annotations

import json
import os
import struct
import sys
from collections.abc import Callable, Mapping
from typing import IO

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


def serve_standard_streams(serve: Callable[[IO[bytes], IO[bytes]], None]) -> None:
    """Let a worker read requests from standard input and answer on standard output, which nothing else may write to."""
    # Whatever a library prints must not get between the answers
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, answers)
