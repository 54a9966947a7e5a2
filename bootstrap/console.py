"""Talking to the person who waits for the set-up, on standard error: standard output is the program's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable


class SetupError(Exception):
    """Why it cannot go on, as a sentence that says what to do."""

    exit_code = 1


class SetupUsageError(SetupError):
    """The words after `start.py` cannot be understood."""

    exit_code = 2


def say(text: str) -> None:
    """One line for the person who waits."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def agrees(question: str) -> bool | None:
    """Asks for yes or no at the terminal, yes being the default; None when nobody is there to answer."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    sys.stderr.write(question + " [Y/n] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("", "y", "yes")


def follow(command: list[str], told: Callable[[str], str | None]) -> tuple[int, list[str]]:
    """Run a long command without questions; for each line that it prints, say what `told` makes of it, if anything.

    Returns the exit code and all lines.
    """
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    lines = []
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip())
            news = told(line)
            if news:
                say("  " + news)
    return process.returncode, lines
