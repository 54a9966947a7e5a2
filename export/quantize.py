"""Quantization: 8-bit weights in the decoder's matrix products, and one fixed scale for each of their inputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from PIL import Image

from desktop_app.captioning.preprocess import preprocess
from desktop_app.captioning.vocabulary import END, START
from export.config import ExportConfig
from export.datasets import of_split, read_dataset
from export.graphs import PICTURE, STATES

CALIBRATION_PICTURES = 64
LIKELY = 5  # words of which one is chosen for each step, so that more than the best sentences are looked at
MARGIN = 1.05
Ranges = dict[str, tuple[float, float]]
Tensors = dict[str, NDArray[np.float32]]


def quantize_decoder(config: ExportConfig, encoder: Path, decoder: Path) -> None:
    """Weights of the matrix products as 8-bit integers, a scale for each column.

    A step is bound by reading the weights, so a quarter of the bytes is more than twice as fast. Unsigned weights,
    because signed ones overflow on processors without VNNI. The scales of the inputs are fixed too: onnxruntime's
    dynamic ones span all rows of a step, so that the sentence of a picture would depend on its neighbours in a batch.
    """
    single = decoder.with_suffix(".single.onnx")
    decoder.replace(single)
    quantize_dynamic(
        single,
        decoder,
        op_types_to_quantize=["MatMul"],
        weight_type=QuantType.QUInt8,
        per_channel=True,
        extra_options={"MatMulConstBOnly": True},  # attention multiplies two activations
    )
    model = onnx.load(decoder)
    names = [node.input[0] for node in model.graph.node if node.op_type == "DynamicQuantizeLinear"]
    fix_scales(model, measure(single, names, picture_tensors(config, encoder), config.decoding.max_length))
    share_embedding(model)
    onnx.checker.check_model(model)
    onnx.save(model, decoder)
    single.unlink()


def calibration_pixels(config: ExportConfig) -> NDArray[np.uint8]:
    """Some training pictures (n, side, side, 3), drawn evenly from every set."""
    each = -(-CALIBRATION_PICTURES // len(config.datasets))
    found = []
    for dataset in config.datasets:
        rows = read_dataset(dataset, Path(config.data_root))
        train = of_split(rows, "train")
        for k in train[:: -(-len(train) // each)]:
            with Image.open(rows[k].path) as image:
                found.append(preprocess(image.convert("RGB"), config.encoder.side, config.encoder.resample))
    return np.stack(found)


def picture_tensors(config: ExportConfig, encoder: Path) -> Tensors:
    """What the decoder gets of these pictures."""
    session = ort.InferenceSession(str(encoder), providers=["CPUExecutionProvider"])
    found = [session.run(list(PICTURE), {"pixels": pixels[None]}) for pixels in calibration_pixels(config)]
    return {name: np.concatenate(values) for name, values in zip(PICTURE, zip(*found, strict=True), strict=True)}


def measure(decoder: Path, names: list[str], pictures: Tensors, steps: int) -> Ranges:
    """Least and greatest value of these inner tensors while sentences are made, word by word."""
    model = onnx.load(decoder)
    known = {output.name for output in model.graph.output}
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names if name not in known)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    chance = np.random.default_rng(0)
    count = len(pictures[PICTURE[0]])
    sizes = {tensor.name: tensor.shape[-1] for tensor in session.get_inputs()}
    states = {name: np.zeros((count, sizes[name]), np.float32) for name in STATES}
    words = np.full(count, START, np.int64)
    ranges: Ranges = dict.fromkeys(names, (0.0, 0.0))  # zero must have an exact number
    outputs = ["log_probs", *(f"{name}_next" for name in STATES)]
    for _ in range(steps):
        log_probs, *values = session.run(outputs + names, {"words": words, **pictures, **states})
        states = dict(zip(STATES, values, strict=False))
        for name, value in zip(names, values[len(STATES) :], strict=True):
            low, high = ranges[name]
            ranges[name] = (min(low, float(value.min())), max(high, float(value.max())))
        log_probs[:, : END + 1] = -np.inf
        likely = np.argsort(log_probs, 1)[:, -LIKELY:]
        words = likely[np.arange(count), chance.integers(0, LIKELY, count)]
    return ranges


def fix_scales(model: onnx.ModelProto, ranges: Ranges) -> None:
    """Replace each measuring of an input by a scale and a zero point that cover its range."""
    nodes = []
    for node in model.graph.node:
        if node.op_type == "DynamicQuantizeLinear":
            quantized, scale_name, zero_name = node.output
            low, high = (MARGIN * value for value in ranges[node.input[0]])
            scale = np.float32((high - low) / 255)
            zero = np.uint8(round(-low / float(scale)))
            model.graph.initializer.append(numpy_helper.from_array(np.array(scale), scale_name))
            model.graph.initializer.append(numpy_helper.from_array(np.array(zero), zero_name))
            node = helper.make_node("QuantizeLinear", [node.input[0], scale_name, zero_name], [quantized])  # noqa: PLW2901
        nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def share_embedding(model: onnx.ModelProto) -> None:
    """Take the vectors of the words that go in from the 8-bit matrix that the words come out of: they are the same.

    They are tied in training; as a table of its own they would be a third of the file.
    """
    nodes = list(model.graph.node)
    lookup = next(node for node in nodes if node.op_type == "Gather" and node.input[0] == "embedding")
    matrix = next(i.name for i in model.graph.initializer if i.name.startswith("words.") and "_quantized" in i.name)
    table = matrix.removesuffix("_quantized")
    words, result = lookup.input[1], lookup.output[0]
    nodes[nodes.index(lookup)] = helper.make_node("Gather", [matrix, words], ["word_columns"], axis=1)  # (e, b)
    more = [
        helper.make_node("Gather", [f"{table}_zero_point", words], ["word_zero_points"]),
        helper.make_node("Gather", [f"{table}_scale", words], ["word_scales"]),
        helper.make_node("Cast", ["word_columns"], ["word_columns_cast"], to=TensorProto.FLOAT),
        helper.make_node("Cast", ["word_zero_points"], ["word_zero_points_cast"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["word_columns_cast", "word_zero_points_cast"], ["word_columns_centred"]),
        helper.make_node("Mul", ["word_columns_centred", "word_scales"], ["word_columns_scaled"]),
        helper.make_node("Transpose", ["word_columns_scaled"], [result], perm=[1, 0]),  # (b, e)
    ]
    place = next(k for k, node in enumerate(nodes) if node.output[0] == "word_columns") + 1
    del model.graph.node[:]
    model.graph.node.extend(nodes[:place] + more + nodes[place:])
    model.graph.initializer.remove(next(i for i in model.graph.initializer if i.name == "embedding"))
