"""A file out of a wheel, by the real pip from a folder that stands for the index."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from desktop_app.errors import AppError
from export.wheel_file import WheelFile

CONTENT = b"numbers"
FILE = WheelFile("somewhere==1.5", "somewhere/model/numbers.bin", hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel that pip finds, and that asks for a package that there is not."""
    path = tmp_path / "index" / "somewhere-1.5-py3-none-any.whl"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(FILE.member, CONTENT)
        about = "somewhere-1.5.dist-info"
        archive.writestr(
            f"{about}/METADATA", "Metadata-Version: 2.1\nName: somewhere\nVersion: 1.5\nRequires-Dist: nowhere\n"
        )
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(path.parent))
    return path


def test_it_is_downloaded_once(wheel: Path, tmp_path: Path) -> None:
    assert FILE.fetch(tmp_path / "kept") == CONTENT
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["somewhere-1.5-numbers.bin"]
    wheel.unlink()
    assert FILE.fetch(tmp_path / "kept") == CONTENT


def test_what_cannot_be_found_is_said(wheel: Path, tmp_path: Path) -> None:
    with pytest.raises(AppError, match=r"^somewhere==1\.6 could not be downloaded\. Is there a network\?$"):
        replace(FILE, requirement="somewhere==1.6").fetch(tmp_path / "kept")


def test_another_file_is_neither_kept_nor_used(wheel: Path, tmp_path: Path) -> None:
    other = replace(FILE, sha256=hashlib.sha256(b"letters").hexdigest())
    with pytest.raises(AppError, match=r"^numbers\.bin of somewhere==1\.5 is not the file that it should be\.$"):
        other.fetch(tmp_path / "kept")
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_file_that_was_damaged_later_is_not_used(wheel: Path, tmp_path: Path) -> None:
    FILE.fetch(tmp_path / "kept")
    (tmp_path / "kept" / "somewhere-1.5-numbers.bin").write_bytes(b"numb")
    with pytest.raises(AppError, match="is not the file that it should be"):
        FILE.fetch(tmp_path / "kept")
