"""The describer in a child: the same records as in this process, and memory that is given back."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from desktop_app import worker_main
from desktop_app.captioning.captioner import Captioner
from desktop_app.describer import LocalDescriber
from desktop_app.pipes import read_frame, write_frame, write_request
from desktop_app.record import Seconds
from desktop_app.worker_describer import INFO, PICTURE, RECORD
from tests.fixtures.tiny_package import save_picture
from tests.fixtures.workers import PATIENCE, MakeWorker, child, linux, source, wait_for_end
from tests.helpers.waiting import wait_until

PROGRAM = Path(__file__).resolve().parents[1]


def test_the_records_are_those_of_the_describer_in_this_process(
    make_worker: MakeWorker, tiny_package: Path, tmp_path: Path
) -> None:
    local, worker = LocalDescriber(lambda: Captioner.load(tiny_package, "cpu", 1)), make_worker(tiny_package)
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8\xff")
    odd = save_picture(tmp_path / "two\nlines 日本.png", "lime")
    large = save_picture(tmp_path / "large.bmp", "blue", (2500, 2000))
    paths = [save_picture(tmp_path / "a.jpg"), tmp_path / "bad.jpg", tmp_path / "gone.jpg", odd, large, tmp_path]
    records = [[d.describe(source(path)) for path in paths] for d in (local, worker)]
    assert [replace(r, seconds=Seconds()) for r in records[1]] == [replace(r, seconds=Seconds()) for r in records[0]]
    assert [r.caption for r in records[1]] == ["a red square", None, None, "a green circle", "a blue square", None]
    assert worker.info() == local.info()


def test_one_child_describes_all_pictures(make_worker: MakeWorker, tiny_package: Path, tmp_path: Path) -> None:
    describer = make_worker(tiny_package)
    assert describer.process_id is None
    describer.describe(source(save_picture(tmp_path / "a.png")))
    first = child(describer)
    describer.describe(source(save_picture(tmp_path / "b.png")))
    assert child(describer) == first


def test_threads_wait_for_each_other(make_worker: MakeWorker, tiny_package: Path, tmp_path: Path) -> None:
    describer = make_worker(tiny_package)
    sentences = {"red": "a red square", "blue": "a blue square", "lime": "a green circle", "white": "a white square"}
    with ThreadPoolExecutor(4) as pool:
        paths = [save_picture(tmp_path / f"{colour}.png", colour) for colour in sentences] * 5
        found = list(pool.map(lambda path: describer.describe(source(path)).caption, paths))
    assert found == list(sentences.values()) * 5


def test_cancelling_nothing_changes_nothing(make_worker: MakeWorker, tiny_package: Path, tmp_path: Path) -> None:
    describer = make_worker(tiny_package)
    describer.cancel()
    describer.info()
    process = child(describer)
    describer.cancel()
    assert describer.describe(source(save_picture(tmp_path / "a.png"))).caption == "a red square"
    assert child(describer) == process


@linux
def test_an_idle_child_ends_and_the_next_picture_has_another(
    make_worker: MakeWorker, tiny_package: Path, tmp_path: Path
) -> None:
    describer = make_worker(tiny_package, idle_seconds=0.05)
    path = save_picture(tmp_path / "a.png")
    assert describer.describe(source(path)).caption == "a red square"
    first = describer.process_id
    if first is not None:  # it may be gone already
        try:
            wait_for_end(first)
        except ProcessLookupError:
            pass
    wait_until(lambda: describer.process_id is None)
    assert describer.describe(source(path)).caption == "a red square"


@linux
def test_a_child_that_is_used_does_not_end(make_worker: MakeWorker, tiny_package: Path, tmp_path: Path) -> None:
    describer = make_worker(tiny_package, idle_seconds=60.0)
    path = save_picture(tmp_path / "a.png")
    processes = set()
    for _ in range(5):
        describer.describe(source(path))
        processes.add(child(describer))
    assert len(processes) == 1


MEMORY = """
import os, sys, time
from pathlib import Path
from desktop_app.sources.image import ImageSource
from desktop_app.worker_describer import WorkerDescriber, WorkerOptions

def megabytes(process):
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6

describer = WorkerDescriber(WorkerOptions(Path(sys.argv[1]), "cpu", 1), idle_seconds=float(sys.argv[3]))
before = megabytes("self")
assert describer.describe(ImageSource.from_path(sys.argv[2])).caption == "a red square"
describer.info()  # else it may be idle for too long already
working = megabytes(describer.process_id)
while describer.process_id is not None:
    time.sleep(0.01)
print(before, working, megabytes("self"), sorted({"numpy", "onnxruntime"} & set(sys.modules)), sep="|")
"""


@linux
def test_an_idle_describer_gives_its_memory_back(tiny_package: Path, tmp_path: Path) -> None:
    path = save_picture(tmp_path / "a.png")
    run = [sys.executable, "-c", MEMORY, tiny_package, path, "0.3"]
    output = subprocess.run(run, cwd=PROGRAM, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout
    before, working, after, loaded = output.strip().split("|")
    assert float(working) > 40, "onnxruntime alone needs as much"
    assert float(after) - float(before) < 10
    assert loaded == "[]"


def test_it_opens_again_after_it_was_closed(make_worker: MakeWorker, tiny_package: Path, tmp_path: Path) -> None:
    describer = make_worker(tiny_package)
    path = save_picture(tmp_path / "a.png")
    for _ in range(2):
        assert describer.describe(source(path)).caption == "a red square"
        describer.close()
        assert describer.process_id is None


def test_the_child_answers_until_its_input_ends(tiny_package: Path, tmp_path: Path) -> None:
    requests, answers = io.BytesIO(), io.BytesIO()
    write_request(requests, {"package": str(tiny_package), "provider": "cpu", "threads": 1})
    for name in ("caf\udce9.png", "b.png"):
        write_request(requests, {"origin": name, "name": "a name"})
        write_frame(requests, PICTURE, save_picture(tmp_path / "a.png").read_bytes())
    requests.write(b'{"origin": "cut off')
    requests.seek(0)
    worker_main.serve(requests, answers)
    answers.seek(0)
    frames = list(iter(lambda: read_frame(answers), None))
    assert [kind for kind, _ in frames] == [INFO, RECORD, RECORD]
    assert [json.loads(payload)["path"] for _, payload in frames[1:]] == ["caf\udce9.png", "b.png"]


@pytest.mark.parametrize("cut", [b"", b'{"package": '])
def test_the_child_ends_when_nobody_asks(cut: bytes) -> None:
    answers = io.BytesIO()
    worker_main.serve(io.BytesIO(cut), answers)
    assert answers.getvalue() == b""


def test_what_a_library_prints_does_not_get_between_the_answers(tiny_package: Path) -> None:
    script = """
import os, sys
from desktop_app import worker_main
real = worker_main.serve
def chatty(requests, answers):
    print("a library greets", flush=True)
    os.write(1, b"so does its C code")
    real(requests, answers)
worker_main.serve = chatty
sys.exit(worker_main.main())
"""
    requests = io.BytesIO()
    write_request(requests, {"package": str(tiny_package), "provider": "cpu", "threads": 1})
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=PROGRAM, input=requests.getvalue(), capture_output=True, check=True
    )
    answer = read_frame(io.BytesIO(done.stdout))
    assert answer is not None
    assert (answer[0], json.loads(answer[1])["provider"]) == (INFO, "cpu")
    assert b"a library greets" in done.stderr


def test_threads_end_with_the_describer(make_worker: MakeWorker, tiny_package: Path, tmp_path: Path) -> None:
    before = threading.active_count()
    describer = make_worker(tiny_package, idle_seconds=600.0)
    describer.describe(source(save_picture(tmp_path / "a.png")))
    describer.close()
    wait_until(lambda: threading.active_count() == before)
