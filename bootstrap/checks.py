"""All checks of the project: style, types, architecture and tests."""

from __future__ import annotations

import subprocess
import sys

from bootstrap.console import say
from bootstrap.environment import HERE, PYTHON
from bootstrap.system import prepare_for_tests

CHECKS = {
    "style": ("-m", "ruff", "check", "."),
    "format": ("-m", "ruff", "format", "--check", "."),
    "types": ("-m", "mypy"),
    "architecture": ("-c", "from importlinter.cli import lint_imports_command as main; main()"),
}


def run_checks(pytest_arguments: list[str]) -> int:
    """Run every check, also after one has failed, and pytest last; 0 when all are in order."""
    prepare_for_tests()
    failed = [name for name, words in CHECKS.items() if run(name, words)]
    tests = run("tests", ("-m", "pytest", *pytest_arguments))
    if failed:
        say(f"Not in order: {', '.join(failed)}.")
    return tests or (1 if failed else 0)


def run(name: str, words: tuple[str, ...]) -> int:
    """Run one check in the project's folder and return its exit code."""
    say(f"Checking {name}.")
    sys.stdout.flush()
    return subprocess.run([PYTHON, *words], cwd=HERE, check=False).returncode
