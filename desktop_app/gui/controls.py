"""The buttons, switches and menus of the main window, each made once: one action is its menu entry, key and button."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QCheckBox, QMainWindow, QMenuBar, QPushButton

from desktop_app import messages


def plain(label: str) -> str:
    """A label as a screen reader is to say it: without the mark of its key and the dots that promise a dialog."""
    return label.replace("&", "").rstrip("…")


@dataclass(frozen=True)
class Controls:
    """What the window can do. Keys have a modifier, but for Escape: single letters belong to lists and texts."""

    open: QAction
    paste: QAction
    speak: QAction
    stop: QAction
    copy: QAction
    watch_folder: QAction
    watch_clipboard: QAction
    quit: QAction

    @classmethod
    def create(cls, window: QMainWindow) -> Controls:
        """All actions, not yet connected, known to the window so that their keys work everywhere in it."""

        def action(
            label: str, key: QKeySequence | QKeySequence.StandardKey | str | Qt.Key, *, is_switch: bool = False
        ) -> QAction:
            made = QAction(label, window, checkable=is_switch)
            made.setShortcut(QKeySequence(key))
            window.addAction(made)
            return made

        keys = QKeySequence.StandardKey
        return cls(
            open=action(messages.WINDOW_OPEN, keys.Open),
            paste=action(messages.WINDOW_PASTE, keys.Paste),
            speak=action(messages.WINDOW_SPEAK, "Ctrl+Return"),
            stop=action(messages.WINDOW_STOP, Qt.Key.Key_Escape),
            copy=action(messages.WINDOW_COPY, "Ctrl+Shift+C"),
            watch_folder=action(messages.WINDOW_WATCH_FOLDER, "Ctrl+Shift+F", is_switch=True),
            watch_clipboard=action(messages.WINDOW_WATCH_CLIPBOARD, "Ctrl+Shift+B", is_switch=True),
            quit=action(messages.WINDOW_QUIT, "Ctrl+Q"),
        )

    def fill_menus(self, bar: QMenuBar) -> None:
        """Every action stands in one menu, where its key can be found."""
        menus: dict[str, tuple[QAction | None, ...]] = {
            messages.WINDOW_MENU_FILE: (self.open, self.watch_folder, self.watch_clipboard, None, self.quit),
            messages.WINDOW_MENU_EDIT: (self.paste, self.copy),
            messages.WINDOW_MENU_VOICE: (self.speak, self.stop),
        }
        for title, actions in menus.items():
            menu = bar.addMenu(title)
            for action in actions:
                if action is None:
                    menu.addSeparator()
                else:
                    menu.addAction(action)


def button(action: QAction) -> QPushButton:
    """A button that does what the action does."""
    made = QPushButton(action.text())
    made.setAccessibleName(plain(action.text()))
    made.setAutoDefault(True)  # Enter presses it as well as Space
    made.clicked.connect(action.trigger)
    return made


def switch(action: QAction) -> QCheckBox:
    """A check box that is always as the action is."""
    made = QCheckBox(action.text())
    made.setAccessibleName(plain(action.text()))
    made.toggled.connect(action.setChecked)
    action.toggled.connect(made.setChecked)
    return made


def connect(action: QAction, slot: Callable[..., object]) -> None:
    """`toggled` for a switch, `triggered` for everything else."""
    if action.isCheckable():
        action.toggled.connect(slot)
    else:
        action.triggered.connect(lambda _checked=False: slot())
