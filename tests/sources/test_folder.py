"""Folders: all pictures in order, and each new one once and only when it is complete."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from desktop_app.errors import SourceUnavailable
from desktop_app.sources.folder import SETTLE_SECONDS, FolderWatcher, scan_folder
from desktop_app.sources.image import extensions
from tests.fixtures.tiny_package import save_picture

posix = pytest.mark.skipif(os.name != "posix", reason="there are no such files on Windows: run it on Linux or macOS")


def tree(folder: Path, *names: str) -> Path:
    """A folder with these files; none of them is a picture but by name."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return folder


def names(folder: Path, recursive: bool = False) -> list[str]:
    """What a scan finds, below the folder."""
    return [Path(source.origin).relative_to(folder).as_posix() for source in scan_folder(folder, recursive)]


def test_pictures_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    tree(tmp_path, "b.jpg", "a.PNG", "c.JpEg", "10.webp", "9.gif", "notes.txt", "Z.tif", "README", "d.jpg.txt")
    assert names(tmp_path) == ["10.webp", "9.gif", "Z.tif", "a.PNG", "b.jpg", "c.JpEg"]


def test_sub_folders_are_entered_when_asked_for(tmp_path: Path) -> None:
    tree(tmp_path, "a.jpg", "sub/b.jpg", "sub/deep/c.png", "z.jpg")
    assert names(tmp_path) == ["a.jpg", "z.jpg"]
    assert names(tmp_path, recursive=True) == ["a.jpg", "sub/b.jpg", "sub/deep/c.png", "z.jpg"]


def test_hidden_and_unfinished_files_are_left_out(tmp_path: Path) -> None:
    tree(
        tmp_path, ".a.jpg", "a.jpg.part", "b.jpg.crdownload", "c.jpg~", "~d.jpg", ".thumbs/e.jpg", "f.jpg.tmp", "g.jpg"
    )
    assert names(tmp_path, recursive=True) == ["g.jpg"]


def test_every_ending_of_a_readable_format_is_known() -> None:
    usual = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".mpo", ".ppm", ".ico"}
    assert usual <= extensions()
    assert not {".eps", ".pdf", ".txt", ".mpg", ""} & extensions()


def test_the_origin_is_below_the_folder_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_picture(tmp_path / "a.png")
    monkeypatch.chdir(tmp_path)
    assert [source.origin for source in scan_folder(Path("."))] == [os.path.join(".", "a.png")]
    assert scan_folder(Path("."))[0].load(8).width == 32


def test_an_empty_folder_has_no_pictures(tmp_path: Path) -> None:
    assert scan_folder(tmp_path, recursive=True) == []


@posix
def test_links_to_folders_are_not_followed_and_links_to_files_are(tmp_path: Path) -> None:
    tree(tmp_path / "here", "a.jpg", "sub/b.jpg")
    (tmp_path / "here" / "sub" / "up").symlink_to(tmp_path / "here")
    (tmp_path / "here" / "itself").symlink_to("itself")
    (tmp_path / "here" / "link.jpg").symlink_to("a.jpg")
    (tmp_path / "here" / "broken.jpg").symlink_to("gone.jpg")
    assert names(tmp_path / "here", recursive=True) == ["a.jpg", "link.jpg", "sub/b.jpg"]


@posix
def test_what_is_no_file_is_left_out(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "folder.jpg").mkdir()
    tree(tmp_path, "a.jpg")
    assert names(tmp_path, recursive=True) == ["a.jpg"]


@posix
def test_odd_names_are_found(tmp_path: Path) -> None:
    odd = ["two\nlines.jpg", "caf\udce9.jpg", "日本.jpg", "a b.jpg"]
    try:
        tree(tmp_path)
        for name in odd:
            (tmp_path / name).touch()
    except (OSError, UnicodeError):
        pytest.skip("this file system takes UTF-8 names only: run it on Linux")
    assert names(tmp_path) == sorted(odd)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable) as caught:
        scan_folder(tmp_path / "gone")
    assert caught.value.message == "There is no folder gone: check the name."


def test_a_file_in_place_of_a_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable) as caught:
        scan_folder(save_picture(tmp_path / "a.png"))
    assert caught.value.message == "a.png is a file: use descry caption for single pictures."


class Watch:
    """A watcher with a clock of its own, so that nothing waits."""

    def __init__(self, folder: Path, recursive: bool = False, backlog: bool = False) -> None:
        self.now = 1000.0
        self.folder = folder
        self.watcher = FolderWatcher(folder, recursive, backlog, clock=lambda: self.now)

    def look(self, after: float = 0.3) -> list[str]:
        """What is told by the next look, this many seconds after the last."""
        self.now += after
        return [Path(source.origin).relative_to(self.folder).as_posix() for source in self.watcher.poll()]


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    tree(tmp_path, "old.jpg", "sub/old.jpg")
    return Watch(tmp_path)


def test_what_was_there_before_is_left_alone(watch: Watch) -> None:
    assert [watch.look() for _ in range(3)] == [[], [], []]


def test_a_backlog_is_told_once_and_in_order(tmp_path: Path) -> None:
    watch = Watch(tree(tmp_path, "b.jpg", "a.jpg", "sub/c.jpg"), recursive=True, backlog=True)
    assert [watch.look() for _ in range(3)] == [[], ["a.jpg", "b.jpg", "sub/c.jpg"], []]


def test_a_new_file_is_told_once(watch: Watch) -> None:
    save_picture(watch.folder / "new.png")
    assert [watch.look() for _ in range(4)] == [[], ["new.png"], [], []]


def test_a_file_that_grows_is_told_when_it_has_stopped(watch: Watch) -> None:
    with (watch.folder / "new.jpg").open("wb") as file:
        for _ in range(5):
            file.write(b"x" * 1000)
            file.flush()
            assert watch.look() == []
            assert watch.watcher.is_growing
    assert watch.look() == ["new.jpg"]
    assert not watch.watcher.is_growing


def test_looks_in_quick_succession_do_not_take_a_growing_file_for_complete(watch: Watch) -> None:
    tree(watch.folder, "new.jpg")
    assert [watch.look(0.01) for _ in range(int(SETTLE_SECONDS / 0.01))] == [[]] * int(SETTLE_SECONDS / 0.01)
    assert watch.look(0.02) == ["new.jpg"]


def test_an_empty_file_is_a_place_kept_for_a_download(watch: Watch) -> None:
    (watch.folder / "new.jpg").touch()
    assert [watch.look() for _ in range(3)] == [[], [], []]
    tree(watch.folder, "new.jpg")
    assert [watch.look() for _ in range(3)] == [[], ["new.jpg"], []]


def test_a_file_renamed_into_place_is_told_once_by_its_last_name(watch: Watch) -> None:
    tree(watch.folder, ".new.jpg.part", "other.part")
    assert [watch.look() for _ in range(2)] == [[], []]
    (watch.folder / ".new.jpg.part").rename(watch.folder / "new.jpg")
    assert [watch.look() for _ in range(3)] == [[], ["new.jpg"], []]


def test_a_file_written_over_is_told_once_more(watch: Watch) -> None:
    (watch.folder / "old.jpg").write_text("another picture", encoding="utf-8")
    assert [watch.look() for _ in range(3)] == [[], ["old.jpg"], []]


def test_a_file_replaced_by_a_rename_is_told_once_more(watch: Watch) -> None:
    tree(watch.folder, ".old.jpg.new")
    (watch.folder / ".old.jpg.new").replace(watch.folder / "old.jpg")
    assert [watch.look() for _ in range(3)] == [[], ["old.jpg"], []]


def test_a_file_of_the_same_size_written_later_is_new(watch: Watch) -> None:
    path = watch.folder / "old.jpg"
    modified = path.stat().st_mtime_ns
    os.utime(path, ns=(modified, modified + 1_000_000_000))
    assert [watch.look() for _ in range(3)] == [[], ["old.jpg"], []]


def test_a_file_that_comes_back_is_new(watch: Watch) -> None:
    (watch.folder / "old.jpg").unlink()
    assert watch.look() == []
    tree(watch.folder, "old.jpg")
    assert [watch.look() for _ in range(3)] == [[], ["old.jpg"], []]


def test_a_file_that_goes_before_it_was_complete_is_never_told(watch: Watch) -> None:
    tree(watch.folder, "new.jpg")
    assert watch.look() == []
    (watch.folder / "new.jpg").unlink()
    assert [watch.look() for _ in range(2)] == [[], []]


def test_a_thousand_files_at_once_are_all_told_once(watch: Watch) -> None:
    fresh = [f"{number:04}.jpg" for number in range(1000)]
    tree(watch.folder, *fresh)
    assert [watch.look() for _ in range(3)] == [[], fresh, []]


@pytest.mark.faults
def test_a_folder_that_vanishes_and_comes_back(watch: Watch) -> None:
    away = watch.folder.with_name("away")
    watch.folder.rename(away)
    assert [watch.look() for _ in range(2)] == [[], []]
    tree(away, "new.jpg")
    away.rename(watch.folder)
    assert [watch.look() for _ in range(3)] == [[], ["new.jpg"], []]


@pytest.mark.faults
def test_a_folder_deleted_and_made_anew(watch: Watch) -> None:
    shutil.rmtree(watch.folder)
    assert watch.look() == []
    tree(watch.folder, "again.jpg")
    assert [watch.look() for _ in range(3)] == [[], ["again.jpg"], []]


def test_a_folder_that_is_made_later(tmp_path: Path) -> None:
    watch = Watch(tmp_path / "later")
    assert watch.look() == []
    tree(watch.folder, "a.jpg")
    assert [watch.look() for _ in range(2)] == [[], ["a.jpg"]]


def test_new_sub_folders_count_when_asked_for(tmp_path: Path) -> None:
    flat, deep = Watch(tmp_path), Watch(tmp_path, recursive=True)
    tree(tmp_path, "sub/deep/new.jpg")
    assert [[watch.look() for _ in range(2)] for watch in (flat, deep)] == [[[], []], [[], ["sub/deep/new.jpg"]]]


def test_other_rights_make_no_new_picture(watch: Watch) -> None:
    (watch.folder / "old.jpg").chmod(0o400)
    assert [watch.look() for _ in range(2)] == [[], []]
