"""What the answers of an engine's worker mean; `desktop_app.pipes` tells how they travel."""

from __future__ import annotations

READY = b"R"
"""JSON: `sample_rate`, `version`. The first answer."""
AUDIO = b"A"
"""Samples: signed 16 bits, little end first, one channel."""
END = b"E"
"""The request has been dealt with, or was cancelled."""
VOICES = b"V"
"""JSON: a list of `id`, `name`, `language`."""
FAILURE = b"X"
"""JSON: `reason`, one of those below. The worker ends after it."""

NO_LIBRARY = "no library"
NO_VOICE_DATA = "no voice data"
NO_PACKAGE = "no package"
NO_APLAY = "no aplay"
NO_SOUND = "no sound"
