"""Logging set-up and the last border for errors that nobody expected."""

from __future__ import annotations

import logging
import logging.handlers
import sys
import threading
from pathlib import Path
from types import TracebackType

from desktop_app import messages
from desktop_app.paths import make_private_folder

_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
_BYTES, _KEPT = 512_000, 2


class _LogFile(logging.handlers.RotatingFileHandler):
    """A log file whose failing is not shown: a full disk would put a traceback between the captions."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Called by `logging` inside `except`."""


def set_up_logging(folder: Path) -> None:
    """Log to a private file; where it cannot be written, do without: a log is never a reason to fail.

    A log line carries a short content key, never a caption, a file name or a path.
    """
    try:
        make_private_folder(folder)
        handler: logging.Handler = _LogFile(
            folder / "descry.log", maxBytes=_BYTES, backupCount=_KEPT, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter(_FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)


def tell_unexpected_errors() -> None:
    """One sentence instead of a traceback, in every thread; the log gets the kind of error and where it arose."""
    sys.excepthook = _on_error
    threading.excepthook = lambda args: _on_error(args.exc_type, args.exc_value, args.exc_traceback)


def _on_error(kind: type[BaseException], _: BaseException | None, trace: TracebackType | None) -> None:
    # The message may hold a path or a caption, so only the places in the program are written down
    places = []
    while trace is not None:
        places.append(f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    logging.getLogger(__name__).error("unexpected %s at %s", kind.__name__, " > ".join(places))
    sys.stderr.write(messages.unexpected(kind.__name__) + "\n")
