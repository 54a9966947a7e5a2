"""The command line in this process, on the tiny package."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from desktop_app.cli.main import run

Descry = Callable[..., "Result"]


@dataclass(frozen=True)
class Result:
    """What a call left."""

    exit_code: int
    out: list[str]
    err: list[str]


@pytest.fixture
def descry(capsys: pytest.CaptureFixture[str], tiny_package: Path) -> Descry:
    """Runs `descry ARGUMENTS`; commands that describe get the tiny package."""

    def call(command: str, *arguments: str | Path, model: Path | None = tiny_package) -> Result:
        chosen = ["--model", str(model)] if model is not None else []
        try:
            exit_code = run([command, *chosen, *map(str, arguments)])
        except SystemExit as end:  # argparse ends the program by itself
            exit_code = int(end.code or 0)
        out, err = capsys.readouterr()
        return Result(exit_code, out.splitlines(), err.splitlines())

    return call
