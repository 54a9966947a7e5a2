"""The child process that alone loads eSpeak NG (GPL-3): requests on standard input, samples on standard output."""

from __future__ import annotations

import ctypes
import json
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from typing import IO, Any

from desktop_app import pipes
from desktop_app.speech import frames

# From espeak-ng/speak_lib.h.
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_POSITION_CHARACTER = 1
_RATE, _VOLUME, _PITCH = 1, 2, 3
_CHUNK_MILLISECONDS = 50
_USUAL_VOICE = "en"

_SynthCallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class _VoiceStruct(ctypes.Structure):
    """The head of `espeak_VOICE`; the rest is not read."""

    _fields_ = (("name", ctypes.c_char_p), ("languages", ctypes.c_void_p), ("identifier", ctypes.c_char_p))


class WorkerFailureError(Exception):
    """eSpeak NG cannot be used here; the argument is one of the reasons in `frames`."""


def _libraries() -> Iterator[tuple[str, str | None]]:
    """Path of the library and of its data; the wheel first, because its version is the one that was tested."""
    try:
        import espeakng_loader
    except ImportError:
        pass
    else:
        yield espeakng_loader.get_library_path(), espeakng_loader.get_data_path()
    system = {"win32": "libespeak-ng.dll", "darwin": "libespeak-ng.dylib"}.get(sys.platform, "libespeak-ng.so.1")
    yield system, None


class Library:
    """eSpeak NG by ctypes. One a process: its state is global."""

    def __init__(self) -> None:
        """Raises `WorkerFailureError`."""
        self._library, data = self._load()
        self._take: Callable[[bytes], bool] = lambda _: False
        self._callback = _SynthCallback(self._on_samples)  # kept: the library holds only its address
        self.sample_rate = int(self._initialize(data))
        if self.sample_rate <= 0:
            raise WorkerFailureError(frames.NO_VOICE_DATA)
        self._library.espeak_SetSynthCallback(self._callback)

    def _load(self) -> tuple[ctypes.CDLL, str | None]:
        for path, data in _libraries():
            try:
                return ctypes.CDLL(path), data
            except OSError:
                pass  # the next one
        raise WorkerFailureError(frames.NO_LIBRARY)

    def _initialize(self, data: str | None) -> int:
        # Relative, because the library keeps at most 160 bytes of the path.
        if data:
            os.chdir(data)
        mode, buffer, flags = _AUDIO_OUTPUT_SYNCHRONOUS, _CHUNK_MILLISECONDS, _INITIALIZE_DONT_EXIT
        rate: int = self._library.espeak_Initialize(mode, buffer, b"." if data else None, flags)
        return rate

    @property
    def version(self) -> str:
        self._library.espeak_Info.restype = ctypes.c_char_p
        return str(self._library.espeak_Info(None).decode("utf-8", "replace"))

    def _on_samples(self, samples: Any, count: int, _events: Any) -> int:
        goes_on = self._take(ctypes.string_at(samples, 2 * count)) if samples and count > 0 else self._take(b"")
        return 0 if goes_on else 1

    def synthesise(self, request: dict[str, Any], take: Callable[[bytes], bool]) -> None:
        """Give the samples to `take` piece by piece until it answers False."""
        self._take = take
        voice = (request["voice"] or _USUAL_VOICE).encode()
        if self._library.espeak_SetVoiceByName(voice) != 0:
            self._library.espeak_SetVoiceByName(_USUAL_VOICE.encode())
        for parameter, name in ((_RATE, "rate"), (_PITCH, "pitch"), (_VOLUME, "volume")):
            self._library.espeak_SetParameter(parameter, int(request[name]), 0)
        # No SSML and no phoneme codes: a text is said as it stands. A zero would end it early.
        text = request["text"].replace("\0", " ").encode("utf-8", "replace") + b"\0"
        self._library.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, _POSITION_CHARACTER, 0, _CHARS_UTF8, None, None)

    def voices(self) -> list[dict[str, str]]:
        """All but the voices of MBROLA, which need a program of their own."""
        self._library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_VoiceStruct))
        listed = self._library.espeak_ListVoices(None)
        found: list[dict[str, str]] = []
        index = 0
        while listed[index]:
            voice = listed[index].contents
            index += 1
            identifier = voice.identifier.decode("utf-8", "replace")
            if identifier.startswith("mb/"):
                continue
            # A byte of priority stands before the first language.
            language = ctypes.string_at(voice.languages + 1).decode("utf-8", "replace") if voice.languages else ""
            found.append({"id": identifier, "name": voice.name.decode("utf-8", "replace"), "language": language})
        return found


class Worker:
    """Takes requests one after another; a thread reads ahead, so that a cancellation overtakes."""

    def __init__(self, requests: IO[bytes], answers: IO[bytes]) -> None:
        self._requests, self._answers = requests, answers
        self._waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._cancelled = 0
        """Requests up to this number are cancelled."""

    def run(self) -> None:
        """Until standard input ends, which ends the process."""
        try:
            library = Library()
        except WorkerFailureError as failure:
            pipes.write_frame(self._answers, frames.FAILURE, json.dumps({"reason": str(failure)}).encode())
            return
        ready = {"sample_rate": library.sample_rate, "version": library.version}
        pipes.write_frame(self._answers, frames.READY, json.dumps(ready).encode())
        threading.Thread(target=self._read, name="requests", daemon=True).start()
        while True:
            self._answer(library, self._waiting.get())

    def _read(self) -> None:
        while (request := pipes.read_request(self._requests)) is not None:
            if request["do"] == "cancel":
                self._cancelled = int(str(request["number"]))
            else:
                self._waiting.put(request)
        # The program has ended, perhaps by force: nobody waits for what is being made here.
        os._exit(0)

    def _answer(self, library: Library, request: dict[str, Any]) -> None:
        if request["do"] == "voices":
            pipes.write_frame(self._answers, frames.VOICES, json.dumps(library.voices()).encode())
            return

        def take(samples: bytes) -> bool:
            if request["number"] > self._cancelled and samples:
                pipes.write_frame(self._answers, frames.AUDIO, samples)
            return bool(request["number"] > self._cancelled)

        if request["number"] > self._cancelled:
            library.synthesise(request, take)
        pipes.write_frame(self._answers, frames.END)


def main() -> None:
    """Run until the program that started this one lets go of the pipe."""
    # What a library prints must not get between the frames.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    try:
        Worker(sys.stdin.buffer, answers).run()
    except BrokenPipeError:
        os._exit(0)  # the program has ended


if __name__ == "__main__":
    main()
