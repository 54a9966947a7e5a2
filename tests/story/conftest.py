"""A desktop with nothing on it but Descry, a real screen reader where the story has one, and ears."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from desktop_app.bench.null_sink import NullSink, Recorder
from desktop_app.bench.null_sink import missing_packages as missing_for_sound
from tests.fixtures.tiny_package import save_picture
from tests.story import desktop as desktops
from tests.story import reader as readers
from tests.story.desktop import PYTHON, ROOT, Desktop, missing_packages
from tests.story.reader import Reader

if TYPE_CHECKING:
    from tests.story.accessible import AccessibilityBus


def skip_without(packages: list[str]) -> None:
    """Skip the test with what has to be installed."""
    for module, name in (("PySide6", "PySide6_Essentials"), ("jeepney", "jeepney")):
        if find_spec(module) is None:
            pytest.skip(f"the package {name} is not installed: run python3 start.py setup dev")
    if packages:
        pytest.skip(f"no private desktop here: apt-get install --no-install-recommends {' '.join(packages)}")


@pytest.fixture(scope="session")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NullSink]:
    skip_without([*missing_packages(desktops.PROGRAMS), *missing_for_sound()])
    with NullSink(tmp_path_factory.mktemp("p")) as running:
        yield running


@pytest.fixture(scope="session")
def recorder(sink: NullSink) -> Iterator[Recorder]:
    with Recorder(sink) as running:
        yield running


@dataclass(frozen=True)
class Ears:
    """What a loudspeaker of the desktop would have played in this test."""

    recorder: Recorder
    start: int

    def heard_nothing(self) -> bool:
        """Silence from the beginning to now; what was asked for a moment ago would have come by then."""
        mark = self.recorder.mark()
        self.recorder.wait_for_length(mark, 0.5)
        return bool(abs(self.recorder.since(self.start)).max() < 100 / 32768)

    def mark(self) -> int:
        return self.recorder.mark()


@pytest.fixture
def ears(recorder: Recorder) -> Ears:
    return Ears(recorder, recorder.mark())


@pytest.fixture
def desktop(tmp_path_factory: pytest.TempPathFactory, sink: NullSink) -> Iterator[Desktop]:
    with Desktop(tmp_path_factory.mktemp("d"), sink.environment) as running:
        yield running


@pytest.fixture
def reader(desktop: Desktop) -> Iterator[Reader]:
    skip_without(missing_packages(readers.PROGRAMS))
    with Reader(desktop) as running:
        yield running


@pytest.fixture
def bus(desktop: Desktop) -> Iterator[AccessibilityBus]:
    from tests.story.accessible import AccessibilityBus

    with AccessibilityBus(desktop.environment["DBUS_SESSION_BUS_ADDRESS"]) as connected:
        yield connected


@pytest.fixture
def pictures(desktop: Desktop) -> Path:
    """The user's folder for pictures, with a red and a green one and one that is none."""
    folder = desktop.folder / "Pictures"
    folder.mkdir()
    save_picture(folder / "red.png", "red", (640, 480))
    save_picture(folder / "green.png", "green", (640, 480))
    (folder / "broken.png").write_bytes(b"no picture")
    return folder


@pytest.fixture
def copy(desktop: Desktop) -> Iterator[Callable[[Path], None]]:
    """Copies a picture in another program; returns when it is on the clipboard."""
    command = [PYTHON, "-m", "tests.story.copier"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=desktop.environment,
        cwd=ROOT,
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        requests, answers = other.stdin, other.stdout

        def tell(path: Path) -> None:
            requests.write(f"{path}\n".encode())
            requests.flush()
            assert answers.readline() == b"copied\n"

        yield tell
        other.kill()
