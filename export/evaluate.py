"""Evaluation of a published package on a captioned folder, through the program's own captioner."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from desktop_app.captioning.beam_search import DecodingOptions
from desktop_app.captioning.caption import Caption
from desktop_app.captioning.captioner import Captioner
from desktop_app.errors import AppError, UsageError
from desktop_app.sources.image import ImageSource
from export.config import DatasetConfig, load_config
from export.datasets import READERS, SPLITS, CaptionedImage, of_split, read_dataset
from export.report import report
from export.supported import Support
from export.wordnet import DEFAULT_FOLDER, WordNet

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


def decoding_options(captioner: Captioner, arguments: argparse.Namespace) -> DecodingOptions:
    """The package's defaults, with what the command line changes."""
    given = {key: getattr(arguments, key) for key in CHANGEABLE if getattr(arguments, key) is not None}
    return replace(captioner.defaults, **given)


def training_captions(sources: list[Path]) -> tuple[list[str], list[tuple[str, ...]]]:
    """Names of the sets, and the captions of each training picture, of captioned folders and of a configuration's sets.

    A set without pictures has no training pictures, so its sentences do not count.
    """
    sets: list[tuple[DatasetConfig, Path]] = []
    for source in sources:
        if source.suffix == ".toml":
            config = load_config(source)
            sets += [(dataset, Path(config.data_root)) for dataset in config.datasets]
        else:
            sets.append((DatasetConfig(source.name, str(source.resolve())), Path()))
    captions: list[tuple[str, ...]] = []
    for dataset, root in sets:
        rows = read_dataset(dataset, root)
        captions += [rows[k].captions for k in of_split(rows, "train")]
    return [dataset.name for dataset, _ in sets], captions


def support(folder: Path | None) -> Support | None:
    """The judge of what is really there; without WordNet, and if nobody asked for it, one remark instead."""
    try:
        return Support(WordNet.load(folder or DEFAULT_FOLDER))
    except UsageError as error:
        if folder:
            raise
        sys.stderr.write(f"Nothing is told of supported things. {error.message}\n")
        return None


def write_captions(path: Path, rows: list[CaptionedImage], captions: list[Caption]) -> None:
    """For reading beside the pictures: a JSON object a line, `file` and `caption`."""
    pairs = zip(rows, captions, strict=True)
    lines = [json.dumps({"file": row.path.name, "caption": caption.best.text}) + "\n" for row, caption in pairs]
    path.write_text("".join(lines), encoding="utf-8")


def run_evaluate(arguments: argparse.Namespace) -> None:
    data: Path = arguments.data
    rows = read_dataset(DatasetConfig(data.name, str(data.resolve()), arguments.format), Path())
    chosen = [rows[k] for k in of_split(rows, arguments.split)][: arguments.limit]
    if not chosen:
        raise AppError(f"The data set {data.name} has no pictures in its split {arguments.split}.")
    captioner = Captioner.load(arguments.package, arguments.provider)
    options = decoding_options(captioner, arguments)
    judge = support(arguments.wordnet)
    sets, training = training_captions(arguments.df_from)
    captions = [caption for _, caption in caption_rows(captioner, chosen, options)]
    if arguments.captions:
        write_captions(arguments.captions, chosen, captions)
    references = [row.captions for row in chosen]
    result = {
        "package": asdict(captioner.package.id),
        "data": data.name,
        "split": arguments.split,
        "decoding": {key: getattr(options, key) for key in CHANGEABLE},
        **report(captions, references, training=training, judge=judge, quick=arguments.quick),
        "document_frequencies": {"sets": sets, "pictures": len(training)} if sets else None,
        # a package without calibration claims no confidence, so there is nothing to hold against the truth
        "reliability": None,
    }
    sys.stdout.write(json.dumps(result, indent=2) + "\n")


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="descry evaluate", description=__doc__)
    parser.add_argument("--package", type=Path, required=True, help="folder of the model package")
    parser.add_argument("--data", type=Path, required=True, help="captioned folder or file")
    parser.add_argument("--format", choices=list(READERS), default="folder")
    parser.add_argument("--split", choices=SPLITS, default="test")
    parser.add_argument("--provider", default="cpu")
    parser.add_argument("--limit", type=int, default=None, help="only the first so many pictures")
    parser.add_argument("--quick", action="store_true", help="without Java: our own tokeniser, no METEOR and ROUGE-L")
    parser.add_argument("--df-from", type=Path, nargs="+", default=[], metavar="FOLDER|TOML", dest="df_from",
                        help="CIDEr also with the document frequencies of these sets' training captions")  # fmt: skip
    parser.add_argument("--wordnet", type=Path, help=f"folder of WordNet 3.0 (default: {DEFAULT_FOLDER})")
    parser.add_argument("--captions", type=Path, metavar="FILE", help="write the sentences too, as JSON lines")
    parser.add_argument("--beam-width", type=int, dest="beam_width")
    parser.add_argument("--max-length", type=int, dest="max_length")
    parser.add_argument("--length-exponent", type=float, dest="length_exponent")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    try:
        run_evaluate(options)
    except AppError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    return 0
