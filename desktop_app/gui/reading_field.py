"""ReadingField: a text to be read by line, word and character, by eye, by screen reader or by braille."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit


class ReadingField(QPlainTextEdit):
    """Read-only, with a caret; Tab leaves it. A label would be told to nobody and could not be reached by keyboard."""

    def __init__(self, name: str, text: str, lines: int, magnification: float = 1.0) -> None:
        """`name` is what a screen reader calls it; it is `lines` high, in the usual type times `magnification`."""
        super().__init__(text)
        self.setAccessibleName(name)
        self.setReadOnly(True)
        flags = Qt.TextInteractionFlag
        self.setTextInteractionFlags(flags.TextSelectableByKeyboard | flags.TextSelectableByMouse)
        self.setTabChangesFocus(True)
        self.setCursorWidth(3)
        self._lines = lines
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * magnification)
        self.setFont(font)
        self._fit_height()

    def show_text(self, text: str) -> None:
        """The caret goes to the beginning. The same text again changes nothing for whoever is reading it."""
        if text != self.toPlainText():
            self.setPlainText(text)

    def _fit_height(self) -> None:
        self.ensurePolished()
        margins = self.contentsMargins()
        frame = 2 * int(self.document().documentMargin()) + margins.top() + margins.bottom() + 2 * self.frameWidth()
        self.setFixedHeight(self.fontMetrics().lineSpacing() * self._lines + frame)
