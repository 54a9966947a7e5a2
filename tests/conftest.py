"""What holds for every test: a home of its own, no unexpected warning in the log, no thread left behind."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest_plugins = ["tests.fixtures.tiny_package", "tests.fixtures.workers"]

FOLDERS = {
    "HOME": "home",
    "USERPROFILE": "home",
    "APPDATA": "roaming",
    "LOCALAPPDATA": "local",
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "data",
    "XDG_STATE_HOME": "state",
    "XDG_CACHE_HOME": "cache",
    "XDG_RUNTIME_DIR": "run",
}
"""Environment variable -> folder below the sandbox: everything that programs take for the user's own places."""

SECONDS_TO_END = 5.0
"""How long a thread that was told to end may take."""


def use_sandbox(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the user's folders into `folder`, for this process and the ones it starts."""
    for variable, name in FOLDERS.items():
        place = folder / name
        place.mkdir(mode=0o700, exist_ok=True)  # a runtime folder that others may read is refused by Qt and D-Bus
        monkeypatch.setenv(variable, str(place))


@pytest.fixture(scope="session", autouse=True)
def session_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A home for fixtures that live longer than one test."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_sandbox(tmp_path_factory.mktemp("session"), monkeypatch)
        yield


@pytest.fixture(autouse=True)
def sandbox(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that holds this test's home; its name is short, because sockets in it have short names only."""
    folder = tmp_path_factory.mktemp("s")
    use_sandbox(folder, monkeypatch)
    return folder


class StrictLog(logging.Handler):
    """Keeps every record from WARNING up, to be matched with what the test expects."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.unexpected: list[str] = []
        self.patterns: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Called by `logging`, in the thread that logs."""
        self.unexpected.append(f"{record.levelname} {record.name}: {record.getMessage()}")

    def expect(self, pattern: str) -> None:
        """Allow warnings that match, and demand that there is one by the end of the test."""
        self.patterns.append(pattern)

    def complaints(self) -> list[str]:
        """What was logged and not expected, and what was expected and not logged."""
        matched = [line for line in self.unexpected if any(re.search(p, line) for p in self.patterns)]
        missing = [f"not logged: {p}" for p in self.patterns if not any(re.search(p, line) for line in matched)]
        return [*(line for line in self.unexpected if line not in matched), *missing]


@pytest.fixture(autouse=True)
def strict_log() -> Iterator[StrictLog]:
    """Fails the test for a warning in the log, unless the test said `strict_log.expect(pattern)`."""
    handler = StrictLog()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)
    complaints = handler.complaints()
    assert not complaints, "The log is not as expected:\n" + "\n".join(complaints)


@pytest.fixture(autouse=True)
def no_threads_left() -> Iterator[None]:
    """Fails the test whose threads would keep the program from ending."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before and not thread.daemon]
    for thread in left:
        thread.join(SECONDS_TO_END)
    names = [thread.name for thread in left if thread.is_alive()]
    assert not names, f"These threads were left running: {', '.join(names)}"
