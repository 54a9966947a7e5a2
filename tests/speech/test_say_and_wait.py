"""A program that speaks and is interrupted, or killed: silence, and nothing left running."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from desktop_app.bench.null_sink import Recorder
from tests.helpers.processes import children, command_line, is_running
from tests.helpers.waiting import wait_until

pytestmark = [
    pytest.mark.speech,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc and a sound server of Linux"),
]

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import sys
from desktop_app.speech.engine import EngineKind
from desktop_app.speech.engines import engine_factories
from desktop_app.speech.speaker import Speaker, say_and_wait
factories = engine_factories(EngineKind(sys.argv[1]))
text = sys.stdin.read()
if sys.argv[2] == "wait":
    print(say_and_wait(text, factories, on_problem=print).value)
else:  # a program that forgets to close its speaker
    speaker = Speaker(factories)
    speaker.say(text)
    sys.stdin = open(sys.argv[2])
    sys.stdin.read()
"""
TEXT = "a woman with a green umbrella waits at the corner while many people cross the wet street in front of her"


@contextmanager
def program(engine: str, then: str, text: str = TEXT) -> Iterator[subprocess.Popen[str]]:
    """A program that says the text and then waits for the end of it, or reads a file."""
    command = [sys.executable, "-c", SCRIPT, engine, then]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as process:
        assert process.stdin is not None
        process.stdin.write(text)
        process.stdin.close()
        process.stdin = None  # for `communicate`
        try:
            yield process
        finally:
            process.kill()


def silent_after(sound: Recorder, mark: int, moment: float) -> float:
    """Seconds from the moment to the last sound."""
    sound.wait_for_length(sound.mark(), 0.5)
    return sound.last_sound(mark) - moment


def test_ctrl_c_is_silence_and_the_caller_is_told(sound: Recorder) -> None:
    mark = sound.mark()
    with program("espeak", "wait") as process:
        sound.wait_for_sound(mark)
        workers = children(process.pid)
        interrupted_at = time.monotonic()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=5)
    assert silent_after(sound, mark, interrupted_at) < 0.2
    assert output == ""
    assert errors.rstrip().endswith("KeyboardInterrupt")
    wait_until(lambda: not any(map(is_running, workers)))


@pytest.mark.parametrize("engine", ["espeak", "pyttsx3"])
def test_a_program_that_is_killed_leaves_silence_and_no_process(
    engine: str, alsa_to_pulse: None, sound: Recorder
) -> None:
    mark = sound.mark()
    with program(engine, "wait") as process:
        sound.wait_for_sound(mark)
        workers = children(process.pid)
        assert [line for line in map(command_line, workers) if "umbrella" in line] == []
        killed_at = time.monotonic()
        process.kill()
        assert silent_after(sound, mark, killed_at) < 0.5
    assert workers
    wait_until(lambda: not any(map(is_running, workers)))
    assert list(Path("/dev/shm").glob("descry-*")) == []


def test_a_speaker_that_is_not_closed_does_not_crash_the_end(sound: Recorder, tmp_path: Path) -> None:
    fifo = tmp_path / "wait"
    subprocess.run(["mkfifo", fifo], check=True)
    mark = sound.mark()
    with program("espeak", str(fifo)) as process:
        sound.wait_for_sound(mark)
        fifo.write_text("", encoding="ascii")  # its main thread ends in the middle of the sentence
        output, errors = process.communicate(timeout=5)
    assert (process.returncode, output, errors) == (0, "", "")


def test_a_sentence_is_said_to_its_end(sound: Recorder) -> None:
    with program("espeak", "wait", "A dog.") as process:
        output, errors = process.communicate(timeout=30)
    assert (process.returncode, output, errors) == (0, "spoken\n", "")
