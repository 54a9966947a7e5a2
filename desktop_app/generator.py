"""ImageCaptionGenerator: the captioner for other Python programs."""

from __future__ import annotations

import io
import os
from dataclasses import replace

from PIL import Image

from desktop_app import messages
from desktop_app.assembly import build_local_describer, load_context
from desktop_app.describer import Describer, failed
from desktop_app.errors import AppError, CaptioningFailed, UnreadableImage
from desktop_app.record import Description
from desktop_app.settings import with_values
from desktop_app.sources.image import ORIENTATION, ImageSource, to_rgb

Picture = str | os.PathLike[str] | bytes | Image.Image | ImageSource


class ImageCaptionGenerator:
    """Captions pictures in this process, offline."""

    def __init__(self, describer: Describer) -> None:
        self._describer = describer

    @classmethod
    def load_model(cls, model_path: str | os.PathLike[str] = "", provider: str = "auto") -> ImageCaptionGenerator:
        """Open the bundled model, or the package of that name or folder.

        Raises `ModelPackageError` when it is missing or damaged, `SettingsError` for an unknown provider.
        """
        context = load_context()
        values: dict[str, object] = {"model": os.fspath(model_path), "provider": provider}
        describer = build_local_describer(replace(context, settings=with_values(context.settings, values)))
        describer.captioner()
        return cls(describer)

    def describe(self, picture: Picture) -> Description:
        """The whole record of a file, of the bytes of a file, or of a PIL image; errors stand in the record."""
        try:
            source = _source(picture)
        except UnreadableImage as error:
            return failed(ImageSource.from_bytes(b""), error)
        return self._describer.describe(source)

    def generate_caption(self, picture: Picture) -> str:
        """The sentence: lower case, without a final point.

        Raises `UnreadableImage` or `CaptioningFailed`, whose `message` can be spoken; never returns an error.
        """
        record = self.describe(picture)
        if record.error is not None:
            kind = {UnreadableImage.code: UnreadableImage, CaptioningFailed.code: CaptioningFailed}
            raise kind.get(record.error.code, AppError)(record.error.message)
        if record.caption is None:
            raise CaptioningFailed(record.spoken)
        return record.caption


def _source(picture: Picture) -> ImageSource:
    if isinstance(picture, ImageSource):
        return picture
    if isinstance(picture, bytes):
        return ImageSource.from_bytes(picture)
    if isinstance(picture, Image.Image):
        return ImageSource.from_bytes(_png(picture))
    return ImageSource.from_path(picture)


def _png(image: Image.Image) -> bytes:
    """A PIL image as the bytes of a file, because the record's content key is made of bytes."""
    exif = Image.Exif()
    buffer = io.BytesIO()
    try:
        turn = image.getexif().get(ORIENTATION)
        if turn is not None:
            exif[ORIENTATION] = turn
        if image.mode not in ("1", "L", "LA", "I;16", "P", "RGB", "RGBA"):
            image = to_rgb(image)
        image.save(buffer, "PNG", compress_level=1, exif=exif)
    except (OSError, ValueError, SyntaxError) as error:  # its file is only read now, and may be damaged
        raise UnreadableImage(messages.picture_damaged(messages.UNNAMED_PICTURE_NAME)) from error
    return buffer.getvalue()
