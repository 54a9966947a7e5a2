"""Who says a sentence: the screen reader where one runs, else Descry's own voice; never both."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QObject, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from desktop_app.screen_reader import ScreenReader
from desktop_app.speech.speaker import Speaker

_GAP_MS = 150
"""Orca drops a second announcement within 100 ms; and a dialog that has just been answered is still to close."""
_SETTLED_MS = 300
"""When another window has got the keyboard, the reader says its name and focus, and would cut off an announcement."""
_PATIENCE_MS = 900
"""How long a window that is not active may still become so, because a dialog is just closing."""


class Announcer:
    """Chooses who says a sentence, by a look at the system each time: readers come and go. Used from any thread."""

    def __init__(
        self,
        speaker: Speaker,
        is_voice_on: bool,
        look: Callable[[], ScreenReader],
        present: Callable[[str, bool], object],
    ) -> None:
        """`present` hands a sentence to the screen reader, from any thread.

        `is_voice_on`: the own voice says results unasked.
        """
        self._speaker = speaker
        self._is_voice_on = is_voice_on
        self._look = look
        self._present = present

    def say(self, text: str, *, interrupt: bool = True, is_asked: bool = False) -> None:
        """Say it soon; `is_asked`: a person pressed Speak, so the own voice speaks also where it is off."""
        reader = self._look()
        if reader.is_running:
            self._speaker.stop()
            self._present(text, reader.hears_announcements)
        else:
            self.say_aloud(text, interrupt=interrupt, is_asked=is_asked)

    def prepare(self) -> None:
        """Begin to load the own voice, if it is the one that will speak."""
        if self._is_voice_on and not self._look().is_running:
            self._speaker.prepare()

    def say_aloud(self, text: str, *, interrupt: bool = False, is_asked: bool = False) -> None:
        """By the own voice, whoever else could say it."""
        if self._is_voice_on or is_asked:
            self._speaker.say(text, interrupt)

    def stop(self) -> bool:
        """Silence the own voice; a reader falls silent by itself at every key. False when it was silent."""
        was_speaking = not self._speaker.is_idle
        self._speaker.stop()
        return was_speaking


class ReaderRoute(QObject):
    """Gives sentences to the screen reader, one at a time, when the window has settled."""

    def __init__(self, window: QWidget, say_otherwise: Callable[[str], object]) -> None:
        """`say_otherwise` says what the reader would not, so that nothing is lost."""
        super().__init__(window)
        self._window = window
        self._say_otherwise = say_otherwise
        self._waiting: deque[tuple[str, bool]] = deque()
        self._since_change = QElapsedTimer()
        self._since_change.start()
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.focusWindowChanged.connect(self._on_focus_window_changed)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._on_turn)

    def present(self, text: str, hears_announcements: bool) -> None:
        """Have the reader say it soon."""
        self._waiting.append((text, hears_announcements))
        if not self._timer.isActive():
            self._timer.start(_GAP_MS)

    @property
    def is_idle(self) -> bool:
        """True when nothing waits for its turn."""
        return not self._waiting

    def _on_focus_window_changed(self) -> None:
        self._since_change.restart()

    def _on_turn(self) -> None:
        if not self._waiting:
            return
        if QApplication.activePopupWidget() is not None:  # the reader is busy with a menu
            self._timer.start(_SETTLED_MS)
            return
        widget = QApplication.focusWidget()  # in this window or in one of its dialogs; None when neither is active
        wait = (_SETTLED_MS if widget is not None else _PATIENCE_MS) - self._since_change.elapsed()
        if wait > 0:
            self._timer.start(wait)
            return
        text, hears_announcements = self._waiting.popleft()
        if hears_announcements:
            self._announce(text)
        elif widget is not None:
            self._describe(widget, text)
        else:
            self._say_otherwise(text)
        self._timer.start(_GAP_MS)

    def _announce(self, text: str) -> None:
        event = QAccessibleAnnouncementEvent(self._window, text)
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
        QAccessible.updateAccessibility(event)

    def _describe(self, widget: QWidget, text: str) -> None:
        """Readers without announcements say a new accessible description of what has the focus.

        WORKAROUND for Orca before 45: it says a new window title as well, but no more once a dialog was open.
        """
        usual = widget.accessibleDescription()
        widget.setAccessibleDescription(text)
        # The event carries the text. Whoever asks for the description, now or later, is not to hear it once more.
        widget.setAccessibleDescription(usual)
