"""A desktop of its own for one test: X server, session bus, accessibility bus and window manager, and keys to press."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.helpers.waiting import wait_until

PROGRAMS = {
    "Xvfb": "xvfb",
    "openbox": "openbox",
    "xdotool": "xdotool",
    "dbus-daemon": "dbus",
    "at-spi-bus-launcher": "at-spi2-core",
}
"""Program -> the Debian package that holds it."""

PYTHON = Path(sys.executable).parent / "python"
ROOT = Path(__file__).resolve().parents[2]
_LIBRARIES = ("/usr/libexec", "/usr/lib/at-spi2-core")
"""Where programs lie that are on no path."""
_KEPT = ("PATH", "VIRTUAL_ENV", "PYTHONPATH")


def find_program(name: str) -> str | None:
    """Its full path."""
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(_LIBRARIES))


def missing_packages(programs: Mapping[str, str]) -> list[str]:
    """The packages that have to be installed first."""
    return sorted({package for program, package in programs.items() if find_program(program) is None})


class Desktop:
    """A context manager. All that is started here ends with it."""

    def __init__(self, folder: Path, sound: Mapping[str, str]) -> None:
        """`folder` is the home and has a short path, because sockets have short names; `sound`: where sound goes."""
        self.folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self.environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self.environment |= {
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "LANG": "C.UTF-8",
            "QT_QPA_PLATFORM": "xcb",
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            **sound,
        }

    def __enter__(self) -> Desktop:
        for name in ("config", "data", "state", "cache", "run"):
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)
        try:
            # Without -noreset it starts anew, and turns others away, when its first client has gone again
            screen = ("-screen", "0", "1280x1000x24", "-nolisten", "tcp", "-noreset")
            self._start_server("Xvfb", "DISPLAY", "-displayfd", "{}", *screen)
            self.environment["DISPLAY"] = ":" + self.environment["DISPLAY"]
            self._start_server("dbus-daemon", "DBUS_SESSION_BUS_ADDRESS", "--session", "--nofork", "--print-address={}")
            self.start("openbox", "--sm-disable")
            self.start("at-spi-bus-launcher", "--launch-immediately")
            wait_until((self.folder / "run" / "at-spi").exists)
            # A window that comes before the window manager never gets the keyboard
            wait_until(lambda: self._xdotool("get_desktop"))
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End everything, the newest first."""
        for process in reversed(self._processes):
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()

    def start(self, program: str, *arguments: str | Path, pass_fds: Sequence[int] = ()) -> subprocess.Popen[bytes]:
        """Start a program; what it writes goes to a file of its name in the home."""
        path = find_program(program) or program
        with open(self.folder / f"{Path(program).name}.log", "ab") as log:
            process = subprocess.Popen(
                [path, *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
                cwd=ROOT,
                pass_fds=pass_fds,
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def words_of(self, program: str) -> list[str]:
        """The lines that programs of this name have written."""
        return (self.folder / f"{program}.log").read_text(encoding="utf-8").splitlines()

    def start_descry(self, *arguments: str | Path) -> subprocess.Popen[bytes]:
        """The program as a person starts it."""
        return self.start(PYTHON, "-m", "desktop_app", *arguments)

    def _start_server(self, program: str, variable: str, *arguments: str) -> None:
        """Start a server that writes its address to a descriptor, which stands for `{}`."""
        reading, writing = os.pipe()
        self.start(program, *(argument.format(writing) for argument in arguments), pass_fds=[writing])
        os.close(writing)
        # To the newline: Xvfb writes the number and the newline apart, and ends when the pipe is closed in between
        with os.fdopen(reading) as pipe:
            self.environment[variable] = pipe.readline().strip()
        assert self.environment[variable], f"{program} did not start"

    def press(self, *keys: str) -> float:
        """Press these keys one after another, as xdotool calls them; when the last was pressed."""
        assert self._xdotool("key", "--clearmodifiers", *keys)
        return time.monotonic()

    def type(self, text: str) -> None:
        """Type it into what has the focus."""
        assert self._xdotool("type", "--clearmodifiers", text)

    def wait_for_window(self, title: str, seconds: float = 15.0) -> None:
        """Block until the window with this title has the keyboard."""
        wait_until(lambda: self.active_window() == title, seconds)

    def active_window(self) -> str:
        """The title of the window that has the keyboard; empty when there is none."""
        found = subprocess.run(
            ["xdotool", "getactivewindow", "getwindowname"], env=self.environment, capture_output=True, check=False
        )
        return found.stdout.decode().rstrip("\n")

    def _xdotool(self, *arguments: str) -> bool:
        """Whether it could do that."""
        done = subprocess.run(
            ["xdotool", *arguments], env=self.environment, check=False, capture_output=True, timeout=20
        )
        return done.returncode == 0
