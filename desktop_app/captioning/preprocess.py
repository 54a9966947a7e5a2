"""Picture to pixels: the one function that training, parity check and program share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Mapping

RESAMPLING: Mapping[str, Image.Resampling] = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
"""Filters by the name that a manifest uses."""


def preprocess(image: Image.Image, side: int, resample: str) -> NDArray[np.uint8]:
    """An RGB picture as pixels `(side, side, 3)`, uint8.

    The picture is resized straight to the square: nothing is cropped, so nothing at an edge is
    lost; the encoder was trained on pictures treated the same way. Mean and scale are in the graph.
    """
    if image.size != (side, side):
        image = image.resize((side, side), RESAMPLING[resample])
    return np.asarray(image, dtype=np.uint8)
