"""A lock that the system takes back when its holder dies."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import IO

from bootstrap.console import SetupError, say


@contextlib.contextmanager
def one_at_a_time(path: str) -> Iterator[None]:
    """Hold the lock file for the length of a `with`.

    Raises SetupError when the folder cannot be written to.
    """
    try:
        file = open(path, "a")  # noqa: SIM115 - closed below, which gives the lock back
    except OSError as error:
        raise SetupError(
            f"Descry cannot be set up here, because the folder {os.path.dirname(path)} cannot be written to. "
            "Copy it to a place of your own and start it there."
        ) from error
    with file:
        if not take(file, wait=False):
            say("Another start is setting Descry up; waiting for it.")
            while not take(file, wait=True):
                pass
        yield


def take(file: IO[str], wait: bool) -> bool:
    """Was the lock taken? On Windows a waiting call gives up after ten seconds."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True
