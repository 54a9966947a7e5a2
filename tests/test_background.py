"""The worker: order, lanes, cancelling, errors, end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from desktop_app.background import Job, Lane, Worker
from desktop_app.errors import AppError


@dataclass
class Scene:
    """A worker whose first job waits at a gate, so that what comes after can be arranged."""

    worker: Worker
    errors: list[Exception]
    done: list[str] = field(default_factory=list)
    begun: threading.Event = field(default_factory=threading.Event)
    gate: threading.Event = field(default_factory=threading.Event)

    def block(self) -> Job:
        """Returns when the worker stands at the gate; interrupting opens it."""
        job = self.worker.submit(self._wait_at_gate, interrupt=self.gate.set)
        assert self.begun.wait(5)
        return job

    def _wait_at_gate(self, job: Job) -> None:
        self.begun.set()
        assert self.gate.wait(5)
        self.done.append("cancelled gate" if job.is_cancelled else "gate")

    def submit(self, name: str, lane: Lane = Lane.ASKED) -> Job:
        return self.worker.submit(lambda _: self.done.append(name), lane)

    def finish(self) -> list[str]:
        """Open the gate and return what was done, in order."""
        self.gate.set()
        assert self.worker.wait_until_idle(5)
        return self.done


@pytest.fixture
def scene() -> Iterator[Scene]:
    errors: list[Exception] = []
    with Worker("test", errors.append) as worker:
        yield Scene(worker, errors)


def test_what_was_asked_for_goes_before_what_arrived(scene: Scene) -> None:
    scene.block()
    scene.submit("arrived 1", Lane.ARRIVED)
    scene.submit("arrived 2", Lane.ARRIVED)
    scene.submit("asked 1")
    scene.submit("asked 2")
    assert scene.finish() == ["gate", "asked 1", "asked 2", "arrived 1", "arrived 2"]


def test_a_waiting_job_that_is_cancelled_is_never_begun(scene: Scene) -> None:
    scene.block()
    unwanted = scene.submit("unwanted")
    scene.submit("wanted")
    assert unwanted.cancel()
    assert scene.finish() == ["gate", "wanted"]
    assert unwanted.is_done


def test_a_running_job_that_is_cancelled_is_interrupted(scene: Scene) -> None:
    job = scene.block()
    assert job.cancel()
    assert job.wait(5)
    assert scene.done == ["cancelled gate"]


def test_a_job_that_is_interrupted_too_early_is_interrupted_again(scene: Scene) -> None:
    heard = threading.Semaphore(0)

    def work(_: Job) -> None:
        scene.begun.set()
        for _ in range(3):
            assert heard.acquire(timeout=5)

    job = scene.worker.submit(work, interrupt=heard.release)
    assert scene.begun.wait(5)
    job.cancel()
    assert job.wait(5)


def test_a_job_that_has_ended_cannot_be_cancelled(scene: Scene) -> None:
    job = scene.submit("done")
    assert job.wait(5)
    assert not job.cancel()
    assert not job.is_cancelled


def test_cancelling_all_counts_what_it_hit(scene: Scene) -> None:
    scene.block()
    scene.submit("asked")
    scene.submit("arrived", Lane.ARRIVED)
    assert scene.worker.cancel_all() == 3
    assert scene.worker.cancel_all() == 0
    assert scene.finish() == ["cancelled gate"]


def test_cancelling_a_lane_leaves_the_other(scene: Scene) -> None:
    scene.block()
    scene.submit("asked")
    scene.submit("arrived", Lane.ARRIVED)
    assert scene.worker.cancel_all(Lane.ARRIVED) == 1
    assert scene.finish() == ["gate", "asked"]


def raising(error: Exception) -> object:
    """A job that fails."""

    def work(_: Job) -> None:
        raise error

    return work


def test_an_error_of_ours_is_told_and_the_next_job_done(scene: Scene) -> None:
    error = AppError("The sentence.")
    scene.worker.submit(raising(error))  # type: ignore[arg-type]
    scene.submit("next")
    assert scene.finish() == ["next"]
    assert scene.errors == [error]


def test_an_error_that_nobody_foresaw_is_told_and_logged_without_its_words(
    scene: Scene, caplog: pytest.LogCaptureFixture, strict_log: object
) -> None:
    strict_log.expect("a job of the thread test met KeyError")  # type: ignore[attr-defined]
    scene.worker.submit(raising(KeyError("beach.jpg")))  # type: ignore[arg-type]
    scene.submit("next")
    assert scene.finish() == ["next"]
    assert [type(error) for error in scene.errors] == [KeyError]
    assert "beach.jpg" not in caplog.text


def test_the_error_of_a_cancelled_job_is_not_told(scene: Scene) -> None:
    def fail_at_gate(job: Job) -> None:
        scene.begun.set()
        assert scene.gate.wait(5)
        raise AppError("The captioner ended.")

    job = scene.worker.submit(fail_at_gate, interrupt=scene.gate.set)
    assert scene.begun.wait(5)
    job.cancel()
    assert job.wait(5)
    assert scene.errors == []


def test_closing_interrupts_and_ends_the_thread(scene: Scene) -> None:
    scene.block()
    waiting = scene.submit("never")
    assert scene.worker.close()
    assert scene.done == ["cancelled gate"]
    assert waiting.is_done
    assert scene.worker.submit(lambda _: scene.done.append("late")).is_done
    assert scene.done == ["cancelled gate"]


def test_closing_does_not_wait_for_ever(scene: Scene) -> None:
    def stay(_: Job) -> None:
        scene.begun.set()
        assert scene.gate.wait(5)

    stubborn = scene.worker.submit(stay)
    assert scene.begun.wait(5)
    assert not scene.worker.close(timeout=0.05)
    scene.gate.set()
    assert stubborn.wait(5)
