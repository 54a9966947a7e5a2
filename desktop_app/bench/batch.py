"""How many small pictures a second a folder takes, beside what the two graphs could do alone."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop_app.assembly import Context, open_captioner
from desktop_app.batch import BatchJob, run_batch
from desktop_app.bench.figures import Figure, alternating
from desktop_app.captioning.captioner import Captioner
from desktop_app.describer import LocalDescriber

_COPIES = 4
_ROUNDS = 3


def batch_figures(context: Context) -> Iterator[Figure]:
    captioner = open_captioner(context)
    describer = LocalDescriber(lambda: captioner)
    examples = sorted((context.paths.assets / "examples").glob("*.jpg"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for copy in range(_COPIES):
            for example in examples:
                shutil.copyfile(example, folder / f"{copy}-{example.name}")
        job = BatchJob(folder)
        sources = job.sources()
        pixels = [captioner.pixels(s.load(captioner.package.manifest.input.side).image) for s in sources]
        graphs, whole = alternating(
            [lambda: _graphs_alone(captioner, pixels), lambda: list(run_batch(job, describer))], _ROUNDS
        )
    yield Figure("batch.pictures_per_second", len(sources) / whole, None, "higher", "1/s")
    yield Figure("batch.over_graphs_alone", graphs / whole, None, "higher", "ratio")


def _graphs_alone(captioner: Captioner, pixels: list[NDArray[np.uint8]]) -> None:
    """Encoder and decoder on ready pixels, one picture after the other."""
    for one in pixels:
        captioner.decode(captioner.network.encode(one[None]), 1)
