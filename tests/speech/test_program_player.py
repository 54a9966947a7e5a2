"""The player for computers without miniaudio: the same voice through a program of the system."""

from __future__ import annotations

import shutil
import threading
import time

import pytest

from desktop_app.bench.null_sink import Recorder
from desktop_app.speech.engine import EngineUnusable, Outcome, SpeechOptions
from desktop_app.speech.espeak_engine import EspeakEngine
from desktop_app.speech.program_player import PROGRAMS, ProgramPlayer
from tests.helpers.hearing import Ear
from tests.speech.conftest import MakeSpeaker, Told

pytestmark = pytest.mark.speech

CAPTION = "two cats are sleeping on a sofa"
LONG = "a woman with a green umbrella waits at the corner while many people cross the wet street in front of her"
OPTIONS = SpeechOptions(rate=300)


@pytest.fixture(params=PROGRAMS, ids=[program[0] for program in PROGRAMS])
def engine(request: pytest.FixtureRequest, alsa_to_pulse: None) -> EspeakEngine:
    """The voice through one of the programs."""
    if shutil.which(request.param[0]) is None:
        pytest.skip(f"{request.param[0]} is missing: apt-get install pulseaudio-utils alsa-utils")
    return EspeakEngine(player=ProgramPlayer([request.param]))


def test_a_caption_is_heard_and_the_next_is_silent_when_stopped(
    engine: EspeakEngine, sound: Recorder, make_speaker: MakeSpeaker, told: Told
) -> None:
    assert engine.is_available().is_usable
    speaker = make_speaker([lambda: engine], OPTIONS)
    mark = sound.mark()
    speaker.say(CAPTION)
    assert speaker.wait_until_idle(15)
    sound.wait_for_length(sound.mark(), 0.1)
    Ear([CAPTION], OPTIONS.rate).expect(sound.since(mark), [CAPTION])
    mark = sound.mark()
    utterance = speaker.say(LONG)
    sound.wait_for_sound(mark)
    stopped_at = time.monotonic()
    speaker.stop()
    sound.wait_for_quiet(0.4)
    assert sound.last_sound(mark) - stopped_at < 0.2
    assert speaker.wait_until_idle(1)
    assert (utterance.outcome, told.of("spoken")) == (Outcome.STOPPED, [CAPTION])


@pytest.mark.faults
def test_without_a_sound_device_each_program_says_so(no_sound: None) -> None:
    for program in PROGRAMS:
        if shutil.which(program[0]) is not None:
            with pytest.raises(EngineUnusable, match=r"^No sound device can be opened\. Connect "):
                ProgramPlayer([program]).check()


@pytest.mark.faults
def test_without_a_program_the_remedy_is_a_package() -> None:
    with pytest.raises(EngineUnusable, match=r"^There is no program that plays sound\. Install the package "):
        ProgramPlayer([("no-such-player",)]).check()


@pytest.mark.faults
def test_a_program_that_takes_nothing_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop_app.speech.program_player._STALL_SECONDS", 0.3)
    with pytest.raises(EngineUnusable, match="No sound device"):
        ProgramPlayer([("sleep", "1000")]).play([bytes(200_000)], 22050, threading.Event())
