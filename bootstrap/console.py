"""Talking to the person who waits for the set-up, on standard error: standard output is the program's."""

from __future__ import annotations

import sys


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
