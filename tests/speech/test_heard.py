"""What is really heard: a real voice on a sound server that plays to nobody, recorded and compared."""

from __future__ import annotations

import logging
import time

import pytest

from desktop_app.bench.null_sink import Recorder
from desktop_app.speech.engine import EngineKind, Outcome, SpeechOptions
from desktop_app.speech.engines import engine_factories, survey_engines
from desktop_app.speech.speaker import Speaker
from tests.helpers.hearing import Ear
from tests.speech.conftest import MakeSpeaker, Told

pytestmark = pytest.mark.speech

CAPTIONS = [
    "a brown dog is running on a beach",
    "two cats are sleeping on a sofa",
    "a red bus is driving down a city street",
    "Likely: a man in a blue shirt is riding a bicycle.",
    "The picture is empty.",
]
LONG = "a woman with a green umbrella waits at the corner while many people cross the wet street in front of her"
RATE = 300
"""Words per minute: the tests take half as long as at the usual rate."""
STOP_SECONDS = 0.2


@pytest.fixture(scope="module")
def ear() -> Ear:
    """Knows all captions of this module."""
    return Ear([*CAPTIONS, LONG], RATE)


@pytest.fixture
def speaker(sound: Recorder, make_speaker: MakeSpeaker) -> Speaker:
    """The usual engine of Linux, heard on the null sink."""
    return make_speaker(engine_factories(EngineKind.ESPEAK), SpeechOptions(rate=RATE))


def expect_since(mark: int, sound: Recorder, ear: Ear, texts: list[str]) -> None:
    """Just these were heard by now, the sound on its way included."""
    sound.wait_for_length(sound.mark(), 0.1)
    ear.expect(sound.since(mark), texts)


def test_each_caption_is_heard_and_no_other_and_the_log_does_not_hold_it(
    speaker: Speaker, sound: Recorder, ear: Ear, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for caption in CAPTIONS[3:]:
        mark = sound.mark()
        speaker.say(caption)
        assert speaker.wait_until_idle(15)
        expect_since(mark, sound, ear, [caption])
    assert told.of("spoken") == CAPTIONS[3:]
    assert "bicycle" not in caplog.text
    assert told.of("problem") == []


def test_what_waits_is_heard_in_order(speaker: Speaker, sound: Recorder, ear: Ear) -> None:
    mark = sound.mark()
    for caption in CAPTIONS[:2]:
        speaker.say(caption, interrupt=False)
    assert speaker.wait_until_idle(15)
    expect_since(mark, sound, ear, CAPTIONS[:2])


def test_of_twenty_rapid_requests_only_the_last_is_heard(
    speaker: Speaker, sound: Recorder, ear: Ear, told: Told
) -> None:
    mark = sound.mark()
    for index in range(20):
        speaker.say(CAPTIONS[index % 4])
        sound.wait_for_length(sound.mark(), 0.03)  # as fast as a key repeats
    speaker.say(CAPTIONS[4])
    assert speaker.wait_until_idle(15)
    expect_since(mark, sound, ear, [CAPTIONS[4]])
    assert told.of("spoken") == [CAPTIONS[4]]


@pytest.mark.parametrize("after", [0.05, 0.5, 1.2])
def test_stop_is_silence_at_once(speaker: Speaker, sound: Recorder, ear: Ear, told: Told, after: float) -> None:
    mark = sound.mark()
    utterance = speaker.say(LONG)
    sound.wait_for_sound(mark)
    sound.wait_for_length(mark, after)
    stopped_at = time.monotonic()
    speaker.stop()
    assert time.monotonic() - stopped_at < 0.05
    sound.wait_for_length(sound.mark(), 0.5)
    assert sound.last_sound(mark) - stopped_at < STOP_SECONDS
    assert speaker.wait_until_idle(1)
    assert utterance.outcome is Outcome.STOPPED
    ear.expect(sound.since(mark), [])
    assert told.of("spoken") == []


def test_a_new_sentence_takes_the_place_of_the_old_one(speaker: Speaker, sound: Recorder, ear: Ear, told: Told) -> None:
    mark = sound.mark()
    speaker.say(LONG)
    sound.wait_for_sound(mark)
    speaker.say(CAPTIONS[0])
    assert speaker.wait_until_idle(15)
    expect_since(mark, sound, ear, [CAPTIONS[0]])
    assert told.of("spoken") == [CAPTIONS[0]]


def test_the_end_of_the_program_ends_the_sentence(speaker: Speaker, sound: Recorder, ear: Ear, told: Told) -> None:
    mark = sound.mark()
    speaker.say(LONG)
    sound.wait_for_sound(mark)
    closed_at = time.monotonic()
    speaker.close()
    assert time.monotonic() - closed_at < 1.0
    sound.wait_for_length(sound.mark(), 0.5)
    assert sound.last_sound(mark) - closed_at < STOP_SECONDS
    ear.expect(sound.since(mark), [])
    assert told.of("spoken") == []


def test_rate_and_volume_are_heard(speaker: Speaker, sound: Recorder, ear: Ear) -> None:
    usual = Ear([CAPTIONS[2]])
    speaker.set_options(SpeechOptions())
    mark = sound.mark()
    speaker.say(CAPTIONS[2])
    assert speaker.wait_until_idle(15)
    expect_since(mark, sound, usual, [CAPTIONS[2]])
    speaker.set_options(SpeechOptions(rate=450, volume=0))
    mark = sound.mark()
    speaker.say(CAPTIONS[2])
    assert speaker.wait_until_idle(15)
    expect_since(mark, sound, ear, [])


def test_the_survey_finds_the_voice_and_its_voices(sound: Recorder) -> None:
    reports = {report.kind: report for report in survey_engines(EngineKind.ESPEAK)}
    espeak = reports[EngineKind.ESPEAK]
    assert espeak.is_chosen
    assert espeak.availability.is_usable
    assert {"gmw/en-US", "gmw/de", "sit/cmn"} <= {voice.id for voice in espeak.voices}
    assert [report.kind for report in reports.values() if report.is_chosen] == [EngineKind.ESPEAK]
