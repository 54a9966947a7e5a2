"""Evaluation of a published package on a captioned folder, through the program's own captioner."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from desktop_app.captioning.beam_search import DecodingOptions
from desktop_app.captioning.caption import Caption
from desktop_app.captioning.captioner import Captioner
from desktop_app.errors import AppError
from desktop_app.sources.image import ImageSource
from export.config import DatasetConfig
from export.datasets import READERS, SPLITS, CaptionedImage, of_split, read_dataset
from export.metrics import caption_scores, quick_scores

logger = logging.getLogger(__name__)
BATCH = 16
CHANGEABLE = ("beam_width", "max_length", "length_exponent")
"""What of the decoding can be changed on the command line."""


def caption_rows(
    captioner: Captioner, rows: list[CaptionedImage], options: DecodingOptions
) -> Iterator[tuple[CaptionedImage, Caption]]:
    """Captions for these pictures, read from their files as the program reads them."""
    side = captioner.package.manifest.input.side
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        pixels = [captioner.pixels(ImageSource.from_path(row.path).load(side).image) for row in part]
        yield from zip(part, captioner.caption_batch(pixels, options), strict=True)


def evaluate(captioner: Captioner, rows: list[CaptionedImage], options: DecodingOptions, quick: bool) -> dict[str, Any]:
    """Caption metrics over these pictures; `quick` leaves out what needs Java."""
    found = {k: caption.best.text for k, (_, caption) in enumerate(caption_rows(captioner, rows, options))}
    references = {k: row.captions for k, row in enumerate(rows)}
    scores = (quick_scores if quick else caption_scores)(found, references)
    return {
        "pictures": len(rows),
        "distinct": len(set(found.values())),
        "mean_words": round(sum(len(text.split()) for text in found.values()) / len(found), 2),
        **{name: round(value, 4) for name, value in scores.items()},
    }


def decoding_options(captioner: Captioner, arguments: argparse.Namespace) -> DecodingOptions:
    """The package's defaults, with what the command line changes."""
    given = {key: getattr(arguments, key) for key in CHANGEABLE if getattr(arguments, key) is not None}
    return replace(captioner.defaults, **given)


def run_evaluate(arguments: argparse.Namespace) -> None:
    data: Path = arguments.data
    rows = read_dataset(DatasetConfig(data.name, str(data.resolve()), arguments.format), Path())
    chosen = [rows[k] for k in of_split(rows, arguments.split)]
    if not chosen:
        raise AppError(f"The data set {data.name} has no pictures in its split {arguments.split}.")
    captioner = Captioner.load(arguments.package, arguments.provider)
    options = decoding_options(captioner, arguments)
    result = {
        "package": asdict(captioner.package.id),
        "data": data.name,
        "split": arguments.split,
        "decoding": {key: getattr(options, key) for key in CHANGEABLE},
        **evaluate(captioner, chosen[: arguments.limit], options, arguments.quick),
        # a package without calibration claims no confidence, so there is nothing to hold against the truth
        "reliability": None,
    }
    sys.stdout.write(json.dumps(result, indent=2) + "\n")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="descry evaluate", description=__doc__)
    parser.add_argument("--package", type=Path, required=True, help="folder of the model package")
    parser.add_argument("--data", type=Path, required=True, help="captioned folder or file")
    parser.add_argument("--format", choices=list(READERS), default="folder")
    parser.add_argument("--split", choices=SPLITS, default="test")
    parser.add_argument("--provider", default="cpu")
    parser.add_argument("--limit", type=int, default=None, help="only the first so many pictures")
    parser.add_argument("--quick", action="store_true", help="BLEU-4 and CIDEr only, without Java")
    parser.add_argument("--beam-width", type=int, dest="beam_width")
    parser.add_argument("--max-length", type=int, dest="max_length")
    parser.add_argument("--length-exponent", type=float, dest="length_exponent")
    options = parser.parse_args(arguments)
    try:
        run_evaluate(options)
    except AppError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    return 0
