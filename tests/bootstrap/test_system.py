"""What the system has to bring, and who installs it."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bootstrap import console, system


@pytest.mark.faults
def test_libraries_are_named_in_one_line(monkeypatch: pytest.MonkeyPatch, fake_root: Callable[[bool], None]) -> None:
    fake_root(False)
    with pytest.raises(console.SetupError) as caught:
        system.install(["libegl1", "libgl1"], "The window needs libraries.", unasked=True)
    line = "  sudo apt-get install --no-install-recommends libegl1 libgl1"
    assert str(caught.value) == f"The window needs libraries. Run this once, then start again:\n{line}"


@pytest.fixture
def fake_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[bool], None]:
    """Chooses whether we are root, on a system whose apt-get notes what it is asked for in `asked`."""
    apt = tmp_path / "apt-get"
    apt.write_text(f"#!/bin/sh\necho \"$@\" >> '{tmp_path}/asked'\n", encoding="utf-8")
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return lambda root: monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)


@pytest.mark.skipif(os.name == "nt", reason="there is no apt on Windows; run this on Linux")
def test_root_installs_without_questions_where_nobody_can_answer(
    fake_root: Callable[[bool], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_root(True)
    system.install(["xvfb"], "The tests need programs.", unasked=True)
    asked = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert asked == ["-q update", "-q install --no-install-recommends --yes xvfb"]
    assert capsys.readouterr().err.startswith("The tests need programs. Installing xvfb. This takes some minutes.\n")


def test_the_window_does_not_install_anything_unasked(fake_root: Callable[[bool], None], tmp_path: Path) -> None:
    fake_root(True)
    with pytest.raises(console.SetupError, match="sudo apt-get install"):
        system.install(["libegl1"], "The window needs libraries.", unasked=False)
    assert not (tmp_path / "asked").exists()


def all_shown(person: int) -> str:
    """Everything that was written to a terminal which is closed by now; it may come in pieces."""
    shown = b""
    while True:
        try:
            piece = os.read(person, 1000)
        except OSError:  # how Linux tells the end of a terminal
            piece = b""
        if not piece:
            return shown.decode()
        shown += piece


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals on Windows; run this on Linux")
@pytest.mark.parametrize(("answer", "installed"), [("\n", True), ("y\n", True), ("n\n", False)])
def test_root_is_asked_at_a_terminal(
    fake_root: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: str, installed: bool
) -> None:
    fake_root(True)
    person, terminal = os.openpty()
    os.write(person, answer.encode())
    with os.fdopen(os.dup(terminal), "r") as stdin, os.fdopen(terminal, "w") as stderr:
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setattr(sys, "stderr", stderr)
        with contextlib.nullcontext() if installed else pytest.raises(console.SetupError):
            system.install(["libegl1"], "The window needs libraries.", unasked=False)
    shown = all_shown(person)
    os.close(person)
    assert "To be installed: libegl1. Install them now? [Y/n]" in shown
    assert (tmp_path / "asked").exists() is installed


def test_missing_libraries_are_found_by_loading() -> None:
    assert system.missing_libraries({"libc.so.6": "libc6", "libno-such-thing.so.1": "libno-such-thing1"}) == [
        "libno-such-thing1"
    ]


def test_progress_of_apt_is_told_now_and_then() -> None:
    told = system.apt_progress()
    lines = [
        "0 upgraded, 60 newly installed, 0 to remove.",
        "Need to get 88 MB.",
        *[f"Unpacking p{i} ..." for i in range(60)],
    ]
    assert [news for news in map(told, lines) if news] == [*lines[:2], "Unpacking: 50 packages"]
