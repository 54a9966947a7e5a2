"""How soon the voice is heard and how soon it is silent, in what a recorder hears on a private sound server."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from desktop_app import messages
from desktop_app.assembly import Context
from desktop_app.bench.figures import Figure
from desktop_app.bench.null_sink import NullSink, Recorder, missing_packages
from desktop_app.errors import SpeechUnavailable
from desktop_app.speech.engine import EngineKind
from desktop_app.speech.engines import engine_factories
from desktop_app.speech.speaker import Speaker

_ROUNDS = 15
_TEXT = "A brown dog is running on a beach while two children play with a red ball near the water."
_SPEAK_SECONDS = (0.2, 0.35, 0.5)
"""How long to let it speak before it is stopped, in turn."""


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def speech_figures(_: Context) -> Iterator[Figure]:
    """Of eSpeak NG. Raises `SpeechUnavailable` where there is no sound server to record."""
    if missing := missing_packages():
        raise SpeechUnavailable(messages.bench_speech_needs(sorted(set(missing))))
    with tempfile.TemporaryDirectory(prefix="descry-") as folder:
        sink = NullSink(Path(folder))
        with _environment(sink.environment), sink, Recorder(sink) as recorder:
            first, requests, stops = _measure(recorder)
    yield Figure("speech.first_request_to_sound_ms", first, None, "lower", "ms")
    yield Figure("speech.request_to_sound_ms", statistics.median(requests), 100.0, "lower", "ms")
    yield Figure("speech.stop_to_silence_ms", max(stops), 100.0, "lower", "ms")


def _measure(recorder: Recorder) -> tuple[float, list[float], list[float]]:
    """Milliseconds from a request to sound, the one that starts the worker apart, and from stop to silence."""
    requests, stops = [], []
    with Speaker(engine_factories(EngineKind.ESPEAK)) as speaker:
        for index in range(_ROUNDS + 1):
            mark, asked_at = recorder.mark(), time.monotonic()
            speaker.say(_TEXT)
            requests.append(1000 * (recorder.wait_for_sound(mark) - asked_at))
            recorder.wait_for_length(mark, _SPEAK_SECONDS[index % len(_SPEAK_SECONDS)])
            stopped_at = time.monotonic()
            speaker.stop()
            recorder.wait_for_quiet()
            stops.append(1000 * max(0.0, recorder.last_sound(mark) - stopped_at))
    return requests[0], requests[1:], stops
