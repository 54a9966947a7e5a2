"""The speaker owns the engine in a thread of its own: say, stop, wait, close."""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from desktop_app import messages
from desktop_app.speech.engine import EngineFactory, EngineUnusable, Outcome, SpeechEngine, SpeechOptions
from desktop_app.speech.engine_chain import EngineChain

_log = logging.getLogger(__name__)

_LOOK_AGAIN_SECONDS = 5.0
"""How long to do with a lesser engine before the better ones are looked at again, at the next sentence."""
_CLOSE_SECONDS = 5.0
_WAIT_SECONDS = 0.5
"""Longest wait at a stretch: on Windows Ctrl+C is noticed only between two waits."""


def _ignore(*_: str) -> None:
    pass


@dataclass(frozen=True)
class SpeakerEvents:
    """What the speaker tells; called from its thread, so a window passes them on by a signal."""

    on_started: Callable[[str], None] = _ignore
    """(text) It is given to the engine."""
    on_spoken: Callable[[str], None] = _ignore
    """(text) It was heard to its end. Never called for what was stopped."""
    on_failed: Callable[[str, str], None] = _ignore
    """(text, sentence) It could not be said by any engine; the sentence tells why."""
    on_problem: Callable[[str], None] = _ignore
    """(sentence) The voice changed or is lost, and what helps; given once until it is mended."""


@dataclass
class Utterance:
    """One request to say something."""

    text: str
    cancelled: threading.Event = field(default_factory=threading.Event)
    outcome: Outcome | None = None
    """None until it has ended."""


class Speaker:
    """Says sentences one after another with the first engine that works. A context manager."""

    def __init__(
        self,
        factories: Sequence[EngineFactory],
        options: SpeechOptions | None = None,
        events: SpeakerEvents | None = None,
        look_again_seconds: float = _LOOK_AGAIN_SECONDS,
    ) -> None:
        """Nothing is loaded or started before the first `say` or `prepare`."""
        self._options = options or SpeechOptions()
        self._events = events or SpeakerEvents()
        self._chain = EngineChain(factories, self._events.on_problem, look_again_seconds)
        self._changed = threading.Condition()
        self._waiting: deque[Utterance] = deque()
        self._current: Utterance | None = None
        self._must_prepare = False
        self._is_closed = False
        self._thread: threading.Thread | None = None

    def say(self, text: str, interrupt: bool = True) -> Utterance:
        """Say it soon; returns at once and never raises. `interrupt` silences and drops everything earlier."""
        utterance = Utterance(text)
        with self._changed:
            if self._is_closed:
                utterance.outcome = Outcome.STOPPED
                return utterance
            was_speaking = interrupt and self._drop_all()
            self._waiting.append(utterance)
            self._start()
        if was_speaking:
            self._chain.stop()
        return utterance

    def stop(self) -> None:
        """Silence at once and drop what waits. What was stopped is never reported as spoken."""
        with self._changed:
            was_speaking = self._drop_all()
        if was_speaking:
            self._chain.stop()

    def prepare(self) -> None:
        """Begin to load the voice, because something will soon be said. Returns at once."""
        with self._changed:
            if not self._is_closed:
                self._must_prepare = True
                self._start()

    def set_options(self, options: SpeechOptions) -> None:
        """Voice, rate, pitch and volume from the next sentence on."""
        self._options = options

    @property
    def is_idle(self) -> bool:
        """True when nothing is being said and nothing waits."""
        with self._changed:
            return self._current is None and not self._waiting

    def wait_until_idle(self, timeout: float | None = None) -> bool:
        """Block until everything was said or stopped; False when `timeout` seconds are over. Ctrl+C ends the wait."""
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while self._current is not None or self._waiting:
                left = _WAIT_SECONDS if deadline is None else min(_WAIT_SECONDS, deadline - time.monotonic())
                if left <= 0:
                    return False
                self._changed.wait(left)
            return True

    def close(self) -> None:
        """Silence, end the thread and the engine. Later calls of `say` do nothing."""
        with self._changed:
            self._is_closed = True
            self._drop_all()
            thread = self._thread
            self._changed.notify_all()
        self._chain.stop()
        if thread is None:
            self._chain.close()
        elif thread is not threading.current_thread():
            thread.join(_CLOSE_SECONDS)
        atexit.unregister(self.close)

    def __enter__(self) -> Speaker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        """With the lock held: wake the thread, or start it."""
        self._changed.notify_all()
        if self._thread is None:
            # A sound device that is still open when Python ends can end it with a crash.
            atexit.register(self.close)
            self._thread = threading.Thread(target=self._run, name="speech", daemon=True)
            self._thread.start()

    def _drop_all(self) -> bool:
        """With the lock held: cancel everything; True when the engine has to be told."""
        for utterance in self._waiting:
            utterance.cancelled.set()
            utterance.outcome = Outcome.STOPPED
        self._waiting.clear()
        if self._current is not None:
            self._current.cancelled.set()
        self._changed.notify_all()
        return self._current is not None

    def _run(self) -> None:
        try:
            while self._wait_for_work():
                try:
                    self._do_work()
                finally:
                    with self._changed:
                        self._current = None
                        self._changed.notify_all()
            self._chain.close()
        finally:  # also when a listener has failed, which is for the hook of threads to tell: others go on to be served
            with self._changed:
                self._thread = None
                if self._waiting:
                    self._start()

    def _do_work(self) -> None:
        if self._current is None:
            self._chain.get().prepare()
        else:
            self._serve(self._current)

    def _wait_for_work(self) -> bool:
        """Take the next utterance, or none when there is only something to prepare; False when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._must_prepare or self._is_closed)
            self._must_prepare = False
            if self._waiting:
                self._current = self._waiting.popleft()
            return not self._is_closed

    def _serve(self, utterance: Utterance) -> None:
        """Say it and tell how it went."""
        self._events.on_started(utterance.text)
        try:
            outcome, sentence = self._speak(utterance)
        except Exception as error:  # noqa: BLE001  # border: a driver's surprise must not end the voice
            _log.error("the speech thread met %s", type(error).__name__)
            self._chain.close()
            outcome, sentence = Outcome.SILENT, messages.SPEECH_BROKEN
        utterance.outcome = outcome
        if outcome is Outcome.SPOKEN:
            self._events.on_spoken(utterance.text)
        elif sentence:
            self._events.on_failed(utterance.text, sentence)

    def _speak(self, utterance: Utterance) -> tuple[Outcome, str]:
        """By the first engine that can. The sentence tells why it was not said; it is empty when silence was chosen."""
        engine: SpeechEngine | None = self._chain.get()
        while engine is not None:
            try:
                outcome = engine.speak(utterance.text, self._chain.fit(self._options), utterance.cancelled)
                if outcome is Outcome.SPOKEN:
                    self._chain.note_spoken()
                return outcome, self._chain.why_lost if outcome is Outcome.SILENT else ""
            except EngineUnusable as problem:
                if utterance.cancelled.is_set():
                    return Outcome.STOPPED, ""
                engine = self._chain.fall(problem)
        return Outcome.SILENT, self._chain.why_lost


def say_and_wait(
    text: str,
    factories: Sequence[EngineFactory],
    options: SpeechOptions | None = None,
    on_problem: Callable[[str], None] = _ignore,
) -> Outcome:
    """Say one text to its end, for `descry say`. On Ctrl+C it falls silent and KeyboardInterrupt goes on.

    `Outcome.SILENT` when no engine could say it; `on_problem` has then been given the sentence, unless silence was
    chosen.
    """
    with Speaker(factories, options, SpeakerEvents(on_problem=on_problem)) as speaker:
        utterance = speaker.say(text)
        speaker.wait_until_idle()
    return utterance.outcome or Outcome.SILENT
