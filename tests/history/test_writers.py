"""Reports: complete at every moment, the same every time, and never in the place of a photograph."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from desktop_app.history.writers import COLUMNS, CsvWriter, JsonLinesWriter, ReportError, ReportWriter
from tests.fixtures.records import failed_record, record
from tests.fixtures.tiny_package import save_picture

PROGRAM = Path(__file__).resolve().parents[2]
WRITERS = pytest.mark.parametrize(("writer", "name"), [(CsvWriter, "a.csv"), (JsonLinesWriter, "a.jsonl")])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_csv_row_says_what_the_record_says(tmp_path: Path) -> None:
    with CsvWriter(tmp_path / "a.csv") as writer:
        writer.write(record(1))
        writer.write(failed_record(2))
    first, second = rows(tmp_path / "a.csv")
    assert tuple(first) == COLUMNS
    assert first == {
        "path": "holiday/1.jpg",
        "caption": "1 dogs on a beach",
        "spoken": "Likely: 1 dogs on a beach.",
        "band": "likely",
        "confidence": "0.81",
        "kind": "unknown",
        "width": "4032",
        "height": "3024",
        "remarks": "The picture is rather dark.",
        "edited": "false",
        "model": "tiny 1.0",
        "content": record(1).content,
        "error_code": "",
        "error_message": "",
    }
    assert {key: value for key, value in second.items() if value} == {
        "path": "holiday/2.jpg",
        "spoken": "2.jpg is empty: copy or download it again.",
        "edited": "false",
        "error_code": "unreadable",
        "error_message": "2.jpg is empty: copy or download it again.",
    }


def test_json_lines_are_the_records(tmp_path: Path) -> None:
    with JsonLinesWriter(tmp_path / "a.jsonl") as writer:
        writer.write(record(1))
        writer.write(failed_record(2))
    lines = (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [record(1).to_dict(), failed_record(2).to_dict()]


@pytest.mark.parametrize("path", ['a "quoted", name.jpg', "two\nlines.jpg", "日本.jpg", "=1+1.jpg", "a;b.jpg"])
def test_any_name_comes_back_from_the_csv(tmp_path: Path, path: str) -> None:
    with CsvWriter(tmp_path / "a.csv") as writer:
        writer.write(record(1, path=path))
    assert [row["path"] for row in rows(tmp_path / "a.csv")] == [path]


def test_a_name_that_is_no_utf_8_leaves_the_report_readable(tmp_path: Path) -> None:
    with CsvWriter(tmp_path / "a.csv") as writer:
        writer.write(record(1, path="caf\udce9.jpg"))
    assert [row["path"] for row in rows(tmp_path / "a.csv")] == ["caf\\udce9.jpg"]


@WRITERS
def test_the_same_records_give_the_same_bytes(tmp_path: Path, writer: type[ReportWriter], name: str) -> None:
    found = []
    for _ in range(2):
        with writer(tmp_path / name) as report:
            report.write(record(1))
            report.write(record(2))
        found.append((tmp_path / name).read_bytes())
    assert found[0] == found[1]
    assert len(found[0]) > 100


@WRITERS
def test_the_old_report_stays_until_the_new_one_is_done(tmp_path: Path, writer: type[ReportWriter], name: str) -> None:
    path = tmp_path / name
    path.write_text("the old report", encoding="utf-8")
    with writer(path) as report:
        report.write(record(1))
        assert path.read_text(encoding="utf-8") == "the old report"
        # What is written is in the file at once, whatever happens next
        assert "1 dogs on a beach" in (tmp_path / f".{name}.part").read_text(encoding="utf-8")
    assert "1 dogs on a beach" in path.read_text(encoding="utf-8")
    assert [p.name for p in tmp_path.iterdir()] == [name]


@WRITERS
@pytest.mark.parametrize("interruption", [KeyboardInterrupt, ValueError, GeneratorExit])
def test_an_interruption_leaves_what_was_done(
    tmp_path: Path, writer: type[ReportWriter], name: str, interruption: type[BaseException]
) -> None:
    def run() -> None:
        with writer(tmp_path / name) as report:
            report.write(record(1))
            raise interruption

    with pytest.raises(interruption):
        run()
    assert "1 dogs on a beach" in (tmp_path / name).read_text(encoding="utf-8")
    assert [p.name for p in tmp_path.iterdir()] == [name]


@WRITERS
def test_a_run_that_fails_at_once_leaves_the_old_report(tmp_path: Path, writer: type[ReportWriter], name: str) -> None:
    def run() -> None:
        with writer(tmp_path / name):
            raise ReportError("no model")

    (tmp_path / name).write_text("the old report", encoding="utf-8")
    with pytest.raises(ReportError):
        run()
    assert (tmp_path / name).read_text(encoding="utf-8") == "the old report"
    assert [p.name for p in tmp_path.iterdir()] == [name]


WRITE_AND_WAIT = """
import sys
from pathlib import Path
from desktop_app.history.writers import CsvWriter
from tests.fixtures.records import record
with CsvWriter(Path(sys.argv[1])) as report:
    report.write(record(1))
    print("written", flush=True)
    sys.stdin.read()
"""


@pytest.mark.faults
def test_a_program_that_is_killed_leaves_the_old_report_and_the_new_rows_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("the old report", encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-c", WRITE_AND_WAIT, path], cwd=PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"written\n"
        child.kill()
    assert path.read_text(encoding="utf-8") == "the old report"
    assert [row["caption"] for row in rows(tmp_path / ".a.csv.part")] == ["1 dogs on a beach"]
    with CsvWriter(path) as report:
        report.write(record(2))
    assert [row["caption"] for row in rows(path)] == ["2 dogs on a beach"]
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


@WRITERS
def test_a_photograph_is_never_replaced(tmp_path: Path, writer: type[ReportWriter], name: str) -> None:
    photo = save_picture(tmp_path / "beach.png")
    before = photo.read_bytes()
    with pytest.raises(ReportError) as caught:
        writer(photo)
    ending = name[1:]
    assert caught.value.message == (
        f"beach.png is there already and no report: give the report another name, one that ends in {ending}."
    )
    (tmp_path / f"link{ending}").symlink_to(photo)
    with pytest.raises(ReportError):
        writer(tmp_path / f"link{ending}")
    assert photo.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["beach.png", f"link{ending}"])


def test_a_new_report_may_have_any_name(tmp_path: Path) -> None:
    CsvWriter(tmp_path / "report.txt").close()
    assert (tmp_path / "report.txt").read_text(encoding="utf-8") == ",".join(COLUMNS) + "\n"


@pytest.mark.faults
def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ReportError) as caught:
        CsvWriter(tmp_path / "gone" / "a.csv")
    assert caught.value.message == "The report a.csv cannot be written: No such file or directory."
    assert caught.value.code == "report"


@pytest.mark.faults
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full: run it there")
def test_a_full_disk_keeps_the_old_report(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("the old report", encoding="utf-8")
    (tmp_path / ".a.csv.part").symlink_to("/dev/full")
    with pytest.raises(ReportError) as caught, CsvWriter(path) as report:
        report.write(record(1))
    assert caught.value.message == "The report a.csv cannot be written: No space left on device."
    assert path.read_text(encoding="utf-8") == "the old report"
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_a_report_is_readable_by_whom_the_user_lets(tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        CsvWriter(tmp_path / "a.csv").close()
    finally:
        os.umask(old)
    assert os.access(tmp_path / "a.csv", os.R_OK)
    if os.name == "posix":
        assert (tmp_path / "a.csv").stat().st_mode & 0o777 == 0o644


def test_closing_twice_is_closing(tmp_path: Path) -> None:
    report = CsvWriter(tmp_path / "a.csv")
    report.close()
    report.close()
    assert list(csv.reader(io.StringIO((tmp_path / "a.csv").read_text(encoding="utf-8")))) == [list(COLUMNS)]
