"""Can a window be opened here? Looked at first, because Qt ends the whole process when it cannot."""

from __future__ import annotations

import ctypes
import os
import sys

from desktop_app import messages
from desktop_app.errors import AppError

_SERVERLESS = ("offscreen", "minimal", "vnc", "linuxfb", "eglfs", "wayland")
_X11_LIBRARIES = ("libxcb.so.1", "libxcb-cursor.so.0", "libxcb-icccm.so.4", "libxcb-keysyms.so.1", "libxcb-shape.so.0")


class DisplayError(AppError):
    """There is no desktop to open a window on, or a library is missing."""

    code = "display"


def need_display() -> None:
    """Raises `DisplayError` when Qt would find no display."""
    if not sys.platform.startswith("linux"):
        return
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if platform.startswith(_SERVERLESS) or (not platform and "WAYLAND_DISPLAY" in os.environ):
        return
    if not os.environ.get("DISPLAY"):
        raise DisplayError(f"{messages.WINDOW_NO_DISPLAY} {messages.WINDOW_REMEDY}")
    try:
        xcb, *_ = [ctypes.CDLL(name) for name in _X11_LIBRARIES]
    except OSError as error:
        raise DisplayError(f"{messages.WINDOW_NO_LIBRARY} {messages.WINDOW_REMEDY}") from error
    if not _connects(xcb):
        raise DisplayError(f"{messages.WINDOW_NO_DISPLAY} {messages.WINDOW_REMEDY}")


def _connects(xcb: ctypes.CDLL) -> bool:
    """Ask the X server that DISPLAY names."""
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    is_open = not xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return is_open
