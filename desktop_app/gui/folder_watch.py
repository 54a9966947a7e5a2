"""FolderWatch: looks into a folder when the system says that it changed, and slowly besides, in a thread of its own."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QFileSystemWatcher, QObject, QTimer

from desktop_app import messages
from desktop_app.background import Job, Lane, Worker
from desktop_app.gui.session import Session
from desktop_app.sources.folder import SETTLE_SECONDS, FolderWatcher
from desktop_app.sources.image import speakable

_QUICK_MS = int(SETTLE_SECONDS * 1000) + 50
"""Between two looks while files arrive."""
_SLOW_MS = 5000
"""Between two looks otherwise: network drives, and new folders of the same name, tell of no change."""


class _Watched:
    """One folder; used in the worker's thread only."""

    def __init__(self, folder: Path, session: Session) -> None:
        self._folder = folder
        self._session = session
        self._watcher: FolderWatcher | None = None
        self._is_there = True
        self.is_growing = False
        """True while a file is not yet complete; read by the window's thread."""
        self.has_looked = False
        """True when it is known what was in the folder before."""

    def look(self, job: Job) -> None:
        """Describe what is new; the first look only learns what is there."""
        if self._watcher is None:
            self._watcher = FolderWatcher(self._folder)
        sources = self._watcher.poll()
        self.has_looked = True
        self.is_growing = self._watcher.is_growing
        if job.is_cancelled:
            return
        self._session.describe(sources, Lane.ARRIVED)
        is_there = self._folder.is_dir()
        if is_there != self._is_there:
            self._is_there = is_there
            name = speakable(self._folder.name)
            self._session.tell(messages.window_watching_folder(name) if is_there else messages.window_folder_lost(name))


class FolderWatch(QObject):
    """Watches one folder at a time; the pictures go to the session."""

    def __init__(self, parent: QObject, session: Session) -> None:
        super().__init__(parent)
        self._session = session
        self._worker = Worker("folder", session.report)
        self._job: Job | None = None
        self._system = QFileSystemWatcher(self)
        self._system.directoryChanged.connect(self._on_changed)
        self._since_change = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._folder = Path()
        self._watched: _Watched | None = None

    def start(self, folder: Path) -> None:
        """From now on; what is there already is left alone."""
        self.stop()
        self._folder = folder
        self._watched = _Watched(folder, self._session)
        self._on_changed()

    def stop(self) -> None:
        """Watch nothing."""
        self._timer.stop()
        self._watched = None
        self._worker.cancel_all()
        if self._system.directories():
            self._system.removePaths(self._system.directories())

    def close(self) -> None:
        """Stop and end the thread."""
        self.stop()
        self._worker.close()

    @property
    def has_looked(self) -> bool:
        """True when everything that comes now counts as new."""
        return self._watched is not None and self._watched.has_looked

    def _on_changed(self) -> None:
        self._since_change.start()
        self._timer.start(_QUICK_MS)
        self._look()

    def _look(self) -> None:
        if self._watched is None or (self._job is not None and not self._job.is_done):
            return
        if self._since_change.elapsed() > _SLOW_MS and not self._watched.is_growing:
            self._timer.start(_SLOW_MS)
        if not self._system.directories() and self._folder.is_dir():
            self._system.addPath(str(self._folder))  # the system forgets a folder that vanishes
        self._job = self._worker.submit(self._watched.look, Lane.ARRIVED)
