#!/usr/bin/env python3
"""Sets Descry up where that is still to be done, then starts it: `python3 start.py [ARGUMENTS OF descry]`.

Two words are its own: `setup [dev] [train] [gpu] [bench]` sets up and ends; `test [ARGUMENTS OF pytest]` checks all.
Python 3.6 has to understand this file, to be told in a sentence that it is too old.
"""

import os
import subprocess
import sys

OLDEST_PYTHON = (3, 10)
TRAINING = (
    "vocabulary", "features", "attributes", "train", "export", "parity", "evaluate", "neighbours", "choose", "publish",
)  # fmt: skip
"""The commands of `export/`, which need the extra `train`."""


def main(arguments: "list[str]") -> int:
    """Set up what the command needs, then run it; returns its exit code, unless this process was replaced."""
    from bootstrap.console import SetupError, say

    try:
        return start(arguments)
    except SetupError as error:
        say(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        say("Interrupted. The next start goes on from here.")
        return 130


def start(arguments: "list[str]") -> int:
    """As `main`; raises SetupError."""
    from bootstrap import environment

    command = arguments[0] if arguments else "open"
    environment.ensure(needed_extras(command, arguments[1:]))
    if command == "setup":
        return 0
    if command == "test":
        from bootstrap.checks import run_checks

        return run_checks(arguments[1:])
    if command == "open":
        from bootstrap.system import need_window_libraries

        need_window_libraries()
    # -I: the folder that it is started in is not searched for modules, whatever pictures and scripts lie there.
    return become([environment.PYTHON, "-I", "-m", "desktop_app", *arguments])


def needed_extras(command: str, rest: "list[str]") -> "frozenset[str]":
    """The extras that this command cannot do without; raises SetupUsageError for one that is unknown."""
    from bootstrap.console import SetupUsageError
    from bootstrap.environment import EXTRAS

    if command == "setup":
        for word in rest:
            if word not in EXTRAS:
                raise SetupUsageError(f"There is no extra called {word}. The extras are {', '.join(EXTRAS)}.")
        return frozenset(rest)
    if command == "test":
        return frozenset(["dev"])
    if command == "bench":
        return frozenset(["bench"])
    return frozenset(["train"]) if command in TRAINING else frozenset()


def become(command: "list[str]") -> int:
    """Replace this process, so that input, output, signals and exit code are the program's own."""
    if os.name != "nt":
        os.execv(command[0], command)
    child = subprocess.Popen(command)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            pass  # the console tells the child too, and its exit code is the answer


def find_new_python() -> str:
    """The newest Python that is new enough and not this one; empty when there is none."""
    import shutil

    found = (shutil.which(f"python3.{minor}") for minor in range(20, OLDEST_PYTHON[1] - 1, -1))
    return next((path for path in found if path), "")


if __name__ == "__main__":
    if sys.version_info < OLDEST_PYTHON:
        newer = find_new_python()
        if not newer:
            sys.exit(f"Descry needs Python 3.10 or newer, and this is Python {sys.version.split()[0]}.")
        sys.exit(become([newer, os.path.abspath(__file__), *sys.argv[1:]]))
    sys.exit(main(sys.argv[1:]))
