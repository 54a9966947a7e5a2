"""Picture to pixels: squashed to a square, nothing cropped, the same bytes every time."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from desktop_app.captioning.preprocess import RESAMPLING, preprocess


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (3, 50), (1000, 10), (640, 480)])
def test_any_size_becomes_the_square(size: tuple[int, int]) -> None:
    pixels = preprocess(Image.new("RGB", size, (10, 20, 30)), 8, "bilinear")
    assert (pixels.shape, pixels.dtype) == ((8, 8, 3), np.uint8)
    assert np.unique(pixels.reshape(-1, 3), axis=0).tolist() == [[10, 20, 30]]


def test_nothing_at_the_edges_is_lost() -> None:
    image = Image.new("RGB", (400, 100), "white")
    image.paste("red", (0, 0, 50, 100))
    image.paste("blue", (350, 0, 400, 100))
    pixels = preprocess(image, 8, "bilinear")
    assert pixels[:, 0].mean(0).round().tolist()[0] == 255
    assert pixels[0, 0, 1] < 128
    assert pixels[0, 7, 0] < 128
    assert pixels[0, 3].tolist() == [255, 255, 255]


def test_a_picture_of_the_right_size_is_left_as_it_is() -> None:
    values = np.random.default_rng(1).integers(0, 256, (8, 8, 3), np.uint8)
    assert np.array_equal(preprocess(Image.fromarray(values), 8, "lanczos"), values)


@pytest.mark.parametrize("name", RESAMPLING)
def test_a_large_picture_is_averaged_not_sampled(name: str) -> None:
    values = np.zeros((512, 512, 3), np.uint8)
    values[::2] = 255
    pixels = preprocess(Image.fromarray(values), 8, name)
    assert abs(float(pixels.mean()) - 127.5) < 2
    assert int(pixels.max()) - int(pixels.min()) < 30
