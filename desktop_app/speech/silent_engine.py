"""No speech: a choice like any other, and what is left when nothing can be heard."""

from __future__ import annotations

import threading

from desktop_app import messages
from desktop_app.speech.engine import USABLE, Availability, EngineKind, Outcome, SpeechOptions, Voice


class SilentEngine:
    """Says nothing, always works."""

    kind = EngineKind.SILENT
    name = messages.SPEECH_SILENT_NAME

    def is_available(self) -> Availability:
        return USABLE

    def voices(self) -> list[Voice]:
        return []

    def prepare(self) -> None:
        pass

    def speak(self, text: str, options: SpeechOptions, cancelled: threading.Event) -> Outcome:
        return Outcome.SILENT

    def stop(self) -> None:
        pass

    def close(self) -> None:
        pass
