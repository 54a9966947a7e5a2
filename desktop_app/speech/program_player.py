"""Plays samples through a program of the system and falls silent by ending it: for Linux without miniaudio."""

from __future__ import annotations

import logging
import os
import select
import shutil
import subprocess
import threading
from collections.abc import Iterable, Sequence
from typing import IO

from desktop_app import messages
from desktop_app.speech.engine import EngineUnusable

_log = logging.getLogger(__name__)

PROGRAMS: tuple[tuple[str, ...], ...] = (
    ("pacat", "--playback", "--raw", "--format=s16le", "--rate={rate}", "--channels=1", "--latency-msec=180"),
    ("aplay", "-q", "-t", "raw", "-f", "S16_LE", "-r", "{rate}", "-c", "1", "--buffer-time=180000"),
)
"""In the order in which they are tried; each plays its standard input and ends when that has been heard."""

_STALL_SECONDS = 7.0
"""A program that takes nothing for so long hangs, and so does one that has not ended so long after its last sample:
the pipe and its own buffer hold less than two seconds."""


class ProgramPlayer:
    """One process a text."""

    def __init__(self, programs: Sequence[tuple[str, ...]] = PROGRAMS) -> None:
        self._programs = programs
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._cancelled: threading.Event | None = None

    def check(self) -> None:
        """Play a hundredth of a second of silence."""
        self.play([bytes(441)], 22050, threading.Event())

    def play(self, chunks: Iterable[bytes], sample_rate: int, cancelled: threading.Event) -> bool:
        """As in `SoundPlayer`."""
        process = self._start(sample_rate, cancelled)
        assert process.stdin is not None
        try:
            os.set_blocking(process.stdin.fileno(), False)
            for chunk in chunks:
                if cancelled.is_set() or not self._write(process.stdin, chunk):
                    break
            process.stdin.close()
            is_heard = not cancelled.is_set() and process.wait(_STALL_SECONDS) == 0
        except subprocess.TimeoutExpired:
            is_heard = False
        finally:
            self._end(process)
        if cancelled.is_set():
            return False
        if not is_heard:
            raise EngineUnusable(messages.SPEECH_NO_DEVICE, messages.SPEECH_NO_DEVICE_REMEDY)
        return True

    def wake(self) -> None:
        """As in `SoundPlayer`: what was cancelled is silent at once."""
        with self._lock:
            if self._process is not None and self._cancelled is not None and self._cancelled.is_set():
                self._process.kill()

    def _start(self, sample_rate: int, cancelled: threading.Event) -> subprocess.Popen[bytes]:
        for program in self._programs:
            if shutil.which(program[0]) is None:
                continue
            with self._lock:
                self._cancelled = cancelled
                self._process = subprocess.Popen(
                    [word.format(rate=sample_rate) for word in program],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,  # Ctrl+C in the terminal is for the program to handle
                )
                return self._process
        raise EngineUnusable(messages.SPEECH_NO_PROGRAM, messages.SPEECH_NO_PROGRAM_REMEDY)

    def _write(self, pipe: IO[bytes], chunk: bytes) -> bool:
        """False when the program has ended or takes nothing any more."""
        rest = memoryview(chunk)
        while rest:
            writable = select.select([], [pipe], [], _STALL_SECONDS)[1]
            if not writable:
                return False
            try:
                rest = rest[os.write(pipe.fileno(), rest) :]
            except BrokenPipeError:
                return False
        return True

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._process = self._cancelled = None
        process.kill()
        process.wait()
        if process.stdin is not None:
            process.stdin.close()
