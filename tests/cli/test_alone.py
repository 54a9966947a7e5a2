"""The command line needs neither Qt nor torch nor a network, and talks to nobody beyond this computer."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.tiny_package import save_picture

WITHOUT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"PySide6", "shiboken6", "torch"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
from desktop_app.cli.main import run
sys.exit(run(sys.argv[1:]))
"""
LOADED = """
import sys
from desktop_app.cli.main import run
run(sys.argv[1:])
print([name for name in ("PySide6", "shiboken6", "torch") if name in sys.modules])
"""


def python(code: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "command",
    [["caption", "PICTURE"], ["caption", "--json", "PICTURE"], ["voices"], ["models"], ["history"], ["doctor"]],
    ids=" ".join,
)
def test_works_where_qt_and_torch_are_absent(tiny_package: Path, tmp_path: Path, command: list[str]) -> None:
    picture = save_picture(tmp_path / "one.png", "red")
    words = [str(picture) if word == "PICTURE" else word for word in command]
    done = python(WITHOUT, words[0], "--model", str(tiny_package), *words[1:])
    assert (done.returncode, done.stderr) == (0, "")


def test_window_without_qt_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")  # else the missing display is told first
    done = python(WITHOUT, "open")
    assert done.returncode == 1
    assert done.stderr == (
        "The window cannot be opened (No module named 'PySide6'): python3 start.py sets up what it needs.\n"
    )


def test_training_without_torch_is_one_sentence() -> None:
    done = python(WITHOUT, "train")
    assert done.returncode == 2
    assert done.stderr == "descry train needs the package torch: python3 start.py train installs it.\n"


def test_caption_loads_neither_qt_nor_torch(tiny_package: Path, tmp_path: Path) -> None:
    done = python(LOADED, "caption", "--model", tiny_package, save_picture(tmp_path / "one.png", "red"))
    assert done.stdout.splitlines() == ["Maybe: a red square.", "[]"]


# Root needs no user namespace, and gets none inside a chroot
WITHOUT_NETWORK = ("unshare", "-n" if hasattr(os, "geteuid") and os.geteuid() == 0 else "-rn")


def can_take_the_network_away() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*WITHOUT_NETWORK, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.story
@pytest.mark.skipif(
    not can_take_the_network_away(),
    reason="network namespaces are not to be had: they need Linux and the right to make one",
)
def test_captions_without_a_network(tiny_package: Path, tmp_path: Path) -> None:
    picture = save_picture(tmp_path / "one.png", "red")
    done = subprocess.run(
        [*WITHOUT_NETWORK, sys.executable, "-m", "desktop_app", "caption", "--model", tiny_package, picture],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "Maybe: a red square.\n", "")


@pytest.mark.story
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed: apt-get install strace")
def test_opens_no_connection_beyond_this_computer(tiny_package: Path, tmp_path: Path) -> None:
    """Every connect and send of the process and its children, as the kernel sees them, while a picture is spoken."""
    trace = tmp_path / "trace"
    done = subprocess.run(
        ["strace", "-f", "-qq", "-e", "trace=connect,sendto,bind", "-o", trace, sys.executable, "-m", "desktop_app",
         "caption", "--speak", "--quiet", "--model", tiny_package, save_picture(tmp_path / "one.png", "red")],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.stdout == "Maybe: a red square.\n"
    families = re.findall(r"sa_family=(AF_\w+)", trace.read_text())
    assert set(families) <= {"AF_UNIX", "AF_NETLINK"}
