"""One window a user: a second start hands over, a crashed one leaves nothing in the way."""

from __future__ import annotations

import functools
import json
import os
import socket
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from desktop_app.assembly import Context
from desktop_app.errors import AppError
from desktop_app.gui import application
from desktop_app.gui.application import run_window
from desktop_app.gui.instance_server import InstanceServer
from desktop_app.gui.single_instance import hand_over, server_name
from desktop_app.paths import user_paths
from desktop_app.settings import Settings
from tests.fixtures.tiny_package import save_picture
from tests.gui.scene import Scene, wait_for
from tests.gui.test_open import GREEN, RED, copy

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="looks at sockets, which Windows does not use: run it on Linux"
)


@pytest.fixture
def running(scene: Scene) -> Scene:
    """The window that holds the place."""
    assert scene.program.is_first()
    return scene


def meanwhile(call: Callable[[], object]) -> object:
    """What a call in another thread returns, as another process would make it, while the window works."""
    results: list[object] = []
    thread = threading.Thread(target=lambda: results.append(call()))
    thread.start()
    wait_for(lambda: results)
    thread.join()
    return results[0]


def test_without_a_window_nothing_is_handed_over() -> None:
    assert not hand_over({"command": "open", "paths": []})


def test_paths_are_handed_over(running: Scene, tmp_path: Path) -> None:
    path = save_picture(tmp_path / "red.png")
    assert meanwhile(lambda: hand_over({"command": "open", "paths": [str(path)]})) is True
    assert running.wait_for_records(1) == [RED]


def test_handing_over_is_quick(running: Scene) -> None:
    started = time.monotonic()
    assert meanwhile(lambda: hand_over({"command": "open", "paths": []})) is True
    assert time.monotonic() - started < 0.3


def test_a_second_start_ends_with_success(
    running: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_package: Path
) -> None:
    save_picture(tmp_path / "green.png", "green")
    monkeypatch.chdir(tmp_path)
    context = Context(user_paths(), Settings(model=str(tiny_package)))
    assert meanwhile(lambda: run_window(context, ["green.png"])) == 0
    assert running.wait_for_records(1) == [GREEN]
    assert running.records[0].path == str(tmp_path / "green.png")


def test_a_minimised_window_comes_back(running: Scene) -> None:
    running.window.showMinimized()
    assert meanwhile(lambda: hand_over({"command": "open", "paths": []})) is True
    assert not running.window.windowState() & Qt.WindowState.WindowMinimized


def test_the_clipboard_is_handed_over(running: Scene) -> None:
    copy(png="red")
    assert meanwhile(lambda: hand_over({"command": "clipboard"})) is True
    assert running.wait_for_records(1) == [RED]


@pytest.mark.parametrize(
    "request_", [{}, {"command": "quit"}, {"command": "open", "paths": "red.png"}, {"command": "open", "paths": [1]}]
)
def test_what_is_not_understood_is_not_taken(running: Scene, request_: dict[str, object]) -> None:
    assert meanwhile(lambda: hand_over(request_)) is False
    assert running.records == []


def exchange(line: bytes) -> dict[str, object]:
    """Send these bytes and return the answer."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(server_name())
        connection.sendall(line)
        answer: dict[str, object] = json.loads(connection.recv(1000))
        return answer


@pytest.mark.parametrize("line", [b"no JSON\n", b"[]\n", b"\xff\xfe\n", b"\n"])
def test_nonsense_is_not_taken(running: Scene, line: bytes) -> None:
    assert meanwhile(lambda: exchange(line)) == {"taken": False}


def test_a_caller_that_says_nothing_holds_up_nobody(running: Scene) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.connect(server_name())
        assert meanwhile(lambda: hand_over({"command": "open", "paths": []})) is True


def test_only_this_user_can_reach_the_socket(running: Scene) -> None:
    assert stat.S_IMODE(os.stat(server_name()).st_mode) & 0o077 == 0
    assert stat.S_IMODE(os.stat(Path(server_name()).parent).st_mode) & 0o077 == 0


@pytest.fixture
def server(qt: object) -> Iterator[InstanceServer]:
    made = InstanceServer(lambda _: True)
    yield made
    made.close()


def test_the_place_is_free_again_when_the_window_has_closed(running: Scene, server: InstanceServer) -> None:
    assert not server.start()
    running.program.server.close()
    assert server.start()


@pytest.mark.faults
def test_the_socket_of_a_crashed_window_is_replaced(server: InstanceServer) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(server_name())
    lock = Path(f"{server_name()}.lock")
    lock.write_text(f"{_pid_of_nobody()}\ndescry\n{socket.gethostname()}\n", encoding="ascii")
    assert not hand_over({"command": "open", "paths": []})
    assert server.start()
    assert meanwhile(lambda: hand_over({"command": "open", "paths": []})) is True


@pytest.mark.faults
def test_a_window_that_hangs_is_told_of(
    server: InstanceServer, monkeypatch: pytest.MonkeyPatch, tiny_package: Path
) -> None:
    assert server.start()  # and this thread, which is to answer, is the one that asks
    monkeypatch.setattr(application, "hand_over", functools.partial(hand_over, seconds=0.05))
    monkeypatch.setattr(application, "_STARTING_SECONDS", 0.1)
    with pytest.raises(AppError) as caught:
        run_window(Context(user_paths(), Settings(model=str(tiny_package))), [])
    assert caught.value.message == (
        "The window that is open does not answer: close it, or wait a moment and try again."
    )


def _pid_of_nobody() -> int:
    """Of a process that has ended."""
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return child


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have a runtime folder of their own; run on Linux")
@pytest.mark.parametrize("fault", ["open to others", "not there", "not set"])
def test_without_a_private_runtime_folder_there_is_another(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    if fault == "open to others":
        Path(os.environ["XDG_RUNTIME_DIR"]).chmod(0o755)
    elif fault == "not there":
        monkeypatch.setenv("XDG_RUNTIME_DIR", "/nonexistent")
    else:
        monkeypatch.delenv("XDG_RUNTIME_DIR")  # as in a session without a login manager
    folder = Path(server_name()).parent
    assert folder == tmp_path / f"descry-{os.getuid()}"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert server_name() == server_name()


def test_a_folder_that_others_made_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nonexistent")
    (tmp_path / f"descry-{os.getuid()}").mkdir(mode=0o777)
    (tmp_path / f"descry-{os.getuid()}").chmod(0o777)
    folder = Path(server_name()).parent
    assert folder != tmp_path / f"descry-{os.getuid()}"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
