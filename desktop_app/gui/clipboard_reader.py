"""What Qt's clipboard or a drop offers, as bytes and paths, not decoded: a large picture would stop the window."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData
from PySide6.QtGui import QGuiApplication, QImage

from desktop_app.gui.display import need_display
from desktop_app.sources.clipboard import ClipboardContent, picture_sources

OURS = "application/x-descry"
"""Beside the text on what this program copies, so that it knows it again."""
_FORMATS = ("image/png", "image/jpeg", "image/webp", "image/tiff", "image/gif", "image/bmp", "image/x-portable-pixmap")
"""What Pillow reads, the usual and lossless one first."""


def clipboard_content() -> ClipboardContent:
    """What is on the clipboard now."""
    return content_of(QGuiApplication.clipboard().mimeData())


def content_of(mime: QMimeData) -> ClipboardContent:
    """All of it that can hold a picture."""
    return ClipboardContent(
        picture=_picture(mime),
        urls=tuple(bytes(url.toEncoded().data()).decode("ascii") for url in mime.urls()),
        text=mime.text(),
        is_ours=mime.hasFormat(OURS),
    )


def _picture(mime: QMimeData) -> bytes:
    for name in _FORMATS:
        if mime.hasFormat(name):
            return bytes(mime.data(name).data())
    # Windows and macOS offer pixels and no file format
    image = mime.imageData() if mime.hasImage() else None
    return _as_bmp(image) if isinstance(image, QImage) and not image.isNull() else b""


def _as_bmp(image: QImage) -> bytes:
    """The format that costs no time."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "BMP")  # type: ignore[call-overload]  # the stubs want bytes, the library text
    return bytes(data.data())


def own_copy(text: str) -> QMimeData:
    """A text for the clipboard that is known again as ours."""
    mime = QMimeData()
    mime.setText(text)
    mime.setData(OURS, QByteArray(b"1"))
    return mime


def read_clipboard_once() -> bytes | None:
    """The picture on the clipboard, for a program that has no window; None when there is none.

    Raises `DisplayError` without a desktop, `UnreadableImage` for a copied file that cannot be read.
    """
    need_display()
    _application = QGuiApplication.instance() or QGuiApplication(["descry"])  # lives while the clipboard is asked
    sources = picture_sources(clipboard_content())
    return sources[0].read() if sources else None
