"""What the system has to bring: the libraries of Qt and the programs of the tests, by their Debian packages."""

from __future__ import annotations

import glob
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable

from bootstrap.console import SetupError, agrees, follow, say

# Shared library -> Debian package. Qt's wheel brings all the rest.
QT_LIBRARIES = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
}
X11_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
# Program or pattern of a file -> Debian package, for the tests marked so or of that name.
TEST_PROGRAMS = {
    "story": {
        "Xvfb": "xvfb",
        "xauth": "xauth",
        "openbox": "openbox",
        "xdotool": "xdotool",
        "dbus-run-session": "dbus",
        "/usr/libexec/at-spi-bus-launcher": "at-spi2-core",
        "orca": "orca",
        "speech-dispatcher": "speech-dispatcher",
        "strace": "strace",
    },
    "speech": {
        "pulseaudio": "pulseaudio",
        "parec": "pulseaudio-utils",
        "aplay": "alsa-utils",
        "/usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so": "libasound2-plugins",
    },
    "evaluation": {"/usr/share/wordnet/index.noun": "wordnet-base"},
}


def need_window_libraries() -> None:
    """Make sure that Qt can load. Its X11 libraries are not asked for where it will not use X11.

    Raises SetupError when something stays missing.
    """
    if not sys.platform.startswith("linux"):
        return
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    wayland = "WAYLAND_DISPLAY" in os.environ and "DISPLAY" not in os.environ
    elsewhere = platform.startswith(("offscreen", "minimal", "vnc", "wayland")) or (not platform and wayland)
    missing = missing_libraries(QT_LIBRARIES if elsewhere else {**QT_LIBRARIES, **X11_LIBRARIES})
    if missing:
        install(missing, "The window needs libraries that this system lacks.", unasked=False)


def prepare_for_tests() -> None:
    """Install what the tests need where that is possible, else say which tests will be skipped, and why."""
    if not sys.platform.startswith("linux"):
        say("Tests marked story and speech are skipped: they need Linux.")
        return
    missing = {"window": missing_libraries({**QT_LIBRARIES, **X11_LIBRARIES})}
    for mark, programs in TEST_PROGRAMS.items():
        missing[mark] = [package for name, package in programs.items() if not is_there(name)]
    packages = [package for names in missing.values() for package in names]
    if not packages:
        return
    try:
        install(packages, "The tests need programs that this system lacks.", unasked=True)
    except SetupError as error:
        say(str(error))
        for mark, names in missing.items():
            if names:
                say(f"Until then tests of this kind are skipped: {mark}. They need {', '.join(names)}.")


def is_there(name: str) -> bool:
    """Is there such a program on the path, or a file like that?"""
    return bool(glob.glob(name) if name.startswith("/") else shutil.which(name))


def missing_libraries(libraries: dict[str, str]) -> list[str]:
    """The Debian packages of those shared libraries that cannot be loaded."""
    import ctypes

    packages = []
    for name, package in libraries.items():
        try:
            ctypes.CDLL(name)
        except OSError:
            packages.append(package)
    return packages


def install(packages: list[str], why: str, unasked: bool) -> None:
    """Install Debian packages as root, after asking when there is a terminal. `unasked`: also where there is none.

    Raises SetupError, with the line to type, when they are not installed.
    """
    names = " ".join(packages)
    by_hand = f"{why} Run this once, then start again:\n  sudo apt-get install --no-install-recommends {names}"
    if not shutil.which("apt-get"):
        raise SetupError(f"{why} Install what Debian calls {names} with this system's own package manager.")
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        raise SetupError(by_hand)
    answer = agrees(f"{why} To be installed: {names}. Install them now?")
    if not (unasked if answer is None else answer):
        raise SetupError(by_hand)
    say(f"{why} Installing {names}. This takes some minutes.")
    run_apt("update")
    run_apt("install", "--no-install-recommends", "--yes", *packages)


def run_apt(*words: str) -> None:
    """Run apt-get without questions.

    Raises SetupError.
    """
    code, lines = follow(["apt-get", "-q", *words], apt_progress())
    if code:
        raise SetupError(
            "\n".join([*lines[-8:], "System packages could not be installed; apt's last words stand above."])
        )


def apt_progress() -> Callable[[str], str | None]:
    """Tells of one apt-get how much there is to do, and every fiftieth package."""
    done: Counter[str] = Counter()

    def told(line: str) -> str | None:
        if "newly installed" in line or line.startswith("Need to get"):
            return line.strip()
        step = next((step for step in ("Unpacking", "Setting up") if line.startswith(step)), "")
        done[step] += 1
        return f"{step}: {done[step]} packages" if step and done[step] % 50 == 0 else None

    return told
