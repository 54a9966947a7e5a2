"""`descry` and `descry open`: hand over to the window that runs, or open one. Qt is loaded only for the second."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from desktop_app import messages
from desktop_app.assembly import Context
from desktop_app.errors import AppError, SourceUnavailable
from desktop_app.gui.display import need_display
from desktop_app.gui.single_instance import hand_over

_STARTING_SECONDS = 3.0
"""How long another window that is just starting may take until it answers."""
_LOOK_AGAIN_SECONDS = 0.05


class WindowBusyError(AppError):
    """A window runs and does not answer."""

    code = "busy"


def run_window(context: Context, paths: Sequence[str]) -> int:
    """Show these pictures in the window that runs, or open it and stay until it is closed; the exit code.

    Raises `DisplayError` without a desktop, `SourceUnavailable` without Qt, `WindowBusyError`.
    """
    absolute = [os.path.abspath(path) for path in paths]
    request = {"command": "open", "paths": absolute}
    if hand_over(request):
        return 0
    need_display()
    try:
        from desktop_app.gui.program import Program, quiet_qt
    except ImportError as error:  # Qt, or a library that it needs
        raise SourceUnavailable(messages.qt_unusable(str(error).partition(":")[0])) from error
    quiet_qt()
    program = Program(context)
    deadline = time.monotonic() + _STARTING_SECONDS
    while not program.is_first():  # another one is just starting, just ending, or hangs
        if hand_over(request):
            program.close()
            return 0
        if time.monotonic() > deadline:
            program.close()
            raise WindowBusyError(messages.WINDOW_ONE_AT_A_TIME)
        time.sleep(_LOOK_AGAIN_SECONDS)
    return program.run(absolute)
