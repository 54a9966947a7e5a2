"""One window for each user: a second start hands its request to the first. This side needs no Qt, so it is quick.

A request is one line of JSON, `{"command": "open", "paths": [...]}` or `{"command": "clipboard"}`; the answer is
`{"taken": true}` or `{"taken": false}`.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
import stat
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import platformdirs

SECONDS = 2.0
"""Longest wait for the running window's answer."""
_NAME = "descry.window"


def server_name() -> str:
    """What Qt calls the socket: a file in a folder that only this user can enter, or a pipe's name on Windows."""
    if sys.platform == "win32":
        return f"{_NAME}.{getpass.getuser()}"
    return str(_private_folder() / _NAME)


def _private_folder() -> Path:
    """The user's runtime folder; without one, a folder of our own in the place for temporary files."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if not runtime and sys.platform == "darwin":
        runtime = platformdirs.user_runtime_dir()  # elsewhere it would guess a folder, and complain
    if runtime and _is_private(Path(runtime)):
        return Path(runtime)
    folder = Path(tempfile.gettempdir()) / f"descry-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if not _is_private(folder):  # somebody else made it first
        folder = Path(tempfile.mkdtemp(prefix="descry-"))
    return folder


def _is_private(folder: Path) -> bool:
    try:
        status = folder.stat(follow_symlinks=False)
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077


def hand_over(request: Mapping[str, object], seconds: float = SECONDS) -> bool:
    """Give the request to the window that runs; False when none runs or it does not take it."""
    line = json.dumps(request).encode("ascii") + b"\n"
    try:
        answer = _exchange_by_pipe(line) if sys.platform == "win32" else _exchange_by_socket(line, seconds)
        table = json.loads(answer)
    except (OSError, ValueError):
        return False
    return isinstance(table, dict) and table.get("taken") is True


def _exchange_by_socket(line: bytes, seconds: float) -> bytes:
    deadline = time.monotonic() + seconds
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(seconds)
        connection.connect(server_name())
        connection.sendall(line)
        answer = b""
        while not answer.endswith(b"\n"):
            connection.settimeout(max(0.01, deadline - time.monotonic()))
            part = connection.recv(4096)
            if not part:
                break
            answer += part
    return answer


def _exchange_by_pipe(line: bytes) -> bytes:
    with open(rf"\\.\pipe\{server_name()}", "r+b", buffering=0) as pipe:
        pipe.write(line)
        return pipe.readline()
