"""Pictures are decoded in several threads at once."""

from __future__ import annotations

import io
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from desktop_app.sources.image import decode


def test_remarks_of_pillow_are_silent_in_several_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)  # from here on to twice as many, Pillow warns
    buffer = io.BytesIO()
    Image.new("RGB", (12, 12), "red").save(buffer, "PNG")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with ThreadPoolExecutor(4) as pool:
            widths = list(pool.map(lambda _: decode(buffer.getvalue(), "a.png", 8).width, range(200)))
        with pytest.raises(UserWarning, match="of somebody else"):
            warnings.warn("of somebody else", stacklevel=1)
    assert widths == [12] * 200
