"""How long the first sentence takes from nothing, beside what nobody can avoid: the libraries and the two graphs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from desktop_app.assembly import Context, find_package
from desktop_app.bench.figures import Figure, alternating
from desktop_app.captioning.model_package import DECODER, ENCODER

_ROUNDS = 7
_FLOOR = (
    "import sys, onnxruntime, numpy, PIL\n"
    "for graph in sys.argv[1:]: onnxruntime.InferenceSession(graph, providers=['CPUExecutionProvider'])\n"
)


def _process(arguments: Sequence[str | Path]) -> Callable[[], object]:
    """A call that runs a whole process to its end."""
    environment = dict(os.environ)
    return lambda: subprocess.run(arguments, check=True, capture_output=True, env=environment)


def start_figures(context: Context) -> Iterator[Figure]:
    package = find_package(context.settings.model, context.paths)
    example = next(iter(sorted((context.paths.assets / "examples").glob("*.jpg"))))
    # the history would answer for the model from the second round on
    caption = ["-m", "desktop_app.generate_caption", "--image_path", str(example), "--model_path", str(package)]
    floor, first = alternating(
        [
            _process([sys.executable, "-c", _FLOOR, package / ENCODER, package / DECODER]),
            _process([sys.executable, *caption]),
        ],
        _ROUNDS,
    )
    yield Figure("start.floor_s", floor, None, "lower", "s")
    yield Figure("start.first_caption_over_floor", first / floor, 2.5, "lower", "ratio")
    starter = context.paths.program / "start.py"
    if starter.is_file():
        plain, started = alternating(
            [
                _process([sys.executable, "-I", "-m", "desktop_app", "--version"]),
                _process([sys.executable, starter, "--version"]),
            ],
            _ROUNDS,
        )
        yield Figure("start.second_start_overhead_s", started - plain, 0.3, "lower", "s")
