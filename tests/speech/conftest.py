"""A sound server that plays to nobody, a recorder of it, and a speaker that keeps what it tells."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from desktop_app.bench.null_sink import NullSink, Recorder, missing_packages
from desktop_app.speech.engine import EngineFactory, SpeechOptions
from desktop_app.speech.speaker import Speaker, SpeakerEvents

NOWHERE = {
    "PULSE_SERVER": "unix:/nonexistent/pulse",
    "PIPEWIRE_REMOTE": "nowhere",
    "JACK_DEFAULT_SERVER": "nowhere",
    "JACK_NO_START_SERVER": "1",
    "ALSA_CONFIG_PATH": "/dev/null",
}
"""An environment in which no sound device can be found, also on a computer that has one."""


def skip_without_sound_server() -> None:
    """Skip the test with what has to be installed."""
    if missing := missing_packages():
        pytest.skip(f"no private sound server here: apt-get install {' '.join(sorted(set(missing)))}")


@pytest.fixture(scope="session")
def null_sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NullSink]:
    """One server for all tests that do not break it."""
    skip_without_sound_server()
    with NullSink(tmp_path_factory.mktemp("p")) as sink:
        yield sink


@pytest.fixture(scope="session")
def recorder(null_sink: NullSink) -> Iterator[Recorder]:
    """Runs all the time, because its start takes seconds; tests mark where they begin."""
    with Recorder(null_sink) as running:
        yield running


def point_to(sink: NullSink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this program and its children find no other sound device than this one."""
    for variable, value in {**NOWHERE, **sink.environment}.items():
        monkeypatch.setenv(variable, value)


@pytest.fixture
def sound(null_sink: NullSink, recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Everything that is played in this test goes to the null sink; this is what was heard there."""
    point_to(null_sink, monkeypatch)
    recorder.wait_for_quiet()  # the end of what the test before has stopped
    return recorder


@pytest.fixture
def no_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer without any sound device."""
    for variable, value in NOWHERE.items():
        monkeypatch.setenv(variable, value)


@pytest.fixture
def alsa_to_pulse(sound: Recorder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`aplay`, through which pyttsx3 plays on Linux, goes to the null sink as well."""
    if shutil.which("aplay") is None:
        pytest.skip("pyttsx3 plays through aplay on Linux: apt-get install alsa-utils libasound2-plugins")
    configuration = tmp_path / "asound.conf"
    configuration.write_text("</usr/share/alsa/alsa.conf>\npcm.!default { type pulse }\n", encoding="ascii")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(configuration))
    nothing = ["aplay", "-q", "-t", "raw", "-f", "S16_LE", "-r", "22050", "-s", "1", "/dev/zero"]
    tried = subprocess.run(nothing, capture_output=True, check=False)
    if tried.returncode != 0:
        pytest.skip("aplay does not reach the private sound server: apt-get install libasound2-plugins")


def shadow_espeak(folder: Path, loader: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a module `espeakng_loader` before the real one, for the children that this test starts."""
    (folder / "espeakng_loader.py").write_text(loader, encoding="ascii")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder


@pytest.fixture
def espeak_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A computer on which eSpeak is neither installed as a Python package nor by the system."""
    for name in ("libespeak-ng.so.1", "libespeak.so.1"):
        (tmp_path / name).write_bytes(b"not a library")  # found before the system's, and ends the search
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    return shadow_espeak(tmp_path, "raise ImportError", monkeypatch)


@pytest.fixture
def espeak_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Neither answers nor ends."""
    (tmp_path / "libespeak-ng.so.1").write_bytes(b"not a library")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    return shadow_espeak(tmp_path, "import signal; signal.pause()", monkeypatch)


@pytest.fixture
def espeak_without_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The library is there, its voices are not."""
    return shadow_espeak(tmp_path, loader_with_data(tmp_path), monkeypatch)


@pytest.fixture
def espeak_with_long_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Installed where the path is longer than the library can keep, and not in ASCII."""
    real = pytest.importorskip("espeakng_loader").get_data_path()
    data = tmp_path / ("lang und länger " * 12) / "espeak-ng-data"
    data.parent.mkdir()
    data.symlink_to(real)
    return shadow_espeak(tmp_path, loader_with_data(data), monkeypatch)


def loader_with_data(data: Path) -> str:
    """A module that names the real library and these voices."""
    library = pytest.importorskip("espeakng_loader").get_library_path()
    return f"get_library_path = lambda: {library!a}\nget_data_path = lambda: {str(data)!a}\n"


@dataclass
class Told:
    """What a speaker told, in order."""

    events: list[tuple[str, ...]] = field(default_factory=list)

    def listen(self) -> SpeakerEvents:
        """Listeners that keep what they are told."""
        return SpeakerEvents(
            on_started=lambda text: self.events.append(("started", text)),
            on_spoken=lambda text: self.events.append(("spoken", text)),
            on_failed=lambda text, sentence: self.events.append(("failed", text, sentence)),
            on_problem=lambda sentence: self.events.append(("problem", sentence)),
        )

    def of(self, kind: str) -> list[str]:
        """The texts, or sentences, of one kind of event."""
        return [event[1] for event in self.events if event[0] == kind]


@pytest.fixture
def told() -> Told:
    """What the speaker of this test tells."""
    return Told()


MakeSpeaker = Callable[..., Speaker]


@pytest.fixture
def make_speaker(told: Told) -> Iterator[MakeSpeaker]:
    """Makes speakers that tell `told` and are closed at the end of the test."""
    with ExitStack() as stack:

        def make(
            factories: Sequence[EngineFactory], options: SpeechOptions | None = None, look_again: float = 5.0
        ) -> Speaker:
            return stack.enter_context(Speaker(factories, options, told.listen(), look_again))

        yield make
