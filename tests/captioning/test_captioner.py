"""Captioner: colours in, exact sentences out, alone and together."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop_app.captioning.captioner import Captioner
from tests.fixtures.tiny_package import picture

SENTENCES = {
    "red": "a red square",
    "blue": "a blue square",
    "lime": "a green circle",
    "white": "a white square",
    "black": "a black square",
}


@pytest.mark.parametrize("colour", SENTENCES)
def test_each_colour_has_its_sentence(tiny_package: Path, colour: str) -> None:
    assert Captioner.load(tiny_package).caption(picture(colour)).best.text == SENTENCES[colour]
