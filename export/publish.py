"""Publish: graphs, vocabulary, manifest and model card as one package folder that the program verifies and loads."""

from __future__ import annotations

import argparse
import json
import logging
import shutil
from pathlib import Path
from typing import Any

import onnx

from desktop_app.captioning.captioner import Captioner
from desktop_app.captioning.manifest import (
    FORMAT,
    ChoiceEntry,
    DecoderEntry,
    DecodingEntry,
    EncoderEntry,
    InputEntry,
    Manifest,
    StateEntry,
    TensorEntry,
    TokensEntry,
    TrainedOnEntry,
)
from desktop_app.captioning.model_package import CARD, DECODER, ENCODER, MANIFEST, VOCABULARY, file_entry
from desktop_app.captioning.neighbours import NEIGHBOURS
from desktop_app.captioning.vocabulary import END, PAD, START, UNKNOWN, Vocabulary
from desktop_app.errors import UsageError
from export.card_parts import Parts
from export.choose import CHOICE_FILE
from export.commands import add_config_argument, configured
from export.config import ExportConfig
from export.graphs import PICTURE, STATES
from export.model_card import model_card
from export.neighbour_index import describe_choice
from export.text_data import text_sentences
from export.tokens import REPEATABLE_WORDS
from export.training_data import load_examples

logger = logging.getLogger(__name__)


def encoder_entry(graph: Path) -> EncoderEntry:
    """The encoder's outputs, as its graph declares them."""
    model = onnx.load(graph)
    outputs = {}
    for output in model.graph.output:
        kind = output.type.tensor_type
        shape: list[int | str] = [d.dim_param or d.dim_value for d in kind.shape.dim]
        dtype = onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type).name
        outputs[output.name] = TensorEntry(dtype, shape)
    return EncoderEntry(model.graph.input[0].name, outputs)


def decoder_entry(hidden: int) -> DecoderEntry:
    states = [StateEntry(name, f"{name}_next", hidden) for name in STATES]
    return DecoderEntry("words", list(PICTURE), states, "log_probs", "attention")


def trained_on(config: ExportConfig, vocabulary: Vocabulary) -> list[TrainedOnEntry]:
    """What was really learnt from: pictures and sentences after all filters."""
    examples = load_examples(config, vocabulary)
    rows = []
    for dataset in config.datasets:
        mine = [example for example in examples if example.source == dataset.name]
        rows.append(TrainedOnEntry(dataset.name, len(mine), sum(len(e.captions) for e in mine), dataset.terms))
    if config.text.path:
        sentences = len(text_sentences(config, vocabulary))
        rows.append(TrainedOnEntry(Path(config.text.path).stem, 0, sentences, config.text.terms))
    return rows


def make_manifest(config: ExportConfig, folder: Path, metrics: dict[str, Any], parts: Parts) -> Manifest:
    """The manifest of the files in this folder; the card is written first, so that it is hashed too."""
    vocabulary = Vocabulary.load(folder / VOCABULARY)
    decoding = decoding_entry(config)
    trained = trained_on(config, vocabulary)
    card = model_card(config, trained, metrics, parts) + describe_choice(folder / NEIGHBOURS, decoding)
    (folder / CARD).write_text(card, encoding="utf-8")
    names = [name for name in (ENCODER, DECODER, VOCABULARY, NEIGHBOURS, CARD) if (folder / name).is_file()]
    return Manifest(
        format=FORMAT,
        name=config.package.name,
        version=config.package.version,
        files={name: file_entry(folder / name) for name in names},
        input=InputEntry(config.encoder.side, config.encoder.resample, "squash", "RGB"),
        encoder=encoder_entry(folder / ENCODER),
        decoder=decoder_entry(config.model.hidden),
        tokens=TokensEntry(PAD, START, END, UNKNOWN),
        decoding=decoding,
        calibration={},
        trained_on=trained,
        licence=config.package.licence,
        metrics=metrics,
    )


def decoding_entry(config: ExportConfig) -> DecodingEntry:
    """How to search and to choose; a run without an index, or before `descry choose`, takes the likeliest."""
    given, path = config.decoding, config.run_folder / CHOICE_FILE
    choice = None
    if path.is_file() and (config.run_folder / NEIGHBOURS).is_file():
        choice = ChoiceEntry(**json.loads(path.read_text(encoding="utf-8")))
    repeatable = sorted(REPEATABLE_WORDS)
    return DecodingEntry(given.beam_width, given.max_length, given.length_exponent, repeatable, choice)


def read_metrics(paths: list[Path]) -> dict[str, Any]:
    """The outputs of `descry evaluate`, by data set and split."""
    metrics: dict[str, Any] = {}
    for path in paths:
        try:
            result = json.loads(path.read_text(encoding="utf-8"))
            metrics[f"{result['data']} {result['split']}"] = {
                key: result[key] for key in result if key not in ("package", "data", "split", "reliability")
            }
        except (OSError, ValueError, KeyError) as error:
            raise UsageError(f"{path.name} is not an output of descry evaluate.") from error
    return metrics


def run_publish(config: ExportConfig, options: argparse.Namespace) -> None:
    """Assemble the package, then load it as the program would."""
    missing = [name for name in (ENCODER, DECODER, VOCABULARY) if not (config.run_folder / name).is_file()]
    if missing:
        raise UsageError(f"The run {config.run_folder.name} has no {missing[0]}: run descry export first.")
    folder: Path = options.to / f"{config.package.name}-{config.package.version}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NEIGHBOURS).unlink(missing_ok=True)
    for name in (ENCODER, DECODER, VOCABULARY, NEIGHBOURS):
        if (config.run_folder / name).is_file():
            shutil.copyfile(config.run_folder / name, folder / name)
    parts = Parts.load(options.card or options.config.parent / folder.name)
    manifest = make_manifest(config, folder, read_metrics(options.metrics), parts)
    (folder / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
    package = Captioner.load(folder, "cpu").package
    logger.info("%s: %.1f MB, %s", folder, package.size / 1e6, package.digest)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="descry publish", description=__doc__)
    add_config_argument(parser)
    parser.add_argument("--to", type=Path, default=Path("models"), help="folder of packages (default: %(default)s)")
    parser.add_argument("--metrics", type=Path, nargs="*", default=[], help="outputs of descry evaluate")
    parser.add_argument("--card", type=Path, help="written parts of the card (default: NAME-VERSION beside the TOML)")
    return configured(parser, arguments, run_publish)
