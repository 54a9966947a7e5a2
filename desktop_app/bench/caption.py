"""How long a further picture takes beside the encoder alone, and how Descry compares with a larger captioner."""

from __future__ import annotations

import io
import logging
import statistics
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from desktop_app.assembly import Context, find_package, open_captioner
from desktop_app.bench.figures import Figure, alternating, seconds_of
from desktop_app.bench.versus import versus_figures
from desktop_app.describer import LocalDescriber
from desktop_app.pipeline import CaptionPipeline
from desktop_app.sources.image import ImageSource

logger = logging.getLogger(__name__)

_ROUNDS = 9
_ROW = 17
"""Pictures in one call."""
_MEGAPIXELS_12 = (4000, 3000)
_SENSOR_NOISE = 4.0
"""Standard deviation of the grey noise that makes an enlarged picture as large a file as a camera's: about 3 MB."""
_JPEG_QUALITY = 92
_PACKAGE_MEGABYTES = 30.0


def large_photograph(example: Path) -> bytes:
    """A 12-megapixel JPEG made of an example picture."""
    with Image.open(example) as image:
        large = np.asarray(image.convert("RGB").resize(_MEGAPIXELS_12, Image.Resampling.BICUBIC), np.float32)
    noise = np.random.default_rng(0).normal(0, _SENSOR_NOISE, large.shape[:2])[..., None]
    buffer = io.BytesIO()
    Image.fromarray((large + noise).clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=_JPEG_QUALITY)
    return buffer.getvalue()


def caption_figures(context: Context) -> Iterator[Figure]:
    captioner = open_captioner(context)
    describer = LocalDescriber(lambda: captioner)
    examples = sorted((context.paths.assets / "examples").glob("*.jpg"))
    small = ImageSource.from_bytes(examples[0].read_bytes())
    large = ImageSource.from_bytes(large_photograph(examples[0]))
    pixels = captioner.pixels(small.load(captioner.package.manifest.input.side).image)[None]
    pipeline = CaptionPipeline(describer, None, None, logger.info)
    further: list[float] = []
    encoder, of_small, of_large, _ = alternating(
        [
            lambda: captioner.network.encode(pixels),
            lambda: describer.describe(small),
            lambda: describer.describe(large),
            lambda: further.append(_further_picture(pipeline, large)),
        ],
        _ROUNDS,
    )
    yield Figure("caption.encoder_ms", encoder * 1000, None, "lower", "ms")
    yield Figure("caption.small_over_encoder", of_small / encoder, None, "lower", "ratio")
    yield Figure("caption.12mp_over_encoder", statistics.median(further) / encoder, 3.0, "lower", "ratio")
    yield Figure("caption.12mp_alone_over_encoder", of_large / encoder, None, "lower", "ratio")
    yield Figure("caption.package_mb", captioner.package.size / 1e6, _PACKAGE_MEGABYTES, "lower", "MB")
    package = find_package(context.settings.model, context.paths)
    yield from versus_figures(package, examples, context.settings.threads)


def _further_picture(pipeline: CaptionPipeline, source: ImageSource) -> float:
    """Seconds for each picture after the first of one call; it is read while those before it are described."""
    records = pipeline.describe_each([source] * _ROW)
    next(records)
    return seconds_of(lambda: list(records)) / (_ROW - 1)
