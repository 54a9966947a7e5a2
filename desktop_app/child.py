"""Child processes for engines: started without a shell, apart from the terminal, ended with all their own children."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_PROGRAM = Path(__file__).resolve().parents[1]


def start_worker(module: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Run a module of this program with pipes at both ends. It is to end when its standard input does.

    The words to say go through the pipe and never stand in the process list. Raises `OSError`.
    """
    return subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # libraries print there, perhaps words of the text
        # `-m` looks in the working directory first: that must be ours and never a folder of the user's.
        cwd=_PROGRAM,
        env={**os.environ, **(environment or {})},
        # A session of its own: Ctrl+C in the terminal is for the program to handle, and the whole group can be killed.
        start_new_session=True,
        # The same on Windows, and no console window beside a program that has none.
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End the worker and whatever it started, also when it is stopped or hangs. To be called before `release`."""
    try:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except ProcessLookupError:
        pass  # it had ended by itself


def release(process: subprocess.Popen[bytes]) -> None:
    """Collect a killed worker and close its pipes; nobody may be reading from them any more."""
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:
                pass  # a request that it no longer read
