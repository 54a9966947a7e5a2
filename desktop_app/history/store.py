"""CaptionStore: every record by the content of its picture, in sqlite."""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from desktop_app import messages
from desktop_app.errors import AppError
from desktop_app.paths import make_private_folder
from desktop_app.record import Description

logger = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS captions (
    content TEXT NOT NULL,      -- sha256 of the picture's bytes
    model TEXT NOT NULL,        -- digest of the package
    described_at REAL NOT NULL, -- seconds since 1970
    path TEXT NOT NULL,
    caption TEXT NOT NULL,
    record TEXT NOT NULL,       -- the whole record as JSON
    PRIMARY KEY (content, model)
);
CREATE INDEX IF NOT EXISTS captions_by_time ON captions (described_at);
"""
_VERSION = 1
PATIENCE = 5.0
"""Seconds to wait for another process that is writing."""


class HistoryError(AppError):
    """The history cannot be read or written."""

    code = "history"


@dataclass(frozen=True)
class HistoryEntry:
    """One remembered picture."""

    described_at: float
    """Seconds since 1970."""
    record: Description


class CaptionStore:
    """The history file. Safe to use from several threads and processes; created on first need."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def add(self, record: Description) -> None:
        """Keep a record; a newer one of the same picture and model replaces it. Raises `HistoryError`."""
        if record.content is None or record.model is None:
            return
        path = record.path.encode("utf-8", "replace").decode()  # to search in; the record has it as it is
        row = (record.content, record.model.digest, time.time(), path, record.caption or "", record.to_json())
        with self._open() as connection:
            connection.execute("INSERT OR REPLACE INTO captions VALUES (?, ?, ?, ?, ?, ?)", row)

    def find(self, content: str, model: str) -> Description | None:
        """What this model said of this content. Raises `HistoryError`."""
        with self._open() as connection:
            row = connection.execute(
                "SELECT record FROM captions WHERE content = ? AND model = ?", (content, model)
            ).fetchone()
        return None if row is None else _parsed(row[0])

    def search(self, words: str = "", limit: int = 20) -> list[HistoryEntry]:
        """Newest first; every word must stand in the caption or the path. Raises `HistoryError`."""
        parts = words.split()
        where = " AND ".join(["(caption LIKE ? ESCAPE '\\' OR path LIKE ? ESCAPE '\\')"] * len(parts)) or "1"
        values = [pattern for part in parts for pattern in [_like(part)] * 2]
        query = f"SELECT described_at, record FROM captions WHERE {where} ORDER BY described_at DESC LIMIT ?"
        with self._open() as connection:
            rows = connection.execute(query, [*values, limit]).fetchall()
        return [HistoryEntry(at, record) for at, text in rows if (record := _parsed(text)) is not None]

    def clear(self) -> int:
        """Forget everything, and leave nothing of it in the file. Returns how many there were."""
        with self._open() as connection:
            removed = connection.execute("DELETE FROM captions").rowcount
        with self._open() as connection:
            connection.execute("VACUUM")  # deleted rows would stay readable in the file
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # and in the log beside it
        return removed

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A transaction, one at a time."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._connect()
                with self._connection:
                    yield self._connection
            except (sqlite3.Error, OSError) as error:
                logger.info("history failed: %s", type(error).__name__)
                raise HistoryError(messages.history_unusable(self._file.name)) from error

    def _connect(self) -> sqlite3.Connection:
        make_private_folder(self._file.parent)
        connection = sqlite3.connect(self._file, timeout=PATIENCE, check_same_thread=False)
        try:
            self._file.chmod(0o600)
            connection.execute("PRAGMA secure_delete = ON")
            if connection.execute("PRAGMA user_version").fetchone()[0] < _VERSION:
                _set_up(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _set_up(connection: sqlite3.Connection) -> None:
    """Make the tables. Another process may do the same at this moment, so that the file is locked without a wait."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _parsed(text: str) -> Description | None:
    """A record as it was kept; None when it cannot be read, and is then made anew."""
    try:
        return Description.from_dict(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _like(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
