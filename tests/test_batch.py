"""Batch: a result for each picture, in order, failures among them, and nothing done ahead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_app.batch import BatchJob, run_batch
from desktop_app.captioning.captioner import Captioner
from desktop_app.describer import LocalDescriber
from desktop_app.errors import ModelPackageError, SourceUnavailable
from desktop_app.history.store import CaptionStore
from desktop_app.history.writers import CsvWriter
from desktop_app.pipeline import CaptionPipeline
from desktop_app.record import Description
from desktop_app.sources.image import ImageSource
from tests.fixtures.tiny_package import save_picture


@pytest.fixture
def describer(tiny_package: Path) -> LocalDescriber:
    return LocalDescriber(lambda: Captioner.load(tiny_package, "cpu", 1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pictures in two folders, one of them damaged, and a file that is none."""
    place = tmp_path / "photos"
    (place / "sub").mkdir(parents=True)
    save_picture(place / "b.png", "blue")
    save_picture(place / "a.jpg", "red")
    save_picture(place / "sub" / "c.gif", "lime")
    (place / "bad.jpg").write_bytes(b"")
    (place / "notes.txt").write_text("no picture", encoding="utf-8")
    return place


def before_and_after(folder: Path) -> Iterator[tuple[str, bytes, int]]:
    """Name, bytes and time of every file."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return ((path.name, path.read_bytes(), path.stat().st_mtime_ns) for path in files)


def test_every_picture_has_its_result_in_order(describer: LocalDescriber, folder: Path) -> None:
    originals = list(before_and_after(folder))
    results = list(run_batch(BatchJob(folder), describer))
    assert [(Path(r.record.path).name, r.state, r.record.caption, r.number, r.total) for r in results] == [
        ("a.jpg", "captioned", "a red square", 1, 4),
        ("b.png", "captioned", "a blue square", 2, 4),
        ("bad.jpg", "failed", None, 3, 4),
        ("c.gif", "captioned", "a green circle", 4, 4),
    ]
    assert results[2].record.spoken == "bad.jpg is empty: copy or download it again."
    assert list(before_and_after(folder)) == originals


def test_sub_folders_can_be_left_out(describer: LocalDescriber, folder: Path) -> None:
    assert [r.total for r in run_batch(BatchJob(folder, recursive=False), describer)] == [3, 3, 3]


def test_a_declined_picture_is_neither_captioned_nor_failed(folder: Path) -> None:
    class Declines:
        def describe(self, picture: ImageSource) -> Description:
            return Description(path=picture.origin, band="declined", spoken="I cannot say what this picture shows.")

    assert {result.state for result in run_batch(BatchJob(folder), Declines())} == {"declined"}


def test_nothing_is_done_ahead_of_the_loop(describer: LocalDescriber, folder: Path) -> None:
    asked: list[str] = []

    class Listed:
        def describe(self, picture: ImageSource) -> Description:
            asked.append(picture.name)
            return describer.describe(picture)

    run = run_batch(BatchJob(folder), Listed())
    assert asked == []
    for result in run:
        if result.number == 2:
            break
    run.close()
    assert asked == ["a.jpg", "b.png"]
    assert list(run) == []


def test_a_picture_that_goes_while_the_run_goes_on_is_a_failure(describer: LocalDescriber, folder: Path) -> None:
    states = []
    for result in run_batch(BatchJob(folder), describer):
        states.append(result.state)
        (folder / "b.png").unlink(missing_ok=True)
    assert states == ["captioned", "failed", "failed", "captioned"]


def test_the_second_run_needs_no_model(describer: LocalDescriber, folder: Path, tmp_path: Path) -> None:
    store = CaptionStore(tmp_path / "history.sqlite")
    pipeline = CaptionPipeline(describer, store, None, pytest.fail)
    first = [result.record.caption for result in run_batch(BatchJob(folder), pipeline)]
    records = [result.record for result in run_batch(BatchJob(folder), pipeline)]
    assert [record.caption for record in records] == first
    assert [record.seconds.total for record in records] == [0.0] * 4
    store.close()


def test_results_go_into_a_report(describer: LocalDescriber, folder: Path, tmp_path: Path) -> None:
    with CsvWriter(tmp_path / "report.csv") as report:
        for result in run_batch(BatchJob(folder), describer):
            report.write(result.record)
    lines = (tmp_path / "report.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[1] for line in lines] == ["caption", "a red square", "a blue square", "", "a green circle"]


def test_an_empty_folder_has_no_results(describer: LocalDescriber, tmp_path: Path) -> None:
    assert list(run_batch(BatchJob(tmp_path), describer)) == []


@pytest.mark.faults
def test_a_folder_that_is_not_there(describer: LocalDescriber, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable) as caught:
        next(run_batch(BatchJob(tmp_path / "gone"), describer))
    assert caught.value.message == "There is no folder gone: check the name."


@pytest.mark.faults
def test_a_model_that_cannot_be_used_ends_the_run(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelPackageError):
        list(run_batch(BatchJob(folder), LocalDescriber(lambda: Captioner.load(tmp_path / "none"))))
