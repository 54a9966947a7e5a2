"""Session: all work behind the window, done in one worker thread. It is told what to do and answers by the bridge."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from desktop_app import assembly, messages
from desktop_app.assembly import Context
from desktop_app.background import Job, Lane, Worker
from desktop_app.errors import AppError
from desktop_app.gui.announcer import Announcer
from desktop_app.gui.bridge import Bridge
from desktop_app.pipeline import CaptionPipeline
from desktop_app.record import Description
from desktop_app.sources.image import ImageSource
from desktop_app.worker_describer import WorkerDescriber

logger = logging.getLogger(__name__)

PREVIEW_SIDE = 1600
"""Pixels: no picture is shown larger."""
PREVIEW_PIXELS = 64_000_000
"""Larger ones are described and not shown."""


@dataclass(frozen=True)
class Preview:
    """A picture to be looked at."""

    width: int
    height: int
    rgb: bytes
    """Rows of 3 bytes a pixel, without gaps."""


class Session:
    """Opens the model, describes pictures and has the sentences said."""

    def __init__(self, context: Context, bridge: Bridge, announcer: Announcer) -> None:
        self._context = context
        self._bridge = bridge
        self._announcer = announcer
        self._describer: WorkerDescriber | None = None
        self._pipeline: CaptionPipeline | None = None
        self._store = assembly.build_store(context)
        self.worker = Worker("captions", self.report)

    def open_model(self) -> None:
        """Open it in the background, so that the first picture need not wait."""
        self.worker.submit(self._open_model, Lane.ASKED, self._interrupt)

    def describe(self, sources: Sequence[ImageSource], lane: Lane) -> None:
        """Describe these one after another and say each sentence; what was asked for silences what is being said."""
        for number, source in enumerate(sources):
            interrupts = lane is Lane.ASKED and number == 0
            self.worker.submit(partial(self._describe, source=source, interrupts=interrupts), lane, self._interrupt)

    def describe_found(self, find: Callable[[], Sequence[ImageSource]], lane: Lane) -> None:
        """As `describe`, for pictures that are first to be looked for, outside the window's thread."""
        self.worker.submit(lambda _: self.describe(find(), lane), lane)

    def say(self, text: str) -> None:
        """Say it now, because a person asked for it, also where results are not spoken."""
        self._announcer.say(text, is_asked=True)

    def say_result(self, text: str) -> None:
        """Say it as the result of what a person did."""
        self._announcer.say(text)

    def say_aloud(self, text: str) -> None:
        """By the own voice, because the screen reader does not hear the window now."""
        self._announcer.say_aloud(text)

    def stop(self) -> bool:
        """Silence, and describe nothing of what was begun or waits; False when there was nothing to stop."""
        was_speaking = self._announcer.stop()
        self._bridge.speaking.emit("")
        if not self.worker.cancel_all():
            return was_speaking
        self.open_model()  # what was interrupted has ended with its process
        return True

    def close(self) -> None:
        """End the worker and the child; silence. At most some two seconds."""
        self._announcer.stop()
        self.worker.close()
        if self._describer is not None:
            self._describer.close()
        self._store.close()

    def _open_model(self, job: Job) -> None:
        self._announcer.prepare()
        self._opened_pipeline()
        info = self._describer.info() if self._describer else None
        if job.is_cancelled:
            return
        self._bridge.progressed.emit(" ".join(info.problems) if info and info.problems else messages.WINDOW_READY)

    def _opened_pipeline(self) -> CaptionPipeline:
        """Raises `ModelPackageError`; tried anew with each picture, because the model may have been installed."""
        if self._pipeline is None:
            self._describer = assembly.build_worker_describer(self._context)
            self._pipeline = assembly.build_pipeline(self._context, self._describer, self._store, None, self.tell)
        return self._pipeline

    def _describe(self, job: Job, source: ImageSource, interrupts: bool) -> None:
        self._bridge.progressed.emit(messages.window_describing(source.name))
        record = self._opened_pipeline().describe(source)
        if job.is_cancelled:
            return
        self._announcer.say(record.spoken, interrupt=interrupts)
        self._bridge.captioned.emit(record)
        self._bridge.pictured.emit(load_preview(source) if can_be_shown(record) else None)

    def _interrupt(self) -> None:
        if self._describer is not None:
            self._describer.cancel()

    def tell(self, sentence: str) -> None:
        """Show and say something that nobody asked for, so that it waits for its turn."""
        self._announcer.say(sentence, interrupt=False)
        self._bridge.failed.emit(sentence)

    def report(self, error: Exception) -> None:
        """Tell what went wrong in a thread; called in that thread."""
        self.tell(error.message if isinstance(error, AppError) else messages.unexpected(type(error).__name__))


def can_be_shown(record: Description) -> bool:
    """False for pictures that were not read, and for those that would fill the window's memory."""
    return record.error is None and (record.width or 0) * (record.height or 0) <= PREVIEW_PIXELS


def load_preview(source: ImageSource) -> Preview | None:
    """None when the file has gone since.

    To be called for pictures that the captioner's process has decoded: what crashes a decoder has then done so there.
    """
    try:
        image = source.load(PREVIEW_SIDE).image
    except AppError:
        return None
    image.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    return Preview(image.width, image.height, image.tobytes())
