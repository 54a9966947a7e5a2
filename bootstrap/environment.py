"""The environment `.venv`: made once from the lock files, mended when a set-up was interrupted."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys

from bootstrap.console import SetupError, say

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(HERE, ".venv")
WINDOWS = os.name == "nt"
PYTHON = os.path.join(VENV, *(("Scripts", "python.exe") if WINDOWS else ("bin", "python")))
STAMP = os.path.join(VENV, "descry-setup.json")
LOG = os.path.join(VENV, "descry-setup.log")
EXTRAS = ("bench", "dev", "gpu", "train")


def ensure(extras: frozenset[str]) -> None:
    """Bring `.venv` up to the lock files, once for all starts that ask for it at the same time.

    Raises SetupError.
    """
    if is_ready(extras):
        return
    from bootstrap import install, lock

    with lock.one_at_a_time(os.path.join(HERE, ".venv.lock")):
        if is_ready(extras):  # another start has done it meanwhile
            return
        extras = extras | read_stamp()[0]
        make_environment()
        install.install(PYTHON, lock_files(extras), without_cpu_runtime="gpu" in extras)
        make_importable()
        write_stamp(extras)


def is_ready(extras: frozenset[str]) -> bool:
    """Does the stamp say that exactly these locks were installed, for this place and this interpreter?"""
    installed, key = read_stamp()
    return extras <= installed and os.path.exists(PYTHON) and key == setup_key(installed)


def read_stamp() -> tuple[frozenset[str], str]:
    """The extras that were set up, and the key they were set up under; nothing and "" without a readable stamp."""
    try:
        with open(STAMP, encoding="utf-8") as file:
            stamp = json.load(file)
        return frozenset(stamp["extras"]) & frozenset(EXTRAS), str(stamp["key"])
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset(), ""


def write_stamp(extras: frozenset[str]) -> None:
    """The last step of a set-up; moved into place, so that the stamp is there whole or not at all."""
    with open(STAMP + ".new", "w", encoding="utf-8") as file:
        json.dump({"extras": sorted(extras), "key": setup_key(extras)}, file)
    os.replace(STAMP + ".new", STAMP)


def setup_key(extras: frozenset[str]) -> str:
    """Changes when a lock does, or the interpreter behind `.venv`, or the place of this folder."""
    digest = hashlib.sha256(repr((HERE, os.path.realpath(PYTHON), sorted(extras))).encode())
    for path in lock_files(extras):
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def lock_files(extras: frozenset[str]) -> list[str]:
    """The lists to install. Each stands alone, and all have the same pins."""
    return [os.path.join(HERE, "requirements", name + ".lock") for name in ("runtime", *sorted(extras))]


def make_environment() -> None:
    """Leave a `.venv` with a working pip; one that is half made or has lost its Python is made anew.

    Raises SetupError.
    """
    if works(PYTHON, "-I", "-m", "pip", "--version"):
        forget_unfinished_packages()
        return
    import shutil

    say(f"Making a Python environment in {VENV}.")
    shutil.rmtree(VENV, ignore_errors=True)
    options = [] if has_ensurepip() else ["--without-pip"]
    made = works(sys.executable, "-I", "-m", "venv", *options, VENV)
    if made and options:
        made = works(sys.executable, "-m", "pip", "--python", PYTHON, "install", "pip")
    if not made:
        raise SetupError(
            f"A Python environment could not be made in {VENV}. Is there room on the disk, and may you write there?"
        )


def has_ensurepip() -> bool:
    """Can this Python put pip into an environment? Debian's cannot as it comes; its own pip can, where there is one.

    Raises SetupError when neither can.
    """
    if works(sys.executable, "-I", "-c", "import ensurepip, venv"):
        return True
    if works(sys.executable, "-m", "pip", "--python", sys.executable, "--version"):
        return False
    from bootstrap import system

    system.install(["python3-venv"], "This Python lacks its module for environments.", unasked=True)
    return True


def works(*command: str) -> bool:
    """Does the command end with exit code 0? Nothing of it is shown."""
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def site_packages() -> str:
    """The folder that packages are installed into."""
    import glob

    folder = ("Lib",) if WINDOWS else ("lib", "python3*")
    return glob.glob(os.path.join(glob.escape(VENV), *folder, "site-packages"))[0]


def forget_unfinished_packages() -> None:
    """Remove the records of packages that pip was unpacking when it was killed: it would take them for installed.

    pip writes INSTALLER after all other files of a package, and moves aside what it replaces under a name with `~`.
    """
    import shutil

    for entry in os.scandir(site_packages()):
        half = entry.name.endswith(".dist-info") and not os.path.exists(os.path.join(entry.path, "INSTALLER"))
        if half or entry.name.startswith("~"):
            shutil.rmtree(entry.path, ignore_errors=True)


def make_importable() -> None:
    """Let the environment's Python find `desktop_app` from any folder, without the folder it is started in."""
    with open(os.path.join(site_packages(), "descry.pth"), "w", encoding="utf-8") as file:
        file.write(HERE + "\n")
