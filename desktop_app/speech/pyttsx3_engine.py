"""The system's voice through pyttsx3: one child process an utterance, silenced by ending it."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import tempfile
import threading
from dataclasses import asdict
from typing import Any

from desktop_app import child, messages, pipes
from desktop_app.speech import frames
from desktop_app.speech.engine import USABLE, Availability, EngineKind, EngineUnusable, Outcome, SpeechOptions, Voice

_log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 15.0
"""For starting: the drivers of Windows and macOS take seconds the first time."""
_MEMORY_FOLDER = "/dev/shm"
_TROUBLES = {
    frames.NO_PACKAGE: (messages.SPEECH_PYTTSX3_MISSING, messages.SPEECH_PYTTSX3_MISSING_REMEDY),
    frames.NO_LIBRARY: (messages.SPEECH_PYTTSX3_NO_VOICE, messages.SPEECH_PYTTSX3_NO_VOICE_REMEDY),
    frames.NO_APLAY: (messages.SPEECH_PYTTSX3_NO_APLAY, messages.SPEECH_PYTTSX3_NO_APLAY_REMEDY),
    frames.NO_SOUND: (messages.SPEECH_NO_DEVICE, messages.SPEECH_NO_DEVICE_REMEDY),
}


class _LostError(Exception):
    """The worker ended without an answer or took too long."""


class Pyttsx3Engine:
    """pyttsx3 in a process of its own: in ours its `stop` does nothing on Linux and two threads hang."""

    kind = EngineKind.PYTTSX3
    name = messages.SPEECH_PYTTSX3_NAME

    def __init__(self, patience: float = _PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._lock = threading.Lock()
        self._worker: subprocess.Popen[bytes] | None = None

    def is_available(self) -> Availability:
        try:
            self._list_voices()
        except EngineUnusable as problem:
            return problem.availability
        return USABLE

    def voices(self) -> list[Voice]:
        try:
            return self._list_voices()
        except EngineUnusable:
            return []

    def prepare(self) -> None:
        pass  # each sentence has a process of its own

    def speak(self, text: str, options: SpeechOptions, cancelled: threading.Event) -> Outcome:
        if not text.strip():
            return Outcome.SPOKEN
        request: dict[str, object] = {"do": "speak", "text": text, **asdict(options)}
        # The slowest thing to say is a number: a word for each digit.
        longest = self._patience + len(text) * 60 / options.rate
        for is_last_try in (False, True):
            if cancelled.is_set():
                return Outcome.STOPPED
            try:
                self._ask(request, cancelled, longest)
                return Outcome.STOPPED if cancelled.is_set() else Outcome.SPOKEN
            except _LostError as lost:
                if cancelled.is_set():
                    return Outcome.STOPPED
                _log.warning("the pyttsx3 worker was lost while speaking")
                if is_last_try:
                    raise _lost() from lost
        raise AssertionError("the last try returns or raises")

    def stop(self) -> None:
        with self._lock:
            if self._worker is not None:
                child.kill_group(self._worker)

    def close(self) -> None:
        self.stop()

    def _list_voices(self) -> list[Voice]:
        """Raises `EngineUnusable`."""
        try:
            listed = self._ask({"do": "voices"}, threading.Event(), self._patience)
        except _LostError as lost:
            raise _lost() from lost
        return [Voice(**voice) for voice in listed]

    def _ask(self, request: dict[str, object], cancelled: threading.Event, longest: float) -> Any:
        """Run a worker for one request and give back the JSON of its answer. Raises `_LostError`, `EngineUnusable`."""
        # pyttsx3 leaves the speech as a file on Linux: here it never reaches a disk and is gone when the sentence is.
        memory = _MEMORY_FOLDER if os.access(_MEMORY_FOLDER, os.W_OK) else None
        with tempfile.TemporaryDirectory(prefix="descry-", dir=memory, ignore_cleanup_errors=True) as folder:
            worker = self._start({"TMPDIR": folder, "DESCRY_WORKER_TEMP": folder})
            watchdog = threading.Timer(longest, child.kill_group, (worker,))
            watchdog.daemon = True
            watchdog.start()
            try:
                # Whoever cancelled before the worker was known could not end it.
                return None if cancelled.is_set() else self._converse(worker, request)
            finally:
                watchdog.cancel()
                watchdog.join()
                with self._lock:
                    self._worker = None
                child.kill_group(worker)
                child.release(worker)

    def _start(self, environment: dict[str, str]) -> subprocess.Popen[bytes]:
        with self._lock:
            try:
                self._worker = child.start_worker("desktop_app.speech.pyttsx3_worker", environment)
            except OSError as error:
                raise _LostError from error
            return self._worker

    def _converse(self, worker: subprocess.Popen[bytes], request: dict[str, object]) -> Any:
        assert worker.stdin is not None
        assert worker.stdout is not None
        try:
            pipes.write_request(worker.stdin, request)
        except OSError as error:
            raise _LostError from error
        while (frame := pipes.read_frame(worker.stdout)) is not None:
            kind, payload = frame
            if kind == frames.FAILURE:
                raise EngineUnusable(*_TROUBLES[json.loads(payload)["reason"]])
            if kind != frames.READY:
                return json.loads(payload or b"null")
        raise _LostError


def _lost() -> EngineUnusable:
    return EngineUnusable(messages.SPEECH_PYTTSX3_LOST, messages.SPEECH_PYTTSX3_LOST_REMEDY)
