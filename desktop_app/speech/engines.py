"""The engines by kind, their factories in order, and a report on each for `descry voices` and `descry doctor`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desktop_app.speech.engine import Availability, EngineFactory, EngineKind, SpeechEngine, Voice, preferred_kinds


@dataclass(frozen=True)
class EngineReport:
    """What one engine can do on this computer now."""

    kind: EngineKind
    name: str
    availability: Availability
    voices: tuple[Voice, ...]
    is_chosen: bool
    """True for the one engine that speaks when the user has not chosen another."""


def make_engine(kind: EngineKind) -> SpeechEngine:
    """A fresh engine; nothing is loaded or started yet."""
    raise NotImplementedError


def engine_factories(chosen: EngineKind | None = None) -> list[EngineFactory]:
    """Factories for `Speaker`: the chosen engine first, then the others by preference, the silent one last.

    Choosing the silent engine means that nothing speaks. None is "automatic".
    """
    raise NotImplementedError


def survey_engines(chosen: EngineKind | None = None) -> list[EngineReport]:
    """Every engine in the order in which it is tried, with its voices or why it cannot be used."""
    raise NotImplementedError
