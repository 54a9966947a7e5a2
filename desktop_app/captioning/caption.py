"""What the captioner answers."""

from __future__ import annotations

from dataclasses import dataclass

from desktop_app.captioning.beam_search import Hypothesis


@dataclass(frozen=True)
class ScoredSentence:
    """One sentence among the beams."""

    text: str
    hypothesis: Hypothesis


@dataclass(frozen=True)
class Caption:
    """The answer for one picture."""

    best: ScoredSentence
    alternatives: tuple[ScoredSentence, ...]
    """The other beams, best first, without repetitions."""
    encode_seconds: float
    decode_seconds: float
