"""Another program: puts pictures on the clipboard, one after another, each when it is told to by a line."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QMimeData, QSocketNotifier
from PySide6.QtGui import QGuiApplication


def main() -> int:
    """A line is the path of a PNG file; the answer says that it is on the clipboard."""
    application = QGuiApplication(["copier"])

    def on_line() -> None:
        path = sys.stdin.readline().strip()
        if not path:
            application.quit()
            return
        mime = QMimeData()
        mime.setData("image/png", Path(path).read_bytes())
        application.clipboard().setMimeData(mime)
        sys.stdout.write("copied\n")
        sys.stdout.flush()

    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(on_line)
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
