"""A private sound server that plays to nobody, and a recorder that hears what a loudspeaker would have played."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 16000
"""Of recordings."""

PROGRAMS = {"pulseaudio": "pulseaudio", "parec": "pulseaudio-utils"}
"""Programs that are needed and the packages that hold them."""

_SINK = "ear"
_START_SECONDS = 15.0
_LOUD = 100
"""Samples from here on (of 32767) are sound; what the server's own resampling adds is far below."""


def missing_packages() -> list[str]:
    """The packages that have to be installed first."""
    return [package for program, package in PROGRAMS.items() if shutil.which(program) is None]


class NullSink:
    """PulseAudio with one null sink. A context manager; `environment` points programs to it."""

    def __init__(self, folder: Path) -> None:
        """`folder` must exist and have a short path: sockets have short names only."""
        self._socket = folder / "native"
        self._process: subprocess.Popen[bytes] | None = None
        self.environment = {
            "PULSE_SERVER": f"unix:{self._socket}",
            "PULSE_SINK": _SINK,
            "PULSE_RUNTIME_PATH": str(folder),
            "PULSE_STATE_PATH": str(folder),
            "PULSE_COOKIE": str(folder / "cookie"),
        }

    def start(self) -> None:
        """Start the server; also again after `stop`. Raises `TimeoutError`."""
        modules = (
            f"load-module module-native-protocol-unix socket={self._socket} auth-anonymous=1\n"
            f"load-module module-null-sink sink_name={_SINK} rate=48000 channels=2 norewinds=1\n"
            f"set-default-sink {_SINK}\n"
        )
        self._process = subprocess.Popen(
            ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "-F", "/dev/stdin"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **self.environment},
        )
        assert self._process.stdin is not None
        self._process.stdin.write(modules.encode())
        self._process.stdin.close()
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                self.stop()
                raise TimeoutError("the private sound server does not start")
            time.sleep(0.01)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            return client.connect_ex(str(self._socket)) == 0

    def stop(self) -> None:
        """End the server at once, as if it had crashed."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
        self._socket.unlink(missing_ok=True)

    def __enter__(self) -> NullSink:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Recorder:
    """Records the null sink from its start on. A context manager. Times are those of `time.monotonic`."""

    def __init__(self, sink: NullSink) -> None:
        self._sink = sink
        self._changed = threading.Condition()
        self._samples = bytearray()
        self._chunks: list[tuple[float, int, bool]] = []
        """Time of arrival, place of the end in samples, whether there is sound in it."""
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Recorder:
        command = ["parec", "--device", f"{_SINK}.monitor", "--raw", "--format=s16le", f"--rate={SAMPLE_RATE}"]
        self._process = subprocess.Popen(
            [*command, "--channels=1", "--latency-msec=10"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **self._sink.environment},
            bufsize=0,
        )
        assert self._process.stdout is not None
        self._thread = threading.Thread(target=self._read, args=(self._process.stdout,), name="recorder", daemon=True)
        self._thread.start()
        # Before its first bytes it would lose what is played.
        with self._changed:
            if not self._changed.wait_for(lambda: self._chunks, _START_SECONDS):
                raise TimeoutError("the recorder does not start")
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        assert self._thread is not None
        self._process.kill()
        self._process.wait()
        self._thread.join()
        self._process.stdout.close()

    def _read(self, output: IO[bytes]) -> None:
        while chunk := output.read(SAMPLE_RATE // 50):
            now = time.monotonic()
            with self._changed:
                self._samples += chunk
                whole = np.frombuffer(chunk[: len(chunk) // 2 * 2], np.int16)
                is_loud = bool(whole.size) and int(np.abs(whole.astype(np.int32)).max()) >= _LOUD
                self._chunks.append((now, len(self._samples) // 2, is_loud))
                self._changed.notify_all()

    def mark(self) -> int:
        """The present end of the recording, for the functions below."""
        with self._changed:
            return len(self._samples) // 2

    def since(self, mark: int) -> npt.NDArray[np.float32]:
        """What was recorded since then, from -1 to 1."""
        with self._changed:
            taken = bytes(self._samples[2 * mark : len(self._samples) // 2 * 2])
        return np.divide(np.frombuffer(taken, np.int16), 32768, dtype=np.float32)

    def wait_for_sound(self, mark: int, seconds: float = 10.0) -> float:
        """Block until something is heard; when it arrived. Raises `TimeoutError`."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._loud_times(mark), seconds):
                raise TimeoutError("nothing was heard")
            return self._loud_times(mark)[0]

    def wait_for_length(self, mark: int, seconds: float) -> None:
        """Block until so much more has been recorded. Raises `TimeoutError`."""
        wanted = mark + int(seconds * SAMPLE_RATE)
        with self._changed:
            if not self._changed.wait_for(lambda: self._chunks[-1][1] >= wanted, seconds + _START_SECONDS):
                raise TimeoutError("the recorder has stopped")

    def wait_for_quiet(self, seconds: float = 0.15) -> None:
        """Block until so much silence has been recorded at a stretch. Raises `TimeoutError`."""
        wanted = int(seconds * SAMPLE_RATE)

        def is_quiet() -> bool:
            end = self._chunks[-1][1]
            return end >= wanted and not self._loud_times(end - wanted)

        with self._changed:
            if not self._changed.wait_for(is_quiet, _START_SECONDS):
                raise TimeoutError("it does not become quiet")

    def last_sound(self, mark: int) -> float:
        """When the last sound since the mark arrived. Raises `TimeoutError` when there was none."""
        with self._changed:
            if not (times := self._loud_times(mark)):
                raise TimeoutError("nothing was heard")
            return times[-1]

    def _loud_times(self, mark: int) -> list[float]:
        times = []
        for arrived, end, is_loud in reversed(self._chunks):
            if end <= mark:
                break
            if is_loud:
                times.append(arrived)
        return times[::-1]
