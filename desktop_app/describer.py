"""From a picture's bytes to its record: the same interface in this process and in a worker process."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from desktop_app import messages
from desktop_app.captioning.caption import Caption, ScoredSentence
from desktop_app.captioning.captioner import Captioner
from desktop_app.errors import AppError
from desktop_app.record import Alternative, Description, ErrorInfo, ModelId, Seconds
from desktop_app.sources.image import ImageSource, LoadedImage


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
        """Opens the model if that is still to be done. Raises `ModelPackageError`."""
        ...

    def describe(self, source: ImageSource) -> Description:
        """The record; a picture that cannot be read or described becomes a record with an error.

        Raises `ModelPackageError` when the model cannot be used, because then no picture can be described.
        """
        ...

    def close(self) -> None:
        """Give memory and processes back. The describer may be used again; it then opens anew."""
        ...


class LocalDescriber:
    """Describes in this process."""

    def __init__(self, captioner: Captioner) -> None:
        self._captioner = captioner

    def info(self) -> DescriberInfo:
        choice = self._captioner.network.provider
        return DescriberInfo(self._captioner.package.id, choice.name, choice.problems)

    def describe(self, source: ImageSource) -> Description:
        started = time.perf_counter()
        try:
            loaded = source.load(self._captioner.package.manifest.input.side)
            read = time.perf_counter() - started
            caption = self._captioner.caption(loaded.image)
        except AppError as error:
            return failed(source, error)
        seconds = Seconds(read, caption.encode_seconds, caption.decode_seconds, time.perf_counter() - started)
        return self._record(source, loaded, caption, seconds)

    def close(self) -> None:
        """Nothing is held beyond this object."""

    def _record(self, source: ImageSource, loaded: LoadedImage, caption: Caption, seconds: Seconds) -> Description:
        # Without a calibration nothing may be claimed, so every sentence of such a package is told with doubt
        band = "unsure"
        return Description(
            path=source.origin,
            content=loaded.content,
            width=loaded.width,
            height=loaded.height,
            kind="unknown",
            caption=caption.best.text,
            band="unsure",
            spoken=messages.described(caption.best.text, band),
            alternatives=_alternatives(caption.alternatives),
            model=self._captioner.package.id,
            seconds=Seconds(*(round(value, 4) for value in vars(seconds).values())),
        )


def _alternatives(sentences: Iterable[ScoredSentence]) -> tuple[Alternative, ...]:
    return tuple(Alternative(s.text, round(s.hypothesis.score, 4)) for s in sentences)


def failed(source: ImageSource, error: AppError) -> Description:
    """The record of a picture without a sentence: the error is never put where a caption belongs."""
    return Description(path=source.origin, spoken=error.message, error=ErrorInfo(error.code, error.message))
