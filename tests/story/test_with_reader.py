"""With a screen reader, by keyboard only: all that is said, and Descry's own voice silent."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.helpers.hearing import Ear
from tests.story.conftest import Ears
from tests.story.desktop import ROOT, Desktop
from tests.story.reader import Reader, plainly

if TYPE_CHECKING:
    from tests.story.accessible import AccessibilityBus

pytestmark = [pytest.mark.story, pytest.mark.slow]

RED, GREEN = "Maybe: a red square.", "Maybe: a green circle."
MODELS, PHOTOGRAPH = ROOT / "models", ROOT / "assets" / "examples" / "coffee.jpg"
BROKEN = "broken.png is not a picture that can be read: open it in another program and save it as JPEG or PNG."


def test_open_a_picture_and_read_it(
    desktop: Desktop, reader: Reader, ears: Ears, pictures: Path, tiny_package: Path
) -> None:
    program = desktop.start_descry("open", "--model", tiny_package)
    assert reader.hear_until("Open picture button") == plainly("Open picture button")
    desktop.press("ctrl+o")
    assert reader.hear_until("File name: text") == plainly("File name: text")
    desktop.type((pictures / "red.png").name)
    desktop.press("Return")
    said = reader.hear_until(RED)
    assert said[-2:] == plainly("Open picture button", RED)  # before that it may say what was typed
    assert [text for text in said if "square" in text] == plainly(RED)
    # By Tab and not by Alt+D: Qt asks the reader about each key, and on a busy computer a lone Alt opens the menu
    desktop.press("Tab")
    assert reader.hear_until("Paste picture button") == plainly("Paste picture button")
    desktop.press("Tab")
    assert reader.hear_until(RED) == plainly("Description read only text", RED)
    for key, letter in (("Right", "a"), ("Right", "y"), ("Home", "M")):
        desktop.press(key)
        assert reader.hear_until(letter) == plainly(letter)
    desktop.press("Tab")
    assert reader.hear_until("Speak button") == plainly("Speak button")
    desktop.press("space")
    assert reader.hear_until(RED) == plainly(RED)
    desktop.press("Tab")
    assert reader.hear_until("Stop button") == plainly("Stop button")
    assert ears.heard_nothing()
    started = time.monotonic()
    desktop.press("ctrl+q")
    assert program.wait(10) == 0
    assert time.monotonic() - started < 2.5


def test_pictures_from_elsewhere(
    desktop: Desktop, reader: Reader, ears: Ears, pictures: Path, tiny_package: Path, copy: Callable[[Path], None]
) -> None:
    desktop.start_descry("open", "--model", tiny_package, pictures / "green.png")
    assert reader.hear_until(GREEN) == plainly("Open picture button", GREEN)
    # A second start hands its picture over
    assert desktop.start_descry("open", pictures / "red.png").wait(15) == 0
    assert reader.hear_until(RED) == plainly(RED)
    assert desktop.start_descry("open", pictures / "broken.png").wait(15) == 0
    assert reader.hear_until(BROKEN) == plainly(BROKEN)
    copy(pictures / "green.png")
    desktop.press("ctrl+v")
    assert reader.hear_until(GREEN) == plainly(GREEN)
    assert desktop.start_descry("clipboard").wait(15) == 0
    assert reader.hear_until(GREEN) == plainly(GREEN)
    # Watched, the clipboard is described by itself, each picture once
    desktop.press("ctrl+shift+b")
    copy(pictures / "red.png")
    assert reader.hear_until(RED) == plainly(RED)
    copy(pictures / "red.png")
    desktop.press("ctrl+shift+c")
    desktop.press("ctrl+Return")
    assert reader.hear_until(RED) == plainly(RED)
    desktop.press("Tab")
    assert reader.hear_until("Paste picture button") == plainly("Paste picture button")
    assert ears.heard_nothing()


@pytest.mark.model
def test_a_photograph_with_the_model_of_the_program(desktop: Desktop, reader: Reader, ears: Ears) -> None:
    if not any(MODELS.glob("*/manifest.json")):
        pytest.skip("the shipped model package is not in models/: get the whole program again")
    assert desktop.start_descry("caption", PHOTOGRAPH).wait(60) == 0
    [sentence] = desktop.words_of("python")
    desktop.start_descry("open", PHOTOGRAPH)
    assert reader.hear_until(sentence, 30.0) == plainly("Open picture button", sentence)
    desktop.press("Tab")
    assert reader.hear_until("Paste picture button") == plainly("Paste picture button")
    desktop.press("Tab")
    assert reader.hear_until(sentence) == plainly("Description read only text", sentence)
    assert ears.heard_nothing()


def test_the_own_voice_takes_over_when_the_reader_is_gone(
    desktop: Desktop, reader: Reader, ears: Ears, pictures: Path, tiny_package: Path
) -> None:
    ear = Ear([RED, GREEN])
    desktop.start_descry("open", "--model", tiny_package, pictures / "green.png")
    reader.hear_until(GREEN)
    assert ears.heard_nothing()
    reader.kill()
    mark = ears.mark()
    assert desktop.start_descry("open", pictures / "red.png").wait(15) == 0
    ears.recorder.wait_for_sound(mark)
    ears.recorder.wait_for_length(mark, 3.0)
    assert ear.heard(ears.recorder.since(mark)) == [RED]


def test_a_reader_that_hears_announcements_gets_them(
    desktop: Desktop, bus: AccessibilityBus, ears: Ears, pictures: Path, tiny_package: Path
) -> None:
    bus.listen_as_reader()
    program = desktop.start_descry(
        "open", "--model", tiny_package, pictures / "red.png", pictures / "broken.png", pictures / "green.png"
    )
    assert bus.announcements(3) == [RED, BROKEN, GREEN]
    assert ears.heard_nothing()
    program.send_signal(signal.SIGTERM)
    assert program.wait(5) == 0
