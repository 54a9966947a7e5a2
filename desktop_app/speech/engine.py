"""What every speech engine offers, what it is given and what it answers."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from desktop_app import messages
from desktop_app.errors import SettingsError, SpeechUnavailable

RATE_RANGE = (80, 450)
PERCENT_RANGE = (0, 100)


class EngineKind(Enum):
    """The engines there are; the value is the name in settings and on the command line."""

    ESPEAK = "espeak"
    PYTTSX3 = "pyttsx3"
    SILENT = "silent"


def preferred_kinds(platform: str = sys.platform) -> tuple[EngineKind, ...]:
    """Engines in the order in which they are tried; the silent one is always last.

    Windows and macOS bring good voices, which pyttsx3 reaches; on Linux it cannot tell when a sentence has been heard.
    """
    if platform in ("win32", "darwin"):
        return (EngineKind.PYTTSX3, EngineKind.ESPEAK, EngineKind.SILENT)
    return (EngineKind.ESPEAK, EngineKind.PYTTSX3, EngineKind.SILENT)


@dataclass(frozen=True)
class Availability:
    """Whether an engine can be heard now, and if not, why and what helps."""

    is_usable: bool
    reason: str = ""
    """One sentence; empty when usable."""
    remedy: str = ""
    """One sentence; empty when usable."""

    @property
    def sentence(self) -> str:
        """Reason and remedy as they are spoken."""
        return f"{self.reason} {self.remedy}".strip()


USABLE = Availability(is_usable=True)


class EngineUnusable(SpeechUnavailable):
    """An engine cannot be heard now; reason and remedy are a sentence each."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason} {remedy}")
        self.availability = Availability(False, reason, remedy)


@dataclass(frozen=True)
class Voice:
    """One voice of one engine."""

    id: str
    """What `SpeechOptions.voice` takes."""
    name: str
    """As people know it, such as "English (America)"."""
    language: str
    """Language tag such as `en-us`; empty when the engine does not tell."""


@dataclass(frozen=True)
class SpeechOptions:
    """How a sentence is spoken. Raises `SettingsError` for a value out of range."""

    voice: str | None = None
    """Id of a `Voice`; None for the engine's usual English voice."""
    rate: int = 175
    """Words per minute, 80 to 450, because that is the unit of both engines and means the same for each voice."""
    pitch: int = 50
    """0 to 100; 50 is the voice's own. An engine without pitch ignores it."""
    volume: int = 100
    """0 (silence) to 100 (the engine's full level)."""

    def __post_init__(self) -> None:
        ranges = {"rate": RATE_RANGE, "pitch": PERCENT_RANGE, "volume": PERCENT_RANGE}
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise SettingsError(messages.speech_value_out_of_range(name, low, high))


class Outcome(Enum):
    """How an utterance ended."""

    SPOKEN = "spoken"
    """Heard to its end."""
    STOPPED = "stopped"
    """Cut off or left out because it was stopped or replaced."""
    SILENT = "silent"
    """Not said: the silent engine was chosen or is the last one left."""


class SpeechEngine(Protocol):
    """A way to say a sentence. Everything but `stop` is called from one thread, the speaker's."""

    @property
    def kind(self) -> EngineKind: ...

    @property
    def name(self) -> str:
        """As people know it."""
        ...

    def is_available(self) -> Availability:
        """Really look: load the library, open the sound device. May take a tenth of a second."""
        ...

    def voices(self) -> list[Voice]:
        """All voices; empty when the engine cannot be used."""
        ...

    def prepare(self) -> None:
        """Take the slow first steps now, because a sentence will follow soon. Never raises."""
        ...

    def speak(self, text: str, options: SpeechOptions, cancelled: threading.Event) -> Outcome:
        """Block until `text` has been heard or was stopped.

        Whoever stops sets `cancelled` first and then calls `stop`: so a sentence that had not begun is left out.
        Raises `EngineUnusable` when it cannot be heard.
        """
        ...

    def stop(self) -> None:
        """Silence at once; called from any thread, also when nothing is said."""
        ...

    def close(self) -> None:
        """Silence and give everything back. The engine may be used again; it then starts anew."""
        ...


EngineFactory = Callable[[], SpeechEngine]


@dataclass(frozen=True)
class Choice:
    """The engine that will speak, and those that came before it and cannot."""

    engine: SpeechEngine
    passed_over: tuple[tuple[str, Availability], ...] = ()
    """Name and reason of each engine that was preferred but is not usable."""


def choose_engine(factories: Iterable[EngineFactory]) -> Choice:
    """The first usable engine; those passed over are closed. The last one is taken without a look."""
    passed: list[tuple[str, Availability]] = []
    remaining = list(factories)
    for factory in remaining[:-1]:
        engine = factory()
        availability = engine.is_available()
        if availability.is_usable:
            return Choice(engine, tuple(passed))
        passed.append((engine.name, availability))
        engine.close()
    return Choice(remaining[-1](), tuple(passed))
