"""Export: trained weights to encoder.onnx and decoder.onnx, stored small."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch

from desktop_app.captioning.model_package import DECODER, ENCODER
from desktop_app.captioning.vocabulary import Vocabulary
from export.backbone import cell_count
from export.commands import add_config_argument, configured
from export.config import ExportConfig
from export.graphs import ENCODER_OUTPUTS, PICTURE, STATES, DecoderGraph, EncoderGraph
from export.model import EncoderDecoder
from export.quantize import calibration_pixels, quantize_decoder
from export.storage import store_weights
from export.train import new_model

logger = logging.getLogger(__name__)
OPSET = 17


def load_trained(config: ExportConfig) -> tuple[EncoderDecoder, Vocabulary]:
    """The averaged weights of a run, in evaluation mode."""
    vocabulary = Vocabulary.load(config.run_folder / "vocabulary.json")
    model = new_model(config, vocabulary)
    model.load_state_dict(torch.load(config.run_folder / "weights.pt", map_location="cpu", weights_only=True))
    return model.eval(), vocabulary


def export_encoder(config: ExportConfig, model: EncoderDecoder, path: Path) -> None:
    pixels = torch.zeros(1, config.encoder.side, config.encoder.side, 3, dtype=torch.uint8)
    torch.onnx.export(
        EncoderGraph(config.encoder, model).eval(),
        (pixels,),
        str(path),
        dynamo=False,
        opset_version=OPSET,
        input_names=["pixels"],
        output_names=list(ENCODER_OUTPUTS),
        dynamic_axes={name: {0: "n"} for name in ["pixels", *ENCODER_OUTPUTS]},
    )


def export_decoder(config: ExportConfig, model: EncoderDecoder, path: Path) -> None:
    h, heads = config.model.hidden, config.model.heads
    cells = cell_count(config.encoder)
    memory = cells + model.head.tokens + 1
    rows = 2  # one row would be traced as a constant 1 in places
    picture = (
        torch.zeros(rows, 4 * h),
        torch.zeros(rows, heads, h // heads, memory),
        torch.zeros(rows, heads, memory, h // heads),
    )
    states = tuple(torch.zeros(rows, h) for _ in STATES)
    outputs = ["log_probs", *(f"{name}_next" for name in STATES), "attention"]
    torch.onnx.export(
        DecoderGraph(model.decoder, cells).eval(),
        (torch.zeros(rows, dtype=torch.int64), *picture, *states),
        str(path),
        dynamo=False,
        opset_version=OPSET,
        input_names=["words", *PICTURE, *STATES],
        output_names=outputs,
        dynamic_axes={name: {0: "b"} for name in ["words", *STATES, *outputs]} | {name: {0: "p"} for name in PICTURE},
    )


def declare_shapes(path: Path, config: ExportConfig) -> None:
    """Write the real sizes of the encoder's outputs into its graph, where tracing left them open."""
    side = config.encoder.side
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    values = session.run(list(ENCODER_OUTPUTS), {"pixels": np.zeros((1, side, side, 3), np.uint8)})
    model = onnx.load(path)
    for output, value in zip(model.graph.output, values, strict=True):
        shape = output.type.tensor_type.shape
        del shape.dim[:]
        shape.dim.add().dim_param = "n"
        for size in value.shape[1:]:
            shape.dim.add().dim_value = size
    onnx.save(model, path)


def run_export(config: ExportConfig) -> None:
    """Write both graphs into the run folder."""
    model, _ = load_trained(config)
    encoder, decoder = config.run_folder / ENCODER, config.run_folder / DECODER
    export_encoder(config, model, encoder)
    declare_shapes(encoder, config)
    export_decoder(config, model, decoder)
    if config.package.quantize_decoder:
        quantize_decoder(config, encoder, decoder)
    form = config.encoder.store
    store_weights(encoder, form, calibration_pixels(config) if form == "int8" else None)
    store_weights(decoder, "float32" if form == "float32" else "float16")
    for path in (encoder, decoder):
        logger.info("%s: %.1f MB", path.name, path.stat().st_size / 1e6)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="descry export", description=__doc__)
    add_config_argument(parser)
    return configured(parser, arguments, lambda config, _: run_export(config))
