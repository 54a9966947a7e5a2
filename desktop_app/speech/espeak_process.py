"""The program's end of the eSpeak worker: starts it on first need, listens with patience, ends it."""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from typing import IO, Any

from desktop_app import child, pipes
from desktop_app.speech import frames

_log = logging.getLogger(__name__)

_AHEAD_FRAMES = 200
"""Frames of 50 ms that may wait here; then the worker is made to wait."""


class WorkerLostError(Exception):
    """The worker has ended or does not answer."""


class EspeakProcess:
    """One running worker. Everything but `wake` and `cancel` is called from one thread."""

    def __init__(self) -> None:
        """Starts the process; its first answer is fetched with `receive`. Raises `WorkerLostError`."""
        try:
            self._process = child.start_worker("desktop_app.speech.espeak_worker")
        except OSError as error:
            raise WorkerLostError from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests: IO[bytes] = self._process.stdin
        self._writing = threading.Lock()
        self._changed = threading.Condition()
        self._received: deque[tuple[bytes, bytes]] = deque()
        self._has_ended = False
        self._reader = threading.Thread(
            target=self._read, args=(self._process.stdout,), name="espeak-answers", daemon=True
        )
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, **request: object) -> None:
        """Raises `WorkerLostError`. Requests must be shorter than a pipe holds: a hanging worker then blocks nobody."""
        try:
            with self._writing:
                pipes.write_request(self._requests, request)
        except (OSError, ValueError) as error:  # ValueError: closed meanwhile
            raise WorkerLostError from error

    def receive(self, patience: float, cancelled: threading.Event | None = None) -> tuple[bytes, bytes] | None:
        """The next frame; None when `cancelled` was set.

        Raises `WorkerLostError` when the worker has ended or `patience`, in seconds, is over.
        """

        def is_over() -> bool:
            return bool(self._received) or self._has_ended or (cancelled is not None and cancelled.is_set())

        with self._changed:
            if not self._changed.wait_for(is_over, patience):
                raise WorkerLostError
            if cancelled is not None and cancelled.is_set():
                return None
            # What a worker that died has left unfinished will be said anew: so let that begin now.
            if self._has_ended and all(kind == frames.AUDIO for kind, _ in self._received):
                raise WorkerLostError
            self._changed.notify_all()
            return self._received.popleft()

    def receive_json(self, patience: float, kind: bytes) -> Any:
        """The payload of the next frame, which must be of this kind. Raises `WorkerLostError`."""
        frame = self.receive(patience)
        if frame is None or frame[0] != kind:
            raise WorkerLostError
        return json.loads(frame[1])

    def wake(self) -> None:
        """Let `receive` look at `cancelled` now."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """End the worker, also when it hangs."""
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()
        child.kill_group(self._process)
        self._reader.join()
        child.release(self._process)

    def _read(self, answers: IO[bytes]) -> None:
        while (frame := pipes.read_frame(answers)) is not None:
            with self._changed:
                self._changed.wait_for(lambda: len(self._received) < _AHEAD_FRAMES or self._has_ended)
                if self._has_ended:
                    return
                self._received.append(frame)
                self._changed.notify_all()
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()
