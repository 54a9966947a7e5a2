"""One check that fails is enough, and none keeps the others from being made."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bootstrap import checks

GOOD, BAD = ("-c", "pass"), ("-c", "raise SystemExit(3)")


@pytest.mark.parametrize(
    ("style", "types", "test", "code"),
    [
        (GOOD, GOOD, "def test(): pass", 0),
        (BAD, GOOD, "def test(): pass", 1),
        (GOOD, BAD, "def test(): pass", 1),
        (GOOD, GOOD, "def test(): assert False", 1),
        (GOOD, GOOD, "", 5),  # pytest found no test
    ],
)
def test_the_exit_code_is_zero_only_when_all_is_in_order(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    style: tuple[str, str],
    types: tuple[str, str],
    test: str,
    code: int,
) -> None:
    monkeypatch.setattr(checks, "CHECKS", {"style": style, "types": types})
    monkeypatch.setattr(checks, "PYTHON", sys.executable)
    monkeypatch.setattr(checks, "HERE", str(tmp_path))
    monkeypatch.setattr(checks, "prepare_for_tests", lambda: None)
    (tmp_path / "test_it.py").write_text(test, encoding="utf-8")
    assert checks.run_checks(["-q", "-p", "no:cacheprovider"]) == code
    told = [line for line in capfd.readouterr().err.splitlines() if line.startswith("Checking")]
    assert told == ["Checking style.", "Checking types.", "Checking tests."]
