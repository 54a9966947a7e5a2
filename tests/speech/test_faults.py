"""Something is broken on purpose: the voice is mended or replaced, in one sentence, and goes on."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from desktop_app.bench.null_sink import NullSink, Recorder
from desktop_app.speech.engine import Outcome, SpeechOptions
from desktop_app.speech.engines import engine_factories
from desktop_app.speech.espeak_engine import EspeakEngine, split_text
from desktop_app.speech.player import Player
from desktop_app.speech.silent_engine import SilentEngine
from tests.conftest import StrictLog
from tests.helpers.hearing import Ear
from tests.helpers.processes import is_running
from tests.helpers.waiting import wait_until
from tests.speech.conftest import MakeSpeaker, Told, point_to, skip_without_sound_server

pytestmark = [pytest.mark.faults, pytest.mark.speech]

CAPTION = "a brown dog is running on a beach"
OTHER = "two cats are sleeping on a sofa"
OPTIONS = SpeechOptions(rate=300)
CONNECT = "Connect a loudspeaker or headphones and check that another program can be heard."
INSTALL = "Run start.py again, or install the package espeak-ng."


@pytest.fixture(scope="module")
def ear() -> Ear:
    """Knows both captions."""
    return Ear([CAPTION, OTHER], OPTIONS.rate)


def worker_of(engine: EspeakEngine) -> int:
    """The process that synthesises."""
    assert engine.worker_pid is not None
    return engine.worker_pid


def test_without_a_sound_device_one_sentence_tells_it(
    no_sound: None, make_speaker: MakeSpeaker, told: Told, strict_log: StrictLog, capfd: pytest.CaptureFixture[str]
) -> None:
    strict_log.expect("speech by silent: No sound device can be opened")
    speaker = make_speaker(engine_factories())
    utterances = [speaker.say(text, interrupt=False) for text in (CAPTION, OTHER)]
    assert speaker.wait_until_idle(30)
    assert told.of("problem") == [f"Nothing can be spoken now. No sound device can be opened. {CONNECT}"]
    assert told.of("failed") == [CAPTION, OTHER]
    assert [utterance.outcome for utterance in utterances] == [Outcome.SILENT, Outcome.SILENT]
    assert capfd.readouterr() == ("", "")  # ALSA is quiet about it


def test_without_espeak_the_next_engine_is_looked_at(
    espeak_absent: Path, sound: Recorder, make_speaker: MakeSpeaker, told: Told, strict_log: StrictLog
) -> None:
    strict_log.expect("speech by silent: The voice eSpeak NG is not installed")
    speaker = make_speaker(engine_factories())
    speaker.say(CAPTION)
    assert speaker.wait_until_idle(30)
    assert told.of("problem") == [f"Nothing can be spoken now. The voice eSpeak NG is not installed. {INSTALL}"]
    assert told.of("failed") == [CAPTION]


@pytest.mark.parametrize("harm", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_a_worker_that_dies_or_hangs_while_idle_is_replaced(
    harm: signal.Signals, sound: Recorder, make_speaker: MakeSpeaker, told: Told, ear: Ear, strict_log: StrictLog
) -> None:
    strict_log.expect("worker was lost")
    engine = EspeakEngine(patience=1.0)
    engine.prepare()
    first_worker = worker_of(engine)
    speaker = make_speaker([lambda: engine, SilentEngine], OPTIONS)
    os.kill(first_worker, harm)
    mark = sound.mark()
    speaker.say(CAPTION)
    assert speaker.wait_until_idle(30)
    sound.wait_for_length(sound.mark(), 0.1)
    ear.expect(sound.since(mark), [CAPTION])
    assert told.of("spoken") == [CAPTION]
    assert told.of("problem") == []
    assert not is_running(first_worker)
    assert worker_of(engine) != first_worker


@pytest.mark.parametrize("harm", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_a_worker_that_dies_or_hangs_while_speaking_is_replaced_and_the_text_begins_anew(
    harm: signal.Signals, sound: Recorder, make_speaker: MakeSpeaker, ear: Ear, strict_log: StrictLog
) -> None:
    strict_log.expect("worker was lost")
    engine = EspeakEngine(patience=1.0)
    speaker = make_speaker([lambda: engine, SilentEngine], OPTIONS)
    mark = sound.mark()
    speaker.say(". ".join([CAPTION, *["and so on and on and on"] * 400]))  # far more than waits anywhere to be played
    sound.wait_for_sound(mark)
    first_worker = worker_of(engine)
    os.kill(first_worker, harm)
    wait_until(lambda: engine.worker_pid not in (first_worker, None), 20)
    mark = sound.mark()
    sound.wait_for_length(mark, 2.2)
    ear.expect(sound.since(mark), [CAPTION])
    speaker.stop()
    assert speaker.wait_until_idle(2)
    assert not is_running(first_worker)


def test_stop_does_not_wait_for_a_worker_that_hangs(
    sound: Recorder, make_speaker: MakeSpeaker, told: Told, ear: Ear
) -> None:
    engine = EspeakEngine()
    engine.prepare()
    speaker = make_speaker([lambda: engine, SilentEngine], OPTIONS)
    os.kill(worker_of(engine), signal.SIGSTOP)
    speaker.say(CAPTION)
    wait_until(lambda: told.of("started"))
    asked_at = time.monotonic()
    mark = sound.mark()
    speaker.say(OTHER)
    assert sound.wait_for_sound(mark) - asked_at < 1.5
    assert speaker.wait_until_idle(10)
    sound.wait_for_length(sound.mark(), 0.1)
    ear.expect(sound.since(mark), [OTHER])
    assert told.of("spoken") == [OTHER]


def test_an_engine_that_always_hangs_is_replaced(
    sound: Recorder,
    make_speaker: MakeSpeaker,
    told: Told,
    espeak_that_hangs: Path,
    strict_log: StrictLog,
) -> None:
    strict_log.expect("speech by silent: The voice eSpeak NG started, but does not answer")
    speaker = make_speaker([lambda: EspeakEngine(patience=0.3), SilentEngine])
    speaker.say(CAPTION)
    assert speaker.wait_until_idle(10)
    reason = "The voice eSpeak NG started, but does not answer."
    assert told.of("problem") == [f"Nothing can be spoken now. {reason} {INSTALL}"]


def test_when_the_sound_server_dies_it_is_told_and_after_repair_the_voice_is_back(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    make_speaker: MakeSpeaker,
    told: Told,
    ear: Ear,
    strict_log: StrictLog,
) -> None:
    skip_without_sound_server()
    strict_log.expect("speech by silent")
    sink = NullSink(tmp_path_factory.mktemp("q"))
    point_to(sink, monkeypatch)
    engine = EspeakEngine(player=Player(stall_seconds=1.0))
    speaker = make_speaker([lambda: engine, SilentEngine], OPTIONS, look_again=0.0)
    with sink, Recorder(sink) as recorder:
        mark = recorder.mark()
        cut_off = speaker.say(f"{CAPTION}, {OTHER}")
        recorder.wait_for_sound(mark)
        sink.stop()
        assert speaker.wait_until_idle(20)
    assert cut_off.outcome is Outcome.SILENT
    reason = "The sound device stopped in the middle of a sentence."
    assert told.of("problem") == [f"Nothing can be spoken now. {reason} {CONNECT}"]
    with sink, Recorder(sink) as recorder:
        mark = recorder.mark()
        speaker.say(OTHER)
        assert speaker.wait_until_idle(20)
        recorder.wait_for_length(recorder.mark(), 0.1)
        ear.expect(recorder.since(mark), [OTHER])
    assert told.of("spoken") == [OTHER]


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("", 10, []),
        ("  short \n", 10, ["short"]),
        ("One two. Three four. Five", 20, ["One two.", "Three four. Five"]),
        ("one two three four", 10, ["one two", "three four"]),
        ("a" * 25, 10, ["a" * 10, "a" * 10, "a" * 5]),
    ],
)
def test_a_long_text_is_cut_where_it_is_least_heard(text: str, limit: int, pieces: list[str]) -> None:
    assert split_text(text, limit) == pieces
