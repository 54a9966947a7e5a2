"""The speaker owns the engine in a thread of its own: say, stop, wait, close."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from desktop_app.speech.engine import EngineFactory, Outcome, SpeechOptions


def _ignore(*_: str) -> None:
    pass


@dataclass(frozen=True)
class SpeakerEvents:
    """What the speaker tells; called from its thread, so a window passes them on by a signal. Must not raise."""

    on_started: Callable[[str], None] = _ignore
    """(text) It begins to be said."""
    on_spoken: Callable[[str], None] = _ignore
    """(text) It was heard to its end. Never called for what was stopped."""
    on_failed: Callable[[str, str], None] = _ignore
    """(text, sentence) It could not be said by any engine; the sentence tells why."""
    on_problem: Callable[[str], None] = _ignore
    """(sentence) The voice changed or is lost and what helps; given once until it is mended."""


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
    ) -> None:
        raise NotImplementedError

    def say(self, text: str, interrupt: bool = True) -> Utterance:
        """Say it soon; returns at once and never raises. `interrupt` silences and drops everything earlier."""
        raise NotImplementedError

    def stop(self) -> None:
        """Silence at once and drop what waits. What was stopped is never reported as spoken."""
        raise NotImplementedError

    def set_options(self, options: SpeechOptions) -> None:
        """Voice, rate, pitch and volume from the next sentence on."""
        raise NotImplementedError

    @property
    def is_idle(self) -> bool:
        """True when nothing is being said and nothing waits."""
        raise NotImplementedError

    def wait_until_idle(self, timeout: float | None = None) -> bool:
        """Block until everything was said or stopped; False when the time is over. Ctrl+C ends the wait."""
        raise NotImplementedError

    def close(self) -> None:
        """Silence, end the thread and the engine. Later calls of `say` do nothing."""
        raise NotImplementedError

    def __enter__(self) -> Speaker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def say_and_wait(
    text: str,
    factories: Sequence[EngineFactory],
    options: SpeechOptions | None = None,
    on_problem: Callable[[str], None] = _ignore,
) -> Outcome:
    """Say one text to its end, for `descry say`. On Ctrl+C it falls silent and KeyboardInterrupt goes on to the caller.

    `Outcome.SILENT` when no engine could say it; `on_problem` has then been given the sentence, unless silence was chosen.
    """
    raise NotImplementedError
