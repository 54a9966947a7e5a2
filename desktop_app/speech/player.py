"""Plays samples through miniaudio and falls silent at once. The only importer of it."""

from __future__ import annotations

import ctypes
import logging
import sys
import threading
from collections.abc import Callable, Generator, Iterable
from typing import Any

from desktop_app import messages
from desktop_app.speech.engine import EngineUnusable

_log = logging.getLogger(__name__)

_PERIOD_MILLISECONDS = 100
_PERIODS = 2
"""Long periods outlast a busy computer and cost no time: the first is speech already, the rest is dropped when stopped.

Through PulseAudio two of them wait at most, however many are asked for.
"""
_AHEAD_SECONDS = 5.0
"""How much may wait to be played: enough for a busy computer, little for a long text."""
_STALL_SECONDS = 5.0
"""The device has died when it asks for nothing for so long; an idle PulseAudio null sink takes 2 s to begin."""


def _quiet_alsa() -> None:
    """Keep ALSA from writing a dozen lines to standard error when there is no sound card: we say it in a sentence."""
    if not sys.platform.startswith("linux"):
        return
    try:
        alsa = ctypes.CDLL("libasound.so.2")
    except OSError:
        return  # no ALSA, nothing to quiet
    # It calls the handler with what it would print; `getpid` takes no notice and, being C, lives as long as ALSA does.
    alsa.snd_lib_error_set_handler(ctypes.cast(ctypes.CDLL(None).getpid, ctypes.c_void_p))


class _Device:
    """An open device and its context. miniaudio's own `close` leaves the context, a connection each, open."""

    def __init__(self, sample_rate: int) -> None:
        """Raises `EngineUnusable` when there is no player or no device."""
        try:
            import miniaudio
        except (ImportError, OSError) as error:
            raise EngineUnusable(messages.SPEECH_NO_PLAYER, messages.SPEECH_NO_PLAYER_REMEDY) from error
        # Named one by one: with an empty list miniaudio ends at its null backend, which plays to nobody.
        backends = {
            "win32": [miniaudio.Backend.WASAPI, miniaudio.Backend.DSOUND, miniaudio.Backend.WINMM],
            "darwin": [miniaudio.Backend.COREAUDIO],
        }.get(sys.platform, [miniaudio.Backend.PULSEAUDIO, miniaudio.Backend.ALSA, miniaudio.Backend.JACK])
        _quiet_alsa()
        self._library = miniaudio.lib
        self._error = miniaudio.MiniaudioError
        try:
            self._device = miniaudio.PlaybackDevice(
                output_format=miniaudio.SampleFormat.SIGNED16,
                nchannels=1,
                sample_rate=sample_rate,
                buffersize_msec=_PERIOD_MILLISECONDS,
                callback_periods=_PERIODS,
                backends=backends,
                app_name=messages.SPEECH_MIXER_NAME,
            )
        except miniaudio.MiniaudioError as error:
            _log.info("no sound device: %s", error)
            raise EngineUnusable(messages.SPEECH_NO_DEVICE, messages.SPEECH_NO_DEVICE_REMEDY) from error

    def start(self, samples: Generator[bytes, int, None]) -> None:
        """Ask `samples` for frames from a thread of the device. Raises `EngineUnusable`."""
        try:
            self._device.start(samples)
        except self._error as error:
            raise EngineUnusable(messages.SPEECH_NO_DEVICE, messages.SPEECH_NO_DEVICE_REMEDY) from error

    def close(self) -> None:
        """Drops what the sound server still holds: silent within about a millisecond."""
        context: Any = self._device._context
        self._device.close()
        self._library.ma_context_uninit(context)


class Player:
    """Plays one text at a time. The device is open only while something is played.

    So a sound server that was restarted or headphones that were plugged in are found by the next sentence.
    """

    def __init__(self, stall_seconds: float = _STALL_SECONDS) -> None:
        self._stall_seconds = stall_seconds
        self._changed = threading.Condition()
        self._samples = bytearray()
        self._asked = 0
        """Frames that the device has asked for since it was opened."""
        self._played_at = 0
        """`_asked` when the last real frame was handed over."""
        self._period = 0
        """Frames that the device asks for at a time."""

    def check(self) -> None:
        """Open the device and close it again. Raises `EngineUnusable`."""
        _Device(22050).close()

    def play(self, chunks: Iterable[bytes], sample_rate: int, cancelled: threading.Event) -> bool:
        """Block until all chunks have been heard; False when `cancelled` was set and `wake` called.

        Raises `EngineUnusable` when there is no device or it died.
        """
        pending = iter(chunks)
        # Enough to fill the device before it is opened: it then begins with speech, and no gap follows.
        enough = 2 * sample_rate * _PERIOD_MILLISECONDS * _PERIODS // 1000
        first = bytearray()
        while len(first) < enough and (chunk := next(pending, None)) is not None:
            first += chunk
        if not first or cancelled.is_set():
            return not cancelled.is_set()
        device = _Device(sample_rate)
        with self._changed:
            self._samples[:] = first
            self._asked = self._played_at = self._period = 0
        try:
            source = self._source(cancelled)
            next(source)
            device.start(source)
            ahead = int(_AHEAD_SECONDS * sample_rate) * 2
            for chunk in pending:
                with self._changed:
                    self._samples += chunk
                if not self._wait_while(cancelled, lambda: len(self._samples) > ahead):
                    return False
            return self._wait_while(cancelled, lambda: not self._is_heard())
        finally:
            device.close()

    def wake(self) -> None:
        """Let `play` look at `cancelled` now."""
        with self._changed:
            self._changed.notify_all()

    def _source(self, cancelled: threading.Event) -> Generator[bytes, int, None]:
        """Answers each request for frames, with silence where there are no samples."""
        count = yield b""
        while True:
            with self._changed:
                size = 0 if cancelled.is_set() else min(2 * count, len(self._samples))
                part = bytes(self._samples[:size])
                del self._samples[:size]
                self._asked += count
                self._period = max(self._period, count)
                if size:
                    self._played_at = self._asked
                self._changed.notify_all()
            count = yield part.ljust(2 * count, b"\0")

    def _is_heard(self) -> bool:
        """Nothing waits here, and silence for more than the device's whole buffer has been asked for since."""
        return not self._samples and self._asked - self._played_at >= (_PERIODS + 1) * self._period > 0

    def _wait_while(self, cancelled: threading.Event, busy: Callable[[], bool]) -> bool:
        """Wait as long as the device goes on asking; False when cancelled. Raises `EngineUnusable` when it died."""
        with self._changed:
            while busy():
                if cancelled.is_set():
                    return False
                asked = self._asked
                if not self._changed.wait(self._stall_seconds) and asked == self._asked:
                    raise EngineUnusable(messages.SPEECH_DEVICE_DIED, messages.SPEECH_NO_DEVICE_REMEDY)
            return not cancelled.is_set()
