"""PictureView: shows a picture as large as its place allows; its accessible name is the description."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy

from desktop_app import messages
from desktop_app.gui.session import Preview

_SMALLEST = QSize(160, 120)


class PictureView(QLabel):
    """A label, because screen readers know a label with a picture as an image."""

    def __init__(self) -> None:
        super().__init__(messages.WINDOW_NO_PICTURE)
        self.setObjectName("picture")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        # The place decides about the picture's size and never the other way round
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.setMinimumSize(_SMALLEST)
        self._original = QPixmap()

    def show_picture(self, preview: Preview | None) -> None:
        """None for a picture that cannot be shown."""
        if preview is None:
            self._original = QPixmap()
            self.setText(messages.WINDOW_NOT_SHOWN)
            return
        image = QImage(preview.rgb, preview.width, preview.height, 3 * preview.width, QImage.Format.Format_RGB888)
        self._original = QPixmap.fromImage(image)  # a copy, so the bytes may go
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._original.isNull():
            return
        ratio = self.devicePixelRatioF()
        place = self.contentsRect().size() * ratio
        size = self._original.size().scaled(place, Qt.AspectRatioMode.KeepAspectRatio)
        pixmap = self._original.scaled(
            size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        pixmap.setDevicePixelRatio(ratio)
        self.setPixmap(pixmap)
