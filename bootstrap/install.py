"""Installing the lock files with pip, in words that can be followed by ear."""

from __future__ import annotations

import os
import re
import tempfile
import time

from bootstrap.console import SetupError, follow, say

SHOWN = re.compile(r"\s*(Downloading|Building|Installing collected packages)\b")
"""The lines of pip that tell a person how far it is."""
NO_NETWORK = re.compile(
    r"NameResolutionError|name resolution|NewConnectionError|Network is unreachable|ConnectTimeout|Read timed out|"
    r"Could not fetch URL|ProxyError|Connection refused|Connection broken"
)
NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded|not enough space", re.IGNORECASE)


def install(python: str, locks: list[str], without_cpu_runtime: bool) -> None:
    """Install what the locks name into the environment of `python`.

    `without_cpu_runtime` leaves the plain onnxruntime out: it would overwrite the folder of onnxruntime-gpu.
    Raises SetupError.
    """
    names = ", ".join(os.path.basename(path).rpartition(".")[0] for path in locks)
    say(f"Installing what Descry needs ({names}). This is done once and takes some minutes.")
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        if without_cpu_runtime:
            run_pip(python, ["uninstall", "--yes", "onnxruntime"])
            locks = [without_line(path, "onnxruntime==", folder) for path in locks]
        options = [word for path in locks for word in ("-r", path)]
        run_pip(python, ["install", "--no-input", "--retries", "3", "--progress-bar", "off", *options])
    say(f"Installed in {time.monotonic() - begin:.0f} seconds.")


def without_line(path: str, prefix: str, folder: str) -> str:
    """A copy of the lock in `folder` that lacks the lines with this beginning."""
    copy = os.path.join(folder, os.path.basename(path))
    with open(path, encoding="utf-8") as source, open(copy, "w", encoding="utf-8") as target:
        target.writelines(line for line in source if not line.startswith(prefix))
    return copy


def run_pip(python: str, words: list[str]) -> None:
    """Run pip, show the lines that tell how far it is, and turn a failure into a sentence.

    Raises SetupError.
    """
    code, lines = follow([python, "-I", "-m", "pip", "--disable-pip-version-check", *words], progress)
    if code:
        raise SetupError(reason(lines))


def progress(line: str) -> str | None:
    """What a person hears of a line of pip: no addresses, no tags of wheels, no endless lists."""
    if not SHOWN.match(line):
        return None
    words = re.sub(r"\S*/", "", line.strip())
    words = re.sub(r"(\w+)-([\w.+]+)-\S+\.whl", r"\1 \2", words)
    return words.partition(":")[0]


def reason(lines: list[str]) -> str:
    """Why pip failed, as a sentence; with pip's own last words where they are not understood here."""
    text = "\n".join(lines)
    if NO_SPACE.search(text):
        return "There is no room left on the disk. Descry needs about one gigabyte; make room and start it again."
    if NO_NETWORK.search(text):
        return "What Descry needs could not be downloaded. Is there a network? The next start goes on from here."
    tail = [line for line in lines if line.strip()][-12:]
    return "\n".join([*tail, "Installing failed; pip's last words stand above. The next start tries again."])
