"""Was exactly this text heard? Compares a recording with a fresh synthesis of the text; needs no recogniser.

Log-mel spectra are compared by dynamic time warping (Sakoe and Chiba 1978), the text being free to begin anywhere in
the recording. Waveforms would not do: eSpeak's noise differs from one utterance to the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from desktop_app import child, pipes
from desktop_app.bench.null_sink import SAMPLE_RATE
from desktop_app.speech import frames

Samples = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.float64]

HEARD = 0.55
"""Distances below mean that the text was heard to its end.

The text itself is at most 0.4 away; with another word in it 0.85, without its last tenth 0.6, another text 1.2.
"""

_WINDOW, _HOP, _BANDS = 512, 160, 32
_DETOUR = 0.15
"""Cost of a step that is not straight on, so that time is bent only where it must be."""
_FLOOR = 1e-5
_LOCAL = 20
"""Frames that are judged together."""
_SAME_PLACE = 50
"""Frames: two texts that begin closer together are two readings of the same sound."""


def synthesise(texts: Iterable[str], voice: str | None = None, rate: int = 175) -> dict[str, Samples]:
    """What each text sounds like, made by a worker of its own without any player, without the silence around it."""
    worker = child.start_worker("desktop_app.speech.espeak_worker")
    assert worker.stdin is not None
    assert worker.stdout is not None
    spoken: dict[str, Samples] = {}
    try:
        ready = pipes.read_frame(worker.stdout)
        assert ready is not None
        for number, text in enumerate(texts, start=1):
            request = {"do": "speak", "number": number, "text": text, "voice": voice}
            pipes.write_request(worker.stdin, {**request, "rate": rate, "pitch": 50, "volume": 100})
            parts = []
            while (frame := pipes.read_frame(worker.stdout)) is not None and frame[0] == frames.AUDIO:
                parts.append(frame[1])
            loud = np.divide(np.frombuffer(b"".join(parts), np.int16), 32768, dtype=np.float32)
            edges = np.flatnonzero(np.abs(loud) > 0.01)
            spoken[text] = resample(loud[edges[0] : edges[-1]], 22050)
    finally:
        child.kill_group(worker)
        child.release(worker)
    return spoken


def resample(samples: Samples, rate: int) -> Samples:
    """To the rate of recordings, in the frequency domain."""
    count = round(len(samples) * SAMPLE_RATE / rate)
    spectrum = np.fft.rfft(samples)
    kept = np.zeros(count // 2 + 1, complex)
    size = min(len(kept), len(spectrum))
    kept[:size] = spectrum[:size]
    return (np.fft.irfft(kept, count) * (count / len(samples))).astype(np.float32)


def _mel(hertz: npt.ArrayLike) -> Matrix:
    return np.asarray(2595 * np.log10(1 + np.asarray(hertz) / 700), np.float64)


def _filters() -> Matrix:
    """Triangles on the mel scale, (bands, frequencies)."""
    frequencies = np.linspace(0, SAMPLE_RATE / 2, _WINDOW // 2 + 1)
    corners = 700 * (10 ** (np.linspace(_mel(80), _mel(7600), _BANDS + 2) / 2595) - 1)
    left, middle, right = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    rising, falling = (frequencies - left) / (middle - left), (right - frequencies) / (right - middle)
    return np.asarray(np.maximum(0, np.minimum(rising, falling)), np.float64)


def log_mel(samples: Samples) -> Matrix:
    """One row each 10 ms, (frames, bands)."""
    padded = np.pad(samples, (0, _WINDOW))
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[: len(samples) : _HOP]
    power = np.abs(np.fft.rfft(windows * np.hanning(_WINDOW))) ** 2
    return np.asarray(np.log10(power @ _filters().T + _FLOOR), np.float64)


def align(recording: Matrix, text: Matrix) -> tuple[Matrix, int]:
    """The distance of each frame of the text at the place that is most like all of it, and where that begins.

    A frame of the text goes with 0 to 2 frames of the recording: speech at half or double speed is another speech.
    """
    steps = np.stack([np.abs(recording - frame).mean(axis=1) for frame in text])  # (text, recording)
    cost = steps[0]
    moves = []
    for row in steps[1:]:
        ways = np.full((3, len(cost)), np.inf)  # by how many frames the recording went on
        ways[0] = cost + _DETOUR
        ways[1, 1:] = cost[:-1]
        ways[2, 2:] = cost[:-2] + _DETOUR
        moves.append(ways.argmin(axis=0))
        cost = ways.min(axis=0) + row
    place = int(np.argmin(cost))
    path = [place]
    for move in reversed(moves):
        path.append(path[-1] - int(move[path[-1]]))
    path.reverse()
    return steps[np.arange(len(steps)), path], path[0]


def distance(frames_apart: Matrix) -> float:
    """That of the least similar fifth of a second: one word that is missing or another is enough to be far apart."""
    window = min(_LOCAL, len(frames_apart))
    return float(np.convolve(frames_apart, np.ones(window) / window, "valid").max())


def pauses(recording: Samples) -> list[tuple[float, float]]:
    """When there was silence between sounds, and how long, in seconds: gaps show a computer that was too busy."""
    loud = np.flatnonzero(np.abs(recording) > 0.003)
    gaps = np.diff(loud)
    long = np.flatnonzero(gaps > 0.02 * SAMPLE_RATE)
    return [(round(float(loud[at]) / SAMPLE_RATE, 2), round(float(gaps[at]) / SAMPLE_RATE, 2)) for at in long]


def _in_order(places: Mapping[str, tuple[float, int]]) -> list[str]:
    taken: dict[int, str] = {}
    for text in sorted(places, key=lambda text: places[text][0]):
        apart, start = places[text]
        if apart < HEARD and all(abs(start - other) > _SAME_PLACE for other in taken):
            taken[start] = text
    return [taken[start] for start in sorted(taken)]


class Ear:
    """Knows what some texts sound like and tells which of them a recording holds."""

    def __init__(self, texts: Iterable[str], rate: int = 175) -> None:
        self._known: Mapping[str, Matrix] = {t: log_mel(s) for t, s in synthesise(texts, rate=rate).items()}

    def distances(self, recording: Samples) -> dict[str, float]:
        """How far each text is from the recording: 0 is the same."""
        return {text: apart for text, (apart, _) in self._places(recording).items()}

    def heard(self, recording: Samples) -> list[str]:
        """The texts that were heard from beginning to end, in that order; of those at one place the nearest."""
        return _in_order(self._places(recording))

    def expect(self, recording: Samples, texts: list[str]) -> None:
        """Fails the test unless just these texts were heard, in this order; tells how near it came."""
        places = self._places(recording)
        heard = _in_order(places)
        apart = {text: round(apart, 2) for text, (apart, _) in places.items()}
        assert heard == texts, f"heard {heard} instead of {texts}; distances {apart}; pauses {pauses(recording)}"

    def _places(self, recording: Samples) -> dict[str, tuple[float, int]]:
        # Two readings half a frame apart: of a text that begins between two frames one is near enough.
        sounds = [log_mel(recording[skipped:]) for skipped in (0, _HOP // 2)]
        places = {}
        for text, known in self._known.items():
            aligned = [align(sound, known) for sound in sounds]
            places[text] = min((distance(apart), start) for apart, start in aligned)
        return places
