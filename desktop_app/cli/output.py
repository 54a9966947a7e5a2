"""Where results and remarks go: results to standard output, everything else to standard error."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from desktop_app import messages
from desktop_app.record import Description

_PLAIN_SECONDS = 10.0
"""Time between two lines of progress where there is no terminal: a screen reader must not be flooded."""


def result(text: str) -> None:
    """One line of result, at once: the next step of a pipe may be waiting for it."""
    print(text, flush=True)


def json_line(table: Mapping[str, object]) -> None:
    print(json.dumps(table, ensure_ascii=False), flush=True)


def remark(text: str) -> None:
    """One line that is no result."""
    print(text, file=sys.stderr, flush=True)


def make_streams_safe() -> None:
    """A file name that is no valid text must not end the program: it is shown escaped, which JSON reads back."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def show_record(record: Description, is_json: bool, with_path: bool) -> None:
    """One record: as JSON, or as its sentence, led by the path when there are several. Errors are no results."""
    if is_json:
        print(record.to_json(), flush=True)
    elif record.error is not None:
        remark(record.spoken)
    else:
        result(f"{record.path}: {record.spoken}" if with_path else record.spoken)


def show_signals(record: Description) -> None:
    """What the sentence rests on, for `--why`."""
    for line in messages.signals(record):
        result(f"  {line}")


@dataclass
class Progress:
    """How far long work is: one line that renews itself on a terminal, plain lines elsewhere."""

    total: int
    is_quiet: bool
    _started: float = field(default_factory=time.monotonic)
    _told: float = field(default_factory=time.monotonic)

    def show(self, done: int, failures: int) -> None:
        if self.is_quiet or done == 0:
            return
        now = time.monotonic()
        if not sys.stderr.isatty() and now - self._told < _PLAIN_SECONDS and done < self.total:
            return
        self._told = now
        left = (now - self._started) / done * (self.total - done)
        line = messages.progress(done, self.total, failures, left)
        if sys.stderr.isatty():
            print(f"\r{line}\033[K", end="" if done < self.total else "\n", file=sys.stderr, flush=True)
        else:
            remark(line)
