"""Parity: the torch model against the exported graphs on real pictures, in numbers and in sentences."""

from __future__ import annotations

import argparse
import logging
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from desktop_app.captioning.beam_search import DecodingOptions, beam_search
from desktop_app.captioning.captioner import Captioner
from desktop_app.captioning.preprocess import preprocess
from desktop_app.errors import AppError
from export.backbone import Backbone
from export.commands import add_config_argument, configured
from export.config import ExportConfig
from export.export_onnx import load_trained
from export.torch_step import TorchState, torch_step

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """How far the graphs may be from torch. Sentences may differ where two beams are nearly tied."""

    difference: float
    """Largest difference of the log-probability of any word that can be said."""
    equal_sentences: float
    """Least share."""


LIKELY = math.log(1e-6)
"""Words less likely than this are never said, whatever a search does, and their logarithms differ most."""
SINGLE_PRECISION = Limits(0.001, 1.0)
HALF_PRECISION = Limits(0.05, 0.95)
EIGHT_BITS = Limits(0.25, 0.85)
EIGHT_BITS_IN_BOTH = Limits(1.5, 0.85)
"""What 8 bits cost, in the decoder or in the encoder too, is judged by the scores on val; these catch a wrong graph."""


@dataclass(frozen=True)
class Parity:
    """How far the graphs are from torch."""

    largest_difference: float
    """Of the log-probabilities of the first word."""
    equal_sentences: int
    pictures: int


def torch_sentences(
    config: ExportConfig, pixels: NDArray[np.uint8], options: DecodingOptions
) -> tuple[NDArray[np.float32], list[str]]:
    """First-word log-probabilities and sentences of the torch model, single precision throughout."""
    model, vocabulary = load_trained(config)
    with torch.no_grad():
        grid, pooled, _ = Backbone(config.encoder)(torch.from_numpy(pixels))
        picture = model.head(grid, pooled, model.head.attribute(pooled))
        state = TorchState(picture, None)
        start = np.ones(len(pixels), np.int64)
        first, _ = torch_step(model.decoder, start, state)
        found = beam_search(lambda w, s: torch_step(model.decoder, w, s), state, len(pixels), options)
    return first, [vocabulary.sentence(hypotheses[0].words) for hypotheses in found]


def compare(config: ExportConfig, package: Path, images: list[Path]) -> Parity:
    """Run both on the same pictures."""
    captioner = Captioner.load(package, "cpu")
    encoder = config.encoder
    pixels = np.stack([preprocess(Image.open(p).convert("RGB"), encoder.side, encoder.resample) for p in images])
    first, expected = torch_sentences(config, pixels, captioner.defaults)
    state = captioner.network.start(captioner.network.encode(pixels))
    log_probs, _ = captioner.network.step(np.ones(len(pixels), np.int64), state)
    # the likeliest sentences: what is chosen among the beams afterwards is no matter of the graphs
    found = beam_search(captioner.network.step, state, len(pixels), captioner.defaults)
    sentences = [captioner.package.vocabulary.sentence(hypotheses[0].words) for hypotheses in found]
    equal = sum(a == b for a, b in zip(expected, sentences, strict=True))
    likely = first > LIKELY
    return Parity(float(np.abs(first - log_probs)[likely].max()), equal, len(images))


def limits_of(config: ExportConfig) -> Limits:
    """What the forms in which the weights are stored leave to be expected."""
    if config.encoder.store == "int8":
        return EIGHT_BITS_IN_BOTH
    if config.package.quantize_decoder:
        return EIGHT_BITS
    return SINGLE_PRECISION if config.encoder.store == "float32" else HALF_PRECISION


def run_parity(config: ExportConfig, options: argparse.Namespace) -> None:
    parity = compare(config, options.package, options.images)
    logger.info("%s", parity)
    limits = limits_of(config)
    too_few = parity.equal_sentences < limits.equal_sentences * parity.pictures
    if parity.largest_difference > limits.difference or too_few:
        raise AppError(
            f"The exported graphs differ from the trained model: by {parity.largest_difference:.3f}, "
            f"{parity.equal_sentences} of {parity.pictures} sentences are equal."
        )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="descry parity", description=__doc__)
    add_config_argument(parser)
    parser.add_argument("--package", type=Path, required=True)
    parser.add_argument("images", type=Path, nargs="+", help="pictures to compare on")
    return configured(parser, arguments, run_parity)
