"""Cached encoder features, extracted with onnxruntime, which runs this CNN several times faster than eager torch."""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from PIL import Image, ImageOps

from desktop_app.captioning.preprocess import preprocess
from export.backbone import cell_count, export_backbone, feature_sizes
from export.commands import add_config_argument, configured
from export.config import DatasetConfig, EncoderConfig, ExportConfig
from export.datasets import CaptionedImage, read_dataset

logger = logging.getLogger(__name__)
PARTS = ("grid", "pooled", "classes")
BATCH = 8


@dataclass(frozen=True)
class FeatureSet:
    """Features of one data set, in the order of its reader; half precision, mapped from disk."""

    grid: NDArray[np.float16]  # (n, cells, channels); all sizes: `feature_sizes`
    pooled: NDArray[np.float16]  # (n, channels)
    classes: NDArray[np.float16]  # (n, classes)


def feature_file(run: Path, name: str, part: str, mirrored: bool) -> Path:
    return run / "features" / f"{name}_{part}{'_mirrored' if mirrored else ''}.npy"


def load_features(run: Path, name: str, mirrored: bool = False) -> FeatureSet:
    """Map the cached features of a set; `FileNotFoundError` before `descry features` has run."""
    return FeatureSet(*(np.load(feature_file(run, name, part, mirrored), mmap_mode="r") for part in PARTS))


def _pixels(row: CaptionedImage, config: EncoderConfig, mirrored: bool) -> NDArray[np.uint8]:
    with Image.open(row.path) as image:
        rgb = image.convert("RGB")
    return preprocess(ImageOps.mirror(rgb) if mirrored else rgb, config.side, config.resample)


def _batches(
    rows: list[CaptionedImage], config: EncoderConfig, mirrored: bool
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    with ThreadPoolExecutor(2) as pool:
        for start in range(0, len(rows), BATCH):
            part = rows[start : start + BATCH]
            yield start, np.stack(list(pool.map(lambda row: _pixels(row, config, mirrored), part)))


def extract(dataset: DatasetConfig, config: ExportConfig, session: ort.InferenceSession, mirrored: bool) -> None:
    """Write the features of one set; files that are already complete are left alone."""
    run, encoder = config.run_folder, config.encoder
    target = {part: feature_file(run, dataset.name, part, mirrored) for part in PARTS}
    if all(path.exists() for path in target.values()):
        return
    rows = read_dataset(dataset, Path(config.data_root))
    sizes = feature_sizes(encoder)
    shapes = {"grid": (cell_count(encoder), sizes.grid), "pooled": (sizes.pooled,), "classes": (sizes.classes,)}
    partial = {part: path.with_suffix(".part") for part, path in target.items()}
    arrays = {
        part: np.lib.format.open_memmap(partial[part], "w+", np.float16, (len(rows), *shapes[part])) for part in PARTS
    }
    started = time.monotonic()
    for start, pixels in _batches(rows, encoder, mirrored):
        for part, values in zip(PARTS, session.run(list(PARTS), {"pixels": pixels}), strict=True):
            arrays[part][start : start + len(values)] = values
    for part in PARTS:
        arrays[part].flush()
        partial[part].rename(target[part])
    logger.info("%s: %d pictures in %.0f s", dataset.name, len(rows), time.monotonic() - started)


def views(dataset: DatasetConfig, config: ExportConfig) -> tuple[bool, ...]:
    """Which features a set has: plain, or plain and mirrored."""
    return (False, True) if config.encoder.flips and dataset.mirror else (False,)


def run_features(config: ExportConfig) -> None:
    """Export the backbone and cache the features of every configured set."""
    folder = config.run_folder / "features"
    folder.mkdir(parents=True, exist_ok=True)
    graph = config.run_folder / "backbone.onnx"
    if not graph.exists():
        export_backbone(config.encoder, graph)
    session = ort.InferenceSession(str(graph), providers=ort.get_available_providers())
    for dataset in config.datasets:
        for mirrored in views(dataset, config):
            extract(dataset, config, session, mirrored)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="descry features", description=__doc__)
    add_config_argument(parser)
    return configured(parser, arguments, lambda config, _: run_features(config))
