"""Without a screen reader: Descry's own voice, heard, and the same sentence as text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.helpers.hearing import Ear
from tests.story.conftest import Ears
from tests.story.desktop import Desktop

if TYPE_CHECKING:
    from tests.story.accessible import AccessibilityBus

pytestmark = [pytest.mark.story, pytest.mark.slow]

RED, GREEN = "Maybe: a red square.", "Maybe: a green circle."


def test_the_sentence_is_heard_and_stands_in_the_field(
    desktop: Desktop, bus: AccessibilityBus, ears: Ears, pictures: Path, tiny_package: Path
) -> None:
    ear = Ear([RED, GREEN])
    mark = ears.mark()
    program = desktop.start_descry("open", "--model", tiny_package, pictures / "red.png")
    ears.recorder.wait_for_sound(mark, 20.0)
    field = bus.find("descry", "text", "Description")
    bus.wait_for_text(field, RED)
    assert bus.name(bus.find("descry", "graphic", RED)) == RED
    ears.recorder.wait_for_length(ears.mark(), 2.5)
    assert ear.heard(ears.recorder.since(ears.start)) == [RED]
    desktop.wait_for_window("Descry")
    mark = ears.mark()
    desktop.press("ctrl+Return")  # say it again
    ears.recorder.wait_for_sound(mark)
    stopped = desktop.press("Escape")
    ears.recorder.wait_for_length(ears.mark(), 1.0)
    assert ears.recorder.last_sound(mark) - stopped < 0.4
    status = bus.find("descry", "text", "Status")
    bus.wait_for_text(status, "Stopped.")
    desktop.press("ctrl+q")
    assert program.wait(5) == 0
    assert desktop.words_of("python") == []


def test_the_clipboard_is_described_without_a_window(
    desktop: Desktop, pictures: Path, tiny_package: Path, copy: Callable[[Path], None]
) -> None:
    copy(pictures / "green.png")
    assert desktop.start_descry("clipboard", "--model", tiny_package).wait(30) == 0
    assert desktop.words_of("python") == [GREEN]
