"""What every player offers, and which one this computer has."""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Iterable
from typing import Protocol


class SoundPlayer(Protocol):
    """Plays the samples of one text at a time."""

    def check(self) -> None:
        """Look whether something could be heard now. Raises `EngineUnusable`."""
        ...

    def play(self, chunks: Iterable[bytes], sample_rate: int, cancelled: threading.Event) -> bool:
        """Block until all chunks have been heard; False when `cancelled` was set and `wake` called.

        Samples are signed 16 bits, little end first, one channel. Raises `EngineUnusable` when there is no sound device
        or it died.
        """
        ...

    def wake(self) -> None:
        """Let `play` look at `cancelled` now; called from any thread."""
        ...


def usual_player() -> SoundPlayer:
    """miniaudio, or where it cannot be installed without a compiler, as on ARM under Linux, the system's programs."""
    if sys.platform.startswith("linux") and importlib.util.find_spec("miniaudio") is None:
        from desktop_app.speech.program_player import ProgramPlayer

        return ProgramPlayer()
    from desktop_app.speech.player import Player

    return Player()
