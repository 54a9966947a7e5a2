"""Pictures of a folder: all there are now, or each new one as soon as it is complete."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from desktop_app import messages
from desktop_app.errors import SourceUnavailable
from desktop_app.sources.image import ImageSource, extensions, speakable

logger = logging.getLogger(__name__)

SETTLE_SECONDS = 0.25
"""How long a new file must stay as it is until it counts as complete; looks may follow each other faster."""
_NOT_OURS = (".", "~")
"""How names of hidden and temporary files begin; those of unfinished downloads end in no picture's ending."""


def scan_folder(folder: Path, recursive: bool = False) -> list[ImageSource]:
    """All pictures in a folder, by their names' endings, in the order of their paths.

    Raises `SourceUnavailable` when the folder cannot be read.
    """
    endings = extensions()
    try:
        paths = [path for path, _ in _pictures(str(folder), recursive, endings)]
    except OSError as error:
        raise SourceUnavailable(folder_problem(folder, error)) from error
    return [ImageSource.from_path(path) for path in sorted(paths)]


def folder_problem(folder: Path, error: OSError) -> str:
    """Why a folder cannot be read, in one sentence."""
    name = speakable(folder.name or str(folder))
    if isinstance(error, FileNotFoundError):
        return messages.no_such_folder(name)
    if isinstance(error, NotADirectoryError):
        return messages.folder_is_none(name)
    return messages.folder_unreadable(name, error.strerror or "unknown reason")


@dataclass(frozen=True)
class _Stamp:
    """What changes when a file does."""

    size: int
    modified: int
    """Nanoseconds since 1970."""


@dataclass(frozen=True)
class _Sighting:
    """A file that is not yet complete, as it was when it last changed."""

    stamp: _Stamp
    since: float


class FolderWatcher:
    """Tells of each picture that is new or rewritten, once, when it has stayed unchanged for a moment.

    To be polled from one thread. The folder may vanish and come back: what was in it before is then not new.
    """

    def __init__(
        self, folder: Path, recursive: bool = False, backlog: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """What is in the folder now is left alone, unless there is a `backlog` to begin with."""
        self._folder = folder
        self._recursive = recursive
        self._clock = clock
        self._endings = extensions()
        self._told: dict[str, _Stamp] = {}
        self._growing: dict[str, _Sighting] = {}
        if not backlog:
            self._told = self._look() or {}

    def poll(self) -> list[ImageSource]:
        """The pictures that have become complete since the last look, in the order of their paths."""
        there = self._look()
        if there is None:
            return []
        now = self._clock()
        self._told = {path: stamp for path, stamp in self._told.items() if path in there}
        growing: dict[str, _Sighting] = {}
        complete: dict[str, _Stamp] = {}
        for path, stamp in there.items():
            # An empty file with a picture's name is the place that a browser keeps for a download
            if stamp.size == 0 or self._told.get(path) == stamp:
                continue
            before = self._growing.get(path)
            sighting = before if before is not None and before.stamp == stamp else _Sighting(stamp, now)
            if now - sighting.since >= SETTLE_SECONDS:
                complete[path] = stamp
            else:
                growing[path] = sighting
        self._growing = growing
        self._told |= complete
        return [ImageSource.from_path(path) for path in sorted(complete)]

    @property
    def is_growing(self) -> bool:
        """True while a new file is not yet complete, so that it is worth to look again soon."""
        return bool(self._growing)

    def _look(self) -> dict[str, _Stamp] | None:
        """All pictures there are; None while the folder cannot be read."""
        try:
            return dict(_pictures(str(self._folder), self._recursive, self._endings))
        except OSError as error:
            logger.info("the watched folder cannot be read: %s", type(error).__name__)
            return None


def _pictures(folder: str, recursive: bool, endings: frozenset[str]) -> Iterator[tuple[str, _Stamp]]:
    """Path and stamp of each picture. Raises `OSError` when the folder itself cannot be read.

    Links to files are followed, links to folders are not, because they may lead in a circle.
    """
    waiting = [folder]
    while waiting:
        place = waiting.pop()
        try:
            with os.scandir(place) as entries:
                found = list(entries)
        except OSError as error:
            if place == folder:
                raise
            logger.info("a folder was left out: %s", type(error).__name__)
            continue
        for entry in found:
            if entry.name.startswith(_NOT_OURS):
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    waiting += [entry.path] if recursive else []
                elif os.path.splitext(entry.name)[1].lower() in endings and entry.is_file():
                    status = entry.stat()
                    yield entry.path, _Stamp(status.st_size, status.st_mtime_ns)
            except OSError:
                pass  # it went away in between
