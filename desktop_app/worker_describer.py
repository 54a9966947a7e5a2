"""A describer in a process of its own: a crash or a release of memory is only the end of a child."""

from __future__ import annotations

import json
import logging
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from desktop_app import messages
from desktop_app.child import kill_group, release, start_worker
from desktop_app.describer import DescriberInfo, failed
from desktop_app.errors import AppError, CaptioningFailed, ModelPackageError, UnreadableImage
from desktop_app.pipes import read_frame, write_frame, write_request
from desktop_app.record import Description, ModelId
from desktop_app.sources.image import ImageSource

logger = logging.getLogger(__name__)

MODULE = "desktop_app.worker_main"
INFO, RECORD, MODEL_ERROR = b"I", b"D", b"X"
"""Answers of the worker: what it describes with, a record, a model that cannot be used."""
PICTURE = b"P"
"""The one request after the first: the bytes of a picture, announced by a line of JSON."""


@dataclass(frozen=True)
class WorkerOptions:
    """What the child opens."""

    package: Path
    provider: str = "auto"
    threads: int = 0


class WorkerDescriber:
    """Starts the child on demand, ends it when idle, starts it again after a crash.

    Any thread may ask; they are answered one after the other.
    """

    def __init__(self, options: WorkerOptions, idle_seconds: float | None = None, timeout: float = 60.0) -> None:
        """`idle_seconds` None keeps the child for ever; `timeout` is the longest wait for one answer, in seconds."""
        self._options = options
        self._idle_seconds = idle_seconds
        self._timeout = timeout
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._killed: subprocess.Popen[bytes] | None = None
        """The last child that was told to end; it may take a moment until it has."""
        self._info: DescriberInfo | None = None
        self._idle_timer: threading.Timer | None = None

    @property
    def process_id(self) -> int | None:
        """Of the child, while there is one."""
        process = self._usable()
        return None if process is None else process.pid

    def info(self) -> DescriberInfo:
        with self._lock:
            self._stop_timer()
            try:
                if self._info is None or self._usable() is None:
                    self._start()
            finally:
                self._start_timer()
            assert self._info is not None
            return self._info

    def describe(self, source: ImageSource) -> Description:
        with self._lock:
            self._stop_timer()
            try:
                data = source.read()
                process = self._usable() or self._start()
                record = self._ask(process, source, data)
            except UnreadableImage as error:
                record = failed(source, error)
            except CaptioningFailed as error:
                self._end()
                record = failed(source, error)
            finally:
                self._start_timer()
            return record

    def prepare(self, source: ImageSource) -> ImageSource:
        """Nothing: pictures are decoded in the child only."""
        return source

    def cancel(self) -> None:
        """End what is being described now, from another thread; its record then tells that it was ended."""
        process = self._process
        if process is not None and self._lock.locked():  # an idle one has nothing to be ended
            self._kill(process)

    def close(self) -> None:
        self.cancel()
        with self._lock:
            self._stop_timer()
            self._end()

    def _start(self) -> subprocess.Popen[bytes]:
        """Start the child and wait until its model is open. Raises `CaptioningFailed`, `ModelPackageError`."""
        self._end()
        try:
            process = self._process = start_worker(MODULE)
            options = {**asdict(self._options), "package": str(self._options.package)}
            kind, payload = self._exchange(process, options, None)
            table = json.loads(payload)
            if kind == MODEL_ERROR:
                raise ModelPackageError(table["message"])
            self._info = DescriberInfo(ModelId(**table["model"]), table["provider"], tuple(table["problems"]))
        except OSError as error:
            raise CaptioningFailed(messages.CAPTIONER_NO_ANSWER) from error
        except AppError:
            self._end()
            raise
        return process

    def _usable(self) -> subprocess.Popen[bytes] | None:
        """The child, unless it has ended or was told to: that it did so while idle is not the next picture's fault."""
        process = self._process
        return process if process is not None and process is not self._killed and process.poll() is None else None

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        self._killed = process
        kill_group(process)

    def _ask(self, process: subprocess.Popen[bytes], source: ImageSource, data: bytes) -> Description:
        request = {"origin": source.origin, "name": source.name}
        kind, payload = self._exchange(process, request, data)
        if kind != RECORD:
            raise CaptioningFailed(messages.CAPTIONER_NO_ANSWER)
        return Description.from_dict(json.loads(payload))

    def _exchange(
        self, process: subprocess.Popen[bytes], request: Mapping[str, object], data: bytes | None
    ) -> tuple[bytes, bytes]:
        """One request and its answer; `CaptioningFailed` when the child ends or takes too long."""
        assert process.stdin is not None and process.stdout is not None  # noqa: PT018 - pipes were asked for
        watchdog = threading.Timer(self._timeout, self._kill, [process])
        watchdog.daemon = True
        watchdog.start()
        answer = None
        try:
            write_request(process.stdin, request)
            if data is not None:
                write_frame(process.stdin, PICTURE, data)
            answer = read_frame(process.stdout)
        except OSError:
            pass  # the pipe broke
        finally:
            watchdog.cancel()
            if answer is None:  # also when Ctrl+C came in between: its answer would be taken for the next one
                self._kill(process)
        if answer is None:
            logger.info("the captioner's process ended with %s", process.poll())
            raise CaptioningFailed(messages.CAPTIONER_ENDED)
        return answer

    def _end(self) -> None:
        process, self._process, self._info = self._process, None, None
        if process is not None:
            self._kill(process)
            release(process)
            self._killed = None

    def _start_timer(self) -> None:
        if self._idle_seconds is not None and self._process is not None:
            self._idle_timer = threading.Timer(self._idle_seconds, self._end_idle)
            self._idle_timer.daemon = True
            self._idle_timer.start()

    def _stop_timer(self) -> None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None

    def _end_idle(self) -> None:
        with self._lock:
            if self._idle_timer is threading.current_thread():  # nobody came in between
                self._idle_timer = None
                self._end()
