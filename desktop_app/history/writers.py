"""Reports of many pictures: CSV for people and spreadsheets, JSON Lines for programs. Originals are never touched."""

from __future__ import annotations

import csv
import os
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import TextIO

from desktop_app import messages
from desktop_app.errors import AppError
from desktop_app.record import Description

COLUMNS = (
    "path",
    "caption",
    "spoken",
    "band",
    "confidence",
    "kind",
    "width",
    "height",
    "remarks",
    "edited",
    "model",
    "content",
    "error_code",
    "error_message",
)
"""Of the CSV, in this order; new ones are only ever added at the end."""


class ReportError(AppError):
    """A report cannot be written."""

    code = "report"


class ReportWriter(ABC):
    """Writes records as they come, beside the report, which takes its place at the end.

    Leaving the `with` block by an error or Ctrl+C keeps what was done so far, if anything was. A program that is
    killed leaves the report as it was, and the new one in a hidden file beside it that ends in `.part`.
    """

    endings: tuple[str, ...]
    """Only a file with one of these endings is replaced: a slip of the hand must not cost a photograph."""

    def __init__(self, path: Path) -> None:
        """Raises `ReportError`; an existing report is kept until there is another."""
        self._path = Path(os.path.realpath(path))
        if self._path.is_dir() or (self._path.exists() and self._path.suffix.lower() not in self.endings):
            raise ReportError(messages.report_would_replace(path.name or str(path), self.endings[0]))
        self._partial = self._path.with_name(f".{self._path.name}.part")
        try:
            # Names that are no UTF-8 are written with escapes, so that the report itself stays UTF-8
            self._file: TextIO = open(self._partial, "w", encoding="utf-8", errors="backslashreplace", newline="")  # noqa: SIM115 - closed in `close`
        except OSError as error:
            raise self._error(error) from error
        self._is_empty = True
        self._begin(self._file)

    def write(self, record: Description) -> None:
        """Add a record; it is in the file when this returns. Raises `ReportError`, after which nothing is replaced."""
        try:
            self._add(record)
            self._file.flush()
            self._is_empty = False
        except OSError as error:
            self._discard()
            raise self._error(error) from error

    def close(self) -> None:
        """Put the report in its place. Raises `ReportError`; then the old one is still there."""
        if self._file.closed:
            return
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            os.replace(self._partial, self._path)
        except OSError as error:
            self._discard()
            raise self._error(error) from error

    def __enter__(self) -> ReportWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and self._is_empty:
            self._discard()  # a report is not replaced by nothing
        else:
            self.close()

    @abstractmethod
    def _begin(self, file: TextIO) -> None:
        """Write what stands before the first record."""

    @abstractmethod
    def _add(self, record: Description) -> None:
        """Write a record. Raises `OSError`."""

    def _discard(self) -> None:
        try:
            self._file.close()
        except OSError:
            pass  # the disk is full, and what was left to write is given up
        self._partial.unlink(missing_ok=True)

    def _error(self, error: OSError) -> ReportError:
        return ReportError(messages.report_unwritable(self._path.name, error.strerror or "unknown reason"))


class CsvWriter(ReportWriter):
    """One row a picture, `COLUMNS` in the first; the same pictures give the same file."""

    endings = (".csv",)

    def _begin(self, file: TextIO) -> None:
        self._rows = csv.writer(file, lineterminator="\n")
        self._rows.writerow(COLUMNS)

    def _add(self, record: Description) -> None:
        table = record.to_dict() | {
            "remarks": " ".join(record.remarks),
            "model": f"{record.model.name} {record.model.version}" if record.model else "",
            "error_code": record.error.code if record.error else "",
            "error_message": record.error.message if record.error else "",
        }
        self._rows.writerow([_cell(table[column]) for column in COLUMNS])


class JsonLinesWriter(ReportWriter):
    """One record a line, with everything that is known."""

    endings = (".jsonl", ".ndjson", ".json")

    def _begin(self, file: TextIO) -> None:
        pass

    def _add(self, record: Description) -> None:
        self._file.write(record.to_json() + "\n")


def _cell(value: object) -> object:
    """True and False as JSON writes them, so that both reports say the same."""
    return str(value).lower() if isinstance(value, bool) else value
