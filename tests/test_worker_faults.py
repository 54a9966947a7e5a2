"""Whatever happens to the child of a describer costs one picture at most."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from desktop_app.errors import CaptioningFailed, ModelPackageError
from tests.fixtures.tiny_package import TRAP_GREY, MakePackage, save_picture
from tests.fixtures.workers import PATIENCE, MakeWorker, child, is_ended, linux, source, start_hanging, wait_for_end
from tests.helpers.waiting import wait_until

PROGRAM = Path(__file__).resolve().parents[1]


@pytest.mark.faults
@linux
def test_a_child_killed_while_it_describes_costs_one_picture(
    make_worker: MakeWorker, make_tiny_package: MakePackage, elsewhere: ThreadPoolExecutor, tmp_path: Path
) -> None:
    describer = make_worker(make_tiny_package(trap="hang"))
    future, process = start_hanging(describer, elsewhere, tmp_path)
    os.kill(process, signal.SIGKILL)
    assert is_ended(future.result(PATIENCE), tmp_path / "trap.png")
    assert describer.describe(source(save_picture(tmp_path / "a.png"))).caption == "a red square"
    assert child(describer) != process


@pytest.mark.faults
@linux
def test_what_is_described_can_be_cancelled_from_another_thread(
    make_worker: MakeWorker, make_tiny_package: MakePackage, elsewhere: ThreadPoolExecutor, tmp_path: Path
) -> None:
    describer = make_worker(make_tiny_package(trap="hang"))
    future, process = start_hanging(describer, elsewhere, tmp_path)
    wait_for_end(process, describer.cancel)
    assert is_ended(future.result(PATIENCE), tmp_path / "trap.png")
    assert describer.describe(source(save_picture(tmp_path / "a.png", "blue"))).caption == "a blue square"


@pytest.mark.faults
@linux
def test_closing_ends_what_is_being_described(
    make_worker: MakeWorker, make_tiny_package: MakePackage, elsewhere: ThreadPoolExecutor, tmp_path: Path
) -> None:
    describer = make_worker(make_tiny_package(trap="hang"))
    future, process = start_hanging(describer, elsewhere, tmp_path)
    wait_for_end(process, describer.close)
    assert is_ended(future.result(PATIENCE), tmp_path / "trap.png")


@pytest.mark.faults
@pytest.mark.slow
def test_a_picture_that_takes_too_long_is_given_up(
    make_worker: MakeWorker, make_tiny_package: MakePackage, tmp_path: Path
) -> None:
    describer = make_worker(make_tiny_package(trap="hang"), timeout=6.0)
    trap = save_picture(tmp_path / "trap.png", TRAP_GREY)
    assert is_ended(describer.describe(source(trap)), trap)
    assert describer.describe(source(save_picture(tmp_path / "a.png"))).caption == "a red square"


@pytest.mark.faults
@linux
@pytest.mark.parametrize("waits", [True, False])
def test_a_child_that_died_while_idle_costs_nothing(
    make_worker: MakeWorker, tiny_package: Path, tmp_path: Path, waits: bool
) -> None:
    describer = make_worker(tiny_package)
    path = save_picture(tmp_path / "a.png")
    describer.info()
    process = child(describer)
    wait_for_end(process, lambda: os.kill(process, signal.SIGKILL))
    found = describer.info().model.name if waits else describer.describe(source(path)).caption
    assert found == ("tiny" if waits else "a red square")
    assert child(describer) != process


@pytest.mark.faults
@linux
def test_a_picture_that_the_model_fails_on_leaves_the_child_alive(
    make_worker: MakeWorker, make_tiny_package: MakePackage, tmp_path: Path
) -> None:
    describer = make_worker(make_tiny_package(trap="fail"))
    record = describer.describe(source(save_picture(tmp_path / "trap.png", TRAP_GREY)))
    process = child(describer)
    assert record.spoken == "The model could not describe this picture: try again, or run descry doctor."
    assert describer.describe(source(save_picture(tmp_path / "a.png"))).caption == "a red square"
    assert child(describer) == process


ORPHAN = """
import sys
from pathlib import Path
from desktop_app.worker_describer import WorkerDescriber, WorkerOptions
describer = WorkerDescriber(WorkerOptions(Path(sys.argv[1]), "cpu", 1))
describer.info()
print(describer.process_id, flush=True)
sys.stdin.read()
"""


@pytest.mark.faults
@linux
def test_the_child_ends_with_its_parent(tiny_package: Path) -> None:
    run = [sys.executable, "-c", ORPHAN, tiny_package]
    with subprocess.Popen(run, cwd=PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        process = int(parent.stdout.readline())
        wait_for_end(process, parent.kill)


@pytest.mark.faults
def test_a_model_that_cannot_be_used_is_the_same_error(make_worker: MakeWorker, tmp_path: Path) -> None:
    describer = make_worker(tmp_path / "none")
    path = save_picture(tmp_path / "a.png")
    for use in (describer.info, lambda: describer.describe(source(path))):
        with pytest.raises(ModelPackageError) as caught:
            use()
        assert caught.value.message == "The model in none has no manifest.json: install the model again."
        assert describer.process_id is None


@pytest.mark.faults
@linux
def test_a_start_can_be_cancelled(make_worker: MakeWorker, tmp_path: Path, elsewhere: ThreadPoolExecutor) -> None:
    (tmp_path / "slow").mkdir()
    os.mkfifo(tmp_path / "slow" / "manifest.json")  # a disk that never answers
    describer = make_worker(tmp_path / "slow")
    path = save_picture(tmp_path / "a.png")
    starting: Future[object] = elsewhere.submit(describer.info)
    wait_until(lambda: describer.process_id is not None)
    describer.cancel()
    assert isinstance(starting.exception(PATIENCE), CaptioningFailed)
    describing = elsewhere.submit(describer.describe, source(path))
    wait_until(lambda: describer.process_id is not None)
    describer.cancel()
    assert is_ended(describing.result(PATIENCE), path)
