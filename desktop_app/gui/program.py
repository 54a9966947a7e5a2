"""Program: Qt's application, the window and all that works for it, put together and taken apart in order."""

from __future__ import annotations

import logging
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from types import TracebackType

from PySide6.QtCore import QObject, QSocketNotifier, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication

from desktop_app import assembly, messages
from desktop_app.assembly import Context
from desktop_app.gui.announcer import Announcer
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.instance_server import InstanceServer
from desktop_app.gui.looks import dress
from desktop_app.gui.main_window import MainWindow
from desktop_app.gui.session import Session
from desktop_app.paths import APP_NAME
from desktop_app.screen_reader import ScreenReader, look_for_screen_reader
from desktop_app.speech.speaker import SpeakerEvents

logger = logging.getLogger(__name__)


def qt_application() -> QApplication:
    """The one there is, or a new one with our names and looks."""
    application = QApplication.instance()
    if isinstance(application, QApplication):
        return application
    application = QApplication([APP_NAME])
    application.setApplicationName(APP_NAME)
    application.setDesktopFileName(APP_NAME)
    dress(application)
    return application


class Program:
    """One window with its session. Nothing is shown or started before `start`."""

    def __init__(self, context: Context) -> None:
        self.qt = qt_application()
        self.bridge = Bridge()
        events = SpeakerEvents(
            on_started=self.bridge.speaking.emit,
            on_spoken=lambda _: self.bridge.speaking.emit(""),
            on_failed=self._on_voice_failed,
            on_problem=self.bridge.progressed.emit,
        )
        self.speaker = assembly.build_speaker(context.settings, events)
        self.announcer = Announcer(self.speaker, context.settings.speak, find_reader, self.bridge.presented.emit)
        self.session = Session(context, self.bridge, self.announcer)
        self.window = MainWindow(self.session, self.bridge)
        self.server = InstanceServer(self._on_request)
        self._problems = context.problems

    def is_first(self) -> bool:
        """Take the place of the one window; False when another has it."""
        return self.server.start()

    def start(self, paths: Sequence[str]) -> None:
        """Show the window and begin; returns at once."""
        self.window.show()
        self.session.open_model()
        for problem in self._problems:
            self.window.tell(problem)
        self.window.open_paths(paths)

    def run(self, paths: Sequence[str]) -> int:
        """Show the window and stay until it is closed; the exit code."""
        usual_hook, sys.excepthook = sys.excepthook, self._on_unexpected
        self._usual_hook = usual_hook
        signals = EndSignals(self.qt)
        try:
            self.start(paths)
            return self.qt.exec()
        finally:
            self.close()
            signals.close()
            sys.excepthook = usual_hook

    def close(self) -> None:
        """End everything, the newest first; at most some two seconds."""
        self.server.close()
        self.window.close()
        self.session.close()
        self.speaker.close()

    def _on_request(self, request: Mapping[str, object]) -> bool:
        return self.window.take_request(request)

    def _on_voice_failed(self, _: str, sentence: str) -> None:
        self.bridge.speaking.emit("")
        self.bridge.progressed.emit(sentence)

    def _on_unexpected(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """What nobody caught, in a slot of Qt's: one sentence, and the window goes on."""
        if issubclass(kind, KeyboardInterrupt):
            self.qt.quit()
            return
        self._usual_hook(kind, error, trace)
        sentence = messages.unexpected(kind.__name__)
        self.announcer.say(sentence)
        self.bridge.failed.emit(sentence)


def find_reader() -> ScreenReader:
    """The screen reader. On macOS Qt's accessibility is active only while VoiceOver runs, unlike elsewhere."""
    if sys.platform == "darwin":
        return ScreenReader(QAccessible.isActive(), hears_announcements=True)
    return look_for_screen_reader()


def quiet_qt() -> None:
    """Qt's remarks are for programmers and go to the log, not to the terminal."""
    qInstallMessageHandler(_log_qt)


def _log_qt(_kind: QtMsgType, _where: object, text: str) -> None:
    # Qt may name files, so its words are not for the log that is kept
    logger.debug("Qt: %s", text)


class EndSignals(QObject):
    """Ctrl+C and the end of the desktop session close the window.

    Python sees signals only while it runs, and Qt waits in C; a byte on a socket wakes it.
    """

    def __init__(self, application: QApplication) -> None:
        super().__init__()
        self._reading, self._writing = socket.socketpair()
        self._writing.setblocking(False)
        self._before = signal.set_wakeup_fd(self._writing.fileno())
        self._notifier = QSocketNotifier(self._reading.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(application.quit)
        self._handlers = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}

    def close(self) -> None:
        """As it was before."""
        self._notifier.setEnabled(False)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._before)
        self._reading.close()
        self._writing.close()
