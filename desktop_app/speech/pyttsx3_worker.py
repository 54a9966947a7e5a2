"""The child process that alone imports pyttsx3: says one text, or lists the voices, and ends."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from typing import IO, Any

from desktop_app import pipes
from desktop_app.speech import frames

_IS_LINUX = sys.platform.startswith("linux")


class WorkerFailureError(Exception):
    """It cannot be heard; the argument is one of the reasons in `frames`."""


def _preload_espeak() -> None:
    """Let pyttsx3 find eSpeak NG on Linux: the system's if there is one, else the one that came as a Python package."""
    try:
        ctypes.CDLL("libespeak-ng.so.1")
        return
    except OSError:
        pass  # the next one
    try:
        import espeakng_loader
    except ImportError:
        return  # pyttsx3 also knows the older eSpeak
    # Relative, because the library keeps at most 160 bytes of the path.
    os.chdir(espeakng_loader.get_data_path())
    os.environ["ESPEAK_DATA_PATH"] = "."
    # By its soname, so that pyttsx3's own attempt to load `libespeak-ng.so.1` gets this one.
    ctypes.CDLL(espeakng_loader.get_library_path(), mode=ctypes.RTLD_GLOBAL)


def _make_engine() -> Any:
    """Raises `WorkerFailureError`."""
    if _IS_LINUX:
        _preload_espeak()
    try:
        import pyttsx3
    except ImportError as error:
        raise WorkerFailureError(frames.NO_PACKAGE) from error
    try:
        return pyttsx3.init()
    except Exception as error:  # drivers raise whatever their system's interface does
        raise WorkerFailureError(frames.NO_LIBRARY) from error


def _check_aplay() -> None:
    """pyttsx3 plays through `aplay` on Linux and does not notice when that fails. Raises `WorkerFailureError`."""
    aplay = shutil.which("aplay")
    if aplay is None:
        raise WorkerFailureError(frames.NO_APLAY)
    one_sample = [aplay, "-q", "-t", "raw", "-f", "S16_LE", "-r", "22050", "-s", "1", "/dev/zero"]
    if subprocess.run(one_sample, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode != 0:
        raise WorkerFailureError(frames.NO_SOUND)


def _watch_commands() -> list[int]:
    """The exit statuses of what pyttsx3 starts by `os.system` from now on: it looks at none of them itself."""
    statuses: list[int] = []
    run = os.system

    def run_and_remember(command: str) -> int:
        statuses.append(run(command))
        return statuses[-1]

    os.system = run_and_remember  # type: ignore[assignment]  # no driver gives it bytes
    return statuses


def list_voices() -> list[dict[str, str]]:
    """All voices of the system. Raises `WorkerFailureError`."""
    engine = _make_engine()
    if _IS_LINUX:
        _check_aplay()
    voices = []
    for voice in engine.getProperty("voices"):
        language = voice.languages[0] if voice.languages else ""
        tag = language.decode("utf-8", "replace") if isinstance(language, bytes) else str(language)
        voices.append({"id": voice.id, "name": voice.name, "language": tag.strip("\x05\x02\0")})
    return voices


def say(request: dict[str, Any], answers: IO[bytes]) -> None:
    """Block until the text has been heard. Raises `WorkerFailureError`."""
    statuses = _watch_commands()
    engine = _make_engine()
    is_finished = threading.Event()
    # `runAndWait` may return before anything has been said: only this event tells.
    engine.connect("finished-utterance", lambda **_: is_finished.set())
    if request["voice"]:
        engine.setProperty("voice", request["voice"])
    engine.setProperty("rate", request["rate"])
    engine.setProperty("volume", request["volume"] / 100)
    if _IS_LINUX:
        engine.setProperty("pitch", request["pitch"])  # other drivers have none
    pipes.write_frame(answers, frames.READY)
    engine.say(request["text"])
    engine.runAndWait()
    is_finished.wait()
    if any(statuses):
        raise WorkerFailureError(frames.NO_SOUND)


def _end_with_program(requests: IO[bytes]) -> None:
    """The program has ended, perhaps by force: fall silent and leave nothing of the text behind."""
    while requests.read(1):
        pass
    shutil.rmtree(os.environ.get("DESCRY_WORKER_TEMP", os.devnull), ignore_errors=True)
    if os.name == "posix":
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def main() -> None:
    """Do the one request on standard input."""
    # What libraries print must not get between the frames.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    request = pipes.read_request(sys.stdin.buffer)
    if request is None:
        return
    threading.Thread(target=_end_with_program, args=(sys.stdin.buffer,), name="program", daemon=True).start()
    try:
        if request["do"] == "voices":
            pipes.write_frame(answers, frames.VOICES, json.dumps(list_voices()).encode())
        else:
            say(request, answers)
            pipes.write_frame(answers, frames.END)
    except WorkerFailureError as failure:
        pipes.write_frame(answers, frames.FAILURE, json.dumps({"reason": str(failure)}).encode())
    except BrokenPipeError:
        pass  # the program has ended
    # Drivers leave threads behind that would keep the process.
    os._exit(0)


if __name__ == "__main__":
    main()
