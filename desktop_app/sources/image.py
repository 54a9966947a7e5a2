"""ImageSource: one picture from a file, bytes or standard input, opened safely and turned upright."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from desktop_app import messages
from desktop_app.errors import UnreadableImage

MAX_FILE_BYTES = 512 * 1024 * 1024
MAX_PIXELS = 178_000_000
"""More than the largest camera sensors have; RGB then needs 530 MB for a moment. Pillow refuses from 179 million on."""
ORIENTATION = 0x0112
"""EXIF 2.32, tag Orientation. Pillow turns a TIFF by itself and then removes the tag."""
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SWAPPING = {_TURNS[k] for k in (5, 6, 7, 8)}
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, KeyError, MemoryError)
"""What Pillow's readers raise on files that break off or lie; SyntaxError is theirs, not Python's."""


@dataclass(frozen=True)
class LoadedImage:
    """A picture in memory."""

    image: Image.Image
    """Upright, RGB, transparent parts on white; possibly smaller than the original."""
    width: int
    """Of the original, turned upright, in pixels."""
    height: int
    content: str
    """`sha256:` of the file's bytes."""


@dataclass(frozen=True)
class ImageSource:
    """Where one picture comes from. Reading happens in `read`, decoding in `decode`."""

    origin: str
    """As the caller gave it; `-` for standard input, empty for bytes without a name."""
    name: str
    """How sentences call it: the file's name, never a whole path."""
    data: bytes | None = None
    """The file's bytes when they are already there."""

    @classmethod
    def from_path(cls, path: str | os.PathLike[str]) -> ImageSource:
        return cls(os.fspath(path), Path(path).name or os.fspath(path))

    @classmethod
    def from_bytes(cls, data: bytes, name: str = messages.UNNAMED_PICTURE_NAME, origin: str = "") -> ImageSource:
        return cls(origin, name, data)

    @classmethod
    def from_stream(cls, stream: BinaryIO) -> ImageSource:
        """Standard input to its end; `UnreadableImage` when it is longer than a picture may be."""
        data = stream.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise UnreadableImage(messages.picture_file_too_large(messages.STANDARD_INPUT_NAME, MAX_FILE_BYTES >> 20))
        return cls("-", messages.STANDARD_INPUT_NAME, data)

    def read(self) -> bytes:
        """All bytes of the file; `UnreadableImage` says why not. Never waits on a pipe."""
        data = _read_file(Path(self.origin), self.name) if self.data is None else self.data
        if not data:
            raise UnreadableImage(messages.picture_empty(self.name))
        return data

    def load(self, smallest: int) -> LoadedImage:
        """Read and decode, no larger than needed: both sides at least `smallest` pixels if the original has them."""
        data = self.read()
        return decode(data, self.name, smallest)


def content_key(data: bytes) -> str:
    """The name of a picture in the history: the same bytes are the same picture wherever they lie."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _read_file(path: Path, name: str) -> bytes:
    try:
        # A pipe must not hang us: open without waiting, then look at what it is
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError as error:
        raise UnreadableImage(messages.picture_missing(name)) from error
    except IsADirectoryError as error:
        raise UnreadableImage(messages.picture_is_folder(name)) from error
    except PermissionError as error:
        sentence = (
            messages.picture_is_folder if path.is_dir() else messages.picture_forbidden
        )  # Windows says so for folders
        raise UnreadableImage(sentence(name)) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not valid"
        raise UnreadableImage(messages.picture_read_failed(name, reason)) from error
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise UnreadableImage(messages.picture_is_folder(name))
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableImage(messages.picture_not_a_file(name))
        if status.st_size > MAX_FILE_BYTES:
            raise UnreadableImage(messages.picture_file_too_large(name, MAX_FILE_BYTES >> 20))
        try:
            return file.read()
        except OSError as error:
            raise UnreadableImage(messages.picture_read_failed(name, error.strerror or "unknown reason")) from error


def decode(data: bytes, name: str, smallest: int) -> LoadedImage:
    """Bytes to an upright RGB picture; `UnreadableImage` says what is wrong with them.

    A JPEG is decoded at a fraction of its size (libjpeg's scaled DCT), which is what makes a large
    photograph cheap; of an animation the first frame is taken.
    """
    try:
        with Image.open(io.BytesIO(data)) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise UnreadableImage(messages.picture_too_large(name, MAX_PIXELS // 1_000_000))
            if image.format == "JPEG":
                image.draft("RGB", (smallest, smallest))
            image.load()
            turn = _TURNS.get(image.getexif().get(ORIENTATION, 1))
            upright = to_rgb(image)
    except UnidentifiedImageError as error:
        raise UnreadableImage(messages.picture_unknown_format(name)) from error
    except Image.DecompressionBombError as error:
        raise UnreadableImage(messages.picture_too_large(name, MAX_PIXELS // 1_000_000)) from error
    except _DAMAGE as error:
        raise UnreadableImage(messages.picture_damaged(name)) from error
    if turn is not None:
        upright = upright.transpose(turn)
        if turn in _SWAPPING:
            width, height = height, width
    return LoadedImage(upright, width, height, content_key(data))


def to_rgb(image: Image.Image) -> Image.Image:
    """Any Pillow mode as RGB: transparent parts on white, 16 bits scaled to 8, CMYK by Pillow's own conversion."""
    if image.mode in ("I", "I;16", "I;16B", "I;16L", "I;16N", "F"):
        return _scaled(image).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image.convert("RGB")


def _scaled(image: Image.Image) -> Image.Image:
    """16-bit and floating-point grey as 8 bits: the usual full range, or the picture's own where it is larger."""
    low, high = (float(value) for value in image.getextrema())  # type: ignore[arg-type]  # one band
    top = 1.0 if image.mode == "F" and high <= 1.0 else max(65535.0, high)
    floor = min(0.0, low)
    scale = 255.0 / (top - floor)
    return image.convert("F").point(lambda value: (value - floor) * scale).convert("L")
