"""Worker: one named thread that does jobs one after another, those that a person waits for first."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from enum import Enum

from desktop_app.errors import AppError

logger = logging.getLogger(__name__)

_CLOSE_SECONDS = 1.5
_INTERRUPT_AGAIN_SECONDS = 0.1


class Lane(Enum):
    """Whose turn it is first."""

    ASKED = "asked"
    """A person asked for it and waits."""
    ARRIVED = "arrived"
    """It came by itself: a new file in a folder, a picture on the clipboard."""


class Job:
    """One piece of work that was submitted."""

    def __init__(
        self,
        work: Callable[[Job], object],
        lane: Lane,
        interrupt: Callable[[], object] | None,
        changed: threading.Condition,
    ) -> None:
        self.work = work
        self.lane = lane
        self._interrupt = interrupt
        self._changed = changed
        self._is_cancelled = False
        self._is_running = False
        self._is_done = False

    @property
    def is_cancelled(self) -> bool:
        """The work looks at it where it can still be left out, at the latest before it tells its result."""
        return self._is_cancelled

    @property
    def is_done(self) -> bool:
        """True when it has ended, or was cancelled before it began and will not begin."""
        return self._is_done

    def cancel(self) -> bool:
        """Leave it out, or interrupt it when it has begun; False when it had ended."""
        with self._changed:
            if self._is_done:
                return False
            self._is_cancelled = True
            # With the lock held it cannot end in between, so never the next job is hit. Interrupting does not block.
            if self._is_running and self._interrupt is not None:
                self._interrupt()
                # It may have come a moment before there was something to interrupt
                again = threading.Timer(_INTERRUPT_AGAIN_SECONDS, self.cancel)
                again.daemon = True
                again.start()
            return True

    def wait(self, timeout: float | None = None) -> bool:
        """Block until it is done; False when `timeout` seconds are over."""
        with self._changed:
            return self._changed.wait_for(lambda: self._is_done, timeout)

    def mark(self, *, is_running: bool) -> None:
        """With the lock held, by the worker: it begins, or it has ended."""
        self._is_running, self._is_done = is_running, not is_running


class Worker:
    """Does jobs in a thread of its own, one at a time. A context manager."""

    def __init__(self, name: str, on_error: Callable[[Exception], object]) -> None:
        """`on_error` gets, in the worker's thread, what a job raised; the next job is done all the same."""
        self._on_error = on_error
        self._changed = threading.Condition()
        self._waiting: dict[Lane, deque[Job]] = {lane: deque() for lane in Lane}
        self._running: Job | None = None
        self._is_closed = False
        # A daemon: a read from a dead network drive cannot be interrupted and must not keep the program from ending
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(
        self, work: Callable[[Job], object], lane: Lane = Lane.ASKED, interrupt: Callable[[], object] | None = None
    ) -> Job:
        """Do it when its turn comes. `interrupt` ends it early from another thread and does not block."""
        job = Job(work, lane, interrupt, self._changed)
        with self._changed:
            if self._is_closed:
                job.mark(is_running=False)
            else:
                self._waiting[lane].append(job)
            self._changed.notify_all()
        return job

    def cancel_all(self, lane: Lane | None = None) -> int:
        """Cancel what runs and what waits, in one lane or in both; how many jobs that were."""
        with self._changed:
            jobs = [job for jobs in self._waiting.values() for job in jobs]
            if self._running is not None:
                jobs.append(self._running)
            # The lock is one that its holder may take again
            return sum(job.cancel() for job in jobs if lane in (None, job.lane) and not job.is_cancelled)

    @property
    def is_idle(self) -> bool:
        with self._changed:
            return self._running is None and not any(self._waiting.values())

    def wait_until_idle(self, timeout: float | None = None) -> bool:
        """Block until nothing runs or waits; False when `timeout` seconds are over."""
        with self._changed:
            return self._changed.wait_for(lambda: self._running is None and not any(self._waiting.values()), timeout)

    def close(self, timeout: float = _CLOSE_SECONDS) -> bool:
        """Cancel everything and end the thread; False when it did not end in time."""
        with self._changed:
            self._is_closed = True
            self.cancel_all()
            self._changed.notify_all()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            try:
                if not job.is_cancelled:
                    job.work(job)
            except AppError as error:
                self._tell(job, error)
            except Exception as error:  # noqa: BLE001  # border: one bad job must not end the worker
                logger.error("a job of the thread %s met %s", self._thread.name, type(error).__name__)
                self._tell(job, error)
            finally:
                with self._changed:
                    self._running = None
                    job.mark(is_running=False)
                    self._changed.notify_all()

    def _tell(self, job: Job, error: Exception) -> None:
        if not job.is_cancelled:
            self._on_error(error)

    def _next(self) -> Job | None:
        """Wait for a job and take it; None when closed and nothing is left."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or any(self._waiting.values()))
            for lane in Lane:
                if self._waiting[lane]:
                    job = self._running = self._waiting[lane].popleft()
                    job.mark(is_running=True)
                    return job
            return None
