"""Batch: all pictures of a folder, one result after the other, for the command line, the window and other programs."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from desktop_app.record import Description
from desktop_app.sources.folder import scan_folder
from desktop_app.sources.image import ImageSource

State = Literal["captioned", "declined", "failed"]


class DescribesPictures(Protocol):
    """A pipeline, a describer or an `ImageCaptionGenerator`."""

    def describe(self, picture: ImageSource, /) -> Description:
        """The record; what is wrong with a picture stands in it. Raises `ModelPackageError`."""
        ...


@dataclass(frozen=True)
class BatchJob:
    """What is to be captioned."""

    folder: Path
    recursive: bool = True

    def sources(self) -> list[ImageSource]:
        """The pictures, in the order of their paths. Raises `SourceUnavailable`."""
        return scan_folder(self.folder, self.recursive)


@dataclass(frozen=True)
class BatchResult:
    """One picture of a job."""

    record: Description
    number: int
    """From 1 in the order of the job."""
    total: int

    @property
    def state(self) -> State:
        """Every picture ends in exactly one of these."""
        if self.record.error is not None:
            return "failed"
        return "declined" if self.record.caption is None else "captioned"


def run_batch(job: BatchJob, describer: DescribesPictures) -> Generator[BatchResult, None, None]:
    """A result for each picture as it is done, in the order of their paths; a failure is a result with an error.

    Nothing is done ahead: a loop that stops has all that was done, and no work is left behind.
    Raises `SourceUnavailable` when the folder cannot be read, `ModelPackageError` when the model cannot be used.
    """
    sources = job.sources()
    for number, source in enumerate(sources, 1):
        yield BatchResult(describer.describe(source), number, len(sources))
