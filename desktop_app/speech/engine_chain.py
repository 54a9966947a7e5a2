"""The engines in order: one is in use, the next takes over when it fails, a better one when it is mended."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from desktop_app import messages
from desktop_app.speech.engine import (
    Availability,
    EngineFactory,
    EngineKind,
    EngineUnusable,
    SpeechEngine,
    SpeechOptions,
    choose_engine,
)

_log = logging.getLogger(__name__)

_LONGEST_LOOK_AGAIN_SECONDS = 300.0


class EngineChain:
    """Used by one thread, the speaker's; only `stop` by any."""

    def __init__(
        self, factories: Sequence[EngineFactory], on_problem: Callable[[str], None], look_again_seconds: float
    ) -> None:
        self._factories = list(factories)
        self._on_problem = on_problem
        self._look_again_seconds = self._first_look_again_seconds = look_again_seconds
        """How long to do with a lesser engine before the better ones are looked at again, at the next sentence."""
        self._told: set[str] = set()
        """Troubles that were told and are not mended yet."""
        self._missing_voices: set[str] = set()
        """Voices that were asked for and are not there; told once for good."""
        self._voices: frozenset[str] | None = None
        """Ids of the voices of the engine in use, once they were asked for."""
        self._engine: SpeechEngine | None = None
        self._level = 0
        """Place of the engine among the factories."""
        self._looked_at = 0.0
        self._trouble: Availability | None = None
        """Why the first engine is not the one in use."""

    def get(self) -> SpeechEngine:
        """The engine in use; when it is not the first one and the last look is a while ago, all are looked at again."""
        if self._level and time.monotonic() - self._looked_at >= self._look_again_seconds:
            self.close()
        if self._engine is None:
            self._choose(0)
        assert self._engine is not None
        return self._engine

    def fall(self, problem: EngineUnusable) -> SpeechEngine | None:
        """Go on with the next engine that can be used, after the one in use could not; None when there is none."""
        if not self._level:
            self._trouble = problem.availability
            # It looked usable and was not: do not let every other sentence wait for it.
            self._look_again_seconds = min(2 * self._look_again_seconds, _LONGEST_LOOK_AGAIN_SECONDS)
        next_level = self._level + 1
        self.close()
        if next_level >= len(self._factories):
            return None
        self._choose(next_level)
        return self._engine

    def note_spoken(self) -> None:
        """A sentence was heard. By the first engine: then all is well, and the next trouble is told again."""
        if not self._level:
            self._trouble = None
            self._told.clear()
            self._look_again_seconds = self._first_look_again_seconds

    @property
    def why_lost(self) -> str:
        """The sentence that tells why nothing can be heard; empty when the first engine is in use."""
        return messages.speech_lost(self._trouble.reason, self._trouble.remedy) if self._trouble else ""

    def stop(self) -> None:
        engine = self._engine
        if engine is not None:
            engine.stop()

    def close(self) -> None:
        engine, self._engine = self._engine, None
        self._level = 0
        if engine is not None:
            engine.close()

    def fit(self, options: SpeechOptions) -> SpeechOptions:
        """The options without a voice that this engine does not have, because it was chosen for another engine."""
        if options.voice is None or self._engine is None or self._engine.kind is EngineKind.SILENT:
            return options
        if self._voices is None:
            self._voices = frozenset(voice.id for voice in self._engine.voices())
        if options.voice in self._voices:
            return options
        if options.voice not in self._missing_voices:
            self._missing_voices.add(options.voice)
            self._on_problem(messages.speech_voice_missing(options.voice))
        return replace(options, voice=None)

    def _choose(self, first: int) -> None:
        choice = choose_engine(self._factories[first:])
        self._engine, self._voices = choice.engine, None
        self._level = first + len(choice.passed_over)
        self._looked_at = time.monotonic()
        if not self._level:
            return
        if not first:
            self._trouble = choice.passed_over[0][1]
        assert self._trouble is not None
        _log.warning("speech by %s: %s", choice.engine.kind.value, self._trouble.reason)
        if choice.engine.kind is EngineKind.SILENT:
            self._tell(self.why_lost)
        else:
            self._tell(messages.speech_changed(self._trouble.reason, self._trouble.remedy, choice.engine.name))

    def _tell(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            self._on_problem(sentence)
