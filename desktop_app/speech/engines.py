"""The engines by kind, their factories in order, and a report on each for `descry voices` and `descry doctor`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from desktop_app.speech.engine import Availability, EngineFactory, EngineKind, SpeechEngine, Voice, preferred_kinds


@dataclass(frozen=True)
class EngineReport:
    """What one engine can do on this computer now."""

    kind: EngineKind
    name: str
    availability: Availability
    voices: tuple[Voice, ...]
    is_chosen: bool
    """True for the one engine that speaks."""


# Imported late, so that a program that does not speak does not load what speaking needs.


def _espeak() -> SpeechEngine:
    from desktop_app.speech.espeak_engine import EspeakEngine

    return EspeakEngine()


def _pyttsx3() -> SpeechEngine:
    from desktop_app.speech.pyttsx3_engine import Pyttsx3Engine

    return Pyttsx3Engine()


def _silent() -> SpeechEngine:
    from desktop_app.speech.silent_engine import SilentEngine

    return SilentEngine()


def engine_factories(chosen: EngineKind | None = None) -> list[EngineFactory]:
    """Factories for `Speaker`: the chosen engine first, then the others by preference, the silent one last.

    Choosing the silent engine means that nothing speaks. None is "automatic".
    """
    factories: dict[EngineKind, EngineFactory] = {
        EngineKind.ESPEAK: _espeak,
        EngineKind.PYTTSX3: _pyttsx3,
        EngineKind.SILENT: _silent,
    }
    if chosen is EngineKind.SILENT:
        return [_silent]
    return [factories[kind] for kind in sorted(preferred_kinds(), key=lambda kind: kind is not chosen)]


def survey_engines(chosen: EngineKind | None = None) -> list[EngineReport]:
    """Every engine in the order in which it is tried, with its voices or why it cannot be used."""
    looks = [_look_at(factory()) for factory in engine_factories(None if chosen is EngineKind.SILENT else chosen)]
    if chosen is EngineKind.SILENT:
        speaking = EngineKind.SILENT
    else:
        speaking = next(look.kind for look in looks if look.availability.is_usable)
    return [replace(look, is_chosen=look.kind is speaking) for look in looks]


def _look_at(engine: SpeechEngine) -> EngineReport:
    try:
        availability = engine.is_available()
        voices = tuple(engine.voices()) if availability.is_usable else ()
        return EngineReport(engine.kind, engine.name, availability, voices, is_chosen=False)
    finally:
        engine.close()
