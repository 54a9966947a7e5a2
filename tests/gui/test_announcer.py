"""Exactly one voice says a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from PySide6.QtWidgets import QApplication, QPushButton

from desktop_app.gui.announcer import Announcer, ReaderRoute
from desktop_app.screen_reader import ScreenReader
from desktop_app.speech.silent_engine import SilentEngine
from desktop_app.speech.speaker import Speaker, SpeakerEvents
from tests.gui.scene import Scene, wait_for

NONE = ScreenReader(is_running=False)
ORCA_43 = ScreenReader(is_running=True, hears_announcements=False)
ORCA_48 = ScreenReader(is_running=True, hears_announcements=True)


@dataclass
class Voices:
    """Both voices, and what was given to each."""

    reader: ScreenReader = NONE
    own: list[str] = field(default_factory=list)
    presented: list[tuple[str, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.speaker = Speaker([SilentEngine], events=SpeakerEvents(on_started=self.own.append))

    def announcer(self, is_voice_on: bool = True) -> Announcer:
        return Announcer(
            self.speaker, is_voice_on, lambda: self.reader, lambda text, hears: self.presented.append((text, hears))
        )


@pytest.fixture
def voices() -> Iterator[Voices]:
    made = Voices()
    yield made
    made.speaker.close()


def test_without_a_reader_the_own_voice_speaks(voices: Voices) -> None:
    voices.announcer().say("A dog.")
    assert voices.speaker.wait_until_idle(5)
    assert (voices.own, voices.presented) == (["A dog."], [])


@pytest.mark.parametrize("reader", [ORCA_43, ORCA_48])
@pytest.mark.parametrize("is_asked", [True, False])
def test_with_a_reader_only_the_reader_speaks(voices: Voices, reader: ScreenReader, is_asked: bool) -> None:
    voices.reader = reader
    voices.announcer().say("A dog.", is_asked=is_asked)
    assert voices.speaker.wait_until_idle(5)
    assert (voices.own, voices.presented) == ([], [("A dog.", reader.hears_announcements)])


def test_readers_come_and_go(voices: Voices) -> None:
    announcer = voices.announcer()
    for reader, text in ((NONE, "one"), (ORCA_48, "two"), (NONE, "three")):
        voices.reader = reader
        announcer.say(text)
        assert voices.speaker.wait_until_idle(5)
    assert (voices.own, voices.presented) == (["one", "three"], [("two", True)])


def test_a_voice_that_is_off_speaks_when_asked(voices: Voices) -> None:
    announcer = voices.announcer(is_voice_on=False)
    announcer.say("A dog.")
    announcer.say_aloud("A cat.")
    assert voices.speaker.wait_until_idle(5)
    assert (voices.own, voices.presented) == ([], [])
    announcer.say("A bird.", is_asked=True)
    assert voices.speaker.wait_until_idle(5)
    assert voices.own == ["A bird."]


def test_what_the_reader_would_not_hear_is_said_otherwise_and_once(scene: Scene) -> None:
    said: list[str] = []
    route = ReaderRoute(scene.window, said.append)
    other = QPushButton("Another program")
    other.show()
    other.activateWindow()
    wait_for(lambda: QApplication.activeWindow() is other)
    other.clearFocus()
    route.present("A dog.", False)
    route.present("A cat.", False)
    wait_for(lambda: len(said) == 2)
    assert said == ["A dog.", "A cat."]
    other.deleteLater()


def test_in_the_window_it_is_left_to_the_reader(scene: Scene) -> None:
    said: list[str] = []
    route = ReaderRoute(scene.window, said.append)
    focus = QApplication.focusWidget()
    assert focus is not None
    route.present("A dog.", False)
    route.present("A cat.", True)
    wait_for(lambda: route.is_idle)
    assert said == []
    assert focus.accessibleDescription() == ""
