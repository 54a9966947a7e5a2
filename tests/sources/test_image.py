"""Pictures of every kind become upright RGB on white."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, features

from desktop_app.sources.image import ORIENTATION, ImageSource, LoadedImage, decode

WHITE, BLACK, RED, BLUE = (255, 255, 255), (0, 0, 0), (255, 0, 0), (0, 0, 255)
Corners = tuple[tuple[int, int, int], ...]


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """The bytes of a file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def opened(data: bytes, smallest: int = 8) -> LoadedImage:
    """A picture from bytes."""
    return decode(data, "picture", smallest)


def colour(loaded: LoadedImage, x: int = 0, y: int = 0) -> tuple[int, ...]:
    """One pixel, rounded to what a lossy format keeps."""
    pixel = loaded.image.getpixel((x, y))
    assert loaded.image.mode == "RGB"
    assert isinstance(pixel, tuple)
    return tuple(255 if value > 245 else 0 if value < 10 else value for value in pixel)


def flag(width: int = 32, height: int = 16) -> Image.Image:
    """Red at the upper left, blue at the upper right, black below: no turn leaves it as it is."""
    image = Image.new("RGB", (width, height), BLACK)
    image.paste(RED, (0, 0, width // 2, height // 2))
    image.paste(BLUE, (width // 2, 0, width, height // 2))
    return image


TURN_BACK = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""Orientation → how a camera that is held so stores an upright scene (EXIF 2.32, 4.6.4)."""


def stored_turned(orientation: int, kind: str, **options: object) -> bytes:
    """The flag as a camera stores it that is held in this way."""
    turn = TURN_BACK[orientation]
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    image = flag() if turn is None else flag().transpose(turn)
    return encoded(image, kind, exif=exif, **options)


@pytest.mark.parametrize("orientation", TURN_BACK)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_every_turn_of_a_camera_is_turned_back(kind: str, orientation: int) -> None:
    options = {"lossless": True} if kind == "WEBP" else {"quality": 95, "subsampling": 0} if kind == "JPEG" else {}
    loaded = opened(stored_turned(orientation, kind, **options), 16)
    assert (loaded.width, loaded.height) == loaded.image.size == (32, 16)
    assert (colour(loaded, 2, 2), colour(loaded, 29, 2), colour(loaded, 2, 13)) == (RED, BLUE, BLACK)


@pytest.mark.parametrize("orientation", [0, 9, 255, 65535])
def test_a_turn_that_does_not_exist_is_none(orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    loaded = opened(encoded(flag(), "PNG", exif=exif))
    assert (loaded.image.size, colour(loaded, 2, 2)) == ((32, 16), RED)


def test_a_turned_photo_is_drafted_and_told_in_its_full_upright_size() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    loaded = opened(encoded(Image.new("RGB", (4000, 3000), "red"), "JPEG", exif=exif), 256)
    assert (loaded.width, loaded.height) == (3000, 4000)
    assert loaded.image.size == (375, 500)


@pytest.mark.parametrize(
    ("size", "smallest", "expected"),
    [
        ((4000, 3000), 256, (500, 375)),
        ((4000, 3000), 376, (1000, 750)),
        ((4000, 3000), 3000, (4000, 3000)),
        ((300, 200), 256, (300, 200)),
        ((4000, 100), 100, (4000, 100)),
        ((4096, 2048), 256, (512, 256)),
        ((1, 1), 256, (1, 1)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "MPO"])
def test_a_photo_is_decoded_no_larger_than_needed(
    kind: str, size: tuple[int, int], smallest: int, expected: tuple[int, int]
) -> None:
    image = Image.new("RGB", size, "red")
    options = {"save_all": True, "append_images": [image.resize((8, 8))]} if kind == "MPO" else {}
    loaded = opened(encoded(image, kind, **options), smallest)
    assert (loaded.width, loaded.height, loaded.image.size) == (*size, expected)
    assert colour(loaded) == RED


TRANSPARENT = {
    "RGBA": (Image.new("RGBA", (4, 4), (0, 0, 0, 0)), "PNG", {}),
    "RGBA in WebP": (Image.new("RGBA", (4, 4), (0, 0, 0, 0)), "WEBP", {"lossless": True, "exact": True}),
    "RGBA in TIFF": (Image.new("RGBA", (4, 4), (0, 0, 0, 0)), "TIFF", {}),
    "LA": (Image.new("LA", (4, 4), (0, 0)), "PNG", {}),
    "grey with a transparent shade": (Image.new("L", (4, 4), 7), "PNG", {"transparency": 7}),
    "bits with a transparent one": (Image.new("1", (4, 4), 0), "PNG", {"transparency": 0}),
    "colours with a transparent one": (Image.new("RGB", (4, 4), "red"), "PNG", {"transparency": RED}),
    "palette with a transparent entry": (Image.new("RGB", (4, 4), "red").convert("P"), "PNG", {"transparency": 0}),
    "palette with shades": (Image.new("P", (4, 4), 0), "PNG", {"transparency": bytes([0, 128])}),
    "GIF": (Image.new("P", (4, 4), 0), "GIF", {"transparency": 0}),
}


@pytest.mark.parametrize("name", TRANSPARENT)
def test_transparent_parts_are_white(name: str) -> None:
    image, kind, options = TRANSPARENT[name]
    if name == "palette with a transparent entry":
        options = {"transparency": image.getpixel((0, 0))}
    assert colour(opened(encoded(image, kind, **options))) == WHITE


def test_half_transparent_parts_are_mixed_with_white() -> None:
    assert colour(opened(encoded(Image.new("RGBA", (4, 4), (255, 0, 0, 128)), "PNG"))) == (255, 127, 127)


MODES = {
    "bits": (Image.new("1", (4, 4), 1), "PNG", WHITE),
    "grey": (Image.new("L", (4, 4), 100), "PNG", (100, 100, 100)),
    "palette": (Image.new("RGB", (4, 4), "blue").convert("P"), "PNG", BLUE),
    "16 bits, PNG": (Image.fromarray(np.full((4, 4), 0x8000, np.uint16)), "PNG", (127, 127, 127)),
    "16 bits, TIFF": (Image.fromarray(np.full((4, 4), 0xFFFF, np.uint16)), "TIFF", WHITE),
    "32 bits, TIFF": (Image.fromarray(np.full((4, 4), 2**31 - 1, np.int32)), "TIFF", WHITE),
    "0 to 1, TIFF": (Image.fromarray(np.full((4, 4), 0.5, np.float32)), "TIFF", (127, 127, 127)),
    "no numbers, TIFF": (Image.fromarray(np.full((4, 4), np.nan, np.float32)), "TIFF", BLACK),
    "CMYK, JPEG": (Image.new("RGB", (4, 4), "red").convert("CMYK"), "JPEG", RED),
    "CMYK, TIFF": (Image.new("RGB", (4, 4), "red").convert("CMYK"), "TIFF", RED),
}


@pytest.mark.parametrize("name", MODES)
def test_every_mode_becomes_rgb(name: str) -> None:
    image, kind, expected = MODES[name]
    assert colour(opened(encoded(image, kind))) == expected


@pytest.mark.skipif(not features.check("littlecms2"), reason="this Pillow has no colour management: install a wheel")
def test_lab_becomes_rgb() -> None:
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    image = ImageCms.applyTransform(flag(), ImageCms.buildTransform(srgb, lab, "RGB", "LAB"))
    assert image is not None
    assert colour(opened(encoded(image, "TIFF")), 2, 2) == RED


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_several_pictures_the_first_is_taken(kind: str) -> None:
    image = Image.new("RGB", (4, 4), "red")
    data = encoded(image, kind, save_all=True, append_images=[Image.new("RGB", (4, 4), "blue")])
    with Image.open(io.BytesIO(data)) as several:
        assert getattr(several, "n_frames", 1) == 2
    assert colour(opened(data)) == RED


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "TGA"])
def test_a_single_pixel_is_a_picture(kind: str) -> None:
    loaded = opened(encoded(Image.new("RGB", (1, 1), "red"), kind), 256)
    assert (loaded.width, loaded.height, loaded.image.size, colour(loaded)) == (1, 1, (1, 1), RED)


def test_the_content_names_the_bytes(tmp_path: Path) -> None:
    data = encoded(flag(), "PNG")
    (tmp_path / "one.png").write_bytes(data)
    expected = f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert ImageSource.from_path(tmp_path / "one.png").load(8).content == expected
    assert ImageSource.from_bytes(data).load(8).content == expected


def test_bytes_and_standard_input(tmp_path: Path) -> None:
    data = encoded(flag(), "PNG")
    piped = ImageSource.from_stream(io.BytesIO(data))
    assert (piped.origin, piped.name) == ("-", "The picture on standard input")
    assert piped.load(8).image.size == (32, 16)
    given = ImageSource.from_bytes(data)
    assert (given.origin, given.name) == ("", "The picture")


def test_the_origin_is_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    flag().save("a.png")
    source = ImageSource.from_path("./a.png")
    assert (source.origin, source.name) == ("./a.png", "a.png")
    assert source.load(8).image.size == (32, 16)
