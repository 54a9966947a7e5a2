"""The window in this process, on Qt's offscreen platform, with the real describer on the tiny package."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QtMsgType, qInstallMessageHandler
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from desktop_app.assembly import Context
from desktop_app.gui.main_window import MainWindow
from desktop_app.gui.program import Program, qt_application
from desktop_app.paths import user_paths
from desktop_app.record import Description
from desktop_app.settings import Settings

PATIENCE_SECONDS = 15.0
OF_THE_PLATFORM = tuple(f"This plugin does not support {name}()" for name in ("propagateSizeHints", "raise"))
"""What the offscreen platform says of itself at every window."""
NO_MODIFIER = Qt.KeyboardModifier.NoModifier


@pytest.fixture(scope="session")
def qt() -> Iterator[QApplication]:
    """The one Qt application of all tests."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
        yield qt_application()


@pytest.fixture(autouse=True)
def strict_qt(qt: QApplication) -> Iterator[None]:
    """Fails the test for a warning of Qt's."""
    complaints: list[str] = []

    def take(kind: QtMsgType, _: object, text: str) -> None:
        if kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) and text not in OF_THE_PLATFORM:
            complaints.append(text)

    qInstallMessageHandler(take)
    yield
    qInstallMessageHandler(None)
    assert complaints == []


@pytest.fixture(autouse=True)
def no_session_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    """No screen reader of the developer's own."""
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)


def wait_for(condition: Callable[[], object]) -> None:
    """Let Qt work until it is true."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"still not true after {PATIENCE_SECONDS} seconds"
        QTest.qWait(5)


@dataclass
class Scene:
    """A program whose window is open, and what it told."""

    program: Program
    records: list[Description] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    """What was given to Descry's own voice."""

    @property
    def window(self) -> MainWindow:
        return self.program.window

    @property
    def sentences(self) -> list[str]:
        return [record.spoken for record in self.records]

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = NO_MODIFIER, widget: QWidget | None = None) -> None:
        """A key, where the keyboard is."""
        target = widget or QApplication.focusWidget() or self.window
        QTest.keyClick(target, key, modifier)

    def wait_for_records(self, count: int) -> list[str]:
        """Block until so many pictures are described and everything is done; their sentences."""
        wait_for(lambda: len(self.records) >= count and self.program.session.worker.is_idle)
        QApplication.processEvents()
        return self.sentences

    def wait_for_keyboard(self) -> None:
        """After a dialog: without a window manager the keyboard does not come back by itself."""
        wait_for(lambda: not isinstance(QApplication.activeWindow(), QDialog))
        self.window.activateWindow()
        wait_for(self.window.isActiveWindow)

    def wait_until_idle(self) -> None:
        wait_for(lambda: self.program.session.worker.is_idle)
        QApplication.processEvents()


Open = Callable[..., Scene]


@pytest.fixture
def open_window(qt: QApplication, tiny_package: Path) -> Iterator[Open]:
    """Opens the window with these settings; the voice is the silent one."""
    scenes: list[Scene] = []

    def open_(paths: tuple[Path, ...] = (), **values: object) -> Scene:
        settings = {"model": str(tiny_package), "engine": "silent", **values}
        scene = Scene(Program(Context(user_paths(), Settings(**settings))))  # type: ignore[arg-type]
        scenes.append(scene)
        scene.program.bridge.captioned.connect(scene.records.append)
        scene.program.bridge.speaking.connect(lambda text: scene.said.append(text) if text else None)
        scene.program.start([str(path) for path in paths])
        scene.window.activateWindow()
        assert QTest.qWaitForWindowActive(scene.window)
        return scene

    yield open_
    for scene in scenes:
        scene.program.close()
        scene.window.deleteLater()
    qt.clipboard().clear()
    qt.processEvents()


@pytest.fixture
def scene(open_window: Open) -> Scene:
    """An open window without a picture, whose model is being opened."""
    return open_window()
