"""How long it takes until the window is shown, beside a bare window of Qt; offscreen, so that no display is needed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator

from desktop_app.assembly import Context
from desktop_app.bench.figures import Figure, alternating
from desktop_app.errors import SourceUnavailable
from desktop_app.messages import WINDOW_NO_QT, WINDOW_NO_QT_REMEDY

_ROUNDS = 5
_BARE = """
from PySide6.QtWidgets import QApplication, QMainWindow
application = QApplication([])
window = QMainWindow()
window.show()
application.processEvents()
"""
_OURS = """
from desktop_app.assembly import load_context
from desktop_app.gui.program import Program
program = Program(load_context())
program.window.show()
program.qt.processEvents()
program.close()
"""


def window_figures(_: Context) -> Iterator[Figure]:
    """Raises `SourceUnavailable` where Qt cannot be loaded."""
    with tempfile.TemporaryDirectory() as runtime:
        bare, ours = alternating([_process(_BARE, runtime), _process(_OURS, runtime)], _ROUNDS)
    yield Figure("window.shown_s", ours, None, "lower", "s")
    yield Figure("window.shown_over_bare_qt", ours / bare, None, "lower", "ratio")


def _process(code: str, runtime: str) -> Callable[[], object]:
    """A call that runs this code in a process of its own, apart from a window that may be open."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": runtime}

    def run() -> None:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, check=False)
        if done.returncode != 0:
            raise SourceUnavailable(f"{WINDOW_NO_QT} {WINDOW_NO_QT_REMEDY}")

    return run
