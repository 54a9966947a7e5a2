"""A figure of a benchmark: a value beside the limit that was promised for it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True)
class Figure:
    """One line of `descry bench`. Times are compared as ratios within one run: machines differ and drift."""

    figure: str
    value: float
    limit: float | None
    """What was promised; None where nothing was."""
    better: Literal["lower", "higher"]
    unit: str

    @property
    def is_kept(self) -> bool:
        """Whether the promise is kept; true where there is none."""
        if self.limit is None:
            return True
        return self.value <= self.limit if self.better == "lower" else self.value >= self.limit

    def to_dict(self) -> dict[str, object]:
        return {**asdict(self), "value": round(self.value, 3), "kept": self.is_kept}


def seconds_of(action: Callable[[], object]) -> float:
    """How long one call takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def alternating(actions: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """Median seconds of each action, called in turn so that a drift of the machine meets all of them alike."""
    times: list[list[float]] = [[] for _ in actions]
    for action in actions:
        action()  # warm: caches, lazy imports
    for _ in range(rounds):
        for kept, action in zip(times, actions, strict=True):
            kept.append(seconds_of(action))
    return [statistics.median(kept) for kept in times]
