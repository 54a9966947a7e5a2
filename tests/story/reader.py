"""A real Orca whose speech is written down instead of being synthesised: what it says can be compared word by word."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from dataclasses import dataclass

from tests.helpers.waiting import wait_until
from tests.story.desktop import Desktop

PROGRAMS = {"orca": "orca", "speech-dispatcher": "speech-dispatcher"}
_START_SECONDS = 40.0
_SPEECH_DISPATCHER = """\
LogLevel 3
CommunicationMethod "unix_socket"
AudioOutputMethod "libao"
AddModule "written" "sd_generic" "written.conf"
DefaultModule written
DefaultLanguage "en"
"""
# Its reader of settings eats a backslash, so `echo`; a rare delimiter, so that no sentence is cut in two
_MODULE = """\
GenericExecuteSynth "echo $(date +%s.%3N) \\'$DATA\\' >> $SPOKEN_LOG"
GenericLanguage "en" "en" "utf-8"
AddVoice "en" "MALE1" "written"
DefaultVoice "written"
GenericMaxChunkLength 3000
GenericDelimiters "\u02e8"
"""
# Keys are not echoed: what is typed here is no matter of the program's
_PROFILE = {"profile": ["Default", "default"], "pronunciations": {}, "keybindings": {}, "enableKeyEcho": False}
_SETTINGS = {
    "general": {"startingProfile": ["Default", "default"], "enableKeyEcho": False},
    "pronunciations": {},
    "keybindings": {},
    "profiles": {"default": _PROFILE},
}


@dataclass(frozen=True)
class Said:
    """One utterance."""

    at: float
    """Seconds, by the clock of `time.time`."""
    text: str


def plainly(*texts: str) -> list[str]:
    """Texts as every Orca says them: 43, of Debian 12, says "push button" and ends names with a point; 48 does not."""
    return [text.removesuffix(".").replace("push button", "button") for text in texts]


OF_ORCA = {"Descry frame", "Descry", "Open pictures dialog", "Copied selection to clipboard"}
"""What Orca adds by itself at one time and not at another: it names a window that has come to the front once, twice or,
when the focus follows at once, not at all; and from 45 on it notices some of the changes of the clipboard."""


class Reader:
    """Orca on a desktop. A context manager."""

    def __init__(self, desktop: Desktop) -> None:
        self._desktop = desktop
        self._log = desktop.folder / "spoken.txt"
        self._read = 0

    def __enter__(self) -> Reader:
        modules = self._desktop.folder / "config" / "speech-dispatcher" / "modules"
        modules.mkdir(parents=True)
        (modules.parent / "speechd.conf").write_text(_SPEECH_DISPATCHER, encoding="utf-8")
        (modules / "written.conf").write_text(_MODULE, encoding="utf-8")
        settings = self._desktop.folder / "data" / "orca" / "user-settings.conf"
        settings.parent.mkdir()
        settings.write_text(json.dumps(_SETTINGS), encoding="utf-8")
        # Orca asks pgrep for others of the same user and will not start beside them, on whatever desktop they are
        programs = self._desktop.folder / "bin"
        programs.mkdir()
        (programs / "pgrep").write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
        (programs / "pgrep").chmod(0o700)
        self._desktop.environment["PATH"] = f"{programs}{os.pathsep}{self._desktop.environment['PATH']}"
        self._log.touch()
        self._desktop.environment["SPOKEN_LOG"] = str(self._log)
        self._process = self._desktop.start("orca")
        self.hear_until("Screen reader on", _START_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        # Started by Orca, it goes on by itself
        file = self._desktop.folder / "run" / "speech-dispatcher" / "pid" / "speech-dispatcher.pid"
        if file.exists():
            try:
                os.kill(int(file.read_text(encoding="ascii")), signal.SIGTERM)
            except ProcessLookupError:
                pass

    def kill(self) -> None:
        """As if it had crashed."""
        self._process.kill()
        self._process.wait()

    def all_said(self) -> list[Said]:
        """From the beginning on."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        found = (re.match(r"(\d+\.\d+) (.*)", line) for line in lines)
        return [Said(float(match[1]), match[2].strip()) for match in found if match]

    def hear_until(self, last: str, seconds: float = 15.0) -> list[str]:
        """Block until this is said; all that was said since the last time, up to it, without `OF_ORCA`.

        In the form of `plainly`.
        """
        start = self._read
        [last] = plainly(last)

        def end() -> int:
            texts = plainly(*(said.text for said in self.all_said()))
            return next((place + 1 for place in range(start, len(texts)) if texts[place] == last), 0)

        try:
            wait_until(end, seconds)
        except TimeoutError as error:
            heard = [said.text for said in self.all_said()[start:]]
            raise AssertionError(f"not said within {seconds} seconds: {last!r}; but {heard}") from error
        self._read = end()
        texts = plainly(*(said.text for said in self.all_said()[start : self._read]))
        return [text for text in texts if text not in OF_ORCA]

    def when(self, text: str) -> float:
        """How long ago this was last said, in seconds."""
        return time.time() - max(said.at for said in self.all_said() if said.text == text)
