"""The program around the window: unexpected errors, settings with mistakes, displays that are not there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer

from desktop_app.assembly import Context
from desktop_app.gui.clipboard_reader import read_clipboard_once
from desktop_app.gui.display import DisplayError, need_display
from desktop_app.gui.program import Program
from desktop_app.paths import user_paths
from desktop_app.settings import Settings
from tests.fixtures.tiny_package import save_picture
from tests.gui.scene import Scene, wait_for
from tests.gui.test_open import copy, png


def make_program(package: Path, problems: tuple[str, ...] = ()) -> Program:
    return Program(Context(user_paths(), Settings(model=str(package), engine="silent"), problems))


def test_an_error_that_nobody_foresaw_is_one_sentence_and_the_window_goes_on(
    tiny_package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = make_program(tiny_package)
    said: list[str] = []
    program.bridge.speaking.connect(lambda text: said.append(text) if text else None)
    told: list[str] = []

    def fail() -> None:
        QTimer.singleShot(0, after)
        raise KeyError("beach.jpg")

    def after() -> None:
        wait_for(lambda: said)
        told.append(program.window.status.toPlainText())
        program.qt.quit()

    QTimer.singleShot(0, fail)
    before = sys.excepthook
    sys.excepthook = lambda *_: None  # the command line's, which writes to the log
    try:
        assert program.run([]) == 0
    finally:
        sys.excepthook = before
    sentence = "Something went wrong inside the program (KeyError): the log file of descry tells where."
    assert (said, told) == ([sentence], [sentence])
    assert "Traceback" not in capsys.readouterr().err


def test_mistakes_in_the_settings_are_told(tiny_package: Path) -> None:
    program = make_program(tiny_package, ("The setting rate takes a number from 80 to 450. Its usual value is used.",))
    said: list[str] = []
    program.bridge.speaking.connect(lambda text: said.append(text) if text else None)
    program.start([])
    wait_for(lambda: said and program.session.worker.is_idle)
    program.close()
    assert program.window.status.toPlainText() == said[0]
    assert said == ["The setting rate takes a number from 80 to 450. Its usual value is used."]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_program_in_order(tiny_package: Path, tmp_path: Path, number: signal.Signals) -> None:
    program = make_program(tiny_package)
    program.bridge.captioned.connect(lambda _: os.kill(os.getpid(), number))
    started: list[float] = []
    program.qt.aboutToQuit.connect(lambda: started.append(time.monotonic()))
    assert program.run([str(save_picture(tmp_path / "red.png"))]) == 0
    assert time.monotonic() - started[0] < 2
    assert program.session.worker.submit(lambda _: None).is_done  # closed


def test_closing_twice_does_no_harm(scene: Scene) -> None:
    scene.program.close()
    scene.program.close()


@pytest.mark.parametrize("values", [{}, {"DISPLAY": ":4711"}])
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display: run it on Linux")
def test_without_a_display_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(DisplayError) as caught:
        need_display()
    assert caught.value.message.startswith("There is no display in this session. Start it from a desktop")


def test_the_command_without_a_display_ends_with_that_sentence(tiny_package: Path) -> None:
    hidden = ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [sys.executable, "-m", "desktop_app", "open", "--model", tiny_package],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "There is no display in this session. Start it from a desktop; python3 start.py names what the system lacks."
    ]


def test_the_clipboard_without_a_window(qt: object) -> None:
    copy(text="Words.")
    assert read_clipboard_once() is None
    copy(png="red")
    assert read_clipboard_once() == bytes(png("red").data())
