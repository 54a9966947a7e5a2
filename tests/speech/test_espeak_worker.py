"""The child process that holds eSpeak NG, talked to through its pipes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from desktop_app import child, pipes
from desktop_app.speech import frames

CAPTION = "a brown dog is running on a beach"


class Talk:
    """A worker and the number of the last request."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process, self.requests, self.answers = process, process.stdin, process.stdout
        self.number = 0

    def read(self) -> tuple[bytes, bytes]:
        """The next frame; fails the test when the worker has ended."""
        frame = pipes.read_frame(self.answers)
        assert frame is not None
        return frame

    def ask(self, text: str, **options: object) -> None:
        """Send a request to speak."""
        self.number += 1
        usual = {"voice": None, "rate": 175, "pitch": 50, "volume": 100}
        pipes.write_request(self.requests, {"do": "speak", "number": self.number, "text": text, **usual, **options})

    def speak(self, text: str, **options: object) -> bytes:
        """All samples of a text."""
        self.ask(text, **options)
        return self.rest()

    def rest(self) -> bytes:
        """The samples up to the end of the request."""
        samples = b""
        while (frame := self.read())[0] != frames.END:
            assert frame[0] == frames.AUDIO
            samples += frame[1]
        return samples


@contextmanager
def running_worker() -> Iterator[Talk]:
    process = child.start_worker("desktop_app.speech.espeak_worker")
    try:
        yield Talk(process)
    finally:
        child.kill_group(process)
        child.release(process)


@pytest.fixture
def worker() -> Iterator[Talk]:
    """A worker that is ready."""
    with running_worker() as talk:
        kind, payload = talk.read()
        assert (kind, json.loads(payload)["sample_rate"]) == (frames.READY, 22050)
        yield talk


def test_a_caption_becomes_one_to_three_seconds_of_sound(worker: Talk) -> None:
    assert 1.0 < len(worker.speak(CAPTION)) / 2 / 22050 < 3.0


def test_a_higher_rate_is_shorter(worker: Talk) -> None:
    slow, usual, fast = (len(worker.speak(CAPTION, rate=rate)) for rate in (90, 175, 350))
    assert slow > 1.5 * usual
    assert usual > 1.5 * fast


def test_volume_zero_is_silence(worker: Talk) -> None:
    assert set(worker.speak(CAPTION, volume=0)) == {0}


def test_voices_have_ids_that_can_be_spoken_with(worker: Talk) -> None:
    pipes.write_request(worker.requests, {"do": "voices"})
    kind, payload = worker.read()
    voices = {voice["id"]: voice for voice in json.loads(payload)}
    assert kind == frames.VOICES
    assert voices["gmw/en-US"] == {"id": "gmw/en-US", "name": "English (America)", "language": "en-us"}
    assert len(worker.speak("zwölf", voice="gmw/de")) != len(worker.speak("zwölf", voice="gmw/en-US"))


def test_an_unknown_voice_is_the_usual_one(worker: Talk) -> None:
    usual = len(worker.speak(CAPTION))
    worker.speak(CAPTION, voice="gmw/de")
    assert len(worker.speak(CAPTION, voice="no such voice")) == pytest.approx(usual, rel=0.01)


def test_markup_and_phoneme_codes_are_text(worker: Talk) -> None:
    assert len(worker.speak('a <break time="9s"/> dog')) > len(worker.speak("a dog"))
    assert len(worker.speak("a [[d0g]] dog")) > len(worker.speak("a dog"))


def test_a_zero_does_not_end_the_text(worker: Talk) -> None:
    assert len(worker.speak("a brown\0dog")) == pytest.approx(len(worker.speak("a brown dog")), rel=0.02)


def test_half_a_surrogate_pair_does_no_harm(worker: Talk) -> None:
    assert len(worker.speak("a dog \ud83d")) >= len(worker.speak("a dog"))


def test_a_cancelled_request_ends_early_and_the_next_is_whole(worker: Talk) -> None:
    whole = len(worker.speak(CAPTION))
    worker.ask((CAPTION + ". ") * 300)
    assert worker.read()[0] == frames.AUDIO
    pipes.write_request(worker.requests, {"do": "cancel", "number": worker.number})
    assert len(worker.rest()) < 150 * whole
    assert len(worker.speak(CAPTION)) == pytest.approx(whole, rel=0.01)


def test_a_request_cancelled_before_its_turn_makes_no_sound(worker: Talk) -> None:
    worker.ask((CAPTION + ". ") * 300)
    worker.ask(CAPTION)
    pipes.write_request(worker.requests, {"do": "cancel", "number": worker.number})
    worker.rest()
    assert worker.rest() == b""


def test_it_ends_with_its_standard_input(worker: Talk) -> None:
    worker.requests.close()
    assert worker.process.wait(5) == 0


def test_it_ends_in_the_middle_of_a_text_that_nobody_reads(worker: Talk) -> None:
    worker.ask((CAPTION + ". ") * 300)
    worker.read()
    worker.requests.close()
    assert worker.process.wait(5) == 0


def test_a_long_path_does_no_harm(espeak_with_long_path: Path) -> None:
    with running_worker() as talk:
        assert talk.read()[0] == frames.READY
        assert len(talk.speak(CAPTION)) > 44100


@pytest.mark.faults
def test_without_the_library_it_says_so(espeak_absent: Path) -> None:
    with running_worker() as talk:
        kind, payload = talk.read()
        assert (kind, json.loads(payload)) == (frames.FAILURE, {"reason": frames.NO_LIBRARY})
        assert talk.process.wait(5) == 0


@pytest.mark.faults
def test_without_voice_data_it_says_so(espeak_without_data: Path) -> None:
    with running_worker() as talk:
        kind, payload = talk.read()
        assert (kind, json.loads(payload)) == (frames.FAILURE, {"reason": frames.NO_VOICE_DATA})
        assert talk.process.wait(5) == 0
