"""pyttsx3 for real: heard in full, silenced by ending its process, and nothing of the words left behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from desktop_app.bench.null_sink import Recorder
from desktop_app.speech.engine import EngineKind, Outcome, SpeechOptions
from desktop_app.speech.pyttsx3_engine import Pyttsx3Engine
from desktop_app.speech.silent_engine import SilentEngine
from tests.conftest import StrictLog
from tests.helpers.hearing import Ear
from tests.helpers.processes import children, command_line, is_running
from tests.helpers.waiting import wait_until
from tests.speech.conftest import MakeSpeaker, Told

pytestmark = [
    pytest.mark.speech,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc, /dev/shm and a sound server of Linux"),
]

CAPTIONS = ["a brown dog is running on a beach", "two cats are sleeping on a sofa"]
LONG = "a woman with a green umbrella waits at the corner while many people cross the wet street in front of her"
OPTIONS = SpeechOptions(rate=300)


def left_behind() -> list[str]:
    """Folders in which the speech of a sentence may stand for as long as it is said."""
    return [path.name for path in Path("/dev/shm").glob("descry-*")]


def test_sentences_are_heard_to_their_end(
    alsa_to_pulse: None, sound: Recorder, make_speaker: MakeSpeaker, told: Told
) -> None:
    speaker = make_speaker([Pyttsx3Engine, SilentEngine], OPTIONS)
    mark = sound.mark()
    for caption in CAPTIONS:
        speaker.say(caption, interrupt=False)
    assert speaker.wait_until_idle(30)
    sound.wait_for_length(sound.mark(), 0.1)
    Ear(CAPTIONS, OPTIONS.rate).expect(sound.since(mark), CAPTIONS)
    assert told.of("spoken") == CAPTIONS
    assert (told.of("problem"), left_behind()) == ([], [])


def test_stop_is_silence_at_once_and_leaves_nothing(
    alsa_to_pulse: None, sound: Recorder, make_speaker: MakeSpeaker
) -> None:
    speaker = make_speaker([Pyttsx3Engine, SilentEngine], OPTIONS)
    mark = sound.mark()
    utterance = speaker.say(LONG)
    sound.wait_for_sound(mark)
    (worker,) = (pid for pid in children(os.getpid()) if "pyttsx3_worker" in command_line(pid))
    workers = [worker, *children(worker)]
    assert [line for line in map(command_line, workers) if "aplay" in line]
    assert [line for line in map(command_line, workers) if "umbrella" in line] == []
    stopped_at = time.monotonic()
    speaker.stop()
    assert speaker.wait_until_idle(5)
    sound.wait_for_length(sound.mark(), 0.4)
    assert sound.last_sound(mark) - stopped_at < 0.2
    Ear([LONG], OPTIONS.rate).expect(sound.since(mark), [])
    assert utterance.outcome is Outcome.STOPPED
    wait_until(lambda: not any(map(is_running, workers)))
    assert left_behind() == []


def test_its_voices_are_listed(alsa_to_pulse: None) -> None:
    engine = Pyttsx3Engine()
    assert engine.kind is EngineKind.PYTTSX3
    assert engine.is_available().is_usable
    assert "gmw/en-us" in {voice.id for voice in engine.voices()}


@pytest.mark.faults
def test_a_worker_that_was_killed_is_started_once_more(
    alsa_to_pulse: None, sound: Recorder, make_speaker: MakeSpeaker, told: Told, strict_log: StrictLog
) -> None:
    strict_log.expect("the pyttsx3 worker was lost")
    speaker = make_speaker([Pyttsx3Engine, SilentEngine], OPTIONS)
    mark = sound.mark()
    speaker.say(CAPTIONS[0])
    sound.wait_for_sound(mark)
    (worker,) = (pid for pid in children(os.getpid()) if "pyttsx3_worker" in command_line(pid))
    os.killpg(worker, signal.SIGKILL)
    sound.wait_for_length(sound.mark(), 0.05)
    mark = sound.mark()
    assert speaker.wait_until_idle(20)
    sound.wait_for_length(sound.mark(), 0.1)
    Ear(CAPTIONS, OPTIONS.rate).expect(sound.since(mark), [CAPTIONS[0]])
    assert told.of("spoken") == [CAPTIONS[0]]


@pytest.mark.faults
def test_a_worker_that_hangs_is_ended_and_told(espeak_that_hangs: Path) -> None:
    engine = Pyttsx3Engine(patience=0.4)
    assert engine.is_available().reason == "The system's voice started, but does not answer."


@pytest.mark.faults
def test_without_a_sound_device_it_says_so(no_sound: None, make_speaker: MakeSpeaker, told: Told) -> None:
    speaker = make_speaker([Pyttsx3Engine])
    speaker.say(CAPTIONS[0])
    assert speaker.wait_until_idle(20)
    assert told.of("spoken") == []
    assert told.of("failed") == [CAPTIONS[0]]


@pytest.mark.faults
def test_without_aplay_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    availability = Pyttsx3Engine().is_available()
    assert availability.sentence == (
        "The package pyttsx3 needs the program aplay to be heard. Install the package alsa-utils."
    )


@pytest.mark.faults
def test_without_any_espeak_it_says_so(espeak_absent: Path) -> None:
    availability = Pyttsx3Engine().is_available()
    assert availability.reason == "The package pyttsx3 finds no voice on this computer."
    assert availability.remedy.endswith("on Linux, install the package espeak-ng.")
