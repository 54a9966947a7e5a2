"""eSpeak NG: synthesised in a child process, played by our own player, silent at once when told."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Generator
from dataclasses import asdict

from desktop_app import messages
from desktop_app.speech import frames
from desktop_app.speech.engine import USABLE, Availability, EngineKind, EngineUnusable, Outcome, SpeechOptions, Voice
from desktop_app.speech.espeak_process import EspeakProcess, WorkerLostError
from desktop_app.speech.sound_player import SoundPlayer, usual_player

_log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 5.0
"""A worker that answers nothing for so long hangs: it makes a second of speech in a few milliseconds."""
_CANCEL_PATIENCE_SECONDS = 0.3
"""After a cancellation the next sentence waits for it, so a worker that is slow here is replaced instead."""
_PIECE_CHARACTERS = 1500
"""Longest text of one request, so that it fits into any pipe."""
_REASONS = {
    frames.NO_LIBRARY: messages.SPEECH_ESPEAK_MISSING,
    frames.NO_VOICE_DATA: messages.SPEECH_ESPEAK_WITHOUT_DATA,
}


def split_text(text: str, limit: int = _PIECE_CHARACTERS) -> list[str]:
    """Pieces of at most `limit` characters that end where a sentence does, else at a blank, else anywhere."""
    pieces: list[str] = []
    rest = text.strip()
    while len(rest) > limit:
        head = rest[:limit]
        ends = [match.end() for match in re.finditer(r"[.!?;:]\s|\s", head)]
        sentences = [match.end() for match in re.finditer(r"[.!?]\s", head)]
        cut = (sentences or ends or [limit])[-1]
        pieces.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return [*pieces, rest] if rest else pieces


class EspeakEngine:
    """The engine of choice on Linux. A worker that died or hangs is replaced once, and the sentence said anew."""

    kind = EngineKind.ESPEAK
    name = messages.SPEECH_ESPEAK_NAME

    def __init__(self, patience: float = _PATIENCE_SECONDS, player: SoundPlayer | None = None) -> None:
        self._patience = patience
        self._player = player or usual_player()
        self._worker: EspeakProcess | None = None
        self._sample_rate = 0
        self._number = 0

    def is_available(self) -> Availability:
        try:
            self._start()
            self._player.check()
        except EngineUnusable as problem:
            return problem.availability
        except WorkerLostError:
            self._drop()
            return _lost().availability
        return USABLE

    def voices(self) -> list[Voice]:
        try:
            worker = self._start()
            worker.send(do="voices")
            listed = worker.receive_json(self._patience, frames.VOICES)
        except (EngineUnusable, WorkerLostError):
            self._drop()
            return []
        return [Voice(**voice) for voice in listed]

    def prepare(self) -> None:
        try:
            self._start()
        except (EngineUnusable, WorkerLostError):
            self._drop()  # the first sentence will tell

    def speak(self, text: str, options: SpeechOptions, cancelled: threading.Event) -> Outcome:
        try:
            return self._speak_once(text, options, cancelled)
        except WorkerLostError:
            _log.warning("the eSpeak worker was lost while speaking and is started again")
            self._drop()
        if cancelled.is_set():
            return Outcome.STOPPED
        try:
            return self._speak_once(text, options, cancelled)
        except WorkerLostError as lost:
            self._drop()
            raise _lost() from lost

    def stop(self) -> None:
        self._player.wake()
        worker = self._worker
        if worker is not None:
            worker.wake()

    def close(self) -> None:
        self._drop()

    @property
    def worker_pid(self) -> int | None:
        """Process id of the running worker, for tests and for `descry doctor`."""
        return self._worker.pid if self._worker else None

    def _start(self) -> EspeakProcess:
        """The running worker. Raises `EngineUnusable` without eSpeak NG, `WorkerLostError` when nothing answers."""
        if self._worker is not None:
            return self._worker
        self._worker = EspeakProcess()
        frame = self._worker.receive(self._patience)
        if frame is None:
            raise WorkerLostError
        kind, payload = frame
        answer = json.loads(payload)
        if kind == frames.FAILURE:
            self._drop()
            _log.info("eSpeak NG cannot be used: %s", answer["reason"])
            raise EngineUnusable(_REASONS[answer["reason"]], messages.SPEECH_ESPEAK_REMEDY)
        self._sample_rate = int(answer["sample_rate"])
        return self._worker

    def _drop(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()

    def _speak_once(self, text: str, options: SpeechOptions, cancelled: threading.Event) -> Outcome:
        if not (pieces := split_text(text)):
            return Outcome.SPOKEN
        worker = self._start()
        chunks = self._samples(worker, pieces, options, cancelled)
        is_heard = self._player.play(chunks, self._sample_rate, cancelled)
        chunks.close()
        return Outcome.SPOKEN if is_heard else Outcome.STOPPED

    def _samples(
        self, worker: EspeakProcess, pieces: list[str], options: SpeechOptions, cancelled: threading.Event
    ) -> Generator[bytes, None, None]:
        """The text as samples, one request a piece. However it is left, the worker is then free for the next one."""
        for piece in pieces:
            self._number += 1
            worker.send(do="speak", number=self._number, text=piece, **asdict(options))
            is_ended = False
            try:
                while (frame := worker.receive(self._patience, cancelled)) is not None:
                    if frame[0] == frames.END:
                        is_ended = True
                        break
                    yield frame[1]
            finally:
                if not is_ended:
                    self._finish(worker)
            if not is_ended:
                return

    def _finish(self, worker: EspeakProcess) -> None:
        """Cancel the request in hand and read what is left of it; a worker that does not end it soon is dropped."""
        deadline = time.monotonic() + _CANCEL_PATIENCE_SECONDS
        try:
            worker.send(do="cancel", number=self._number)
            while (left := deadline - time.monotonic()) > 0:
                frame = worker.receive(left)
                if frame is not None and frame[0] == frames.END:
                    return
        except WorkerLostError:
            pass
        self._drop()


def _lost() -> EngineUnusable:
    return EngineUnusable(messages.SPEECH_ESPEAK_LOST, messages.SPEECH_ESPEAK_REMEDY)
