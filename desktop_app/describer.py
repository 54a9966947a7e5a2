"""From a picture's bytes to its record: the same interface in this process and in a worker process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from desktop_app import messages
from desktop_app.errors import AppError
from desktop_app.record import Alternative, Band, Description, ErrorInfo, ModelId, Seconds
from desktop_app.sources.image import ImageSource, LoadedImage

if TYPE_CHECKING:
    # The window describes in a child, and is to be without numpy and onnxruntime itself
    from desktop_app.captioning.caption import Caption, ScoredSentence
    from desktop_app.captioning.captioner import Captioner

UNCALIBRATED_BAND: Band = "unsure"
"""A package without calibration cannot tell how sure it is, so every sentence of it is told with doubt."""


@dataclass(frozen=True)
class DescriberInfo:
    """What is described with."""

    model: ModelId
    provider: str
    """`cuda`, `directml`, `coreml` or `cpu`."""
    problems: tuple[str, ...]
    """One sentence for each provider that was wanted and did not work."""


class Describer(Protocol):
    """Describes one picture at a time."""

    def info(self) -> DescriberInfo:
        """Opens the model if that is still to be done.

        Raises `ModelPackageError`, and `CaptioningFailed` when there is a process and it ended or was ended.
        """
        ...

    def describe(self, source: ImageSource) -> Description:
        """The record; a picture that cannot be read or described becomes a record with an error.

        Raises `ModelPackageError` when the model cannot be used, because then no picture can be described.
        """
        ...

    def prepare(self, source: ImageSource) -> ImageSource:
        """The source with what can be done ahead, perhaps in another thread. Raises `AppError`."""
        ...

    def close(self) -> None:
        """Give memory and processes back. The describer may be used again; it then opens anew."""
        ...


class LocalDescriber:
    """Describes in this process. The model is opened when it is first needed."""

    def __init__(self, open_captioner: Callable[[], Captioner]) -> None:
        """`open_captioner` raises `ModelPackageError` when the model cannot be used."""
        self._open_captioner = open_captioner
        self._captioner: Captioner | None = None
        self._lock = threading.Lock()

    def captioner(self) -> Captioner:
        """The open captioner. Raises `ModelPackageError`."""
        with self._lock:
            if self._captioner is None:
                self._captioner = self._open_captioner()
            return self._captioner

    def info(self) -> DescriberInfo:
        captioner = self.captioner()
        choice = captioner.network.provider
        return DescriberInfo(captioner.package.id, choice.name, choice.problems)

    def describe(self, source: ImageSource) -> Description:
        captioner = self.captioner()
        started = time.perf_counter()
        try:
            loaded = source.load(captioner.package.manifest.input.side)
            read = source.load_seconds or time.perf_counter() - started
            caption = captioner.caption(loaded.image)
        except AppError as error:
            return failed(source, error)
        total = source.load_seconds + time.perf_counter() - started
        seconds = Seconds(read, caption.encode_seconds, caption.decode_seconds, total)
        return _record(source, loaded, caption, captioner.package.id, seconds)

    def prepare(self, source: ImageSource) -> ImageSource:
        return source.preloaded(self.captioner().package.manifest.input.side)

    def close(self) -> None:
        with self._lock:
            self._captioner = None


def _record(
    source: ImageSource, loaded: LoadedImage, caption: Caption, model: ModelId, seconds: Seconds
) -> Description:
    text = caption.best.text
    return Description(
        path=source.origin,
        content=loaded.content,
        width=loaded.width,
        height=loaded.height,
        kind="unknown",
        caption=text,
        band=UNCALIBRATED_BAND,
        spoken=messages.described(text, UNCALIBRATED_BAND),
        alternatives=_alternatives(caption.alternatives),
        model=model,
        seconds=Seconds(*(round(value, 4) for value in vars(seconds).values())),
    )


def _alternatives(sentences: Iterable[ScoredSentence]) -> tuple[Alternative, ...]:
    return tuple(Alternative(s.text, round(s.hypothesis.score, 4)) for s in sentences)


def failed(source: ImageSource, error: AppError) -> Description:
    """The record of a picture without a sentence: the error is never put where a caption belongs."""
    return Description(path=source.origin, spoken=error.message, error=ErrorInfo(error.code, error.message))
