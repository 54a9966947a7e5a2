"""Is a screen reader running, and does it listen to announcements? Asked of the system, without Qt.

On Linux: `org.a11y.Status` on the session bus tells whether accessibility is on, which is not the same as a reader that
runs; a reader has registered for events with the AT-SPI registry, and only one that registered for
`object:announcement` hears announcements (Orca 43 does not, Orca 48 does).
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from desktop_app import messages

if TYPE_CHECKING:
    from jeepney import DBusAddress
    from jeepney.io.blocking import DBusConnection

_SECONDS = 1.0
"""Longest wait for an answer of the bus."""
_READER_EVENT = "focus"
"""Every reader follows the focus; a test tool that only counts windows does not."""
_ANNOUNCEMENT = "announcement"


@dataclass(frozen=True)
class ScreenReader:
    """What was found."""

    is_running: bool
    hears_announcements: bool = False

    @property
    def sentence(self) -> str:
        if not self.is_running:
            return messages.NO_SCREEN_READER
        return messages.SCREEN_READER_LISTENS if self.hears_announcements else messages.SCREEN_READER_RUNS


NONE = ScreenReader(is_running=False)


def look_for_screen_reader() -> ScreenReader:
    """Look now; takes a few milliseconds. Where nobody can tell, there is none."""
    if sys.platform == "win32":
        return _look_on_windows()
    if sys.platform == "darwin":
        return NONE  # VoiceOver is asked for by Qt itself
    try:
        return _look_on_linux()
    except (ImportError, OSError, KeyError, ValueError, TimeoutError):
        return NONE  # no session bus, or one that does not answer


def _look_on_linux() -> ScreenReader:
    from jeepney import DBusAddress
    from jeepney.io.blocking import open_dbus_connection

    if "DBUS_SESSION_BUS_ADDRESS" not in os.environ:
        return NONE
    with open_dbus_connection("SESSION") as session:
        properties = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.freedesktop.DBus.Properties")
        _, is_enabled = _ask(session, properties, "Get", "ss", ("org.a11y.Status", "IsEnabled"))
        if not is_enabled:
            return NONE
        bus = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
        address = _ask(session, bus, "GetAddress")
    with open_dbus_connection(address) as accessibility:
        registry = DBusAddress("/org/a11y/atspi/registry", "org.a11y.atspi.Registry", "org.a11y.atspi.Registry")
        events = [event.lower() for _, event in _ask(accessibility, registry, "GetRegisteredEvents")]
    is_running = any(_READER_EVENT in event for event in events)
    return ScreenReader(is_running, is_running and any(_ANNOUNCEMENT in event for event in events))


def _ask(
    connection: DBusConnection,
    address: DBusAddress,
    method: str,
    signature: str | None = None,
    body: tuple[Any, ...] = (),
) -> Any:
    """The first value of an answer. Raises `ValueError` when the answer is an error."""
    from jeepney import MessageType, new_method_call

    answer = connection.send_and_get_reply(new_method_call(address, method, signature, body), timeout=_SECONDS)
    if answer.header.message_type is MessageType.error:
        raise ValueError(method)
    return answer.body[0]


def _look_on_windows() -> ScreenReader:
    import ctypes

    get_screen_reader = 0x0046  # SPI_GETSCREENREADER
    answer = ctypes.c_int(0)
    ctypes.windll.user32.SystemParametersInfoW(get_screen_reader, 0, ctypes.byref(answer), 0)  # type: ignore[attr-defined]
    return ScreenReader(bool(answer.value), bool(answer.value))
