"""ImageSource: one picture from a file, bytes or standard input, opened safely and turned upright."""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import struct
import time
import warnings
from dataclasses import dataclass, field, replace
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
USUAL_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "PPM")
"""Those whose readers Pillow loads first; loading the others too takes longer than most pictures."""
OTHER_FORMATS = "WEBP TIFF AVIF JPEG2000 ICO ICNS DIB PCX SGI QOI PSD DDS MSP SUN XBM XPM TGA".split()
"""By Pillow's names. EPS is not among them: it would be handed to another program to run."""
_DAMAGE = (
    OSError,
    SyntaxError,  # Pillow's own use of it: a file that breaks its format's rules
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RuntimeError,
    MemoryError,
    struct.error,
)
"""What Pillow's readers raise on files that break off or lie."""
_NOT_SPEAKABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]+")
"""Control characters, line ends and undecodable bytes, which a file name may hold."""


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
    loaded: LoadedImage | None = field(default=None, repr=False, compare=False)
    """The picture when it has been decoded ahead."""
    load_seconds: float = field(default=0.0, compare=False)
    """How long that took."""

    @classmethod
    def from_path(cls, path: str | os.PathLike[str]) -> ImageSource:
        return cls(os.fspath(path), speakable(Path(path).name or os.fspath(path)))

    @classmethod
    def from_bytes(cls, data: bytes, name: str = messages.UNNAMED_PICTURE_NAME, origin: str = "") -> ImageSource:
        return cls(origin, name, data)

    @classmethod
    def from_stream(cls, stream: BinaryIO) -> ImageSource:
        """Standard input to its end, or a little further than a picture may be: `read` then tells so."""
        data = stream.read(MAX_FILE_BYTES + 1)
        return cls("-", messages.STANDARD_INPUT_NAME, data)

    def read(self) -> bytes:
        """All bytes of the file; `UnreadableImage` says why not. Never waits on a pipe."""
        data = _read_file(Path(self.origin), self.name) if self.data is None else self.data
        if not data:
            raise UnreadableImage(messages.picture_empty(self.name))
        if len(data) > MAX_FILE_BYTES:
            raise UnreadableImage(messages.picture_file_too_large(self.name, MAX_FILE_BYTES >> 20))
        return data

    def load(self, smallest: int) -> LoadedImage:
        """Read and decode, no larger than needed: both sides at least `smallest` pixels if the original has them."""
        return self.loaded or decode(self.read(), self.name, smallest)

    def preloaded(self, smallest: int) -> ImageSource:
        """The same source with its picture decoded, so that `load` costs nothing. Raises `UnreadableImage`."""
        started = time.perf_counter()
        data = self.read()
        loaded = decode(data, self.name, smallest)
        return replace(self, data=data, loaded=loaded, load_seconds=time.perf_counter() - started)

    @property
    def content(self) -> str:
        """The content key. Raises `UnreadableImage`."""
        return self.loaded.content if self.loaded is not None else content_key(self.read())


def speakable(name: str) -> str:
    """A file's name as it can stand in a sentence, in a line of text and in UTF-8."""
    return _NOT_SPEAKABLE.sub(" ", name).strip() or messages.UNNAMED_PICTURE_NAME


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
        # Windows says so for folders
        sentence = messages.picture_is_folder if os.path.isdir(path) else messages.picture_forbidden
        raise UnreadableImage(sentence(name)) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not valid"
        raise UnreadableImage(messages.picture_read_failed(name, reason)) from error
    try:
        _refuse_unusual(os.fstat(descriptor), name)
        with open(descriptor, "rb", closefd=False) as file:
            return file.read()
    except OSError as error:
        raise UnreadableImage(messages.picture_read_failed(name, error.strerror or "unknown reason")) from error
    finally:
        os.close(descriptor)


def _refuse_unusual(status: os.stat_result, name: str) -> None:
    """Raise `UnreadableImage` for what is no file, or no file of a picture's size."""
    if stat.S_ISDIR(status.st_mode):
        raise UnreadableImage(messages.picture_is_folder(name))
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableImage(messages.picture_not_a_file(name))
    if status.st_size > MAX_FILE_BYTES:
        raise UnreadableImage(messages.picture_file_too_large(name, MAX_FILE_BYTES >> 20))


def decode(data: bytes, name: str, smallest: int) -> LoadedImage:
    """Bytes to an upright RGB picture; `UnreadableImage` says what is wrong with them.

    A JPEG is decoded at a fraction of its size (libjpeg's scaled DCT), which is what makes a large
    photograph cheap; of an animation the first frame is taken.
    """
    # Pillow's remarks on odd files are of no use to a person. Set for good and not for a while: pictures are decoded in
    # several threads, and the one that ends last would restore what another had set
    warnings.filterwarnings("ignore", module=r"PIL\.")
    try:
        image, width, height = _decode(data, name, smallest)
    except UnidentifiedImageError as error:
        raise UnreadableImage(messages.picture_unknown_format(name)) from error
    except Image.DecompressionBombError as error:
        raise UnreadableImage(messages.picture_too_large(name, MAX_PIXELS // 1_000_000)) from error
    except _DAMAGE as error:
        raise UnreadableImage(messages.picture_damaged(name)) from error
    return LoadedImage(image, width, height, content_key(data))


def _decode(data: bytes, name: str, smallest: int) -> tuple[Image.Image, int, int]:
    """The upright RGB picture, and the upright original's width and height."""
    with _open(data) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise UnreadableImage(messages.picture_too_large(name, MAX_PIXELS // 1_000_000))
        if image.format in ("JPEG", "MPO"):
            image.draft("RGB", (smallest, smallest))
        image.load()
        turn = _turn(image)
        upright = to_rgb(image)
    if turn is None:
        return upright, width, height
    if turn in _SWAPPING:
        width, height = height, width
    return upright.transpose(turn), width, height


def _open(data: bytes) -> Image.Image:
    Image.preinit()
    try:
        return Image.open(io.BytesIO(data), formats=USUAL_FORMATS)
    except UnidentifiedImageError:
        return Image.open(io.BytesIO(data), formats=other_formats())


def other_formats() -> tuple[str, ...]:
    """Those of `OTHER_FORMATS` that this Pillow was built with."""
    Image.init()
    return tuple(name for name in OTHER_FORMATS if name in Image.OPEN)


def extensions() -> frozenset[str]:
    """The endings, in lower case and with their point, of files that can be read."""
    formats = {*USUAL_FORMATS, "MPO", *other_formats()}  # the reader of JPEG reads MPO too
    return frozenset(ending for ending, name in Image.registered_extensions().items() if name in formats)


def _turn(image: Image.Image) -> Image.Transpose | None:
    """How to turn the picture upright; a damaged EXIF block does not make a picture unreadable."""
    try:
        return _TURNS.get(image.getexif().get(ORIENTATION, 1))
    except _DAMAGE:
        return None


def to_rgb(image: Image.Image) -> Image.Image:
    """Any Pillow mode as RGB: transparent parts on white, 16 bits scaled to 8, CMYK by Pillow's own conversion."""
    if image.mode in ("I", "I;16", "I;16B", "I;16L", "I;16N", "F"):
        return _scaled(image).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    return _from_lab(image) if image.mode == "LAB" else image.convert("RGB")


def _from_lab(image: Image.Image) -> Image.Image:
    """CIE L*a*b*, which Pillow converts by colour profiles only."""
    from PIL import ImageCms

    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    turned = ImageCms.applyTransform(image, ImageCms.buildTransform(lab, srgb, "LAB", "RGB"))
    assert turned is not None  # only None when it changes the picture in place
    return turned


def _scaled(image: Image.Image) -> Image.Image:
    """16-bit and floating-point grey as 8 bits: the usual full range, or the picture's own where it is larger."""
    low, high = (float(value) for value in image.getextrema())  # type: ignore[arg-type]  # one band
    top = 1.0 if image.mode == "F" and high <= 1.0 else max(65535.0, high)
    floor = min(0.0, low)
    scale = 255.0 / (top - floor)
    return image.convert("F").point(lambda value: (value - floor) * scale).convert("L")
